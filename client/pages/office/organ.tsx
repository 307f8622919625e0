import type { GroupId } from '../../../surveys/questionnaire.ts'
import { figuresMessages } from '../../messages/figures.ts'
import { fill } from '../../messages/fill.ts'
import { lineageMessages } from '../../messages/lineage.ts'
import { type OfficeMessages, officeMessages } from '../../messages/office.ts'
import { type ResultsMessages, resultsMessages, sentences } from '../../messages/results.ts'
import { Scroll } from '../../parts/data-table.tsx'
import { type Figure, FigureCard, type MissingFigure } from '../../parts/figure.tsx'
import { Filled } from '../../parts/filled.tsx'
import { Grade, type GradeDefinition, type Named } from '../../parts/grade.tsx'
import { cutsInside, type Interval, intervalText } from '../../parts/interval.tsx'
import { decimalsOf } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { type Score, ScoreText, withheldText } from '../../parts/withheld.tsx'
import { carry, urls } from '../../urls.ts'
import { figureFileHref, wholeView } from './figure-view.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type Certainty, CertaintySection } from './organ-certainty.tsx'
import { SatisfactionSection } from './organ-groups.tsx'
import { OrganReuse } from './organ-reuse.tsx'
import { IndicatorTree, subjectOf } from './organ-tree.tsx'
import type { Weighting } from './organ-weighting.tsx'
import type { SourceView } from './reuse.tsx'

/** One node of the indicator tree with this organ's numbers. */
export type IndicatorLine = {
  id: string
  title: string
  /** Share of its parent in percent: '60', '33.33'. */
  sharePercent: string
  score: Score
  /** Points of the overall score that come from here, with the decimals of all of them ('36.5000'); null when withheld. */
  contribution: string | null
  leads: readonly string[]
  /** What the targets are taken from; null when the plan names none. */
  basis: string | null
  /** Why points were taken off. */
  deductions: readonly { points: string; reason: string }[]
  children: readonly IndicatorLine[]
}

export type QuestionLine = {
  id: string
  title: string
  weight: string
  n: number
  /** null where nobody or too few answered, or the group has no score. */
  mean: string | null
  /** null for leaders as well: with n and the mean it would tell how they answered. */
  standardError: string | null
  /** Share of don't-know among answers and don't-knows; `flagged` above the plan's limit. */
  dontKnowPercent: string
  flagged: boolean
}

/** Warnings that leave a score standing (method, section 6). */
type GroupWarning = 'lonely_stratum' | 'categories_merged' | 'weights_bounded' | 'dk_share_high'

export type GroupDetail = {
  group: GroupId
  /** '0.3' as the plan writes it. */
  weight: string
  result: Score
  interval: Interval | null
  standardError: string | null
  /** Points of satisfaction that come from here, with the decimals of all groups ('24.24'); null when withheld. */
  contribution: string | null
  /** Slips with at least one valid answer; null while nothing is counted. */
  n: number | null
  effectiveN: string | null
  /** Slips about this organ, null while nothing is counted, ÷ expected, null where no expectation exists. */
  received: number | null
  expected: number | null
  responsePercent: string | null
  /** null without a survey. */
  questionnaire: { title: string; version: number } | null
  /** What one person could move, in points; null without a part in the overall score. */
  leverage: { satisfaction: string; overall: string } | null
  /** null where nothing was quarantined. */
  quarantine:
    | { shown: 'both'; slips: number; all: Score }
    | { shown: 'official'; fewerThan: number; effectAtMost: string | null }
    | null
  /** null where the plan weighs by no population. */
  weighting: Weighting | null
  warnings: readonly GroupWarning[]
  /** [] while the survey is open or below the minimum for details. */
  questions: readonly QuestionLine[]
  /** How they were answered, drawn. */
  answers: Figure | MissingFigure
  /** Points of the scale, best first, with the level's name: '非常满意' → '100'. */
  scale: readonly { label: string; points: string }[]
}

