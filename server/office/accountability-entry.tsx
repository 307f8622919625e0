import { accountabilityMessages } from '../../client/messages/accountability.ts'
import { fill } from '../../client/messages/fill.ts'
import { EntryPage, type EntryPageProps, entryTitle } from '../../client/pages/office/accountability-entry.tsx'
import { reasonLength } from '../../client/pages/office/screening-batches.ts'
import { accountabilityReaders, deciders } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import {
  concludeEntry,
  type Entry,
  entryObject,
  entrySubject,
  findEntry,
  nameReader,
  statementSubject,
  stateView,
} from '../../db/accountability.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { readApprovals, reject } from '../../db/approvals.ts'
import { type KeptEvidence, listEvidence } from '../../db/evidence.ts'
import {
  agreeToFalsification,
  callHearing,
  canonicalFalsification,
  decisionIn,
  decisionsOf,
  type FalsificationDecision,
  proposeFalsification,
} from '../../db/falsification.ts'
import { listPeople } from '../../db/people.ts'
import type { Scope } from '../../db/scope.ts'
import { accountabilityOf, entryLetters, readEntry } from '../../surveys/accountability.ts'
import { workingDayAfter, yearsWithoutHolidays } from '../../surveys/calendar.ts'
import { base64url, hex, utf8 } from '../../surveys/canonical.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText, dayOf, momentText, startOf } from '../calendar.ts'
import { refuseForeign } from '../guard.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { nameOf } from '../surveys.ts'
import { entryText } from './accountability-desk.ts'
import { answerEvidence, judgeFiles } from './evidence-form.ts'
import { consequenceText, quarantinesOf, readConsequence, scoredItems, withAndWithout } from './falsification.ts'
import { readReason } from './reason.ts'
import { openSelfCycle, type SelfCycle } from './self-desk.ts'
import { shellOf } from './shell.ts'

const reading = {
  who: accountabilityReaders,
  scope: 'jurisdiction',
  csrf: 'none',
  limit: 'none',
  cache: 'never',
} as const

/** One entry of the register. */
export const accountabilityEntry = defineRoute({
  method: 'GET',
  path: patterns.accountabilityEntry,
  policy: reading,
  async handler(exchange) {
    const { scope, url } = exchange
    const desk = await openEntryDesk(exchange, scope)
    if (!desk) return missing(exchange, scope)
    const done = dones.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, desk, { done }, 200)
  },
})

const dones = [
  ...(['opened', 'stated', 'concluded', 'named', 'notified', 'proposed', 'decided', 'returned'] as const),
] as const

