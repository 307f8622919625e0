import { FeedbackPage, type FeedbackPageProps, feedbackTitle } from '../../client/pages/office/feedback.tsx'
import {
  FeedbackListPage,
  type FeedbackListProps,
  feedbackListTitle,
} from '../../client/pages/office/feedback-list.tsx'
import { feedbackReaders } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { listAppeals } from '../../db/appeals.ts'
import { letterTo, listLetters } from '../../db/feedback.ts'
import { listMeasures } from '../../db/rectifications.ts'
import type { Scope } from '../../db/scope.ts'
import { reaches } from '../../db/self-assessments.ts'
import { yearsWithoutHolidays } from '../../surveys/calendar.ts'
import { fewestPeers } from '../../surveys/feedback.ts'
import { followUpTerms } from '../../surveys/plan.ts'
import { isOverdue } from '../../surveys/rectification.ts'
import { answerHtml } from '../answer-html.ts'
import { dateText, dayField, dayOf, startOf } from '../calendar.ts'
import { intervalPercent } from '../figures.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, nameOf } from '../surveys.ts'
import { countUncorrected } from './appeal-outcome.ts'
import { answerEvidence } from './evidence-form.ts'
import { commentsOf, deductionsOf, dimensionsOf, gapOf, lastYearOf, reasonsOf } from './feedback-figures.ts'
import {
  type FollowCycle,
  type FollowDesk,
  fileHash,
  followFiles,
  openFollow,
  openFollowCycle,
  organName,
  type PublishedStanding,
  refused,
} from './follow-desk.ts'
import { groupLines, totalLines } from './report.tsx'
import { shellOf } from './shell.ts'
import { undeliveredOf } from './undelivered.ts'

