import {
  SummingPage,
  type SummingPageProps,
  type SumProblem,
  summingTitle,
} from '../../client/pages/office/summing.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { cycleSubject, readApprovals, reject } from '../../db/approvals.ts'
import { actBy } from '../../db/audit.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { readScores } from '../../db/scoring.ts'
import { findChoice, findKeptPreview, findLockedSum, keepPreview } from '../../db/summing.ts'
import { hex, utf8 } from '../../surveys/canonical.ts'
import { openPlaces } from '../../surveys/lineage.ts'
import { readSum, type SumDocument, sumChanges, sumDifference, sumText } from '../../surveys/summing.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { documentsNow } from '../export/documents.ts'
import { fixed, gradesOf } from '../figures.ts'
import { securityHeaders } from '../headers.ts'
import { nearCuts } from '../measures.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import type { Standing } from '../standing.ts'
import {
  agreeToSum,
  gatherSum,
  newSalt,
  proposeChoice,
  proposeLock,
  proposeMeasure,
  sumOf,
  type WaitingSum,
  waitingSums,
} from '../summing.ts'
import { localized, nameOf } from '../surveys.ts'
import { measureShown } from './certainty.ts'
import { taking } from './export.ts'
import { readReason } from './reason.ts'
import { shellOf } from './shell.ts'
import { aboutOf, lastYearOf, lowestOf, missingOf, summedOrgans, yearBefore } from './summing-view.ts'

/** What would come out of a cycle, what is locked, and what waits for a second person. */
export const summingPage = defineRoute({
  method: 'GET',
  path: patterns.summing,
  policy: { who: readers.dashboard, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const done = outcomes.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, found, { done, problem: null }, 200)
  },
})

const outcomes = ['kept', 'proposed', 'agreed', 'returned', 'withdrawn'] as const
const acts = ['keep', 'lock', 'choose', 'measure', 'agree', 'return', 'withdraw'] as const

/** Keeps a preview, proposes a lock, a choice or a measure, or decides about what was proposed. */
export const summingAct = defineRoute({
  method: 'POST',
  path: patterns.summingAct,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    if (body.kind !== 'form') return refuse(exchange, 'bad_request')
    const { chosen = [], ...single } = Object.fromEntries(body.fields)
    const values = formValues(new Map(Object.entries(single)), ['csrf', 'do', 'id', 'hash', 'reason', 'organ', 'taken'])
    const act = acts.find((each) => each === values?.do)
    if (!values || !act) return refuse(exchange, 'bad_request')
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const moment = { now: world.now(), req }
    const { organ = '', taken = '' } = values
    const form = { lock: 'lock', choose: 'advanced', measure: `measure-${organ}` }[act as string] ?? values.id ?? ''
    const typed = { form, reason: values.reason ?? '', chosen: act === 'measure' ? [taken] : chosen }
    const again = (kind: SumProblem, status: number) =>
      show(exchange, scope, found, { done: null, problem: { kind, ...typed } }, status)
    const back = (done: NonNullable<SummingPageProps['done']>) =>
      seeOther(exchange, 'office', `${carry(urls.summing(params.jid, params.cycle), exchange)}&done=${done}`)
    if (act === 'keep') {
      const gathered = await gatherSum(world, scope, found, newSalt(world))
      if (!gathered.ok) return again(gathered.error, 409)
      const text = sumText(gathered.value)
      const hash = hex(await world.crypto.sha256(utf8(text)))
      await keepPreview(world.writer, scope, { cycle: found.cycle.id, body: text, hash, ...moment })
      return back('kept')
    }
    const reason = readReason(values.reason)
    if (act === 'lock' || act === 'choose') {
      if (reason === null) return again('reason', 422)
      const proposed =
        act === 'lock'
          ? await proposeLock(world, scope, { found, reason }, moment)
          : await proposeChoice(world, scope, { found, chosen, reason }, moment)
      if (proposed.ok) return back('proposed')
      return again(proposed.error, proposed.error === 'count' || proposed.error === 'not_undecided' ? 422 : 409)
    }
    if (act === 'measure') {
      if (taken !== 'yes' && taken !== 'no') return again('taken', 422)
      if (reason === null) return again('reason', 422)
      const measure = { found, organ, taken: taken === 'yes', reason }
      const proposed = await proposeMeasure(world, scope, measure, moment)
      return proposed.ok ? back('proposed') : again(proposed.error, 409)
    }
    const findWaiting = async () => (await waitingSums(world, scope, found.cycle.id)).find(({ id }) => id === values.id)
    const waiting = await findWaiting()
    if (!waiting) return again('decided', 409)
    if (hex(waiting.payloadHash) !== values.hash) return again('changed', 409)
    const isOwn = waiting.proposer === scope.actor
    if (act === 'withdraw') {
      if (!isOwn) return refuse(exchange, 'bad_request')
      const withdrawn = await reject(world.writer, scope, { id: waiting.id, ...moment })
      return withdrawn.ok ? back('withdrawn') : again('decided', 409)
    }
    if (isOwn) return again('same_person', 403)
    if (reason === null) return again('reason', 422)
    if (act === 'return') {
      const returned = await reject(world.writer, scope, { id: waiting.id, ...moment, reason })
      return returned.ok ? back('returned') : again('decided', 409)
    }
    const agreed = await agreeToSum(world, scope, { found, waiting, second: reason }, moment)
    if (agreed.ok) return back('agreed')
    if (agreed.error === 'same_person') return again('same_person', 403)
    return again((await findWaiting()) ? 'changed' : 'decided', 409)
  },
})

