import { groupIds } from '../../../surveys/indicator.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { commentMessages } from '../../messages/comments.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { resultsMessages } from '../../messages/results.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

/** What is done about a comment. */
export const disposals = ['waiting', 'reference', 'organ', 'discipline', 'public', 'withheld'] as const
export type Disposal = (typeof disposals)[number]

export const topicLength = 20
export const reasonLength = 500

/** What is looked for; '' stands for everything. Kept in the address and carried by every form. */
export type CommentView = {
  q: string
  group: GroupId | ''
  organ: string
  disposal: Disposal | ''
  /** `-` for comments without a topic. */
  topic: string
  /** User id; `-` for nobody. */
  assignee: string
  /** Id of the comment behind which the page begins, base64url. */
  after: string
}

export type DeskCommentProps = {
  /** Base64url. */
  id: string
  sid: string
  group: GroupId
  organ: string
  /** Without what names a person. */
  text: string
  isMasked: boolean
  disposal: Disposal
  topic: string
  assignee: string
  revision: number
}

export type CommentProblem = 'reason_required' | 'reason_long' | 'reason_bad' | 'topic_long' | 'topic_bad' | 'changed'

export type CommentsPageProps = {
  shell: OfficeShellProps
  view: CommentView
  comments: readonly DeskCommentProps[]
  /** Id of the last one when there may be more behind it. */
  next: string | null
  /** How many are shown in all, and how many are not because too few have answered. */
  shown: number
  hidden: number
  /** Nothing is over yet. */
  isCollecting: boolean
  minimum: number
  organs: readonly { code: string; name: string }[]
  topics: readonly string[]
  people: readonly { id: string; name: string }[]
  mayDecide: boolean
  /** Id of the comment that was just saved; '' without one. */
  done: string
  /** The original of one comment, for whoever asked for it. */
  revealed: { id: string; text: string } | null
  problem: {
    id: string
    code: CommentProblem
    typed: { disposal: Disposal; topic: string; assignee: string; reason: string }
  } | null
}

