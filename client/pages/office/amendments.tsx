import {
  type AmendableTerm,
  type AmendmentRefusal,
  amendableTerms,
  type FixedTerm,
  fixedTerms,
} from '../../../surveys/amendment.ts'
import { type AmendmentMessages, amendmentMessages } from '../../messages/amendments.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type AmendmentLine, AmendmentList } from '../../parts/amendment-list.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, TextArea } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { reasonLength } from './screening-batches.ts'
import { type SurveyName, surveyTitle } from './survey-name.ts'

/** Fields of a proposal; of `closes`, `results`, `phone` and `before` with `after` only those of the term are read. */
export const amendmentFields = ['term', 'closes', 'results', 'phone', 'before', 'after', 'zh', 'en'] as const
export type AmendmentField = (typeof amendmentFields)[number]

export type AmendmentsPageProps = {
  shell: OfficeShellProps
  survey: SurveyName
  amendments: readonly AmendmentLine[]
  /** What stands there now, in words. */
  now: Record<Exclude<AmendableTerm, 'wording'>, string>
  /** What stands in the fields. */
  values: Partial<Record<AmendmentField, string>>
  /** Why nothing can be changed now, whatever it is. */
  hindrance: 'not_opened' | 'too_late' | null
  done: boolean
  problem: {
    field: AmendmentField
    kind: AmendmentRefusal | 'term' | 'value' | 'note' | 'leading' | 'conflict' | FixedTerm
  } | null
}

export function amendmentsTitle({ shell, survey, problem }: AmendmentsPageProps): string {
  const title = fill(amendmentMessages(shell.locale).heading, { survey: surveyTitle(shell.locale, survey) })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** What was changed about a survey after it had opened, and where a change is proposed. */
export function AmendmentsPage(props: AmendmentsPageProps) {
  const { shell, survey, amendments, hindrance, done, problem } = props
  const { locale } = shell
  const words = amendmentMessages(locale)
  const title = fill(words.heading, { survey: surveyTitle(locale, survey) })
  const term = amendableTerms.find((each) => each === props.values.term)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={title} />
      {problem && (
        <ErrorSummary locale={locale} lines={[{ href: `#${problem.field}`, text: problemText(problem, words) }]} />
      )}
      <h1>{title}</h1>
      {done && (
        <p class="note" role="status">
          {words.proposed}
        </p>
      )}
      <p class="lead">{words.intro}</p>
      {amendments.length === 0 ? (
        <p class="note">{words.none}</p>
      ) : (
        <section class="block">
          <AmendmentList amendments={amendments} locale={locale} heading="h2" />
        </section>
      )}
      {hindrance ? (
        <p class="note">{words[`refused_${hindrance}`]}</p>
      ) : (
        mayDecide(shell) && (
          <section class="block">
            <h2>{words.formHeading}</h2>
            <Choices {...props} words={words} />
            {term && <ProposalForm {...props} term={term} words={words} />}
          </section>
        )
      )}
      <section class="block">
        <h2>{words.fixedHeading}</h2>
        <ul>
          {fixedTerms.map((term) => (
            <li key={term}>{words[`fixed_${term}`]}</li>
          ))}
        </ul>
        <p>{words.fixedOther}</p>
      </section>
    </OfficeShell>
  )
}

function problemText({ kind }: NonNullable<AmendmentsPageProps['problem']>, words: AmendmentMessages): string {
  const fixed = fixedTerms.find((each) => each === kind)
  if (fixed) return fill(words.refused_fixed, { why: words[`fixed_${fixed}`] })
  return fill(words[`refused_${kind as Exclude<typeof kind, FixedTerm>}`], reasonLength)
}

/** What can be changed, each a way to its form. */
function Choices({ shell, survey, values, words }: PartProps) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <ul id="term">
      {amendableTerms.map((term) => (
        <li key={term}>
          <a
            href={`${carry(urls.amendments(jid, cycle, survey.sid), { locale: shell.locale })}&term=${term}#form`}
            aria-current={values.term === term ? 'true' : undefined}
          >
            {words[`term_${term}`]}
          </a>
        </li>
      ))}
    </ul>
  )
}

type PartProps = AmendmentsPageProps & { words: AmendmentMessages }

/** POST to urls.amendmentsPropose. */
function ProposalForm({ term, ...props }: PartProps & { term: AmendableTerm }) {
  const { shell, survey, now, values, problem, words } = props
  const { jid = '', cycle = '' } = shell.place ?? {}
  const field = (name: AmendmentField, label: string, hint: string) => (
    <Field
      name={name}
      label={label}
      hint={hint}
      problem={problem?.field === name ? problemText(problem, words) : undefined}
      input={{ value: values[name] ?? '', autocomplete: 'off', required: true }}
    />
  )
  const note = (name: 'zh' | 'en', label: string) => (
    <TextArea
      name={name}
      label={label}
      hint={fill(words.noteHint, reasonLength)}
      problem={problem?.field === name ? problemText(problem, words) : undefined}
      input={{ value: values[name] ?? '', rows: 3, required: true, lang: name === 'zh' ? 'zh-CN' : 'en' }}
    />
  )
  return (
    <form
      id="form"
      class="form"
      method="post"
      action={carry(urls.amendmentsPropose(jid, cycle, survey.sid), { locale: shell.locale })}
      novalidate
    >
      <h3>{words[`term_${term}`]}</h3>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', term }} />
      {term !== 'wording' && <p>{fill(words.now, { value: now[term] })}</p>}
      {term === 'closes' && field(term, words.closes, words.closesHint)}
      {term === 'results' && field(term, words.results, words.resultsHint)}
      {term === 'phone' && field(term, words.phone, words.phoneHint)}
      {term === 'wording' && field('before', words.wordingBefore, words.wordingBeforeHint)}
      {term === 'wording' && field('after', words.wordingAfter, words.wordingAfterHint)}
      {note('zh', words.noteZh)}
      {note('en', words.noteEn)}
      <button type="submit" class="btn btn-2">
        {words.propose}
      </button>
    </form>
  )
}