export type OrganPageProps = {
  shell: OfficeShellProps
  organ: { code: string; name: string; organClass: Named }
  overall: Score
  overallInterval: Interval | null
  grade: string | null
  grades: readonly GradeDefinition[]
  /** '95': the level of every interval on the page. */
  intervalPercent: string
  /** Level-1 parts in plan order; the one with id `satisfaction` points at the groups below. */
  indicators: readonly IndicatorLine[]
  /** From the full mark down to the overall score, drawn. */
  stairs: Figure | MissingFigure
  /** The functional score is the organ's own (以自评为主) or the lead departments'. */
  functionalRule: 'reviewed' | 'self'
  satisfaction: Score
  interval: Interval | null
  standardError: string | null
  groups: readonly GroupDetail[]
  /** null without an overall score. */
  certainty: Certainty | null
  plan: { version: number; title: string; hash: string; decimals: number; roundedAt: 'end' | 'each' }
  /** What other sources say of it, and the fewest results behind a mean. */
  reused: { sources: readonly SourceView[]; least: number }
  /** The don't-know share from which a question is flagged: '30'. */
  dontKnowLimit: string
  updated: string
}

/** Whose score the page explains. */
export function organTitle({ shell, organ }: OrganPageProps): string {
  return fill(officeMessages(shell.locale).organTitle, { organ: organ.name })
}

/** One organ's overall score, from the total down to single questions and deductions. */
export function OrganPage(props: OrganPageProps) {
  const { shell, organ, grades, grade } = props
  const words = officeMessages(shell.locale)
  const names = resultsMessages(shell.locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={organ.name} />
      <div class="head">
        <h1>
          <Filled text={words.organTitle} values={{ organ: <bdi>{organ.name}</bdi> }} />
        </h1>
        <p class="meta">
          {organ.organClass.title} · <a href={figuresHref(props)}>{figuresMessages(shell.locale).nav}</a>
        </p>
      </div>
      <div class="verdict">
        {props.overall.status === 'ok' && (
          <p class="figure">
            <a
              href={carry(urls.lineage(shell.place?.jid ?? '', shell.place?.cycle ?? '', organ.code), shell)}
              aria-label={fill(lineageMessages(shell.locale).why, { score: props.overall.score })}
            >
              <strong class="num">{props.overall.score}</strong>
            </a>{' '}
            <span>
              <Grade grades={grades} id={grade} />
            </span>
          </p>
        )}
        <p class="lead">{headline(props, words, names)}</p>
      </div>
      <CertaintySection {...props} words={words} names={names} />
      <PartsSection {...props} words={words} names={names} />
      <IndicatorTree {...props} words={words} names={names} />
      <SatisfactionSection {...props} words={words} names={names} />
      <OrganReuse {...props} />
      <Basis {...props} words={words} />
    </OfficeShell>
  )
}

/** This organ, drawn. */
const figuresHref = ({ shell: { place, locale }, organ }: OrganPageProps): string =>
  carry(`${urls.figures(place?.jid ?? '', place?.cycle ?? '')}?organ=${organ.code}`, { locale })

type Said = OrganPageProps & { words: OfficeMessages; names: ResultsMessages }

function headline(props: OrganPageProps, words: OfficeMessages, names: ResultsMessages): string {
  const { overall, overallInterval, grade, grades, satisfaction, interval, intervalPercent: percent } = props
  const told: string[] = []
  if (overall.status === 'ok') {
    told.push(
      fill(words.organLead, { score: overall.score, grade: grades.find(({ id }) => id === grade)?.title ?? '' }),
    )
    if (overallInterval?.status === 'ok') told.push(fill(words.organInterval, { percent, ...overallInterval }))
    const cuts = grades.map(({ minimum }) => minimum)
    for (const cut of cutsInside(overallInterval, cuts)) told.push(`${fill(names.crosses, { cut })}${words.stop}`)
  } else {
    told.push(`${withheldText(names, overall.why, names.overallScore)}${words.stop}`)
  }
  if (satisfaction.status === 'ok') {
    told.push(
      fill(words.organSatisfactionLead, { score: satisfaction.score, interval: said(interval, percent, names) }),
    )
  }
  return sentences(props.shell.locale, ...told)
}