/** What the organ states, and what the office does short of a decision of two. */
export const accountabilityEntryAct = defineRoute({
  method: 'POST',
  path: patterns.accountabilityEntry,
  policy: {
    who: ['office_admin', 'organ_officer'],
    scope: 'jurisdiction',
    csrf: 'staff',
    limit: 'staff-write',
    cache: 'never',
  },
  body: { types: ['form', 'upload'], maximumBytes: 64 * 1024 },
  async handler(exchange) {
    const { world, scope, body, locale, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, fieldNames) : null
    if (body.kind !== 'form' || !values?.do) return refuse(exchange, 'bad_request')
    const uploads = body.uploads ?? []
    if (uploads.some(({ field }) => field !== 'file')) return refuse(exchange, 'bad_request')
    const desk = await openEntryDesk(exchange, scope)
    if (!desk) return missing(exchange, scope)
    const { entry, cycle } = desk
    const words = accountabilityMessages(locale)
    const now = world.now()
    const place = { cycle: cycle.found.cycle.id, n: entry.n, now, req }
    const today = dayOf(now)
    const again = (said: Shown['said'], status: number, message = '') =>
      show(exchange, scope, desk, { said: said ?? {}, message, typed: values }, status)
    const end = (done: (typeof dones)[number], written: { readonly ok: boolean }, refusal: string = words.conflict) =>
      written.ok ? back(exchange, entry.n, done) : again({}, 409, refusal)
    if (values.do === 'state') {
      if (scope.role !== 'organ_officer') return refuse(exchange, 'forbidden')
      const read = readEntry({ text: values.statement ?? '', basis: '-' })
      const files = judgeFiles(
        uploads,
        {
          subject: statementSubject(entry.n),
          kept: desk.files.filter(({ subject }) => subject === statementSubject(entry.n)),
          title: words.files,
        },
        locale,
      )
      const said: Record<string, string> = {}
      if (!read.ok)
        said['statement'] = fill(words[`problem_${read.error[0]!.code}`], { field: words.statement, ...entryLetters })
      if (files.problems.length > 0) said['file'] = files.problems.join(' ')
      if (!read.ok || Object.keys(said).length > 0) return again(said, 422, uploads.length > 0 ? words.fileAgain : '')
      for (const { upload } of files.added) await world.evidence!.keep(upload)
      const added = files.added.map(({ file }) => file)
      const act = { ...place, organ: entry.organ, today, text: read.value.text, added }
      return end('stated', await stateView(world.writer, scope, act), words.problemLate)
    }
    if (scope.role !== 'office_admin') return refuse(exchange, 'forbidden')
    if (values.do === 'name')
      return end('named', await nameReader(world.writer, scope, { ...place, user: values.user ?? '' }))
    if (values.do === 'notify') {
      const until = workingDayAfter(today, accountabilityOf(cycle.plan).hearingDays)
      return end('notified', await callHearing(world.writer, scope, { ...place, until }))
    }
    if (values.do === 'propose' && cycle.found.cycle.state === 'archived') return again({}, 409, words.archived)
    const outcome = (['upheld', 'dropped'] as const).find((each) => each === values.outcome)
    const reason = readReason(values.reason)
    const said: Record<string, string> = {}
    if (!outcome) said['outcome'] = words.problemOutcome
    if (reason === null) said['reason'] = fill(words.problemReason, reasonLength)
    if (values.do === 'conclude') {
      if (!outcome || reason === null) return again(said, 422)
      return end('concluded', await concludeEntry(world.writer, scope, { ...place, outcome, reason }))
    }
    if (values.do !== 'propose') return refuse(exchange, 'bad_request')
    const read = await readConsequence(exchange, scope, cycle, entry, { ...values, outcome })
    if (!read.ok) Object.assign(said, read.error)
    if (!outcome || reason === null || !read.ok) return again(said, 422)
    const approval = base64url(world.crypto.random(16))
    const decision: FalsificationDecision = { v: 1, approval, outcome, reason, ...read.value }
    const payloadHash = await world.crypto.sha256(utf8(canonicalFalsification(decision)))
    const act = { ...place, organ: entry.organ, today, decision, payloadHash }
    const isHeard = entry.steps.some(({ kind }) => kind === 'statement') || entry.hearingUntil < today
    return end(
      'proposed',
      await proposeFalsification(world.writer, scope, act),
      isHeard ? words.conflict : words.proposeWait,
    )
  },
})

const fieldNames = [
  ...(['csrf', 'do', 'file', 'statement', 'user', 'outcome', 'reason'] as const),
  ...(['consequence', 'indicator', 'points', 'quarantine'] as const),
]

/** The second person's yes or no, or the first takes it back. */
export const accountabilityDecide = defineRoute({
  method: 'POST',
  path: patterns.accountabilityDecide,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, body, locale, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'hash', 'decision', 'returned']) : null
    if (!values?.hash || !values.decision) return refuse(exchange, 'bad_request')
    const desk = await openEntryDesk(exchange, scope)
    if (!desk) return missing(exchange, scope)
    const { entry, cycle } = desk
    const words = accountabilityMessages(locale)
    const moment = { now: world.now(), req }
    const again = (message: string, status: number, said: Shown['said'] = {}) =>
      show(exchange, scope, desk, { message, said }, status)
    const waiting = await waitingDecision(exchange, scope, desk)
    if (!waiting || waiting.hash !== values.hash) return again(words.conflict, 409)
    const { decision, payloadHash, isOwn } = waiting
    if (values.decision === 'approve') {
      if (cycle.found.cycle.state === 'archived') return again(words.archived, 409)
      const place = { cycle: cycle.found.cycle.id, n: entry.n, ...moment }
      const agreed = await agreeToFalsification(world.writer, scope, {
        ...{ ...place, organ: entry.organ, decision, payloadHash },
      })
      if (agreed.ok) return back(exchange, entry.n, 'decided')
      if (agreed.error === 'same_person') return again(words.samePerson, 403)
      return again(entry.steps.at(-1)?.kind === 'statement' ? words.saidSince : words.conflict, 409)
    }
    const isReturn = values.decision === 'return' && !isOwn
    if (!isReturn && !(values.decision === 'withdraw' && isOwn)) return refuse(exchange, 'bad_request')
    const reason = readReason(values.returned)
    if (isReturn && reason === null) {
      const short = fill(words.problemReason, reasonLength)
      return again('', 422, { returned: short })
    }
    const act = { id: decision.approval, ...moment, ...(isReturn && reason !== null ? { reason } : {}) }
    const rejected = await reject(world.writer, scope, act)
    return rejected.ok ? back(exchange, entry.n, 'returned') : again(words.conflict, 409)
  },
})

