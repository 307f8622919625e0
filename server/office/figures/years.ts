import { fill } from '../../../client/messages/fill.ts'
import type { FigureCell } from '../../../client/parts/figure.tsx'
import { axisOf } from '../../../client/parts/interval.tsx'
import { hex } from '../../../surveys/canonical.ts'
import { differenceOf, type Uncertain } from '../../../surveys/difference.ts'
import { groupIds } from '../../../surveys/indicator.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { halfUp, multiply, type Rational, rational } from '../../../surveys/rational.ts'
import { groupWeightsOf } from '../../../surveys/results.ts'
import { fixed, groupScore, intervalPercent } from '../../figures.ts'
import type { OrganStanding, Standing } from '../../standing.ts'
import {
  type FigureContext,
  figure,
  type Made,
  numberColumn,
  organRow,
  satisfactionCell,
  scoreCell,
  surveyOf,
} from './context.ts'
import { scoreAxis } from './order.ts'

/** Chart 9: the year before and this one, where the same was asked and weighed alike; largest change first. */
export function yearsFigure(context: FigureContext): Made {
  const { standing, before, organs, view, words, office, names, shell } = context
  const missing = (text: string) => ({ id: 'years', title: words.yearsTitle, missing: text })
  if (view.part !== '') return missing(words.notByPart)
  if (before === null) return missing(words.yearsNone)
  const reason = whyNot(before.standing, standing, view.group)
  if (reason !== null) return missing(words[reason])
  const { plan } = standing
  const lines = organs
    .map((organ) => {
      const last = before.standing.organs.find(({ id }) => id === organ.id)
      const [was, is] = [last && uncertainOf(last, view.group), uncertainOf(organ, view.group)]
      // An organ of another class may be weighed otherwise.
      const isAlike = last !== undefined && (view.group !== '' || sameWeights(before.standing, last, standing, organ))
      const found = was && is && isAlike ? differenceOf(was, is, plan.ciLevel) : null
      const now: FigureCell =
        view.group === ''
          ? satisfactionCell(context, organ)
          : scoreCell(names, groupScore(plan, view.group, organ.groups[view.group]), names[view.group])
      const unknown = { why: names.not_estimable }
      return {
        size: found ? Math.abs(Number(signed(found.change, 6))) : -1,
        // An interval of 0 width at 0 is no change.
        turn: found?.interval ? (found.interval[0] > 0 ? 'up' : found.interval[1] < 0 ? 'down' : null) : null,
        row: organRow(context, organ, [
          was && isAlike ? halfUp(was.score, plan.rounding.decimals) : { why: words.noLast },
          now,
          found ? signed(found.change, plan.rounding.decimals) : { why: words.noLast },
          ...(found?.interval ? found.interval.map((bound) => fixed(bound, 2)) : [unknown, unknown]),
        ]),
      }
    })
    .sort((a, b) => b.size - a.size)
  const compared = lines.filter(({ size }) => size >= 0)
  if (compared.length === 0) return missing(words.nothing)
  const count = (turn: 'up' | 'down') => compared.filter((line) => line.turn === turn).length
  const measure = view.group === '' ? office.satisfaction : fill(words.groupScore, { group: names[view.group] })
  const named = { measure, before: before.title, now: shell.place?.cycleTitle ?? '', n: compared.length }
  const scores = compared.flatMap(({ row }) => [row.cells[1] as string, row.cells[2] as string])
  return figure(context, {
    id: 'years',
    title: fill(words.yearsOf, named),
    finding: fill(words.yearsFinding, {
      up: count('up'),
      down: count('down'),
      same: compared.length - count('up') - count('down'),
    }),
    notes: [fill(words.yearsNote, { percent: intervalPercent(plan) })],
    columns: [
      { label: office.organ, kind: 'text' },
      numberColumn(named.before),
      numberColumn(named.now),
      numberColumn(words.change),
      numberColumn(words.changeLow),
      numberColumn(words.changeHigh),
    ],
    rows: lines.map(({ row }) => row),
    drawing: {
      kind: 'dots',
      dots: [
        { column: 1, look: 'before' },
        { column: 2, look: 'public' },
      ],
      line: 'between',
      ...scoreAxis(
        axisOf(scores.map((score) => ({ score: { status: 'ok', score }, interval: null }))),
        words.yearsAxis,
        context,
      ),
      cuts: [],
    },
  })
}

/** Why two years may not be compared: another questionnaire, whose hash covers its points, or other weights. */
function whyNot(before: Standing, now: Standing, group: GroupId | ''): 'yearsDiffer' | 'yearsWeights' | null {
  const groups = group === '' ? groupIds.filter((id) => surveyOf(now, id) !== undefined) : [group]
  const hashOf = (standing: Standing, id: GroupId) => {
    const survey = surveyOf(standing, id)
    return survey && hex(survey.questionnaireHash)
  }
  if (groups.some((id) => hashOf(before, id) === undefined || hashOf(before, id) !== hashOf(now, id)))
    return 'yearsDiffer'
  const weights = ({ plan }: Standing) => JSON.stringify(groupIds.map((id) => plan.groups[id].weight))
  return group === '' && weights(before) !== weights(now) ? 'yearsWeights' : null
}

const sameWeights = (before: Standing, last: OrganStanding, now: Standing, organ: OrganStanding): boolean =>
  JSON.stringify(groupWeightsOf(before.plan, last.class)) === JSON.stringify(groupWeightsOf(now.plan, organ.class))

function uncertainOf(organ: OrganStanding, group: GroupId | ''): Uncertain | null {
  const found = group === '' ? organ.satisfaction : organ.groups[group].estimate
  return found && 'score' in found ? found : null
}

/** A number that may be negative: the magnitude is rounded half up. */
function signed(value: Rational, decimals: number): string {
  const text = halfUp(value.n < 0n ? multiply(value, rational(-1)) : value, decimals)
  return value.n < 0n && Number(text) !== 0 ? `-${text}` : text
}
