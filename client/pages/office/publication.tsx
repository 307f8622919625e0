import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { type PublicationMessages, publicationMessages } from '../../messages/publication.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import type { VersionLine } from '../results/results.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { RelockNote } from './relock-note.tsx'
import { reasonLength } from './screening-batches.ts'
import type { FilesProblem } from './survey.tsx'

export type PublicationAct = 'correct' | 'withdraw'

export type PublicationPageProps = {
  shell: OfficeShellProps
  /** The latest first; none before the publication. */
  versions: readonly (VersionLine & { hash: string })[]
  /** Whether the tables say something else by now; null where nothing is published. */
  tables: 'same' | 'changed' | FilesProblem | null
  /** The locked version that no longer has the scores of the year; null where it need not be locked anew. */
  relock: number | null
  /** A proposal about the results waits. */
  isWaiting: boolean
  done: PublicationAct | null
  /** What was asked for and could not be done; the texts come back as they were typed. */
  problem: {
    act: PublicationAct
    kind: 'reason_zh' | 'reason_en' | 'same' | 'conflict' | FilesProblem
    zh: string
    en: string
  } | null
}

export function publicationTitle({ shell, problem }: Pick<PublicationPageProps, 'shell' | 'problem'>): string {
  const title = fill(publicationMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** What was published of a cycle, version by version, and where a correction or a withdrawal is proposed. */
export function PublicationPage(props: PublicationPageProps) {
  const { shell, versions, isWaiting, done, problem } = props
  const { locale, place } = shell
  const words = publicationMessages(locale)
  const { jid = '', cycle = '' } = place ?? {}
  const [latest] = versions
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      {problem && <ErrorSummary locale={locale} lines={[problemLine(problem, props, words)]} />}
      <h1>{fill(words.title, { cycle: place?.cycleTitle ?? '' })}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p class="lead">{words.intro}</p>
      <RelockNote shell={shell} version={props.relock} />
      {!latest ? (
        <p class="note">
          {words.notYet} <a href={carry(urls.surveys(jid, cycle), { locale })}>{words.toSurveys}</a>
        </p>
      ) : (
        <>
          <Versions {...props} words={words} />
          <p class={props.tables === 'changed' ? 'note warn' : 'note'}>{tablesText(props, words)}</p>
          {isWaiting ? (
            <p class="note">
              {words.isWaiting} <a href={carry(urls.approvals(jid), { locale })}>{words.toApprovals}</a>
            </p>
          ) : (
            mayDecide(shell) && (
              <>
                {props.tables === 'changed' && <ActForm act="correct" {...props} words={words} />}
                {!latest.withdrawn && <ActForm act="withdraw" {...props} words={words} />}
              </>
            )
          )}
        </>
      )}
    </OfficeShell>
  )
}

type PartProps = PublicationPageProps & { words: PublicationMessages }

function tablesText({ tables, shell }: PublicationPageProps, words: PublicationMessages): string {
  if (tables === 'changed') return words.isChanged
  if (tables === 'same' || tables === null) return words.isSame
  return fill(words.isUnknown, { why: boxMessages(shell.locale)[`files_${tables}`] })
}

function problemLine(
  { act, kind }: NonNullable<PublicationPageProps['problem']>,
  { shell }: PublicationPageProps,
  words: PublicationMessages,
): { href: string; text: string } {
  switch (kind) {
    case 'reason_zh':
    case 'reason_en':
      return { href: `#${act}-${kind === 'reason_zh' ? 'zh' : 'en'}`, text: reasonText(act, kind, words) }
    case 'same':
      return { href: '#main', text: words.problemSame }
    case 'conflict':
      return { href: '#main', text: words.problemConflict }
    default:
      return { href: '#main', text: fill(words.problemFiles, { why: boxMessages(shell.locale)[`files_${kind}`] }) }
  }
}

const reasonText = (act: PublicationAct, kind: 'reason_zh' | 'reason_en', words: PublicationMessages): string =>
  fill(words.problemReason, {
    what: kind === 'reason_zh' ? words[`noteZh_${act}`] : words[`noteEn_${act}`],
    ...reasonLength,
  })

function Versions({ versions, shell, words }: PartProps) {
  const { locale } = shell
  return (
    <section class="block">
      <h2>{words.versionsHeading}</h2>
      <Scroll label={words.versionsHeading}>
        <DataTable
          caption={words.versionsHeading}
          quietCaption
          columns={[
            { label: words.version },
            { label: words.on },
            { label: words.state },
            { label: words.why },
            { label: words.files },
          ]}
          rows={versions.map(({ version, href, on, withdrawn, reason, hash }, at) => [
            <a key="v" href={carry(href, { locale })}>
              {fill(words.page, { version })}
            </a>,
            on,
            withdrawn
              ? fill(words.state_withdrawn, { on: withdrawn.on })
              : at === 0
                ? words.state_current
                : words.state_replaced,
            <bdi key="r">{[reason ?? words.first, ...(withdrawn ? [withdrawn.reason] : [])].join(' ')}</bdi>,
            <code key="h">{hash.slice(0, 16)}</code>,
          ])}
        />
      </Scroll>
    </section>
  )
}

/** POST to urls.publicationAct: `act`, and the public reason in both languages. */
function ActForm({ act, shell, problem, words }: PartProps & { act: PublicationAct }) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const own = problem?.act === act ? problem : null
  const field = (language: 'zh' | 'en') => (
    <TextArea
      id={`${act}-${language}`}
      name={language}
      label={language === 'zh' ? words[`noteZh_${act}`] : words[`noteEn_${act}`]}
      hint={fill(words.reasonHint, reasonLength)}
      problem={own?.kind === `reason_${language}` ? reasonText(act, `reason_${language}`, words) : undefined}
      input={{ value: own?.[language] ?? '', rows: 3, required: true, lang: language === 'zh' ? 'zh-CN' : 'en' }}
    />
  )
  return (
    <section class="block">
      <h2>{words[`${act}Heading`]}</h2>
      <p>{words[`${act}Text`]}</p>
      <form
        class="form"
        method="post"
        action={carry(urls.publicationAct(jid, cycle), { locale: shell.locale })}
        novalidate
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', act }} />
        {field('zh')}
        {field('en')}
        <button type="submit" class="btn btn-2">
          {words[act]}
        </button>
      </form>
    </section>
  )
}
