import { fillText } from '../../../surveys/answers.ts'
import type { Condition, Locale, Question, Questionnaire } from '../../../surveys/questionnaire.ts'
import { type AssistMessages, assistMessages } from '../../messages/assist.ts'
import { fill } from '../../messages/fill.ts'
import { respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { noticePoints, Points } from '../../parts/notice.tsx'
import { carry, urls } from '../../urls.ts'
import type { OrganView, PrivacyFacts, SurveyHead, View } from '../respond/views.ts'
import { HiddenFields } from './hidden-fields.tsx'

export const codesField = 'codes'

export type PaperSheetsPageProps = View & {
  survey: SurveyHead
  /** Name of the survey at the desk. */
  title: string
  desk: string
  cycle: string
  questionnaire: Questionnaire
  facts: PrivacyFacts
  share: string
  returnBy: string
  /** One questionnaire each: the printed code ('' for a blank line) and the organs it asks about. */
  sheets: readonly { code: string; organs: readonly OrganView[] }[]
  /** Only whoever holds the codes prints them; null for others. */
  form: { csrf: string; typed: string } | null
  problem: { kind: 'many' } | { kind: 'wrong'; line: number; code: string } | null
}

export function sheetsTitle({ locale, title, problem }: PaperSheetsPageProps): string {
  const text = fill(assistMessages(locale).sheetsTitle, { survey: title })
  return problem ? fill(respondMessages(locale).errorPrefix, { title: text }) : text
}

/** The questionnaire as sheets to be filled in by hand, in the words and the order of the form. */
export function PaperSheetsPage(props: PaperSheetsPageProps) {
  const { locale, survey, desk, cycle, sheets, form, problem } = props
  const words = assistMessages(locale)
  const path = urls.assistSheets(survey.jid, cycle, survey.sid)
  const text = problem && (problem.kind === 'many' ? words.sheetsMany : fill(words.sheetsWrong, problem))
  return (
    <Frame {...props} again={{ path }} back={{ href: desk }} survey={undefined}>
      <div class="noprint">
        <ErrorSummary locale={locale} lines={text ? [{ href: `#${codesField}`, text }] : []} />
        <h1>{fill(words.sheetsTitle, { survey: props.title })}</h1>
        <p>{words.sheetsLead}</p>
        {form ? (
          <form method="post" action={carry(path, { locale })} novalidate>
            <HiddenFields values={{ csrf: form.csrf }} />
            <TextArea
              name={codesField}
              label={words.sheetsCodes}
              hint={words.sheetsCodesHint}
              problem={text ?? undefined}
              input={{ rows: 4, value: form.typed, autocomplete: 'off' }}
            />
            <button type="submit" class="btn">
              {words.sheetsMake}
            </button>
          </form>
        ) : null}
      </div>
      {sheets.map((sheet, at) => (
        <Sheet key={at} {...props} words={words} sheet={sheet} />
      ))}
    </Frame>
  )
}

type SheetProps = PaperSheetsPageProps & { words: AssistMessages; sheet: PaperSheetsPageProps['sheets'][number] }

function Sheet(props: SheetProps) {
  const { locale, survey, questionnaire, facts, returnBy, words, sheet } = props
  const m = respondMessages(locale)
  const isPaper = (page: Questionnaire['pages'][number]) => page.per === 'organ'
  return (
    <article class="sheet">
      <p>
        <bdi>{survey.organiser}</bdi> · {survey.year}
      </p>
      <h2>{survey.title}</h2>
      <p>
        {words.sheetCode} <strong class="num code">{sheet.code || '____  ____  ____  ____'}</strong> ·{' '}
        {words.sheetNumber} ________
      </p>
      <p>{words.sheetHow}</p>
      {sheet.organs.map((organ) => (
        <section key={organ.code}>
          <h3>{organ.name}</h3>
          {questionnaire.pages.filter(isPaper).map((page) => (
            <Questions key={page.id} {...props} questions={page.questions} organ={organ.name} />
          ))}
        </section>
      ))}
      {questionnaire.pages
        .filter((page) => !isPaper(page))
        .map((page) => (
          <Questions key={page.id} {...props} questions={page.questions} organ="" />
        ))}
      <p>{fill(words.sheetReturn, { date: returnBy, organiser: survey.organiser, phone: survey.phone })}</p>
      <Points
        points={[
          ...noticePoints(m, survey, facts, true),
          m.privacyAssistPaper,
          ...(facts.mode === 'sealed' ? [m.privacyAssistSealed] : []),
        ]}
      />
    </article>
  )
}

function Questions(props: SheetProps & { questions: readonly Question[]; organ: string }) {
  const { locale, questionnaire, share, sheet, words, questions, organ } = props
  const said = (text: string) => fillText(text, { organ, share, count: String(sheet.organs.length) })
  return (
    <>
      {questions.map((question) => {
        const levels = question.showIf ? levelsIn(questionnaire, question.showIf, locale) : []
        return (
          <div class="item" key={question.id}>
            {levels.length > 0 && question.type !== 'rating' ? (
              <p>{fill(words.sheetStops, { levels: levels.join(' / ') })}</p>
            ) : null}
            <p>
              <strong>{said(question.title[locale])}</strong>
              {question.type === 'choice' && question.multiple && question.max
                ? ` (${fill(words.sheetMultiple, { max: question.max })})`
                : ''}
            </p>
            {question.type === 'text' ? (
              <p class="lines" />
            ) : (
              <ul class="boxes">
                {optionsOf(questionnaire, question).map(({ value, label }) => (
                  <li key={value}>☐ {label[locale]}</li>
                ))}
              </ul>
            )}
          </div>
        )
      })}
    </>
  )
}

function optionsOf({ scales }: Questionnaire, question: Exclude<Question, { type: 'text' }>) {
  return question.type === 'choice' ? question.options : (scales.find(({ id }) => id === question.scale)?.options ?? [])
}

/** The levels because of which a question is asked, in words; none where it is asked for another reason. */
function levelsIn({ pages, scales }: Questionnaire, showIf: Condition, locale: Locale): string[] {
  if (!('any' in showIf)) return []
  const asked = pages.flatMap((page) => page.questions)
  const labels = showIf.any.flatMap((each) => {
    if (!('op' in each) || each.op !== 'in') return []
    const rating = asked.find(({ id }) => id === each.q)
    const scale = rating?.type === 'rating' ? scales.find(({ id }) => id === rating.scale) : undefined
    return (scale?.options ?? [])
      .filter(({ value }) => each.v.some((one) => one === value))
      .map(({ label }) => label[locale])
  })
  return [...new Set(labels)]
}
