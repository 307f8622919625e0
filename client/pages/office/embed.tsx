import { embedMessages } from '../../messages/embed.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type EmbedDeskProps = {
  shell: OfficeShellProps
  sid: string
  /** As it is called on lists. */
  name: string
  /** One origin a line, as stored or typed. */
  origins: string
  /** As stored, to tell whether somebody else changes them meanwhile. */
  stored: readonly string[]
  /** Lines that are no origin, or what was stored meanwhile. */
  problem: { code: 'wrong'; lines: readonly string[] } | { code: 'changed' } | null
  /** What a site puts into its page; null while no site may. */
  snippet: string | null
  isDone: boolean
}

export function embedDeskTitle({ shell, name, problem }: EmbedDeskProps): string {
  const title = fill(embedMessages(shell.locale).title, { survey: name })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** Which sites may show the start page of a survey, and what they put into theirs. */
export function EmbedDesk(props: EmbedDeskProps) {
  const { shell, sid, name, origins, stored, snippet, isDone } = props
  const { locale, place } = shell
  const words = embedMessages(locale)
  const { jid = '', cycle = '' } = place ?? {}
  const title = fill(words.title, { survey: name })
  const problem = problemText(props)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={title} />
      <ErrorSummary locale={locale} lines={problem ? [{ href: '#origins', text: problem }] : []} />
      <h1>{title}</h1>
      {isDone && (
        <p class="note" role="status">
          {words.done}
        </p>
      )}
      <p class="lead">{words.intro}</p>
      <form class="block form" method="post" action={carry(urls.embedSave(jid, cycle, sid), { locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', seen: stored.join('\n') }} />
        <TextArea
          name="origins"
          label={words.origins}
          hint={words.originsHint}
          problem={problem}
          input={{ rows: 5, value: origins, spellcheck: false, readOnly: !mayDecide(shell) }}
        />
        {mayDecide(shell) && (
          <button type="submit" class="btn">
            {words.save}
          </button>
        )}
      </form>
      {snippet !== null && (
        <section class="block">
          <h2>{words.snippetHeading}</h2>
          <p>{words.snippetText}</p>
          <pre>
            <code>{snippet}</code>
          </pre>
        </section>
      )}
      <p>
        <a href={carry(urls.survey(jid, cycle, sid), { locale })}>{words.back}</a>
      </p>
    </OfficeShell>
  )
}

function problemText({ shell, problem, stored }: EmbedDeskProps): string | undefined {
  const words = embedMessages(shell.locale)
  if (problem?.code === 'wrong') return fill(words.problem, { lines: problem.lines.join(words.separator) })
  if (problem?.code === 'changed')
    return fill(words.changed, { lines: stored.length > 0 ? stored.join(words.separator) : words.noSite })
  return undefined
}