/** A file of evidence of an entry. */
export const accountabilityEvidence = defineRoute({
  method: 'GET',
  path: patterns.accountabilityEvidence,
  policy: reading,
  async handler(exchange) {
    const { scope, params } = exchange
    const desk = await openEntryDesk(exchange, scope)
    if (!desk) return missing(exchange, scope)
    return answerEvidence(
      exchange,
      desk.files.find(({ sha256 }) => hex(sha256) === params.hash),
    )
  },
})

interface EntryDesk {
  readonly cycle: SelfCycle
  readonly entry: Entry
  readonly files: readonly KeptEvidence[]
}

async function openEntryDesk(exchange: Exchange, scope: Scope): Promise<EntryDesk | null> {
  const { world, params } = exchange
  const cycle = await openSelfCycle(exchange, scope)
  const n = Number((params as Record<string, string>)['n'])
  const entry = cycle && (await findEntry(world.db, scope, { cycle: cycle.found.cycle.id, n }))
  if (!cycle || !entry) return null
  const files = await listEvidence(world.db, scope, { cycle: cycle.found.cycle.id, organ: entry.organ })
  return {
    cycle,
    entry,
    files: files.filter(({ subject }) => [entrySubject(n), statementSubject(n)].includes(subject)),
  }
}

/** What is another organ's answers an organ's own people like what does not exist, and the try is written down. */
const missing = (exchange: Exchange, scope: Scope): Response | Promise<Response> =>
  scope.role === 'organ_officer' ? refuseForeign(exchange, scope) : refuse(exchange, 'not_found')

function back(exchange: Exchange, n: number, done: (typeof dones)[number]): Response {
  const { jid = '', cycle = '' } = exchange.params as Record<string, string>
  return seeOther(exchange, 'office', `${carry(urls.accountabilityEntry(jid, cycle, n), exchange)}&done=${done}`)
}

/** The proposal that waits for a second person; null where none does. */
async function waitingDecision({ world }: Exchange, scope: Scope, { cycle, entry }: EntryDesk) {
  const decision = decisionsOf(entry).at(-1)
  if (!decision || entry.state !== 'notified') return null
  const subject = entryObject({ cycle: cycle.found.cycle.id, n: entry.n })
  const rows = await readApprovals(world.db, scope, { now: world.now(), subject })
  const row = rows.find(({ id, state }) => id === decision.approval && state === 'proposed')
  if (!row) return null
  const { payloadHash, proposer } = row
  return { decision, payloadHash, proposer, hash: hex(payloadHash), isOwn: proposer === scope.actor }
}

