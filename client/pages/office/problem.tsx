import { fill } from '../../messages/fill.ts'
import { type OfficeMessages, officeMessages, withWait } from '../../messages/office.ts'
import { Filled } from '../../parts/filled.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** 403: `office` is the name of the performance office to ask. */
type ForbiddenPageProps = { shell: OfficeShellProps; office: string }

/** 404: the same bytes for unknown objects and for those of another jurisdiction. */
type NotFoundPageProps = { shell: OfficeShellProps }

/** Every other refusal and failure, by its code; `reference` is the request id to quote. */
export type ProblemPageProps = {
  shell: OfficeShellProps
  code:
    | 'failed'
    | 'try_again'
    | 'too_many_requests'
    | 'conflict'
    | 'bad_request'
    | 'form_expired'
    | 'fresh_needed'
    | 'too_large'
  reference: string | null
  retryAfterSeconds: number | null
}

/** What this person may not see, and whom to ask. */
export function ForbiddenPage({ shell, office }: ForbiddenPageProps) {
  const words = officeMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.forbiddenTitle}</h1>
      <p>
        <Filled text={words.forbiddenText} values={{ office: <bdi>{office}</bdi> }} />
      </p>
      <WayBack shell={shell} />
    </OfficeShell>
  )
}

/** Nothing is here, or nothing that this person may know of. */
export function NotFoundPage({ shell }: NotFoundPageProps) {
  const words = officeMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.notFoundTitle}</h1>
      <p>{words.notFoundText}</p>
      <WayBack shell={shell} />
    </OfficeShell>
  )
}

/** What went wrong, in a few words. */
export function problemTitle({ shell, code }: ProblemPageProps): string {
  return problemWords(shell, code, null).title
}

/** What went wrong, what was kept, and what to do next. */
export function ProblemPage(props: ProblemPageProps) {
  const { shell, code, reference, retryAfterSeconds } = props
  const words = officeMessages(shell.locale)
  const { title, text } = problemWords(shell, code, retryAfterSeconds)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{title}</h1>
      <p>{text}</p>
      {reference !== null && <p class="hint">{fill(words.reference, { reference })}</p>}
      <WayBack shell={shell} />
    </OfficeShell>
  )
}

const texts = {
  failed: ['failedTitle', 'failedText'],
  try_again: ['tryAgainTitle', 'tryAgainText'],
  too_many_requests: ['tooManyTitle', 'tooManyText'],
  conflict: ['conflictTitle', 'conflictText'],
  bad_request: ['badRequestTitle', 'badRequestText'],
  form_expired: ['formExpiredTitle', 'formExpiredText'],
  fresh_needed: ['freshNeededTitle', 'freshNeededText'],
  too_large: ['tooLargeTitle', 'tooLargeText'],
} as const satisfies Record<ProblemPageProps['code'], readonly [keyof OfficeMessages, keyof OfficeMessages]>

function problemWords(shell: OfficeShellProps, code: ProblemPageProps['code'], seconds: number | null) {
  const words = officeMessages(shell.locale)
  const [title, text] = texts[code]
  const waiting = code === 'try_again' ? words.tryAgainWait : code === 'too_many_requests' ? words.tooManyWait : null
  return {
    title: words[title],
    text: waiting !== null && seconds !== null ? withWait(words, waiting, seconds) : words[text],
  }
}

/** The home page, which asks those to sign in who are not: a page that refuses may not know whether somebody is. */
function WayBack({ shell }: { shell: OfficeShellProps }) {
  return (
    <p>
      <a href={carry(urls.office(), { locale: shell.locale })}>{officeMessages(shell.locale).back}</a>
    </p>
  )
}
