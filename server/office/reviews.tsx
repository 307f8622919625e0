import { fill } from '../../client/messages/fill.ts'
import { reviewMessages } from '../../client/messages/reviews.ts'
import { numbersOf } from '../../client/pages/office/indicator-fields.tsx'
import { type ReviewCounts, ReviewsPage, type ReviewsPageProps } from '../../client/pages/office/reviews.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import type { OrganRow } from '../../db/platform.ts'
import { saveReviews } from '../../db/reviews.ts'
import { rowsOf } from '../../surveys/indicator-tree.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { leadOf, severityOf } from '../../surveys/review.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import { localized } from '../surveys.ts'
import {
  officeLead,
  officeOrgans,
  openReviews,
  organsUnder,
  ownLead,
  ownScores,
  type ReviewDesk,
  scoresUnder,
} from './review-desk.ts'
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
      const left = desk.isReviewer ? [] : officeOrgans(desk, indicator)
      const office = left.length > 0 ? officeLead(desk, indicator) : null
      const named = indicator.leads.map((lead) => lead['zh-CN'])
      const leads = desk.isReviewer
        ? [own ?? []].flat()
        : [...new Set([...named, ...(office === null ? [] : [office])])]
      const organs = organsUnder(desk, indicator)
      const scores = scoresUnder(desk, indicator)
      return leads.map((lead) => {
        const title = indicator.leads.find((each) => each['zh-CN'] === lead)
        const isOwn = (organ: OrganRow) =>
          desk.isReviewer ? desk.own.some(({ id }) => id === organ.id) : leadOf(title ? [title] : [], [organ]) !== null
        const mine = lead === office ? left : organs.filter((organ) => !isOwn(organ))
        const given = [...scores.values()].filter((row) => row.lead === lead)
        const count = (state: string) => given.filter((row) => row.state === state).length
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
    const canAdopt = scope.role === 'office_admin' && desk.lock === null
    const people = [...new Set(desk.scores.map(({ scoredBy }) => scoredBy))]
    const names = desk.isReviewer ? new Map<string, string>() : await readStaffNames(world.db, scope, people)
    const props: ReviewsPageProps = {
      shell: await shellOf(exchange, 'reviews', desk.found),
      rows: counts,
      isReviewer: desk.isReviewer,
      lock: desk.lock,
      adoptable: canAdopt ? new Set((await ownScores(world, scope, desk)).map(({ organ }) => organ)).size : 0,
      isAdopted: exchange.url.searchParams.get('done') === 'adopted',
      severity: desk.isReviewer ? [] : severityOfAll(desk, names, locale),
    }
    const title = fill(reviewMessages(locale).title, { cycle: props.shell.place?.cycleTitle ?? '' })
    return answerHtml(exchange, { face: 'office', title, body: <ReviewsPage {...props} /> })
  },
})

/** Counts the own scores of organs whose own assessment prevails. */
export const adoptScores = defineRoute({
  method: 'POST',
  path: patterns.reviews,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'do']) : null
    if (values?.do !== 'adopt') return refuse(exchange, 'bad_request')
    const desk = await openReviews(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const reviews = await ownScores(world, scope, desk)
    const act = { cycle: desk.file.cycle.id, plan: desk.plan, reviews, now: world.now(), req }
    // Somebody was faster, or the cycle is over: the page shows what is there.
    const adopted = reviews.length > 0 && (await saveReviews(world.writer, scope, act)).ok
    const back = carry(urls.reviews(params.jid, params.cycle), exchange)
    return seeOther(exchange, 'office', adopted ? `${back}&done=adopted` : back)
  },
})

/** By department and person, those who take least off last. */
function severityOfAll(
  { scores, indicators }: ReviewDesk,
  names: ReadonlyMap<string, string>,
  locale: Locale,
): ReviewsPageProps['severity'] {
  const titles = new Map(
    indicators.flatMap(({ leads }) => leads.map((lead) => [lead['zh-CN'], localized(lead, locale)])),
  )
  const given = new Map<string, { lead: string; scorer: string; deductions: string[] }>()
  for (const { lead, scoredBy, deduction, state } of scores) {
    if (state === 'draft') continue
    const key = JSON.stringify([lead, scoredBy])
    const entry = given.get(key) ?? { lead, scorer: names.get(scoredBy) ?? '', deductions: [] }
    entry.deductions.push(deduction)
    given.set(key, entry)
  }
  return [...given.values()]
    .map(({ lead, scorer, deductions }) => ({ lead: titles.get(lead) ?? lead, scorer, ...severityOf(deductions) }))
    .sort((left, right) => Number(right.mean) - Number(left.mean))
}
