import { eventTypes } from '../../../surveys/programs.ts'
import { type ApiMessages, apiMessages } from '../../messages/api.ts'
import { fill } from '../../messages/fill.ts'
import { ScrollTable } from '../../parts/data-table.tsx'
import { urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'

/** A field, its type as JSON has it. */
export type FieldLine = { name: string; type: string; isRequired: boolean }

export type ApiOperation = {
  name: string
  method: string
  /** With its places in braces. */
  path: string
  opens: string
  summary: string
  parameters: readonly FieldLine[]
  body: readonly FieldLine[]
  answer: readonly FieldLine[]
  codes: readonly string[]
  curl: string
}

/** A code with which something is refused. */
export type CodeLine = { code: string; status: number; text: string }

export type ApiPageProps = View & {
  /** With which every address begins. */
  base: string
  operations: readonly ApiOperation[]
  /** All that there are. */
  codes: readonly CodeLine[]
}

export const apiTitle = ({ locale }: Pick<ApiPageProps, 'locale'>): string => apiMessages(locale).title

/** /docs/api: what programs can ask, for whoever writes them. */
export function ApiPage({ locale, size, demo, base, operations, codes }: ApiPageProps) {
  const words = apiMessages(locale)
  const chapters = [
    [words.keyHeading, words.keyText],
    [words.listsHeading, words.listsText],
    [words.problemsHeading, words.problemsText],
    [words.idempotencyHeading, words.idempotencyText],
  ] as const
  return (
    <PublicFrame {...{ locale, size, demo }} path={urls.apiDocs()}>
      <h1>{words.title}</h1>
      <p>{fill(words.intro, { base })}</p>
      <p>
        {words.introDocument} <a href={urls.apiDocument()}>{urls.apiDocument()}</a>
      </p>
      {chapters.map(([title, text]) => (
        <section key={title}>
          <h2>{title}</h2>
          <p>{text}</p>
        </section>
      ))}
      <section>
        <h2>{words.webhooksHeading}</h2>
        <p>{words.webhooksText}</p>
        <p>{fill(words.webhooksEvents, { events: eventTypes.join(', ') })}</p>
      </section>
      <h2>{words.operationsHeading}</h2>
      <ul>
        {operations.map(({ name, summary }) => (
          <li key={name}>
            <a href={`#${name}`}>{summary}</a>
          </li>
        ))}
      </ul>
      {operations.map((operation) => (
        <Operation key={operation.name} {...{ operation, words }} />
      ))}
      <h2>{words.codesHeading}</h2>
      <ScrollTable
        caption={words.codesHeading}
        quietCaption
        columns={[{ label: words.code }, { label: words.status }, { label: words.meaning }]}
        rows={codes.map(({ code, status, text }) => [
          <code key="c" id={code}>
            {code}
          </code>,
          status,
          text,
        ])}
      />
    </PublicFrame>
  )
}

function Operation({ operation, words }: { operation: ApiOperation; words: ApiMessages }) {
  const { name, method, path, opens, summary, parameters, body, answer, codes, curl } = operation
  return (
    <section id={name}>
      <h3>{summary}</h3>
      <p>
        <code>
          {method} {path}
        </code>
      </p>
      <p>
        {words.opens} <code>{opens}</code>
      </p>
      <Fields title={words.parameters} lines={parameters} words={words} />
      <Fields title={words.body} lines={body} words={words} />
      <Fields title={words.answers} lines={answer} words={words} />
      <h4>{words.refusals}</h4>
      <p>
        {codes.map((code, at) => (
          <>
            {at > 0 && ' '}
            <code key={code}>{code}</code>
          </>
        ))}
      </p>
      <h4>{words.example}</h4>
      <pre>
        <code class="curl">{curl}</code>
      </pre>
    </section>
  )
}

function Fields({ title, lines, words }: { title: string; lines: readonly FieldLine[]; words: ApiMessages }) {
  if (lines.length === 0) return null
  return (
    <>
      <h4>{title}</h4>
      <ScrollTable
        caption={title}
        quietCaption
        columns={[{ label: words.fieldName }, { label: words.fieldType }]}
        rows={lines.map(({ name, type, isRequired }) => [
          <code key="n">{name}</code>,
          `${type}${isRequired ? ` (${words.fieldRequired})` : ''}`,
        ])}
      />
    </>
  )
}
