import { fill } from '../../../client/messages/fill.ts'
import { satisfactionId } from '../../../surveys/plan.ts'
import { multiply, rational, subtract } from '../../../surveys/rational.ts'
import { columnOf } from '../../figures.ts'
import { localized, nameOf } from '../../surveys.ts'
import { type FigureContext, figure, type Made, numberColumn } from './context.ts'

/** Chart 7: from the full mark down to the overall score of one organ, by what each part lost. */
export function stairsFigure(context: FigureContext): Made {
  const { standing, organs, view, words, locale } = context
  const missing = (text: string) => ({ id: 'stairs', title: words.stairsTitle, missing: text })
  if (view.group !== '') return missing(words.onlyOverall)
  const [organ] = organs
  if (view.organs.length === 0 || !organ) return missing(words.needsOrgan)
  const { overall } = organ
  if (overall?.status !== 'ok') return missing(words.nothing)
  const { plan } = standing
  const satisfied = satisfactionId(plan)
  const titles = new Map(plan.indicators.map((node) => [node.id, localized(node.title, locale)]))
  let running = rational(100)
  const parts = overall.nodes
    .filter(({ parent }) => parent === null)
    .map(({ id, share, contribution }) => {
      const full = multiply(share, rational(100))
      const lost = subtract(full, contribution!)
      running = subtract(running, lost)
      return { id, title: titles.get(id) ?? id, full, gained: contribution!, lost, running }
    })
  const print = columnOf(parts.flatMap(({ full, gained, lost, running: left }) => [full, gained, lost, left]))
  const most = parts.reduce((worst, part) => (Number(print(part.lost)) > Number(print(worst.lost)) ? part : worst))
  const name = nameOf(organ, locale)
  return figure(context, {
    id: 'stairs',
    title: fill(words.stairsOf, { organ: name }),
    finding: fill(words.stairsFinding, {
      organ: name,
      score: overall.published,
      part: most.title,
      lost: print(most.lost),
    }),
    notes: [],
    columns: [
      { label: words.step, kind: 'text' },
      numberColumn(words.full),
      numberColumn(words.gained),
      numberColumn(words.plusMinus),
      numberColumn(words.running),
      { label: words.from, kind: 'text' },
    ],
    rows: [
      { cells: [words.start, '100', '', '', '100', ''] },
      ...parts.map(({ id, title, full, gained, lost, running: left }) => ({
        cells: [
          title,
          print(full),
          print(gained),
          lost.n === 0n ? '0' : `-${print(lost)}`,
          print(left),
          id === satisfied ? words.fromSurvey : words.fromReview,
        ],
      })),
      { cells: [words.end, '100', overall.published, '', overall.published, ''] },
    ],
    drawing: { kind: 'stairs', change: 3, sum: 4, axisTitle: words.stairsAxis },
  })
}
