import { answerQuestions, fillText } from '../../../surveys/answers.ts'
import type { LocaleText, Page, Question, TextQuestion } from '../../../surveys/questionnaire.ts'
import type { RespondMessages } from '../../messages/respond.ts'
import { Filled } from '../../parts/filled.tsx'
import { ChoiceOptions, RatingOptions } from '../../parts/options.tsx'
import type { Asking, FormPageProps } from './form-page.tsx'
import { problemText } from './problem-text.ts'
import type { OrganView } from './views.ts'

type Asked = { asking: Asking; organ?: OrganView | undefined }

/** The questions of one page, about one organ or asked once. */
export function PageQuestions({ asking, page, organ }: Asked & { page: Page }) {
  return (
    <>
      {page.questions.map((question, at) =>
        question.type === 'text' ? (
          <Comment key={question.id} asking={asking} organ={organ} question={question} />
        ) : (
          <Choosing
            key={question.id}
            asking={asking}
            organ={organ}
            question={question}
            isFirst={at === 0 && page.part === 'core' && page.per === 'organ'}
          />
        ),
      )}
    </>
  )
}

type ChoosingProps = Asked & { question: Exclude<Question, TextQuestion>; isFirst: boolean }

function Choosing({ asking, organ, question, isFirst }: ChoosingProps) {
  const { locale, m, questionnaire, values, marked } = asking
  const name = organ ? `q.${organ.code}.${question.id}` : `m.${question.id}`
  const chosen = values.get(name) ?? []
  const problem = marked.get(name)
  const described = [question.hint ? `h.${name}` : '', problem ? `e.${name}` : ''].filter(Boolean).join(' ')
  return (
    <fieldset
      class={isFirst ? 'q' : 'q sub'}
      data-q={question.id}
      data-overall={question.type === 'rating' && question.role === 'overall' ? '' : undefined}
      data-required={question.required ? '' : undefined}
      data-max={question.type === 'choice' && question.multiple ? question.max : undefined}
      {...sealedPlace(asking, question)}
      data-shuffle={question.type === 'choice' && question.shuffle ? '' : undefined}
      aria-describedby={described || undefined}
    >
      <legend>
        <QuestionText asking={asking} organ={organ} text={question.title} />
        {question.required ? <span class="need"> {m.formRequired}</span> : null}
      </legend>
      {question.hint ? (
        <p class="hint" id={`h.${name}`}>
          <QuestionText asking={asking} organ={organ} text={question.hint} />
        </p>
      ) : null}
      {problem ? (
        <p class="msg" id={`e.${name}`}>
          {problem}
        </p>
      ) : null}
      {question.type === 'rating' ? (
        <RatingOptions
          {...{ name, locale, chosen }}
          scale={questionnaire.scales.find(({ id }) => id === question.scale)!}
        />
      ) : (
        <ChoiceOptions {...{ name, locale, chosen, question }} />
      )}
    </fieldset>
  )
}

/** Where the device finds the place of a question in what it seals; the others send fields by name. */
function sealedPlace({ questionnaire, facts }: Asking, question: Exclude<Question, TextQuestion>) {
  if (facts.mode !== 'sealed') return {}
  const slot = answerQuestions(questionnaire).findIndex(({ id }) => id === question.id)
  if (slot < 0) return { 'data-margin': question.type === 'choice' ? question.margin : undefined }
  if (question.type === 'rating') return { 'data-slot': slot }
  const options = question.options.map(({ value }) => value).join(' ')
  return { 'data-slot': slot, 'data-options': options, ...(question.multiple ? { 'data-many': '' } : {}) }
}

/** The one free text about an organ; leaders unfold it. */
function Comment({ asking, organ, question }: Asked & { question: TextQuestion }) {
  const { m, questionnaire, values, marked } = asking
  const name = `c.${organ?.code ?? ''}`
  const text = values.get(name)?.[0] ?? ''
  const problem = marked.get(name)
  const described = [question.hint ? `h.${name}` : '', problem ? `e.${name}` : ''].filter(Boolean).join(' ')
  const field = (
    <div class="q sub field" data-q={question.id}>
      <label for={name}>
        <QuestionText asking={asking} organ={organ} text={question.title} />
      </label>
      {question.hint ? (
        <p class="hint" id={`h.${name}`}>
          <QuestionText asking={asking} organ={organ} text={question.hint} />
        </p>
      ) : null}
      {problem ? (
        <p class="msg" id={`e.${name}`}>
          {problem}
        </p>
      ) : null}
      <textarea
        id={name}
        name={name}
        rows={question.rows}
        maxLength={question.maxLength}
        aria-describedby={described || undefined}
      >
        {text}
      </textarea>
      <p class="hint">{m.formCommentSeen}</p>
    </div>
  )
  if (questionnaire.subject.kind !== 'each') return field
  return (
    <details open={text !== '' || problem !== undefined}>
      <summary>{m.formCommentPart}</summary>
      {field}
    </details>
  )
}

/** A text of the questionnaire with its placeholders filled; the organ's name is fenced off by <bdi>. */
function QuestionText({ asking, organ, text }: Asked & { text: LocaleText }) {
  const { locale, organs, share } = asking
  return <Filled text={text[locale]} values={{ organ: <bdi>{organ?.name ?? ''}</bdi>, count: organs.length, share }} />
}

/** Every problem with the element that its line in the summary leads to. */
export function fieldProblems(
  props: FormPageProps,
  m: RespondMessages,
): { field: string; anchor: string; text: string }[] {
  const { locale, questionnaire, organs, share, problems } = props
  const questions = questionnaire.pages.flatMap((page) => page.questions)
  const rendered = new Set(organs.map((organ) => organ.code))
  return problems.map(({ field, code, organ: organCode, question: id }) => {
    const question = questions.find((each) => each.id === id)
    const organ = organs.find((each) => each.code === organCode)?.name
    const title = question
      ? fillText(question.title[locale], { organ: organ ?? '', count: String(organs.length), share })
      : field
    const max = question?.type === 'text' ? question.maxLength : question?.type === 'choice' ? question.max : undefined
    const overall = question?.type === 'rating' && question.role === 'overall'
    // A field that is not on this page (another organ, another form) cannot be led to; the form itself can.
    const isHere = organCode === undefined ? /^[mq]\./.test(field) && code !== 'unknown_field' : rendered.has(organCode)
    return { field, anchor: isHere ? field : 'f', text: problemText(m, { code, organ, question: title, overall, max }) }
  })
}
