import { type MeasureSheet, movesFrom } from '../../../surveys/rectification.ts'
import { fill } from '../../messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../messages/follow-up.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { CardFacts, longestCardNote } from './rectification.tsx'
import type { SelfFile } from './self-sheet.tsx'

export const leadFields = { organ: 'organ', n: 'n', version: 'version', act: 'do', note: 'note' } as const

export type LeadRectificationProps = {
  shell: OfficeShellProps
  cards: readonly {
    /** Code and name. */
    organ: string
    name: string
    n: number
    version: number
    sheet: MeasureSheet
    indicatorTitle: string
    until: string
    /** What the department has said. */
    word: { move: 'agree' | 'object'; note: string } | null
    files: readonly SelfFile[]
  }[]
  /** What was typed about one of them, and what is wrong with it. */
  said: { organ: string; n: number; note: string; problem: string } | null
  message: string
  done: boolean
}

export const leadRectificationTitle = ({ shell }: Pick<LeadRectificationProps, 'shell'>): string =>
  fill(followUpMessages(shell.locale).leadTitle, { cycle: shell.place?.cycleTitle ?? '' })

/** What agencies want to do about indicators that the reader's agency leads, and where it says what it thinks of that. */
export function LeadRectificationPage(props: LeadRectificationProps) {
  const { shell, cards, said, message, done } = props
  const { locale } = shell
  const words = followUpMessages(locale)
  const lines = said?.problem ? [{ href: `#note-${said.organ}-${said.n}`, text: said.problem }] : []
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.leadNav} />
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{leadRectificationTitle(props)}</h1>
      {done && (
        <p class="note" role="status">
          {words.leadDone}
        </p>
      )}
      {message ? <p class="note warn">{message}</p> : null}
      <p class="lead">{words.leadLead}</p>
      {cards.length === 0 ? <p class="note">{words.leadNone}</p> : null}
      {cards.map((card) => (
        <Card key={`${card.organ}/${card.n}`} {...props} card={card} words={words} />
      ))}
    </OfficeShell>
  )
}

type OfCard = LeadRectificationProps & { card: LeadRectificationProps['cards'][number]; words: FollowUpMessages }

function Card({ shell, card, said, words }: OfCard) {
  const { organ, name, n, version, until, word } = card
  const { jid = '', cycle = '' } = shell.place ?? {}
  const own = said?.organ === organ && said.n === n ? said : null
  const id = `${organ}-${n}`
  return (
    <section class="block" aria-labelledby={id}>
      <h2 id={id}>
        <bdi>{fill(words.leadCard, { organ: name, n })}</bdi> <span class="tag">{words.state_submitted}</span>
      </h2>
      <p class="hint">{fill(words.leadUntil, { date: until })}</p>
      {word && (
        <p class="note">
          <bdi>
            {words[word.move]} {word.note}
          </bdi>
        </p>
      )}
      <CardFacts card={card} words={words} />
      <form method="post" action={carry(urls.leadRectification(jid, cycle), { locale: shell.locale })} novalidate>
        <HiddenFields
          values={{
            ...{ csrf: shell.user?.csrf ?? '', [leadFields.organ]: organ },
            ...{ [leadFields.n]: n, [leadFields.version]: version },
          }}
        />
        <TextArea
          id={`note-${id}`}
          name={leadFields.note}
          label={words.note}
          hint={fill(words.leadNoteHint, { n: longestCardNote })}
          problem={own?.problem || undefined}
          input={{ rows: 2, value: own?.note ?? '', autocomplete: 'off' }}
        />
        <p class="buttons">
          {movesFrom('submitted', 'lead').map((move, at) => (
            <button key={move} type="submit" class={at === 0 ? 'btn' : 'btn btn-2'} name={leadFields.act} value={move}>
              {words[move]}
            </button>
          ))}
        </p>
      </form>
    </section>
  )
}
