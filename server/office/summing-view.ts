import { resultsMessages } from '../../client/messages/results.ts'
import type { MissingOrgan, SummedOrgan, SummingPageProps } from '../../client/pages/office/summing.tsx'
import type { GradeDefinition } from '../../client/parts/grade.tsx'
import { withheldText } from '../../client/parts/withheld.tsx'
import { type FoundCycle, listCyclesOf } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import type { ScoreRow } from '../../db/scoring.ts'
import { canonicalJson } from '../../surveys/canonical.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { type Indicator, indicatorsOf, type Plan, satisfactionId } from '../../surveys/plan.ts'
import { canonicalQuestionnaire, type Locale } from '../../surveys/questionnaire.ts'
import { decimalString, parseRational, subtract } from '../../surveys/rational.ts'
import { groupWeightsOf } from '../../surveys/results.ts'
import { scoredIndicators } from '../../surveys/review.ts'
import type { SumDecision, SumDocument } from '../../surveys/summing.ts'
import type { PublishedDocuments } from '../export/documents.ts'
import { gradesOf, groupScore } from '../figures.ts'
import { publishedDocuments, publishedOf } from '../publications.ts'
import type { Standing } from '../standing.ts'
import { localized, nameOf, titleOf } from '../surveys.ts'
import type { World } from '../world.ts'
import { safePercentOf } from './certainty.ts'

// What the page of the summing up says about figures: what is missing, what would come out, and what it was last year.

/** What each organ still lacks; none for one that has everything. */
export function missingOf(standing: Standing, scores: readonly ScoreRow[], locale: Locale): MissingOrgan[] {
  const { plan } = standing
  const names = resultsMessages(locale)
  const states = new Map(scores.map(({ organ, indicator, state }) => [`${organ} ${indicator}`, state]))
  return standing.organs.flatMap((organ): MissingOrgan[] => {
    const rule = plan.organClasses[organ.class]?.functionalRule
    const items = scoredIndicators(indicatorsOf(plan, organ.class)).flatMap(
      ({ node, scoredBy }): MissingOrgan['items'] => {
        const state = states.get(`${organ.id} ${node.id}`) ?? 'none'
        if (state === 'confirmed') return []
        const isOwn = state === 'none' && scoredBy === 'reviewed_self_assessment' && rule === 'self'
        return [{ kind: 'indicator', title: localized(node.title, locale), state: isOwn ? 'own' : state }]
      },
    )
    const groups = groupIds.flatMap((group): MissingOrgan['items'] => {
      if (organ.groups[group].state === 'not_asked') return []
      const score = groupScore(plan, group, organ.groups[group])
      if (score.status === 'ok') return []
      return [{ kind: 'group', title: names[group], why: withheldText(names, score.why, names[group]) }]
    })
    const all = [...items, ...groups]
    return all.length === 0 ? [] : [{ organ: nameOf(organ, locale), items: all }]
  })
}

/** The cycle that was published before this one, with its documents; null without one. */
export async function yearBefore(
  world: World,
  scope: Scope,
  { cycle }: FoundCycle,
): Promise<{ readonly found: FoundCycle; readonly documents: PublishedDocuments } | null> {
  const earlier = (await listCyclesOf(world.db, [scope.jurisdiction]))
    .filter((each) => each.cycle.code < cycle.code)
    .sort((a, b) => (a.cycle.code < b.cycle.code ? 1 : -1))
  for (const found of earlier) {
    const published = await publishedOf(world, found)
    const documents = published && !published.shown.withdrawn && (await publishedDocuments(world, published))
    if (documents) return { found, documents }
  }
  return null
}

