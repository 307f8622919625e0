import { levelLooks, type SpreadChart } from '../../islands/chart-data.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { sentences } from '../../messages/results.ts'
import { ChartFigure } from '../../parts/chart-figure.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { sourceLine } from './dashboard-text.ts'
import type { AnswerSpread, GroupDetail, OrganPageProps, QuestionLine } from './organ.tsx'

type ShownSpread = Extract<AnswerSpread, { status: 'shown' }>
export type ShownQuestion = QuestionLine & { spread: ShownSpread }

/** The questions whose answers may be shown level by level. */
export function shownQuestions(questions: readonly QuestionLine[]): ShownQuestion[] {
  return questions.flatMap((question) =>
    question.spread.status === 'shown' ? [{ ...question, spread: question.spread }] : [],
  )
}

/** What bars of one group have in common: how far any of them reaches on either side of the limit, in percent. */
export type SpreadScale = { left: number; right: number }

export function spreadScale(shown: readonly ShownQuestion[]): SpreadScale {
  const sides = shown.map(({ spread }) => sidesOf(spread))
  return { left: Math.max(0, ...sides.map(({ left }) => left)), right: Math.max(0, ...sides.map(({ right }) => right)) }
}

const answersOf = ({ levels }: ShownSpread): number => levels.reduce((sum, { count }) => sum + count, 0)

function sidesOf(spread: ShownSpread): SpreadScale {
  const satisfied = spread.levels.slice(0, spread.satisfied).reduce((sum, { count }) => sum + count, 0)
  const right = (satisfied / Math.max(1, answersOf(spread))) * 100
  return { left: 100 - right, right }
}

/** Chart 3 with the table of the same counts. Only the island draws it; without script the small bars say the same. */
export function SpreadFigure({
  props,
  detail,
  title,
  words,
}: {
  props: Pick<OrganPageProps, 'shell' | 'organ' | 'updated' | 'plan'>
  detail: GroupDetail
  title: string
  words: OfficeMessages
}) {
  const shown = shownQuestions(detail.questions)
  if (shown.length === 0) return null
  const { shell, organ, updated, plan } = props
  const [first] = shown
  const labels = first!.spread.levels.map(({ label }) => label)
  const { satisfied } = first!.spread
  const looks = levelLooks(satisfied, labels.length - satisfied)
  const data: SpreadChart = {
    kind: 'spread',
    title: fill(words.spreadTitle, { organ: organ.name, group: title, n: grouped(detail.n ?? 0) }),
    source: sourceLine(shell, words, updated, plan.hash),
    fileName: `${shell.place?.jid ?? ''}-${shell.place?.cycle ?? ''}-${organ.code}-${detail.group}.png`,
    isWhole: false,
    axisTitle: fill(words.spreadAxis, { level: labels[satisfied - 1] ?? '' }),
    wholeAxisTitle: words.spreadWholeAxis,
    unknownLabel: words.dontKnow,
    levels: labels.map((label, at) => ({ label, look: looks[at]!, isSatisfied: at < satisfied })),
    rows: shown.map(({ label, title: question, spread }) => ({
      label,
      title: question,
      levels: spread.levels.map(({ count, percent }) => ({ count, percent })),
      unknown: spread.dontKnow,
    })),
  }
  const caption = fill(words.spreadCaption, { group: title })
  return (
    <ChartFigure
      id={`spread-${detail.group}`}
      words={words}
      sentence={finding(shown, detail, props, words)}
      data={data}
      csvHref={null}
    >
      <details>
        <summary>{words.spreadCounts}</summary>
        <Scroll label={caption}>
          <DataTable
            caption={caption}
            columns={[
              { label: words.question },
              ...labels.map((label) => ({ label, numeric: true })),
              { label: words.dontKnow, numeric: true },
            ]}
            rows={shown.map(({ title: question, spread }) => [
              <bdi key="q">{question}</bdi>,
              ...spread.levels.map(({ count, percent }) => `${grouped(count)} (${percent}%)`),
              `${grouped(spread.dontKnow.count)} (${spread.dontKnow.percent}%)`,
            ])}
          />
        </Scroll>
      </details>
    </ChartFigure>
  )
}

