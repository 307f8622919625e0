import { fieldworkMessages } from '../../messages/fieldwork.ts'
import { fill } from '../../messages/fill.ts'
import { resultsMessages } from '../../messages/results.ts'
import { grouped } from '../../parts/numbers.ts'
import { mayFollow, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import type { FieldworkSurvey } from './fieldwork.tsx'

/** What of fieldwork the overview tells. */
export type FieldworkGlance = {
  surveys: readonly FieldworkSurvey[]
  /** Complaints without an answer. */
  complaints: number
}

/** What somebody should look at, each with where that is done; nobody is named. */
export function attentionOf(
  { surveys, complaints }: FieldworkGlance,
  shell: OfficeShellProps,
): { text: string; href: string }[] {
  const { locale, place, waiting } = shell
  const words = fieldworkMessages(locale)
  const names = resultsMessages(locale)
  const { jid = '', cycle = '' } = place ?? {}
  const fieldwork = carry(urls.fieldwork(jid, cycle), { locale })
  const open = surveys.filter(({ isOpen }) => isOpen)
  const behind = open.flatMap(({ group, cells }) =>
    cells
      .filter(({ isBehind }) => isBehind)
      .map(({ title, received, target }) => ({
        text: fill(words.needBehind, {
          group: names[group],
          cell: title === null ? '' : ` · ${title}`,
          received: grouped(received),
          target: grouped(target),
        }),
        href: fieldwork,
      })),
  )
  const silent = open.flatMap(({ group, organs }) => {
    const n = organs.filter(({ received, services }) => received === 0 && services > 0).length
    return n > 0 ? [{ text: fill(words.needOrgans, { group: names[group], n }), href: `${fieldwork}#by-organ` }] : []
  })
  const returned = open.flatMap(({ sid, group, returned: n }) =>
    n > 0
      ? [
          {
            text: fill(words.needReturned, { group: names[group], n: grouped(n) }),
            href: carry(urls.invite(jid, cycle, sid), { locale }),
          },
        ]
      : [],
  )
  const prompts = surveys.flatMap((survey) => survey.prompts).filter(({ mark }) => mark === null).length
  const desk = mayFollow(shell)
  return [
    ...behind,
    ...silent,
    ...(desk ? returned : []),
    ...(prompts > 0 ? [{ text: fill(words.needPrompts, { n: prompts }), href: `${fieldwork}#prompts` }] : []),
    ...(desk && waiting > 0
      ? [{ text: fill(words.needApprovals, { n: waiting }), href: carry(urls.approvals(jid), { locale }) }]
      : []),
    ...(desk && complaints > 0
      ? [{ text: fill(words.needComplaints, { n: complaints }), href: carry(urls.complaints(jid, cycle), { locale }) }]
      : []),
  ]
}

/** The list of it. */
export function AttentionSection({ glance, shell }: { glance: FieldworkGlance; shell: OfficeShellProps }) {
  const words = fieldworkMessages(shell.locale)
  const lines = attentionOf(glance, shell)
  return (
    <section class="block" id="attention" aria-labelledby="attention-title">
      <h2 id="attention-title">{words.attentionHeading}</h2>
      {lines.length === 0 ? (
        <p>{words.attentionNone}</p>
      ) : (
        <ul>
          {lines.map(({ text, href }) => (
            <li key={text}>
              <a href={href}>{text}</a>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
