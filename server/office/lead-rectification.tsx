import { followUpMessages } from '../../client/messages/follow-up.ts'
import {
  LeadRectificationPage,
  type LeadRectificationProps,
  leadFields,
  leadRectificationTitle,
} from '../../client/pages/office/lead-rectification.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { listOrgans } from '../../db/cycle-setup.ts'
import { listEvidence } from '../../db/evidence.ts'
import type { OrganRow } from '../../db/platform.ts'
import { lastReport, listMeasures, type Measure, measureSubject, moveMeasure } from '../../db/rectifications.ts'
import type { Scope } from '../../db/scope.ts'
import { workingDayAfter } from '../../surveys/calendar.ts'
import { hex } from '../../surveys/canonical.ts'
import { followUpTerms } from '../../surveys/plan.ts'
import { movesFrom } from '../../surveys/rectification.ts'
import { leadsBeside, scoredIndicators } from '../../surveys/review.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText, dayOf, startOf } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, nameOf } from '../surveys.ts'
import { answerEvidence } from './evidence-form.ts'
import { titleIn } from './feedback-figures.ts'
import { type FollowCycle, openFollowCycle } from './follow-desk.ts'
import { readNote } from './rectification-cards.ts'
import { sizeText } from './self-desk.ts'
import { shellOf } from './shell.ts'

/** Measures that wait for a review by the lead department for which somebody scores. */
export const leadRectification = defineRoute({
  method: 'GET',
  path: patterns.leadRectification,
  policy: { who: ['reviewer'], scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const desk = await openLead(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    return show(exchange, desk, { done: url.searchParams.get('done') === '1' }, 200)
  },
})

/** The opinion of a lead department on one of them. */
export const leadRectificationAct = defineRoute({
  method: 'POST',
  path: patterns.leadRectification,
  policy: { who: ['reviewer'], scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', ...Object.values(leadFields)]) : null
    const { organ, n = '', version = '', do: act, note: typed } = values ?? {}
    if (organ === undefined || typed === undefined || !/^\d{1,4}$/.test(n) || !/^\d{1,9}$/.test(version))
      return refuse(exchange, 'bad_request')
    const desk = await openLead(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const words = followUpMessages(locale)
    const found = desk.cards.find((each) => each.organ.code === organ && each.measure.n === Number(n))
    const move = found && movesFrom(found.measure.state, 'lead').find((each) => each === act)
    if (!found || !move) return show(exchange, desk, { message: words.cardMoved }, 409)
    const own = { organ, n: Number(n), note: typed }
    const note = readNote(typed, move, words)
    if (!note.ok) return show(exchange, desk, { said: { ...own, problem: note.error } }, 422)
    const place = { cycle: desk.found.cycle.id, organ: found.organ.id, n: Number(n), version: Number(version) }
    const moved = await moveMeasure(world.writer, scope, { ...place, move, note: note.value, now: world.now(), req })
    if (!moved.ok) {
      const now = (await openLead(exchange, scope)) ?? desk
      return show(exchange, now, { said: { ...own, problem: '' }, message: words.cardMoved }, 409)
    }
    const { jid, cycle } = params
    return seeOther(exchange, 'office', `${carry(urls.leadRectification(jid, cycle), exchange)}&done=1`)
  },
})

/** A file that stands for one of them. */
export const leadEvidence = defineRoute({
  method: 'GET',
  path: patterns.leadEvidence,
  policy: { who: ['reviewer'], scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, params } = exchange
    const desk = await openLead(exchange, scope)
    const files = (await Promise.all((desk?.cards ?? []).map((card) => filesOf(exchange, scope, desk!, card)))).flat()
    return answerEvidence(
      exchange,
      files.find(({ organ, file }) => organ.code === params.organ && hex(file.sha256) === params.hash)?.file,
    )
  },
})

interface LeadCard {
  readonly organ: OrganRow
  readonly measure: Measure
}

interface LeadDesk extends FollowCycle {
  /** Reported measures about indicators that the person's organ leads, but none of its own. */
  readonly cards: readonly LeadCard[]
}

async function openLead(exchange: Exchange, scope: Scope): Promise<LeadDesk | null> {
  const { db } = exchange.world
  const opened = await openFollowCycle(exchange, scope)
  if (!opened) return null
  const [measures, organs] = await Promise.all([listMeasures(db, scope, opened.found.cycle.id), listOrgans(db, scope)])
  const leads = new Map(scoredIndicators(opened.plan.indicators).map(({ node, leads: own }) => [node.id, own]))
  const isOwn = ({ organ, indicator }: Measure) =>
    leadsBeside(leads.get(indicator) ?? [], organs, organ).some(
      ({ id }) => scope.organs !== 'all' && scope.organs.includes(id),
    )
  const cards = measures
    .filter((measure) => measure.state === 'submitted' && isOwn(measure))
    .map((measure) => ({ measure, organ: organs.find(({ id }) => id === measure.organ)! }))
  return { ...opened, cards }
}

async function filesOf({ world }: Exchange, scope: Scope, { found }: LeadDesk, { organ, measure }: LeadCard) {
  const kept = await listEvidence(world.db, scope, { cycle: found.cycle.id, organ: organ.id })
  return kept.filter(({ subject }) => subject === measureSubject(measure.n)).map((file) => ({ organ, file }))
}

async function show(
  exchange: Exchange<typeof patterns.leadRectification, readonly ['reviewer']>,
  desk: LeadDesk,
  { said = null, message = '', done = false }: Partial<Pick<LeadRectificationProps, 'said' | 'message' | 'done'>>,
  status: number,
): Promise<Response> {
  const { scope, locale, params } = exchange
  const { plan, found } = desk
  const days = followUpTerms(plan).leadReview
  const cards = await Promise.all(
    desk.cards.map(async (card): Promise<LeadRectificationProps['cards'][number]> => {
      const { n, version, sheet, indicator } = card.measure
      const report = lastReport(card.measure)!
      const files = await filesOf(exchange, scope, desk, card)
      const { move = null, note = '' } = report.word ?? {}
      return {
        ...{ organ: card.organ.code, name: nameOf(card.organ, locale), n, version, sheet },
        indicatorTitle: localized(titleIn(plan.indicators, indicator), locale),
        until: dateText(startOf(workingDayAfter(dayOf(report.at), days)), locale),
        word: move === 'agree' || move === 'object' ? { move, note } : null,
        files: files.map(({ file: { name, bytes, sha256 } }) => ({
          ...{ name, size: sizeText(bytes), hash: hex(sha256) },
          href: urls.leadEvidence(params.jid, params.cycle, card.organ.code, hex(sha256)),
        })),
      }
    }),
  )
  const props: LeadRectificationProps = {
    shell: await shellOf(exchange, 'feedback', found),
    ...{ cards, said, message, done },
  }
  const title = leadRectificationTitle(props)
  return answerHtml(exchange, { face: 'office', title, body: <LeadRectificationPage {...props} />, status })
}