/** What one sees first: how many are satisfied at all, and where most are not. */
function finding(
  shown: readonly ShownQuestion[],
  { weighting }: GroupDetail,
  { shell }: Pick<OrganPageProps, 'shell'>,
  words: OfficeMessages,
): string {
  const [first] = shown
  const { label, spread } = first!
  const worst = shown.reduce((most, each) => (sidesOf(each.spread).left > sidesOf(most.spread).left ? each : most))
  const level = spread.levels[spread.satisfied - 1]?.label ?? ''
  return sentences(
    shell.locale,
    fill(words.spreadFinding, { question: label, level, percent: spread.satisfiedPercent }),
    shown.length === 1 || spread.satisfied === spread.levels.length
      ? ''
      : fill(words.spreadWorst, { question: worst.label, percent: worst.spread.dissatisfiedPercent }),
    weighting ? words.spreadUnweighted : '',
  )
}

/** Key of the levels, best first; the chart has its own where it takes the place of all small bars. */
export function Legend({
  spread,
  isReplaced,
  words,
}: {
  spread: ShownSpread
  isReplaced: boolean
  words: OfficeMessages
}) {
  const looks = levelLooks(spread.satisfied, spread.levels.length - spread.satisfied)
  return (
    <ul class={isReplaced ? 'legend replaced' : 'legend'} aria-label={words.spreadLegend}>
      {spread.levels.map(({ label }, at) => (
        <li key={label}>
          <span class={`swatch ${looks[at]}`} aria-hidden="true" /> {label}
        </li>
      ))}
      <li>
        <span class="swatch na" aria-hidden="true" /> {words.dontKnow}
      </li>
    </ul>
  )
}

/** The valid answers as one bar that grows outward from the limit of satisfaction; don't-know stands apart. */
export function Spread({ spread, scale, words }: { spread: AnswerSpread; scale: SpreadScale; words: OfficeMessages }) {
  if (spread.status === 'leaders') return <span class="why">{words.spreadLeaders}</span>
  if (spread.status === 'no_score') return <span class="why">{words.spreadNoScore}</span>
  if (spread.status === 'no_mean') return <span class="why">{words.spreadNoMean}</span>
  if (spread.status === 'all_identical') return <span class="why">{words.spreadIdentical}</span>
  if (spread.status === 'n_below_distribution') {
    return <span class="why">{fill(words.spreadFew, { n: grouped(spread.n), minimum: grouped(spread.minimum) })}</span>
  }
  const answers = answersOf(spread)
  // The limit stands at the same place in every row of the group, so that the ends of bars can be compared.
  const unit = 100 / Math.max(1, scale.left + scale.right)
  const limit = scale.left * unit
  return (
    <div class="spread">
      <svg class="valid" aria-hidden="true">
        {piecesOf(spread).map(({ from, share, label, look }) => (
          <g key={label} class={look}>
            <rect
              x={`${(limit + from * unit).toFixed(1)}%`}
              width={`${(share * unit).toFixed(1)}%`}
              height="22"
              fill={look === 'l2' || look === 'l1' ? `url(#hatch-${look})` : undefined}
            />
            {share * unit >= 9 && (
              <text x={`${(limit + (from + share / 2) * unit).toFixed(1)}%`} y="16" text-anchor="middle">
                {Math.round(share)}
              </text>
            )}
          </g>
        ))}
        <line class="limit" x1={`${limit.toFixed(1)}%`} x2={`${limit.toFixed(1)}%`} y1="-4" y2="26" />
      </svg>
      {spread.dontKnow.count > 0 && <DontKnow {...spread.dontKnow} asked={answers + spread.dontKnow.count} />}
    </div>
  )
}

/** Where each level begins, in percent from the limit: satisfied levels to its right, the others to its left. */
function piecesOf(spread: ShownSpread) {
  const answers = answersOf(spread)
  const looks = levelLooks(spread.satisfied, spread.levels.length - spread.satisfied)
  const share = (count: number) => (count / Math.max(1, answers)) * 100
  return spread.levels.map(({ count, label }, at) => {
    const between =
      at < spread.satisfied
        ? spread.levels.slice(at + 1, spread.satisfied)
        : spread.levels.slice(spread.satisfied, at + 1)
    const reach = between.reduce((sum, level) => sum + share(level.count), 0)
    return { from: at < spread.satisfied ? reach : -reach, share: share(count), label, look: looks[at]! }
  })
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