/** The locked text, whose SHA-256 is published: for whoever checks that it is this one. Each that is taken is in the audit. */
export const summingFile = defineRoute({
  method: 'GET',
  path: patterns.summingFile,
  policy: { who: readers.dashboard, ...taking },
  async handler(exchange) {
    const { world, scope, params, req } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    const locked = found && (await findLockedSum(world.db, scope, found.cycle.id))
    if (!locked) return refuse(exchange, 'not_found')
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Type', 'application/json')
    const name = `gongping-${params.jid}-${params.cycle}-sum-${locked.version}.json`
    headers.set('Content-Disposition', `attachment; filename="${name}"`)
    if (exchange.request.method === 'HEAD') return new Response(null, { headers })
    const act = { action: 'summing.export', object: cycleSubject(found.cycle.id), after: { version: locked.version } }
    await world.writer.transact({ statements: [], audit: [actBy(scope, { now: world.now(), req }, act)] })
    return new Response(locked.body, { headers })
  },
})

async function show(
  exchange: Exchange,
  scope: Scope,
  found: FoundCycle,
  said: Pick<SummingPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { id } = found.cycle
  const [standing, scores, locked, kept, waiting, before, near, documents] = await Promise.all([
    world.standing(scope, id),
    readScores(world.db, scope, id),
    findLockedSum(world.db, scope, id),
    findKeptPreview(world.db, scope, id),
    waitingSums(world, scope, id),
    yearBefore(world, scope, found),
    nearCuts(world, scope, id),
    documentsNow(world, scope, id),
  ])
  const { plan } = standing
  const salt = locked ? readSum(locked.body).salt : ''
  const sum = documents.ok ? await sumOf(world, scope, found, documents.value, salt) : null
  const difference = sum && locked && sumDifference(sumText(sum), locked.body)
  const lastYear = lastYearOf(before, documents.ok ? documents.value : null, locale)
  const compared = lastYear?.comparable === 'yes' ? before!.documents : null
  const persons = await personsOf(exchange, scope, { kept: kept?.keptBy, approval: locked?.approval, waiting })
  const props: SummingPageProps = {
    shell: await shellOf(exchange, 'summing', found),
    missing: missingOf(standing, scores, locale),
    notNow: documents.ok ? null : documents.error,
    organs: sum ? summedOrgans(plan, sum, standing, compared, locale) : [],
    parts: plan.indicators.map(({ title }) => localized(title, locale)),
    grades: gradesOf(plan, locale),
    lastYear,
    kept:
      kept && sum
        ? {
            time: momentText(kept.keptAt, locale),
            name: persons.nameOf(kept.keptBy),
            changes: changeLines(standing, readSum(kept.body), sum, exchange),
          }
        : null,
    locked: locked && {
      version: locked.version,
      hash: hex(locked.hash),
      time: momentText(locked.lockedAt, locale),
      ...persons.lockedBy,
      reason: locked.reason,
      secondReason: locked.second,
      check: sum && (difference ?? 'same'),
    },
    measures: near.map(({ organ, score, standardError, measure, decision }) => {
      const { percent, timesAnswers } = measureShown(measure, standardError === '' ? null : Number(standardError))
      return {
        ...{ code: organ.code, name: nameOf(organ, locale), score, percent, timesAnswers },
        decision: decision && { taken: decision.taken, reason: decision.reason, secondReason: decision.second },
      }
    }),
    lowest: lowestOf(plan, locale),
    advanced: sum && (await advancedOf(exchange, scope, found, { standing, sum: locked ? readSum(locked.body) : sum })),
    waiting: waiting.map(({ id: own, payloadHash, proposer, proposedAt, expiresAt, decision }) => ({
      id: own,
      hash: hex(payloadHash),
      about: aboutOf(decision, (code) => organName(standing, code, exchange)),
      reason: decision.reason,
      proposer: persons.nameOf(proposer),
      isOwn: proposer === scope.actor,
      proposed: momentText(proposedAt, locale),
      expires: momentText(expiresAt, locale),
    })),
    ...said,
  }
  const body = <SummingPage {...props} />
  return answerHtml(exchange, { face: 'office', title: summingTitle(props), body, status })
}

