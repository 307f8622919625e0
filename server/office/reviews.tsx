import { fill } from '../../client/messages/fill.ts'
import { reviewMessages } from '../../client/messages/reviews.ts'
import { numbersOf } from '../../client/pages/office/indicator-fields.tsx'
import { type ReviewCounts, ReviewsPage, type ReviewsPageProps } from '../../client/pages/office/reviews.tsx'
import { readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { rowsOf } from '../../surveys/indicator-tree.ts'
import { severityOf } from '../../surveys/review.ts'
import { answerHtml } from '../answer-html.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import { localized } from '../surveys.ts'
import { openReviews, organsUnder, ownLead, type ReviewDesk, scoresUnder } from './review-desk.ts'
import { shellOf } from './shell.ts'

/** What is scored in a cycle, and how far it is: one's own indicators, or all. */
export const reviewsPage = defineRoute({
  method: 'GET',
  path: patterns.reviews,
  policy: { who: readers.reviews, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale } = exchange
    const desk = await openReviews(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const rows = rowsOf(desk.plan.indicators)
    const numbers = new Map(rows.map(({ id }, at) => [id, numbersOf(rows)[at]!]))
    const counts = desk.indicators.flatMap((indicator): ReviewCounts[] => {
      const own = ownLead(desk, indicator)
      const leads = desk.isReviewer ? [own ?? []].flat() : indicator.leads.map((lead) => lead['zh-CN'])
      const organs = organsUnder(desk, indicator)
      const scores = scoresUnder(desk, indicator)
      const mine = desk.isReviewer ? organs.filter(({ id }) => !desk.own.some((each) => each.id === id)) : organs
      return leads.map((lead) => {
        const given = [...scores.values()].filter((row) => row.lead === lead)
        const count = (state: string) => given.filter((row) => row.state === state).length
        const title = indicator.leads.find((each) => each['zh-CN'] === lead)
        return {
          ...{
            indicator: indicator.node.id,
            number: numbers.get(indicator.node.id)!,
            title: localized(indicator.node.title, locale),
          },
          lead: title ? localized(title, locale) : lead,
          organs: mine.length,
          missing: mine.filter(({ id }) => !scores.has(id)).length,
          ...{ draft: count('draft'), submitted: count('submitted'), confirmed: count('confirmed') },
        }
      })
    })
    const people = [...new Set(desk.scores.map(({ scoredBy }) => scoredBy))]
    const names = desk.isReviewer ? new Map<string, string>() : await readStaffNames(world.db, scope, people)
    const props: ReviewsPageProps = {
      shell: await shellOf(exchange, 'reviews', desk.found),
      rows: counts,
      isReviewer: desk.isReviewer,
      lock: desk.lock,
      severity: desk.isReviewer ? [] : severityOfAll(desk, names),
    }
    const title = fill(reviewMessages(locale).title, { cycle: props.shell.place?.cycleTitle ?? '' })
    return answerHtml(exchange, { face: 'office', title, body: <ReviewsPage {...props} /> })
  },
})

/** By department and person, those who take least off last. */
function severityOfAll({ scores }: ReviewDesk, names: ReadonlyMap<string, string>): ReviewsPageProps['severity'] {
  const given = new Map<string, { lead: string; scorer: string; deductions: string[] }>()
  for (const { lead, scoredBy, deduction, state } of scores) {
    if (state === 'draft') continue
    const key = JSON.stringify([lead, scoredBy])
    const entry = given.get(key) ?? { lead, scorer: names.get(scoredBy) ?? '', deductions: [] }
    entry.deductions.push(deduction)
    given.set(key, entry)
  }
  return [...given.values()]
    .map(({ lead, scorer, deductions }) => ({ lead, scorer, ...severityOf(deductions) }))
    .sort((left, right) => Number(right.mean) - Number(left.mean))
}