function said(interval: Interval | null, percent: string, names: ResultsMessages): string {
  if (interval === null) return names.not_estimable
  return interval.status === 'ok' ? fill(names.intervalOf, { percent, ...interval }) : intervalText(names, interval)
}

/** The level-1 parts, and how they make the total. */
function PartsSection(props: Said) {
  const { shell, organ, indicators, overall, stairs, words, names } = props
  let sum = 0
  const rows = indicators.map((part) => {
    sum += Number(part.contribution ?? 0)
    return { part, sum }
  })
  // The sum of printed contributions, for reading down the column; the total itself comes exact from the server.
  const decimals = decimalsOf(indicators.map(({ contribution }) => contribution ?? ''))
  const terms = indicators.map((part) =>
    part.score.status === 'ok' ? fill(words.partsTerm, { share: part.sharePercent, score: part.score.score }) : null,
  )
  return (
    <section class="block" aria-labelledby="parts-title">
      <h2 id="parts-title">{words.partsHeading}</h2>
      {overall.status === 'ok' && !terms.includes(null) && (
        <p class="formula num">{fill(words.partsFormula, { terms: terms.join(' + '), total: overall.score })}</p>
      )}
      <Scroll label={words.partsHeading}>
        <table class="data parts stack of-4">
          <caption class="vh">{words.partsCaption}</caption>
          <thead>
            <tr>
              <th scope="col">{words.part}</th>
              <th scope="col" class="n">
                {words.weight}
              </th>
              <th scope="col" class="n">
                {words.score}
              </th>
              <th scope="col" class="n">
                {words.contribution}
              </th>
              <th scope="col" class="n">
                {words.cumulativeScore}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ part, sum: cumulative }) => (
              <tr key={part.id}>
                <th scope="row">{part.title}</th>
                <td class="n">{part.sharePercent}%</td>
                {part.score.status === 'ok' && part.contribution !== null ? (
                  <>
                    <td class="n">{part.score.score}</td>
                    <td class="n">{part.contribution}</td>
                    <td class="n">{cumulative.toFixed(decimals)}</td>
                  </>
                ) : (
                  <td class="n" colSpan={3}>
                    <ScoreText words={names} value={part.score} what={subjectOf(part, names)} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{words.total}</th>
              <td class="n">100%</td>
              <td class="n" colSpan={3}>
                <ScoreText words={names} value={overall} what={names.overallScore} />
              </td>
            </tr>
          </tfoot>
        </table>
      </Scroll>
      <p class="hint">{words.partsNote}</p>
      {!('missing' in stairs) && (
        <FigureCard
          figure={stairs}
          words={words}
          locale={shell.locale}
          csvHref={figureFileHref(shell, stairs.id, { ...wholeView, organs: [organ.code] })}
        />
      )}
    </section>
  )
}

function Basis({ plan, updated, intervalPercent, words }: OrganPageProps & { words: OfficeMessages }) {
  const rounding = plan.roundedAt === 'end' ? words.roundedAtEnd : words.roundedAtEach
  return (
    <section class="block" aria-labelledby="basis-title">
      <h2 id="basis-title">{words.basisHeading}</h2>
      <dl class="facts">
        <dt>{words.basisPlan}</dt>
        <dd>{fill(words.basisPlanOf, plan)}</dd>
        <dt>{words.planHash}</dt>
        <dd>
          <code>{plan.hash}</code>
        </dd>
        <dt>{words.basisInterval}</dt>
        <dd>{fill(words.basisIntervalText, { percent: intervalPercent })}</dd>
        <dt>{words.basisRounding}</dt>
        <dd>{fill(rounding, { decimals: plan.decimals })}</dd>
        <dt>{words.basisUpdated}</dt>
        <dd>{updated}</dd>
      </dl>
    </section>
  )
}
