import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { innovationMessages } from '../../messages/innovation.ts'
import { type PublicSiteMessages, publicSiteMessages } from '../../messages/public-site.ts'
import { type ResultsMessages, resultsMessages, sentences } from '../../messages/results.ts'
import { ScrollTable } from '../../parts/data-table.tsx'
import { Filled } from '../../parts/filled.tsx'
import type { GradeDefinition } from '../../parts/grade.tsx'
import { type InnovationRuleShown, InnovationRuleText } from '../../parts/innovation-rule.tsx'
import { grouped } from '../../parts/numbers.ts'
import { carry, urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'
import { SiteNav, type SitePlace, yearOf } from './site-nav.tsx'

type ScoredBy = 'reviewed_self_assessment' | 'lead_departments' | 'performance_office' | 'survey'

/** The rules of one group. */
export type MethodGroup = {
  group: GroupId
  weight: string
  questions: readonly { id: string; title: string; weight: string; share: string }[]
  minimum: { n: number; responsePercent: string | null; effectiveN: number | null }
  calibration: 'none' | 'poststratify' | 'rake'
  /** null without strata. */
  strata: { weightBy: 'slips' | 'share' | 'population'; list: readonly { title: string; share: string }[] } | null
}

/** Everything of a plan that decides a score or what is shown of it, as the page says it. */
export type PlanMethodProps = View &
  SitePlace & {
    plan: { title: string; version: number }
    classes: readonly {
      id: string
      title: string
      organs: number
      functionalRule: 'reviewed' | 'self'
      isRanked: boolean
      /** null: as the plan. */
      groupWeights: readonly { group: GroupId; weight: string }[] | null
    }[]
    indicators: readonly {
      id: string
      depth: number
      title: string
      share: string
      scoredBy: ScoredBy | null
      leads: readonly string[]
      /** Titles of the classes that it is about; none: all. */
      classes: readonly string[]
    }[]
    groups: readonly MethodGroup[]
    scale: readonly { label: string; points: string }[]
    missingGroup: 'block' | 'renormalise'
    disclosure: { drillDown: number; distribution: number; cell: number; reasons: 'organ' | 'public' }
    raking: { lower: string; upper: string; mergeBelow: number }
    intervalPercent: string
    ranking: { needed: number; borderline: string; safe: string }
    advanced: { title: string; count: number; grade: string }
    rounding: { decimals: number; at: 'end' | 'each' }
    grades: readonly GradeDefinition[]
    screeningLevel: string
    innovation: InnovationRuleShown
    deadlines: { self: string; leads: string }
  }

export const planMethodTitle = (props: PlanMethodProps): string =>
  `${fill(publicSiteMessages(props.locale).methodTitle, { cycle: props.cycleTitle })} – ${props.jurisdiction}`

type Said = PlanMethodProps & { words: PublicSiteMessages; names: ResultsMessages }

/** By which rules a year's scores were made, from its plan itself. */
export function PlanMethodPage(props: PlanMethodProps) {
  const { locale, jid, cycle, cycleTitle, plan, deadlines } = props
  const words = publicSiteMessages(locale)
  const said = { ...props, words, names: resultsMessages(locale) }
  return (
    <PublicFrame {...props} path={urls.resultsPart(jid, cycle, 'method')} wide>
      <p class="step">
        <bdi>{yearOf(props, locale)}</bdi>
      </p>
      <h1>
        <Filled text={words.methodTitle} values={{ cycle: <bdi>{cycleTitle}</bdi> }} />
      </h1>
      <SiteNav {...props} here="method" />
      <p>{fill(words.methodIntro, { plan: plan.title, version: plan.version })}</p>
      <Classes {...said} />
      <Tree {...said} />
      {props.innovation.indicator !== '' && (
        <section>
          <h2>{innovationMessages(locale).criteria}</h2>
          <InnovationRuleText rule={props.innovation} locale={locale} />
        </section>
      )}
      <Satisfaction {...said} />
      <Minimums {...said} />
      <Weights {...said} />
      <Certainty {...said} />
      <h2>{words.screeningHeading}</h2>
      <p>{fill(words.screening_how, { level: props.screeningLevel })}</p>
      <h2>{words.deadlinesHeading}</h2>
      <ul>
        <li>{fill(words.deadline_self, { date: deadlines.self })}</li>
        <li>{fill(words.deadline_leads, { date: deadlines.leads })}</li>
      </ul>
      <p>
        <a class="alone" href={carry(urls.method(), props)}>
          {words.exampleLink}
        </a>
      </p>
    </PublicFrame>
  )
}

function Classes({ classes, words, names }: Said) {
  return (
    <section>
      <h2>{words.whoHeading}</h2>
      <ScrollTable
        caption={words.whoCaption}
        quietCaption
        columns={[
          { label: words.class },
          { label: words.count, numeric: true },
          { label: words.functional },
          { label: words.ranked },
          { label: words.ownWeights },
        ]}
        rows={classes.map(({ title, organs, functionalRule, isRanked, groupWeights }) => [
          title,
          organs,
          words[`functional_${functionalRule}`],
          isRanked ? words.ranked_yes : words.ranked_no,
          groupWeights
            ? groupWeights.map(({ group, weight }) => `${names[group]} ${weight}`).join(names.listSeparator)
            : words.asPlan,
        ])}
      />
    </section>
  )
}

function Tree({ indicators, words, names }: Said) {
  const by = ({ scoredBy, leads, classes }: PlanMethodProps['indicators'][number]) =>
    [
      ...(scoredBy ? [words[`scorer_${scoredBy}`]] : []),
      ...leads,
      ...(classes.length > 0 ? [fill(words.onlyFor, { classes: classes.join(names.listSeparator) })] : []),
    ].join(names.clauseSeparator)
  return (
    <section>
      <h2>{words.treeHeading}</h2>
      <ScrollTable
        caption={words.treeCaption}
        quietCaption
        columns={[{ label: words.part }, { label: words.share, numeric: true }, { label: words.scoredBy }]}
        rows={indicators.map((indicator) => [
          <span key={indicator.id} class={`deep-${Math.min(indicator.depth, 2)}`}>
            {indicator.title}
          </span>,
          `${indicator.share}%`,
          by(indicator),
        ])}
      />
    </section>
  )
}

function Satisfaction({ groups, scale, missingGroup, words, names }: Said) {
  return (
    <section>
      <h2>{words.groupsAsked}</h2>
      <p>
        {fill(words.levels, {
          list: scale.map((level) => fill(words.level, level)).join(names.listSeparator),
        })}
      </p>
      <p>{words[`missing_${missingGroup}`]}</p>
      {groups.map(({ group, weight, questions }) => {
        const caption = fill(words.questionWeights, { group: names[group], weight })
        return (
          <ScrollTable
            key={group}
            caption={caption}
            columns={[
              { label: words.question },
              { label: words.questionWeight, numeric: true },
              { label: words.questionShare, numeric: true },
            ]}
            rows={questions.map(({ title, weight: own, share }) => [title, own, `${share}%`])}
          />
        )
      })}
    </section>
  )
}

function Minimums({ groups, disclosure, words, names }: Said) {
  return (
    <section>
      <h2>{words.minimumsHeading}</h2>
      <ScrollTable
        caption={words.minimumsCaption}
        quietCaption
        columns={[
          { label: words.group },
          { label: words.minimumN, numeric: true },
          { label: words.minimumResponse, numeric: true },
          { label: words.minimumEffective, numeric: true },
        ]}
        rows={groups.map(({ group, minimum: { n, responsePercent, effectiveN } }) => [
          names[group],
          grouped(n),
          responsePercent === null ? words.minimumNone : `${responsePercent}%`,
          effectiveN === null ? words.minimumNone : grouped(effectiveN),
        ])}
      />
      <p>{fill(words.disclosure, disclosure)}</p>
      <p>{words[`reasons_${disclosure.reasons}`]}</p>
    </section>
  )
}

function Weights({ groups, raking, words, names }: Said) {
  const isWeighted = groups.some(({ calibration }) => calibration !== 'none')
  return (
    <section>
      <h2>{words.weightsHeading}</h2>
      <ul>
        {groups.map(({ group, calibration }) => (
          <li key={group}>{fill(words[`calibration_${calibration}`], { group: names[group], ...raking })}</li>
        ))}
        {groups.map(
          ({ group, strata }) =>
            strata && (
              <li key={group}>
                {fill(words[`design_${strata.weightBy}`], {
                  group: names[group],
                  list: strata.list.map((each) => fill(words.stratum, each)).join(names.listSeparator),
                })}
              </li>
            ),
        )}
        {isWeighted && <li>{fill(words.merging, { mergeBelow: raking.mergeBelow })}</li>}
      </ul>
    </section>
  )
}

function Certainty(props: Said) {
  const { locale, intervalPercent, ranking, advanced, rounding, grades, words } = props
  return (
    <>
      <section>
        <h2>{words.certaintyHeading}</h2>
        <p>{fill(words.interval_how, { percent: intervalPercent })}</p>
        <p>
          {sentences(
            locale,
            fill(words.ranks_how, { needed: ranking.needed }),
            advanced.count > 0 ? fill(words.advanced_how, advanced) : '',
          )}
        </p>
        <p>{fill(words[`rounding_${rounding.at}`], { decimals: rounding.decimals })}</p>
      </section>
      <section>
        <h2>{words.gradesHeading}</h2>
        <ScrollTable
          caption={words.gradesCaption}
          quietCaption
          columns={[{ label: words.grade }, { label: words.from, numeric: true }]}
          rows={grades.map(({ title, minimum }) => [title, minimum])}
        />
        <p>{fill(words.borderline, ranking)}</p>
      </section>
    </>
  )
}