const policy = { who: feedbackReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' } as const

/** Where every organ stands after the publication; an organ's own people see theirs alone. */
export const feedbackList = defineRoute({
  method: 'GET',
  path: patterns.feedbackList,
  policy,
  async handler(exchange) {
    const { scope, url } = exchange
    const opened = await openFollowCycle(exchange, scope)
    if (!opened) return refuse(exchange, 'not_found')
    return showList(exchange, scope, opened, { done: url.searchParams.get('done') === 'issued' }, 200)
  },
})

/** The list, with what was typed for letters to all organs that have none. */
export async function showList(
  exchange: Exchange,
  scope: Scope,
  opened: FollowCycle,
  said: Partial<Pick<FeedbackListProps, 'done' | 'problem' | 'typed'>>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { found, file, published } = opened
  const today = dayField(dayOf(world.now()))
  const [letters, measures, appeals] = await Promise.all([
    listLetters(world.db, scope, found.cycle.id),
    listMeasures(world.db, scope, found.cycle.id),
    listAppeals(world.db, scope, found.cycle.id),
  ])
  const organs = file.organs
    .filter(({ id }) => reaches(scope, id))
    .map((organ) => {
      const letter = letterTo(letters, organ.id)
      const own = measures.filter((each) => each.organ === organ.id)
      const count = (is: (each: (typeof own)[number]) => boolean) => own.filter(is).length
      const filed = appeals.filter((each) => each.organ === organ.id)
      return {
        code: organ.code,
        name: nameOf(organ, locale),
        letter: letter && { number: letter.number, received: letter.received !== null },
        measures: {
          all: own.length,
          reported: count(({ state }) => state !== 'draft' && state !== 'returned'),
          done: count(({ state }) => state === 'done' || state === 'verified'),
          overdue: count(({ state, sheet }) => isOverdue({ state, due: sheet.due }, today)),
        },
        appeals: {
          open: filed.filter(({ state }) => state === 'open' || state === 'proposed').length,
          all: filed.length,
        },
      }
    })
  const counts = published !== null && !published.shown.withdrawn
  const props: FeedbackListProps = {
    shell: await shellOf(exchange, 'feedback', found),
    waiting: waitingOf(opened, locale),
    organs,
    undelivered: await undeliveredOf(exchange, scope, opened),
    without: counts && scope.role === 'office_admin' ? organs.filter(({ letter }) => !letter).length : 0,
    days: followUpTerms(opened.plan).rectification,
    ...{ typed: '', done: false, problem: null, ...said },
  }
  const body = <FeedbackListPage {...props} />
  return answerHtml(exchange, { face: 'office', title: feedbackListTitle(props), body, status })
}

/** An organ's own results. */
export const feedbackPage = defineRoute({
  method: 'GET',
  path: patterns.feedback,
  policy,
  async handler(exchange) {
    const { scope, locale } = exchange
    const desk = await openFollow(exchange, scope)
    if (!desk || desk === 'foreign') return refused(exchange, scope, desk)
    const { standing } = desk
    const none = { result: null, uncorrected: 0, reasons: [], comments: [] }
    const props: FeedbackPageProps = {
      shell: await shellOf(exchange, 'feedback', desk.found),
      organ: { code: desk.organ.code, name: organName(desk, locale) },
      waiting: waitingOf(desk, locale),
      ...(standing
        ? {
            result: await resultOf(exchange, desk, standing),
            uncorrected: await countUncorrected(exchange, scope, desk),
            reasons: await reasonsOf(exchange, scope, desk),
            comments: await commentsOf(exchange, scope, desk, standing),
          }
        : none),
      lastYear: await lastYearOf(exchange, scope, desk),
    }
    return answerHtml(exchange, { face: 'office', title: feedbackTitle(props), body: <FeedbackPage {...props} /> })
  },
})

/** A file that stands for a measure or an appeal. */
export const feedbackEvidence = defineRoute({
  method: 'GET',
  path: patterns.feedbackEvidence,
  policy,
  async handler(exchange) {
    const { scope, params } = exchange
    const desk = await openFollow(exchange, scope)
    if (!desk || desk === 'foreign') return refused(exchange, scope, desk)
    const files = await followFiles(exchange, scope, desk)
    return answerEvidence(
      exchange,
      files.find((file) => fileHash(file) === params.hash),
    )
  },
})

async function resultOf(
  exchange: Exchange<string, typeof feedbackReaders>,
  desk: FollowDesk,
  standing: PublishedStanding,
): Promise<NonNullable<FeedbackPageProps['result']>> {
  const { scope, locale } = exchange
  const { plan, organ } = desk
  const { documents, published } = standing
  const figures = documents.results.organs.find((each) => each.organ === organ.code)
  const { decimals } = plan.rounding
  const deductions = await deductionsOf(exchange.world, scope, desk)
  return {
    version: published.shown.version,
    on: dateText(published.shown.madeAt, locale),
    percent: intervalPercent(plan),
    lines: figures ? [...groupLines(figures, locale), ...totalLines(documents, figures, locale)] : [],
    dimensions: dimensionsOf(desk, documents).map((row) => ({
      ...{ group: row.group, title: localized(row.title, locale) },
      ...{ mean: row.mean, median: row.median, gap: gapOf(row, decimals) },
    })),
    fewest: fewestPeers,
    drillDown: plan.disclosure.drillDown,
    deductions: deductions.map(({ title, points, reason }) => ({ title: localized(title, locale), points, reason })),
    appeals: appealTerm(exchange, desk, standing),
  }
}

/** Until when the organ may appeal, in words. */
export function appealTerm(
  { world, locale }: Exchange,
  { plan }: FollowDesk,
  { appealsUntil, published }: PublishedStanding,
): NonNullable<FeedbackPageProps['result']>['appeals'] {
  const first = Math.min(...published.versions.map(({ madeAt }) => madeAt))
  return {
    until: dateText(startOf(appealsUntil), locale),
    days: followUpTerms(plan).appeal,
    isPast: dayOf(world.now()) > appealsUntil,
    years: yearsWithoutHolidays(dayOf(first), appealsUntil),
  }
}

/** Why there are no results to speak of; null where there are. */
export function waitingOf({ published }: FollowCycle, locale: Exchange['locale']): FeedbackPageProps['waiting'] {
  if (!published) return { withdrawn: null }
  const { withdrawn } = published.shown
  return withdrawn && { withdrawn: locale === 'en' ? withdrawn.en : withdrawn.zh }
}