interface Shown {
  readonly said?: Readonly<Record<string, string>>
  readonly message?: string
  readonly typed?: Readonly<Record<string, string | undefined>>
  readonly done?: EntryPageProps['done']
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: EntryDesk,
  { said = {}, message = '', typed = {}, done = null }: Shown,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { jid = '', cycle: code = '' } = exchange.params as Record<string, string>
  const { cycle, entry, files } = desk
  const { n, organ, kind, state, steps, hearingUntil, openedBy, openedAt, body } = entry
  const words = accountabilityMessages(locale)
  const today = dayOf(world.now())
  const isOffice = scope.role === 'office_admin'
  const isOwn = scope.role === 'organ_officer'
  const isCase = kind === 'falsification'
  const watches = !isOwn && scope.role !== 'reviewer'
  const waiting = watches ? await waitingDecision(exchange, scope, desk) : null
  const decided = state === 'upheld' || state === 'dropped' ? (decisionsOf(entry).at(-1) ?? null) : null
  const readers = steps.filter((step) => step.kind === 'name').map((step) => step.body)
  const actors = [...steps.map(({ actor }) => actor), ...readers, openedBy, waiting?.proposer ?? '']
  const names = await readStaffNames(world.db, scope, actors)
  const nameBy = (id: string) => names.get(id) ?? id
  const subject = entryObject({ cycle: cycle.found.cycle.id, n })
  const agreed = decided
    ? (await readApprovals(world.db, scope, { now: world.now(), subject })).find(({ id }) => id === decided.approval)
    : undefined
  const agreedBy = agreed?.approver
    ? await readStaffNames(world.db, scope, [agreed.approver])
    : new Map<string, string>()
  const isHeard = state === 'notified' && (hearingUntil < today || steps.some((step) => step.kind === 'statement'))
  const people = isOffice ? await listPeople(world.db, scope, world.now()) : []
  const consequenceIn = (decision: FalsificationDecision) =>
    fill(words.decidedText, {
      outcome: words[decision.outcome],
      consequence: consequenceText(cycle, decision.consequence, locale),
    })
  const called = steps.find((step) => step.kind === 'notify')?.at ?? openedAt
  const missingYears = hearingUntil === 0 ? [] : yearsWithoutHolidays(dayOf(called), hearingUntil)
  const shown = decided ?? waiting?.decision ?? null
  const props: EntryPageProps = {
    shell: await shellOf(exchange, 'accountability', cycle.found),
    ...{ n, kind, state, done, message, said, typed },
    href: urls.accountabilityEntry(jid, code, n),
    decideHref: urls.accountabilityDecide(jid, code, n),
    organ: nameOf(cycle.file.organs.find(({ id }) => id === organ)!, locale),
    text: entryText(cycle, entry, locale),
    basis: body['basis'] ?? '',
    opened: fill(openedBy === '' ? words.bySignal : words.byPerson, {
      name: nameBy(openedBy),
      time: momentText(openedAt, locale),
    }),
    files: files.map(({ subject, name, sha256 }) => ({
      name,
      of: subject === entrySubject(n) ? 'office' : 'organ',
      hash: hex(sha256),
      href: urls.accountabilityEvidence(jid, code, n, hex(sha256)),
    })),
    steps: steps
      // A proposal is for the two persons who decide; the organ reads the one that was agreed to.
      .filter(
        (step) => watches || !(isCase && step.kind === 'decide') || decisionIn(step).approval === decided?.approval,
      )
      .filter((step) => watches || step.kind !== 'name')
      .map((step) => {
        const isProposal = isCase && step.kind === 'decide'
        const decision = isProposal ? decisionIn(step) : null
        const text = decision
          ? `${consequenceIn(decision)} · ${decision.reason}`
          : step.kind === 'name'
            ? nameBy(step.body)
            : step.kind === 'notify'
              ? dateText(startOf(Number(step.body)), locale)
              : step.body
        const values = { name: nameBy(step.actor), time: momentText(step.at, locale), text }
        return fill(isProposal ? words.step_propose : words[`step_${step.kind}`], values)
      })
      .concat(
        agreed?.approver && agreed.decidedAt
          ? fill(words.step_agree, {
              name: agreedBy.get(agreed.approver) ?? agreed.approver,
              time: momentText(agreed.decidedAt, locale),
            })
          : [],
      ),
    hearing:
      state === 'notified'
        ? {
            until: dateText(startOf(hearingUntil), locale),
            weekends: missingYears.length > 0 ? fill(words.hearingWeekends, { years: missingYears.join(' · ') }) : '',
          }
        : null,
    mayState: isOwn && (isCase ? state === 'notified' && hearingUntil >= today : state === 'open'),
    mayConclude: isOffice && !isCase && state === 'open',
    mayNotify: isOffice && isCase && state === 'open',
    hearingDays: accountabilityOf(cycle.plan).hearingDays,
    candidates: people
      .filter(({ id, roles }) => roles.some(({ role }) => role === 'reviewer') && !readers.includes(id))
      .map(({ id, name, email }) => ({ id, name: name || email })),
    proposing:
      isOffice && isCase && state === 'notified' && !waiting && cycle.found.cycle.state !== 'archived'
        ? {
            isHeard,
            items: await scoredItems(exchange, scope, cycle, entry),
            quarantines: await quarantinesOf(exchange, scope, cycle, entry),
          }
        : null,
    waiting: waiting && {
      hash: waiting.hash,
      isOwn: waiting.isOwn,
      mayDecide: isOffice,
      text: fill(words.waitingText, {
        name: nameBy(waiting.proposer),
        outcome: words[waiting.decision.outcome],
        consequence: consequenceText(cycle, waiting.decision.consequence, locale),
        reason: waiting.decision.reason,
      }),
    },
    scores: shown && (watches || isOwn) ? await withAndWithout(exchange, scope, cycle, entry, shown) : null,
  }
  return answerHtml(exchange, { face: 'office', title: entryTitle(props), body: <EntryPage {...props} />, status })
}