/** Whether overall scores of two years mean the same: by their indicators and weights, and by what people were asked. */
export function comparable(before: PublishedDocuments, now: PublishedDocuments): 'yes' | 'tree' | 'questions' {
  const rules = ({ plan }: PublishedDocuments) =>
    canonicalJson([
      weightsIn(plan.indicators),
      Object.keys(plan.organClasses).map((each) => [each, { ...groupWeightsOf(plan, each) }]),
      groupIds.map((group) => plan.groups[group].questions.map(({ id, weight }) => [id, String(weight)])),
    ])
  if (rules(before) !== rules(now)) return 'tree'
  const asked = ({ surveys }: PublishedDocuments) =>
    canonicalJson(surveys.map(({ group, questionnaire }) => [group, canonicalQuestionnaire(questionnaire)]))
  return asked(before) === asked(now) ? 'yes' : 'questions'
}

type Weighed = readonly [id: string, weight: string, classes: readonly string[], below: readonly Weighed[]]

const weightsIn = (nodes: readonly Indicator[]): Weighed[] =>
  nodes.map(({ id, weight = '', classes = [], children = [] }) => [id, weight, classes, weightsIn(children)])

/** Every organ of a summing up with its scores, and those of the year before where they can be compared. */
export function summedOrgans(
  plan: Plan,
  { results }: Pick<SumDocument, 'results'>,
  standing: Standing,
  before: PublishedDocuments | null,
  locale: Locale,
): SummedOrgan[] {
  const organs = new Map(standing.organs.map((organ) => [organ.code, organ]))
  const classes = new Map(before?.cycle.organs.map((organ) => [organ.code, organ.class]))
  const totals = new Map(
    before?.results.organs.flatMap(({ organ, overall }) => (overall?.status === 'ok' ? [[organ, overall.score]] : [])),
  )
  return results.organs.map(({ organ: code, overall, satisfaction }): SummedOrgan => {
    const organ = organs.get(code)!
    const total = overall?.status === 'ok' ? overall.score : null
    // An organ that moved to another class is assessed by other indicators.
    const earlier = classes.get(code) === organ.class ? totals.get(code) : undefined
    const scores = new Map(overall?.parts.map(({ id, score }) => [id, score]))
    const own = satisfaction && 'score' in satisfaction ? satisfaction.score : null
    return {
      code,
      name: nameOf(organ, locale),
      total,
      grade: overall?.status === 'ok' ? overall.grade : null,
      parts: plan.indicators.map(({ id }) => (id === satisfactionId(plan) ? own : (scores.get(id) ?? null))),
      last:
        earlier === undefined || total === null ? null : { score: earlier, change: signed(changeOf(earlier, total)) },
    }
  })
}

const changeOf = (before: string, after: string): string =>
  decimalString(subtract(parseRational(after), parseRational(before)))
const signed = (text: string): string => (text.startsWith('-') || text === '0' ? text : `+${text}`)

/** What is said of the year before. */
export function lastYearOf(
  before: Awaited<ReturnType<typeof yearBefore>>,
  now: PublishedDocuments | null,
  locale: Locale,
): SummingPageProps['lastYear'] {
  if (!before || !now) return null
  return { title: titleOf(before.found.cycle, locale), comparable: comparable(before.documents, now) }
}

/** What waits for a second person, in words; `name`: of an organ by its code. */
export function aboutOf(
  decision: SumDecision,
  name: (code: string) => string,
): SummingPageProps['waiting'][number]['about'] {
  if (decision.kind === 'lock') return { kind: 'lock', version: decision.version }
  if (decision.kind === 'advanced') return { kind: 'advanced', organs: decision.chosen.map(name) }
  const { organ: code, score, taken } = decision
  return { kind: 'measure', code, organ: name(code), score, taken }
}

/** The lowest grade of a plan, the limit below which it begins, and how sure that must be. */
export function lowestOf(plan: Plan, locale: Locale): SummingPageProps['lowest'] {
  const [next, lowest] = gradesOf(plan, locale).slice(-2) as [GradeDefinition, GradeDefinition]
  return { grade: lowest.title, cut: next.minimum, safe: safePercentOf(plan) }
}
