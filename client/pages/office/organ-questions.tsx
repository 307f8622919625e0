import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { Scroll } from '../../parts/data-table.tsx'
import { FigureCard } from '../../parts/figure.tsx'
import { grouped } from '../../parts/numbers.ts'
import { TooFew } from '../../parts/withheld.tsx'
import { figureFileHref, wholeView } from './figure-view.ts'
import type { GroupDetail, OrganPageProps, QuestionLine } from './organ.tsx'

type QuestionsProps = OrganPageProps & {
  detail: GroupDetail
  title: string
  words: OfficeMessages
  names: ResultsMessages
}

/** One group's questions: what each weighs, how it was answered, and, where it may be shown, the spread of answers. */
export function Questions(props: QuestionsProps) {
  const { detail, organ, title, words, names, dontKnowLimit, shell } = props
  const { questions, scale } = detail
  const scaleText = scale.map((level) => fill(words.scaleItem, level)).join(names.listSeparator)
  const leaders = detail.group === 'leaders'
  const why = detail.result.status === 'ok' ? names.tooFewToShow : names.groupWithoutScore
  // Leaders' means stand alone: a standard error beside them would tell how they answered.
  const figures = leaders
    ? [words.weight, words.answers, words.mean, words.dontKnow]
    : [words.weight, words.answers, words.mean, words.standardError, words.dontKnow]
  return (
    <>
      <Scroll label={fill(words.questionsCaption, { group: title })}>
        <table class={`data questions stack of-${figures.length}`}>
          <caption class="vh">{fill(words.questionsCaption, { group: title })}</caption>
          <thead>
            <tr>
              <th scope="col">{words.question}</th>
              {figures.map((label) => (
                <th key={label} scope="col" class="n">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {questions.map((question) => (
              <tr key={question.id}>
                <th scope="row">
                  <bdi>{question.title}</bdi>
                </th>
                <td class="n">{question.weight}</td>
                <td class="n">{grouped(question.n)}</td>
                <td class="n">
                  {isSuppressed(question) ? <TooFew words={names} why={why} /> : (question.mean ?? words.noMean)}
                </td>
                {!leaders && (
                  <td class="n">
                    {isSuppressed(question) ? (
                      <TooFew words={names} why={why} />
                    ) : (
                      (question.standardError ?? words.noStandardError)
                    )}
                  </td>
                )}
                <td class="n">
                  {question.dontKnowPercent}%
                  {question.flagged && <small class="flag">▲ {fill(words.flagged, { limit: dontKnowLimit })}</small>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="hint">
        {sentences(
          shell.locale,
          words.questionsFormula,
          fill(words.scaleNote, { list: scaleText }),
          leaders ? words.spreadLeaders : '',
          questions.some(isSuppressed) ? fill(words.tooFewNote, { why }) : '',
        )}
      </p>
      {!leaders && (
        <FigureCard
          id={`answers-${detail.group}`}
          figure={detail.answers}
          words={words}
          locale={shell.locale}
          csvHref={figureFileHref(shell, 'answers', { ...wholeView, group: detail.group, organs: [organ.code] })}
        />
      )}
    </>
  )
}

/** Answered, but its mean is hidden; one that nobody answered has no mean to hide. */
const isSuppressed = ({ mean, n }: QuestionLine): boolean => mean === null && n > 0
