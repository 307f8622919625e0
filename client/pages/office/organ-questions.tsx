import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { TooFew } from '../../parts/withheld.tsx'
import type { AnswerSpread, GroupDetail, QuestionLine } from './organ.tsx'

type QuestionsProps = {
  detail: GroupDetail
  title: string
  words: OfficeMessages
  names: ResultsMessages
  dontKnowLimit: string
  locale: Locale
}

/** One group's questions: what each weighs, how it was answered, and, where it may be shown, the spread of answers. */
export function Questions({ detail, title, words, names, dontKnowLimit, locale }: QuestionsProps) {
  const { questions, scale } = detail
  const shown = questions.flatMap((question) =>
    question.spread.status === 'shown' ? [{ question, spread: question.spread }] : [],
  )
  const scaleText = scale.map((level) => fill(words.scaleItem, level)).join(names.listSeparator)
  const leaders = questions.every((question) => question.spread.status === 'leaders')
  return (
    <>
      {shown.length > 0 && <Legend labels={shown[0]!.spread.levels.map((level) => level.label)} words={words} />}
      <Scroll label={fill(words.questionsCaption, { group: title })}>
        <table class="data questions stack of-5">
          <caption class="vh">{fill(words.questionsCaption, { group: title })}</caption>
          <thead>
            <tr>
              <th scope="col">{words.question}</th>
              {[words.weight, words.answers, words.mean, words.standardError, words.dontKnow].map((label) => (
                <th key={label} scope="col" class="n">
                  {label}
                </th>
              ))}
              {!leaders && (
                <th scope="col" class="v">
                  {words.spread}
                </th>
              )}
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
                {isSuppressed(question) ? (
                  <>
                    <td class="n">
                      <TooFew words={names} />
                    </td>
                    <td class="n">
                      <TooFew words={names} />
                    </td>
                  </>
                ) : (
                  <>
                    <td class="n">{question.mean ?? words.noMean}</td>
                    <td class="n">{question.standardError ?? words.noStandardError}</td>
                  </>
                )}
                <td class="n">
                  {question.dontKnowPercent}%
                  {question.flagged && <small class="flag">▲ {fill(words.flagged, { limit: dontKnowLimit })}</small>}
                </td>
                {!leaders && (
                  <td class="v">
                    <Spread spread={question.spread} words={words} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="hint">
        {sentences(
          locale,
          words.questionsFormula,
          fill(words.scaleNote, { list: scaleText }),
          leaders ? words.spreadLeaders : '',
          questions.some(isSuppressed) ? fill(words.tooFewNote, { why: names.tooFewToShow }) : '',
        )}
      </p>
      {shown.length > 0 && (
        <details>
          <summary>{words.spreadCounts}</summary>
          <Scroll label={fill(words.spreadCaption, { group: title })}>
            <DataTable
              caption={fill(words.spreadCaption, { group: title })}
              columns={[
                { label: words.question },
                ...shown[0]!.spread.levels.map(({ label }) => ({ label, numeric: true })),
                { label: words.dontKnow, numeric: true },
              ]}
              rows={shown.map(({ question, spread }) => [
                <bdi key="q">{question.title}</bdi>,
                ...spread.levels.map(({ count, percent }) => `${grouped(count)} (${percent}%)`),
                `${grouped(spread.dontKnow.count)} (${spread.dontKnow.percent}%)`,
              ])}
            />
          </Scroll>
        </details>
      )}
    </>
  )
}

/** Answered, but by too few people of its group for a mean; one that nobody answered has no mean to hide. */
const isSuppressed = ({ mean, n }: QuestionLine): boolean => mean === null && n > 0

/** Fill of a level, best first: the two lowest levels are hatched as well as orange. */
const fills = ['l5', 'l4', 'l3', 'l2', 'l1'] as const

function Legend({ labels, words }: { labels: readonly string[]; words: OfficeMessages }) {
  return (
    <ul class="legend" aria-label={words.spreadLegend}>
      {labels.map((label, index) => (
        <li key={label}>
          <span class={`swatch ${fills[index] ?? 'na'}`} aria-hidden="true" /> {label}
        </li>
      ))}
      <li>
        <span class="swatch na" aria-hidden="true" /> {words.dontKnow}
      </li>
    </ul>
  )
}

/** The valid answers as one bar of 100 %; don't-know stands apart with its own share. */
function Spread({ spread, words }: { spread: AnswerSpread; words: OfficeMessages }) {
  if (spread.status === 'leaders') return <span class="why">{words.spreadLeaders}</span>
  if (spread.status === 'all_identical') return <span class="why">{words.spreadIdentical}</span>
  if (spread.status === 'n_below_distribution') {
    return <span class="why">{fill(words.spreadFew, { n: grouped(spread.n), minimum: grouped(spread.minimum) })}</span>
  }
  let start = 0
  const answers = spread.levels.reduce((sum, { count }) => sum + count, 0)
  const pieces = spread.levels.map(({ count, label }, index) => {
    const piece = { x: start, share: (count / Math.max(1, answers)) * 100, label, look: fills[index] ?? 'na' }
    start += piece.share
    return piece
  })
  return (
    <div class="spread">
      <svg class="valid" aria-hidden="true">
        {pieces.map(({ x, share, label, look }) => (
          <g key={label} class={look}>
            <rect x={`${x.toFixed(1)}%`} width={`${share.toFixed(1)}%`} height="22" fill={hatched(look)} />
            {share >= 9 && (
              <text x={`${(x + share / 2).toFixed(1)}%`} y="16" text-anchor="middle">
                {Math.round(share)}
              </text>
            )}
          </g>
        ))}
      </svg>
      {spread.dontKnow.count > 0 && <DontKnow {...spread.dontKnow} asked={answers + spread.dontKnow.count} />}
    </div>
  )
}

// In pixels, so that a small share is still a mark one can see; the number says how small.
function DontKnow({ count, percent, asked }: { count: number; percent: string; asked: number }) {
  const width = Math.max(10, Math.round((count / asked) * 56))
  return (
    <span class="unknown num" aria-hidden="true">
      <svg aria-hidden="true">
        <rect x="0.5" y="0.5" width={width} height="21" />
      </svg>
      {percent}%
    </span>
  )
}

const hatched = (look: string): string | undefined =>
  look === 'l2' || look === 'l1' ? `url(#hatch-${look})` : undefined

/** Patterns that the bars of this page refer to. Drawn, not styled, so that they print. */
export function HatchPatterns() {
  return (
    <svg class="patterns" aria-hidden="true" width="0" height="0">
      <defs>
        <pattern id="lost" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line class="lost" x1="0" y1="0" x2="0" y2="6" />
        </pattern>
        <pattern id="hatch-l2" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="l2" width="7" height="7" />
          <line class="on2" x1="0" y1="0" x2="0" y2="7" />
        </pattern>
        <pattern id="hatch-l1" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="l1" width="4" height="4" />
          <line class="on1" x1="0" y1="0" x2="0" y2="4" />
        </pattern>
      </defs>
    </svg>
  )
}
