import { fill } from '../../messages/fill.ts'
import { type OfficeMessages, officeMessages } from '../../messages/office.ts'
import { Filled } from '../../parts/filled.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** 403: `office` is the name of the performance office to ask. */
export type ForbiddenPageProps = { shell: OfficeShellProps; office: string }

/** 404: the same bytes for unknown objects and for those of another jurisdiction. */
export type NotFoundPageProps = { shell: OfficeShellProps }

/** Every other refusal and failure, by its code; `reference` is the request id to quote. */
export type ProblemPageProps = {
  shell: OfficeShellProps
  code:
    | 'failed'
    | 'try_again'
    | 'too_many_requests'
    | 'conflict'
    | 'bad_request'
    | 'unsupported_media_type'
    | 'form_expired'
    | 'fresh_needed'
    | 'too_large'
  reference: string | null
  retryAfterSeconds: number | null
}

export const forbiddenTitle = ({ shell }: ForbiddenPageProps): string => officeMessages(shell.locale).forbiddenTitle

export function ForbiddenPage(props: ForbiddenPageProps) {
  const { shell, office } = props
  const words = officeMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{forbiddenTitle(props)}</h1>
      <p>
        <Filled text={words.forbiddenText} values={{ office: <bdi>{office}</bdi> }} />
      </p>
      <WayBack shell={shell} />
    </OfficeShell>
  )
}

export const notFoundTitle = ({ shell }: NotFoundPageProps): string => officeMessages(shell.locale).notFoundTitle

export function NotFoundPage(props: NotFoundPageProps) {
  const { shell } = props
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{notFoundTitle(props)}</h1>
      <p>{officeMessages(shell.locale).notFoundText}</p>
      <WayBack shell={shell} />
    </OfficeShell>
  )
}

export function problemTitle({ shell, code }: ProblemPageProps): string {
  return problemWords(shell, code, null).title
}

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
  unsupported_media_type: ['badRequestTitle', 'badRequestText'],
  form_expired: ['formExpiredTitle', 'formExpiredText'],
  fresh_needed: ['freshNeededTitle', 'freshNeededText'],
  too_large: ['tooLargeTitle', 'tooLargeText'],
} as const satisfies Record<ProblemPageProps['code'], readonly [keyof OfficeMessages, keyof OfficeMessages]>

function problemWords(shell: OfficeShellProps, code: ProblemPageProps['code'], seconds: number | null) {
  const words = officeMessages(shell.locale)
  const [title, text] = texts[code]
  if (seconds !== null && code === 'try_again')
    return { title: words[title], text: fill(words.tryAgainSeconds, { seconds }) }
  if (seconds !== null && code === 'too_many_requests') {
    return { title: words[title], text: fill(words.tooManySeconds, { seconds }) }
  }
  return { title: words[title], text: words[text] }
}

function WayBack({ shell }: { shell: OfficeShellProps }) {
  const words = officeMessages(shell.locale)
  const carried = { locale: shell.locale }
  return (
    <p>
      {shell.user ? (
        <a href={carry(urls.office(), carried)}>{words.back}</a>
      ) : (
        <a href={carry(urls.signIn(), carried)}>{words.signIn}</a>
      )}
    </p>
  )
}