export function commentsTitle({ shell, problem }: Pick<CommentsPageProps, 'shell' | 'problem'>): string {
  const title = fill(commentMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** The address of a view. */
export function commentsHref(path: string, view: CommentView, locale: string): string {
  const query = Object.entries(view).filter(([, value]) => value !== '')
  return `${path}?${new URLSearchParams([...query, [fields.locale, locale]])}`
}

/** What people wrote, and what the office does about it. */
export function CommentsPage(props: CommentsPageProps) {
  const { shell, view, comments, next, shown, hidden, isCollecting, minimum, done, problem } = props
  const { locale } = shell
  const words = commentMessages(locale)
  const path = urls.comments(shell.place?.jid ?? '', shell.place?.cycle ?? '')
  const said = problem && {
    href: `#${problemField(problem.code)}-${problem.id}`,
    text: problemText(locale, problem.code),
  }
  const isFiltered = Object.values(view).some((value) => value !== '')
  const isDoneHere = comments.some(({ id }) => id === done)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={said ? [said] : []} />
      <h1>{fill(words.title, { cycle: shell.place?.cycleTitle ?? '' })}</h1>
      {done !== '' && !isDoneHere && (
        <p class="note" role="status">
          {words.saved}
        </p>
      )}
      {isCollecting ? (
        <p class="note">{words.notYet}</p>
      ) : (
        <>
          <p class="lead">{fill(words.intro, { minimum })}</p>
          <p>{fill(hidden > 0 ? words.counts : words.countsAll, { shown: grouped(shown), hidden: grouped(hidden) })}</p>
          <Filters {...props} path={path} />
          {comments.length === 0 && (
            <p class="note">
              {isFiltered ? words.noMatch : words.none}{' '}
              {isFiltered && <a href={carry(path, { locale })}>{words.clear}</a>}
            </p>
          )}
          <div class="comments" data-comments>
            {props.mayDecide && comments.length > 0 && (
              <p class="hint noprint" data-keys hidden>
                {words.keys}
              </p>
            )}
            {comments.map((comment) => (
              <Comment key={comment.id} comment={comment} {...props} />
            ))}
          </div>
          <p class="actions noprint">
            {view.after !== '' && <a href={commentsHref(path, { ...view, after: '' }, locale)}>{words.first}</a>}{' '}
            {next !== null && (
              <a href={commentsHref(path, { ...view, after: next }, locale)} rel="next">
                {words.next}
              </a>
            )}
          </p>
        </>
      )}
    </OfficeShell>
  )
}

type Option = { value: string; text: string }

function Filters({ shell, view, organs, topics, people, path }: CommentsPageProps & { path: string }) {
  const { locale } = shell
  const words = commentMessages(locale)
  const all: Option = { value: '', text: words.everything }
  const groups = resultsMessages(locale)
  return (
    <search class="noprint">
      <form class="card form" method="get" action={path} aria-label={words.filter}>
        <HiddenFields values={{ [fields.locale]: locale }} />
        <div class="fields">
          <Field
            name="q"
            label={words.words}
            hint={words.wordsHint}
            input={{ type: 'search', value: view.q, maxLength: 60 }}
          />
          <Select
            name="group"
            label={words.group}
            value={view.group}
            options={[all, ...groupIds.map((group) => ({ value: group, text: groups[group] }))]}
          />
          <Select
            name="organ"
            label={words.organ}
            value={view.organ}
            options={[all, ...organs.map(({ code, name }) => ({ value: code, text: name }))]}
          />
          <Select
            name="disposal"
            label={words.disposal}
            value={view.disposal}
            options={[all, ...disposals.map((each) => ({ value: each, text: words[`disposal_${each}`] }))]}
          />
          <Select
            name="topic"
            label={words.topic}
            value={view.topic}
            options={[all, { value: '-', text: words.noTopic }, ...topics.map((each) => ({ value: each, text: each }))]}
          />
          <Select
            name="assignee"
            label={words.assignee}
            value={view.assignee}
            options={[
              all,
              { value: '-', text: words.nobody },
              ...people.map(({ id, name }) => ({ value: id, text: name })),
            ]}
          />
        </div>
        <button type="submit" class="btn">
          {words.apply}
        </button>
      </form>
    </search>
  )
}

function Comment({ comment, ...props }: CommentsPageProps & { comment: DeskCommentProps }) {
  const { shell, revealed, problem, mayDecide, people, done } = props
  const { locale } = shell
  const words = commentMessages(locale)
  const { id, group, organ, text, disposal, topic, assignee } = comment
  const own = problem?.id === id ? problem : null
  const responsible = people.find((person) => person.id === assignee)?.name
  const facts = [words[`disposal_${disposal}`], topic, responsible].filter(Boolean)
  return (
    <article class="block" aria-labelledby={`of-${id}`} id={`c-${id}`} tabindex={-1}>
      <h2>
        <span id={`of-${id}`}>{fill(words.from, { group: resultsMessages(locale)[group], organ })}</span>{' '}
        <span class="tag">{facts.join(' · ')}</span>
      </h2>
      <p>{text}</p>
      {done === id && (
        <p class="note" role="status">
          {words.saved}
        </p>
      )}
      {revealed?.id === id && (
        <div class="note" role="status">
          <h3>{words.original}</h3>
          <p>{revealed.text}</p>
          <p class="hint">{words.originalNote}</p>
        </div>
      )}
      {mayDecide && (
        <details open={own !== null}>
          <summary>{words.disposal}</summary>
          <NoteForm {...props} comment={comment} own={own} />
          {comment.isMasked && <RevealForm {...props} comment={comment} />}
        </details>
      )}
    </article>
  )
}

function NoteForm({
  comment,
  own,
  shell,
  view,
  topics,
  people,
}: CommentsPageProps & { comment: DeskCommentProps; own: CommentsPageProps['problem'] }) {
  const { locale } = shell
  const words = commentMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { id, sid, revision } = comment
  const typed = own?.typed ?? { ...comment, reason: '' }
  const said = own ? problemText(locale, own.code) : undefined
  const saidOf = (field: 'topic' | 'reason') => (own && problemField(own.code) === field ? said : undefined)
  return (
    <form class="form" method="post" action={carry(urls.commentsNote(jid, cycle), { locale })} novalidate>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', sid, id, revision, view: JSON.stringify(view) }} />
      <div class="fields">
        <Select
          id={`disposal-${id}`}
          name="disposal"
          label={words.disposal}
          value={typed.disposal}
          problem={own?.code === 'changed' ? said : undefined}
          options={disposals.map((each) => ({ value: each, text: words[`disposal_${each}`] }))}
        />
        <Field
          id={`topic-${id}`}
          name="topic"
          label={words.topic}
          hint={words.topicHint}
          problem={saidOf('topic')}
          input={{ value: typed.topic, maxLength: topicLength, list: `topics-${id}`, autocomplete: 'off' }}
        />
        <datalist id={`topics-${id}`}>
          {topics.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <Select
          id={`assignee-${id}`}
          name="assignee"
          label={words.assignee}
          value={typed.assignee}
          options={[{ value: '', text: words.nobody }, ...people.map((each) => ({ value: each.id, text: each.name }))]}
        />
      </div>
      <TextArea
        id={`reason-${id}`}
        name="reason"
        label={words.reason}
        hint={words.reasonHint}
        problem={saidOf('reason')}
        input={{ rows: 2, maxLength: reasonLength, value: typed.reason, autocomplete: 'off' }}
      />
      <button type="submit" class="btn">
        {words.save}
      </button>
    </form>
  )
}

function RevealForm({ comment, shell, view }: CommentsPageProps & { comment: DeskCommentProps }) {
  const { locale } = shell
  const words = commentMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { id, sid } = comment
  return (
    <form method="post" action={`${carry(urls.commentsReveal(jid, cycle), { locale })}#c-${id}`}>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', sid, id, view: JSON.stringify(view) }} />
      <button type="submit" class="quiet">
        {words.reveal}
      </button>{' '}
      <span class="hint">{words.revealHint}</span>
    </form>
  )
}

const problemField = (code: CommentProblem): 'topic' | 'reason' | 'disposal' =>
  code === 'changed' ? 'disposal' : code.startsWith('topic') ? 'topic' : 'reason'

function problemText(locale: OfficeShellProps['locale'], code: CommentProblem): string {
  const words = commentMessages(locale)
  return {
    reason_required: words.reasonRequired,
    reason_long: words.reasonLong,
    reason_bad: words.reasonBad,
    topic_long: words.topicLong,
    topic_bad: words.topicBad,
    changed: words.changed,
  }[code]
}
