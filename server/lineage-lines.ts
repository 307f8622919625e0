import { resultsMessages } from '../client/messages/results.ts'
import type { LineageLine, LineageStep } from '../client/parts/lineage.tsx'
import { type Climbed, climb, type LineageNode, type OrganLineage } from '../surveys/lineage.ts'
import type { Indicator, Plan } from '../surveys/plan.ts'
import { type GroupId, type Locale, type Questionnaire, ratingQuestions } from '../surveys/questionnaire.ts'
import {
  add,
  divide,
  halfUp,
  multiply,
  parseRational,
  type Rational,
  rational,
  subtract,
  toNumber,
} from '../surveys/rational.ts'
import { columnOf, trimmed } from './figures.ts'
import { localized } from './surveys.ts'

// A lineage in words: the lines from a total to its reasons and the stairs from a hundred down to it.

/** What a lineage is told with. */
export interface LineageTelling {
  readonly plan: Plan
  /** The organ's name, for the titles of questions. */
  readonly organ: string
  /** Questionnaires of the surveys that count. */
  readonly forms: ReadonlyMap<GroupId, Questionnaire>
  readonly locale: Locale
  /** Why points were taken off; null where there is nothing to say. */
  reviewOf(node: LineageNode): LineageLine['review']
  /** How often each level of a question was chosen, where that may be shown. */
  levelsOf(node: LineageNode): LineageLine['levels']
}

/** The lines of a lineage, and its stairs where there is a total. */
export function tellLineage(
  lineage: OrganLineage,
  telling: LineageTelling,
): { readonly lines: LineageLine[]; readonly steps: LineageStep[] } {
  const climbed = climb(lineage.nodes, telling.plan.rounding)
  return {
    lines: linesBelow(lineage, climbed, telling, null),
    steps: lineage.score === null ? [] : stepsOf(lineage, climbed, telling),
  }
}

type Climbs = ReadonlyMap<string, Climbed>

const hundred = rational(100)

function linesBelow(
  lineage: OrganLineage,
  climbed: Climbs,
  telling: LineageTelling,
  parent: string | null,
): LineageLine[] {
  const { decimals } = telling.plan.rounding
  const siblings = lineage.nodes.filter((node) => node.parent === parent)
  const whole = siblings.map(({ weight }) => parseRational(weight)).reduce(add, rational(0))
  return siblings.map((node): LineageLine => {
    const { share, score } = climbed.get(node.id)!
    return {
      id: node.id,
      title: titleOf(telling, node),
      weightPercent: trimmed(multiply(divide(parseRational(node.weight), whole), hundred)),
      score: score && halfUp(score, decimals),
      points: score && { gained: trimmed(multiply(share, score), 4), lost: trimmed(lostOf(share, score), 4) },
      review: telling.reviewOf(node),
      n: node.kind === 'group' || node.kind === 'question' ? node.n : null,
      levels: telling.levelsOf(node),
      isWithheld: node.kind === 'withheld',
      children: linesBelow(lineage, climbed, telling, node.id),
    }
  })
}

/** Points of the total that are lost here: 40 % of 92.5 // 3 */
const lostOf = (share: Rational, score: Rational): Rational => multiply(share, subtract(hundred, score))

/** From 100 down to the total: what each scored item and group lost, those that lost nothing among them. */
function stepsOf({ nodes }: OrganLineage, climbed: Climbs, telling: LineageTelling): LineageStep[] {
  let left = hundred
  const steps = nodes.flatMap((node) => {
    const { share, score } = climbed.get(node.id)!
    if ((node.kind !== 'item' && node.kind !== 'group') || !score) return []
    const from = left
    left = subtract(left, lostOf(share, score))
    const full = multiply(share, hundred)
    return [{ node, full, gained: multiply(share, score), lost: subtract(from, left), from, left }]
  })
  const print = columnOf(steps.flatMap(({ full, gained, lost, left: after }) => [full, gained, lost, after]))
  return steps.map(({ node, full, gained, lost, from, left: after }) => ({
    id: node.id,
    title: titleOf(telling, node),
    full: print(full),
    gained: print(gained),
    lost: print(lost),
    left: print(after),
    from: toNumber(from),
    to: toNumber(after),
  }))
}

function titleOf({ plan, forms, organ, locale }: LineageTelling, node: LineageNode): string {
  if (node.kind === 'group') return resultsMessages(locale)[node.group]
  if (node.kind === 'part' || node.kind === 'item') {
    const found = findIndicator(plan.indicators, node.id)
    return found ? localized(found.title, locale) : node.id
  }
  const { group, id } = questionOf(node)
  const form = forms.get(group)
  const question = form && ratingQuestions(form).find((each) => each.id === id)
  const dimension = form?.dimensions.find((each) => each.id === question?.dimension)
  const title = dimension ? localized(dimension.label, locale) : question && localized(question.title, locale)
  return (title ?? id).replaceAll('{organ}', organ)
}

/** The group and the question of a line `satisfaction/public/q1`. */
export function questionOf({ id }: LineageNode): { readonly group: GroupId; readonly id: string } {
  const [, group = '', question = ''] = id.split('/')
  return { group: group as GroupId, id: question }
}

function findIndicator(nodes: Plan['indicators'], id: string): Indicator | undefined {
  for (const node of nodes) {
    const found = node.id === id ? node : findIndicator(node.children ?? [], id)
    if (found) return found
  }
  return undefined
}