function organName({ organs }: Standing, code: string, { locale }: Exchange): string {
  const organ = organs.find((each) => each.code === code)
  return organ ? nameOf(organ, locale) : code
}

/** The names of those who kept, proposed and locked. */
async function personsOf(
  { world }: Exchange,
  scope: Scope,
  about: {
    readonly kept: string | undefined
    readonly approval: string | undefined
    readonly waiting: readonly WaitingSum[]
  },
) {
  const approvals = about.approval === undefined ? [] : await readApprovals(world.db, scope, { now: world.now() })
  const row = approvals.find(({ id }) => id === about.approval)
  const ids = [about.kept, row?.proposer, row?.approver, ...about.waiting.map(({ proposer }) => proposer)]
  const names = await readStaffNames(world.db, scope, [...new Set(ids.flatMap((id) => id ?? []))])
  const nameOf = (id: string) => names.get(id) ?? id
  return { nameOf, lockedBy: { first: nameOf(row?.proposer ?? ''), second: nameOf(row?.approver ?? '') } }
}

function changeLines(
  standing: Standing,
  before: SumDocument,
  after: SumDocument,
  exchange: Exchange,
): NonNullable<SummingPageProps['kept']>['changes'] {
  const titles = new Map<string, string>()
  const visit = (nodes: Standing['plan']['indicators']) => {
    for (const { id, title, children } of nodes) {
      titles.set(id, localized(title, exchange.locale))
      visit(children ?? [])
    }
  }
  visit(standing.plan.indicators)
  return sumChanges(before, after).map(({ organ, id, ...values }) => ({
    organ: organName(standing, organ, exchange),
    item: titles.get(id) ?? id,
    ...values,
  }))
}

/** Advanced units by the locked scores, or before a lock by those of the preview. */
async function advancedOf(
  exchange: Exchange,
  scope: Scope,
  { cycle }: FoundCycle,
  { standing, sum }: { readonly standing: Standing; readonly sum: SumDocument },
): Promise<SummingPageProps['advanced']> {
  const { world, locale } = exchange
  const { advancedUnits } = standing.plan
  const { organs, ranking } = sum.results
  if (!ranking || advancedUnits.count === 0) return null
  const { undecided, places } = openPlaces(standing.plan, organs)
  const locked = await findLockedSum(world.db, scope, cycle.id)
  const choice = locked && (await findChoice(world.db, scope, cycle.id, locked.version))
  const name = (code: string) => organName(standing, code, exchange)
  return {
    title: localized(advancedUnits.title, locale),
    count: advancedUnits.count,
    grade: gradesOf(standing.plan, locale).find(({ id }) => id === advancedUnits.grade)!.title,
    certain: organs.flatMap(({ organ, rank }) =>
      rank.status === 'ranked' && rank.advanced === 'certain_in' ? [name(organ)] : [],
    ),
    undecided: organs
      .filter(({ organ }) => undecided.includes(organ))
      .map(({ organ, overall, rank }) => ({
        code: organ,
        name: name(organ),
        score: overall?.status === 'ok' ? overall.score : '',
        chance: rank.status === 'ranked' && rank.amongFirst !== null ? fixed(Number(rank.amongFirst) * 100, 1) : null,
      })),
    places,
    choice: choice && {
      organs: choice.chosen.map(name),
      reason: choice.reason,
      secondReason: choice.second,
    },
  }
}
