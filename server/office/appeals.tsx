import { fill } from '../../client/messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../client/messages/follow-up.ts'
import { selfMessages } from '../../client/messages/self-assessment.ts'
import {
  type AppealAbout,
  type AppealCard,
  AppealsPage,
  type AppealsPageProps,
  appealFields,
  appealsTitle,
} from '../../client/pages/office/appeals.tsx'
import { deciders, feedbackReaders } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import {
  type Appeal,
  agreeToAcceptance,
  appealEvidence,
  appealSubject,
  fileAppeal,
  isInvolved,
  listAppeals,
  proposeAcceptance,
  rejectAppeal,
} from '../../db/appeals.ts'
import { type ApprovalRow, readApprovals, reject } from '../../db/approvals.ts'
import type { DeskSurvey } from '../../db/desk.ts'
import { type Review, readReviews } from '../../db/reviews.ts'
import type { Scope } from '../../db/scope.ts'
import {
  type AppealDecision,
  appealLetters,
  mostAppeals,
  readAppealText,
  readNewDeduction,
  type TextProblem,
} from '../../surveys/appeal.ts'
import { base64url, canonicalJson, hex, utf8 } from '../../surveys/canonical.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { outdatedLock } from '../summing.ts'
import { localized } from '../surveys.ts'
import { correctedIn } from './appeal-outcome.ts'
import { judgeFiles } from './evidence-form.ts'
import { appealTerm, waitingOf } from './feedback.tsx'
import { type Deduction, deductionsOf, titleIn } from './feedback-figures.ts'
import {
  addressOf,
  countedSurveys,
  type FollowDesk,
  followFiles,
  openFollow,
  organName,
  placeOf,
  refused,
} from './follow-desk.ts'
import { sizeText } from './self-desk.ts'
import { shellOf } from './shell.ts'

const writing = { scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' } as const

/** An organ's appeals, and what was decided about them. */
export const appealsPage = defineRoute({
  method: 'GET',
  path: patterns.appeals,
  policy: { who: feedbackReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const file = await openFile(exchange, scope)
    if (!file || file === 'foreign') return refused(exchange, scope, file)
    const done = outcomes.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, file, { done }, 200)
  },
})

const outcomes = ['filed', 'decided', 'proposed', 'back'] as const

/** Files an appeal in time, with its evidence. */
export const appealFile = defineRoute({
  method: 'POST',
  path: patterns.appeals,
  policy: { who: ['organ_officer'], ...writing },
  body: { types: ['form', 'upload'], maximumBytes: 64 * 1024 },
  async handler(exchange) {
    const { world, scope, body, locale, req } = exchange
    const { about: aboutField, reason: reasonField, seen: seenField, file: fileField } = appealFields
    const names = ['csrf', seenField, aboutField, reasonField, fileField] as const
    const values = body.kind === 'form' ? formValues(body.fields, names) : null
    const { seen = '', about: chosen, reason: typed } = values ?? {}
    if (body.kind !== 'form' || chosen === undefined || typed === undefined || !/^\d{1,4}$/.test(seen))
      return refuse(exchange, 'bad_request')
    const file = await openFile(exchange, scope)
    if (!file || file === 'foreign') return refused(exchange, scope, file)
    const { desk } = file
    const words = followUpMessages(locale)
    const again = (said: Partial<Said>, status: number) =>
      show(exchange, scope, file, { typed: { about: chosen, reason: typed }, ...said }, status)
    if (!desk.standing) return again({}, 409)
    if (file.appeals.length >= mostAppeals) return again({ message: fill(words.appealsMany, { n: mostAppeals }) }, 409)
    const term = appealTerm(exchange, desk, desk.standing)
    if (term.isPast) return again({ message: fill(words.appealPast, { date: term.until }) }, 409)
    const about = choicesOf(file).find(({ value }) => value === chosen)
    const reason = readAppealText(typed)
    const n = Number(seen) + 1
    const subject = appealEvidence(n)
    const files = judgeFiles(body.uploads ?? [], { subject, kept: [], title: fill(words.appealHead, { n }) }, locale)
    const said = {
      ...(about ? {} : { [aboutField]: words.appealAboutRequired }),
      ...(reason.ok ? {} : { [reasonField]: textSaid(words, reason.error) }),
      ...(files.problems.length > 0 ? { [fileField]: files.problems.join(' ') } : {}),
    }
    const message = (body.uploads ?? []).length > 0 ? selfMessages(locale).fileAgain : ''
    if (!about || !reason.ok || files.problems.length > 0) return again({ said, message }, 422)
    for (const { upload } of files.added) await world.evidence!.keep(upload)
    const act = { ...placeOf(desk), seen: Number(seen), about: about.filed, reason: reason.value }
    const added = files.added.map((each) => each.file)
    const filed = await fileAppeal(world.writer, scope, { ...act, added, now: world.now(), req })
    if (!filed.ok) return again({ message: words.appealTwice }, 409)
    return seeOther(exchange, 'office', `${carry(urls.appeals(...addressOf(desk)), exchange)}&done=filed`)
  },
})

/** Turns an appeal down, proposes to accept it, agrees to that or sends it back. */
export const appealDecide = defineRoute({
  method: 'POST',
  path: patterns.appealDecide,
  policy: { who: deciders, fresh: true, ...writing },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, body, locale, req } = exchange
    const names = ['csrf', appealFields.n, appealFields.act, appealFields.reason, appealFields.points] as const
    const values = body.kind === 'form' ? formValues(body.fields, names) : null
    const { n = '', do: act, reason: typed = '', points = '' } = values ?? {}
    if (!/^[1-9]\d{0,3}$/.test(n) || act === undefined) return refuse(exchange, 'bad_request')
    const file = await openFile(exchange, scope)
    if (!file || file === 'foreign') return refused(exchange, scope, file)
    const { desk } = file
    const words = followUpMessages(locale)
    const appeal = file.appeals.find((each) => each.n === Number(n))
    if (!appeal) return refuse(exchange, 'not_found')
    const place = { ...placeOf(desk), n: appeal.n, now: world.now(), req }
    const again = (said: Partial<Said>, status: number) =>
      show(exchange, scope, file, { deciding: { n: appeal.n, reason: typed, points }, ...said }, status)
    const back = (done: NonNullable<AppealsPageProps['done']>) =>
      seeOther(exchange, 'office', `${carry(urls.appeals(...addressOf(desk)), exchange)}&done=${done}`)
    const failed = (error: 'involved' | 'same_person' | 'conflict') => {
      if (error === 'involved') return again({ message: words.involved }, 403)
      return error === 'same_person'
        ? again({ message: words.samePerson }, 403)
        : again({ message: words.decideChanged }, 409)
    }
    const waiting = waitingFor(file, appeal)
    if (act === 'agree' || act === 'back') {
      if (!waiting || hex(waiting.payloadHash) !== hex((await payloadOf(exchange, desk, appeal)).payloadHash))
        return failed('conflict')
      if (act === 'back') {
        if (waiting.proposer !== scope.actor && (await isInvolved(world.db, scope, place))) return failed('involved')
        const returned = await reject(world.writer, scope, { id: waiting.id, now: place.now, req })
        return returned.ok ? back('back') : failed('conflict')
      }
      const approval = { approval: waiting.id, payloadHash: waiting.payloadHash, appeal }
      const agreed = await agreeToAcceptance(world.db, world.writer, scope, { ...place, ...approval })
      return agreed.ok ? back('decided') : failed(agreed.error)
    }
    if (act !== 'accept' && act !== 'reject') return refuse(exchange, 'bad_request')
    const reason = readAppealText(typed)
    const isAboutPoints = act === 'accept' && appeal.kind === 'deduction'
    const after = isAboutPoints ? readNewDeduction(points, appeal.deduction) : null
    const said = {
      ...(reason.ok ? {} : { [`${appealFields.reason}-${n}`]: textSaid(words, reason.error) }),
      ...(after && !after.ok
        ? {
            [`${appealFields.points}-${n}`]:
              after.error === 'not_points' ? words.notPoints : fill(words.notFewer, { before: appeal.deduction }),
          }
        : {}),
    }
    if (!reason.ok || (after && !after.ok)) return again({ said }, 422)
    const decision = reason.value
    if (act === 'reject') {
      const rejected = await rejectAppeal(world.db, world.writer, scope, { ...place, decision })
      return rejected.ok ? back('decided') : failed(rejected.error)
    }
    const newDeduction = after?.ok ? after.value : ''
    const payload = await payloadOf(exchange, desk, { ...appeal, newDeduction, decision })
    const approval = { approval: base64url(world.crypto.random(16)), ...payload, newDeduction }
    const proposed = await proposeAcceptance(world.db, world.writer, scope, { ...place, decision, ...approval })
    return proposed.ok ? back('proposed') : failed(proposed.error)
  },
})

/** What two persons agree to: which appeal, what is taken off from now on, and why; and its hash. */
async function payloadOf(
  { world }: Exchange,
  { found, organ }: FollowDesk,
  { n, deduction: before, newDeduction: after, decision: reason }: Appeal,
): Promise<{ readonly payload: string; readonly payloadHash: Uint8Array }> {
  const place = { cycle: found.cycle.code, organ: organ.code, n }
  const agreed: AppealDecision = { v: 1, action: 'result.decide', kind: 'appeal', ...place, before, after, reason }
  const payload = canonicalJson(agreed)
  return { payload, payloadHash: await world.crypto.sha256(utf8(payload)) }
}

function textSaid(words: FollowUpMessages, problem: TextProblem): string {
  if (problem === 'not_text') return words.textBad
  return problem === 'too_short'
    ? fill(words.textShort, { n: appealLetters.shortest })
    : fill(words.textLong, { n: appealLetters.longest })
}

interface AppealFile {
  readonly desk: FollowDesk
  readonly appeals: readonly Appeal[]
  readonly deductions: readonly Deduction[]
  readonly surveys: readonly DeskSurvey[]
  /** Decisions that wait for a second person. */
  readonly waiting: readonly ApprovalRow[]
  /** What lead departments give the organ as things stand. */
  readonly reviews: readonly Review[]
}

async function openFile(exchange: Exchange, scope: Scope): Promise<AppealFile | 'foreign' | null> {
  const { world } = exchange
  const desk = await openFollow(exchange, scope)
  if (!desk || desk === 'foreign') return desk
  const [appeals, deductions, surveys, approvals, reviews] = await Promise.all([
    listAppeals(world.db, scope, desk.found.cycle.id),
    deductionsOf(world, scope, desk),
    countedSurveys(exchange, scope, desk),
    readApprovals(world.db, scope, { now: world.now() }),
    readReviews(world.db, scope, desk.found.cycle.id),
  ])
  return {
    ...{ desk, deductions, surveys },
    appeals: appeals.filter(({ organ }) => organ === desk.organ.id),
    waiting: approvals.filter(({ action, state }) => action === 'result.decide' && state === 'proposed'),
    reviews: reviews.filter(({ organ }) => organ === desk.organ.id),
  }
}

const waitingFor = ({ desk, waiting }: AppealFile, { n }: Pick<Appeal, 'n'>): ApprovalRow | undefined =>
  waiting.find(({ subject }) => subject === appealSubject({ ...placeOf(desk), n }))

/** What the organ may appeal against: each deduction, and the ratings of each survey in which it was rated. */
function choicesOf({ desk, deductions, surveys }: AppealFile) {
  const figures = desk.standing?.documents.results.organs.find(({ organ }) => organ === desk.organ.code)
  const none = { indicator: '', lead: '', deduction: '', surveyId: 0 }
  return [
    ...deductions.map(({ indicator, lead, title, points }) => ({
      value: `deduction/${indicator}`,
      about: { kind: 'deduction' as const, title, points },
      filed: { ...none, kind: 'deduction' as const, indicator, lead, deduction: points },
    })),
    ...surveys
      .filter(({ group }) => figures?.groups[group])
      .map(({ id, sid, group }) => ({
        value: `rating/${sid}`,
        about: { kind: 'rating' as const, group },
        filed: { ...none, kind: 'rating' as const, surveyId: id },
      })),
  ]
}

interface Said {
  readonly typed: AppealsPageProps['typed']
  readonly said: Readonly<Record<string, string>>
  readonly deciding: AppealsPageProps['deciding']
  readonly message: string
  readonly done: AppealsPageProps['done']
}

async function cardOf(
  exchange: Exchange,
  scope: Scope,
  file: AppealFile,
  appeal: Appeal,
  names: ReadonlyMap<string, string>,
  files: readonly { subject: string; name: string; bytes: number; sha256: Uint8Array }[],
): Promise<AppealCard> {
  const { world, locale } = exchange
  const { desk, surveys } = file
  const { n, kind, reason, state, decision, newDeduction, decidedBy, agreedBy, decidedAt, filedAt, filedBy } = appeal
  const isWaiting = waitingFor(file, appeal) !== undefined
  const isDecided = state === 'accepted' || state === 'rejected'
  const isOffice = scope.role === 'office_admin'
  const involved = isOffice && !isDecided && (await isInvolved(world.db, scope, { ...placeOf(desk), n }))
  const nameOf = (id: string) => names.get(id) ?? id
  const acts = (): AppealCard['acts'] => {
    if (!isOffice || isDecided) return 'none'
    if (involved) return 'involved'
    if (!isWaiting) return 'decide'
    return decidedBy === scope.actor ? 'own' : 'agree'
  }
  const about: AppealAbout =
    kind === 'rating'
      ? { kind, group: surveys.find(({ id }) => id === appeal.surveyId)?.group ?? 'public' }
      : { kind, title: localized(titleIn(desk.plan.indicators, appeal.indicator), locale), points: appeal.deduction }
  return {
    ...{ n, about, reason, acts: acts() },
    files: files
      .filter(({ subject }) => subject === appealEvidence(n))
      .map(({ name, bytes, sha256 }) => ({
        ...{ name, size: sizeText(bytes), hash: hex(sha256) },
        href: urls.feedbackEvidence(...addressOf(desk), hex(sha256)),
      })),
    filed: { time: momentText(filedAt, locale), name: nameOf(filedBy) },
    // A proposal that nobody agreed to in time, or that was sent back, leaves the appeal where it was.
    state: isDecided ? state : isWaiting ? 'proposed' : 'open',
    decision:
      isDecided || (isWaiting && isOffice)
        ? {
            ...{ text: decision, newPoints: newDeduction, name: nameOf(decidedBy) },
            time: momentText(isDecided ? decidedAt : (waitingFor(file, appeal)?.proposedAt ?? 0), locale),
            second: agreedBy === '' ? '' : nameOf(agreedBy),
          }
        : null,
    corrected: state === 'accepted' ? await correctedIn(exchange, desk, file.reviews, appeal) : null,
  }
}

async function show(
  exchange: Exchange,
  scope: Scope,
  file: AppealFile,
  { typed, said = {}, deciding = null, message = '', done = null }: Partial<Said>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { desk, appeals } = file
  const { standing } = desk
  const people = appeals.flatMap(({ filedBy, decidedBy, agreedBy }) => [filedBy, decidedBy, agreedBy])
  const names = await readStaffNames(world.db, scope, [...new Set(people)])
  const files = await followFiles(exchange, scope, desk)
  const props: AppealsPageProps = {
    shell: await shellOf(exchange, 'feedback', desk.found),
    organ: { code: desk.organ.code, name: organName(desk, locale) },
    waiting: waitingOf(desk, locale),
    term: standing && appealTerm(exchange, desk, standing),
    relock: await outdatedLock(world, scope, desk.found.cycle.id),
    appeals: await Promise.all(appeals.map((each) => cardOf(exchange, scope, file, each, names, files))),
    choices:
      desk.isOwn && standing
        ? choicesOf(file).map(({ value, about }) => ({
            value,
            about: about.kind === 'rating' ? about : { ...about, title: localized(about.title, locale) },
          }))
        : null,
    typed: typed ?? { about: '', reason: '' },
    ...{ said, deciding, message, done },
  }
  return answerHtml(exchange, { face: 'office', title: appealsTitle(props), body: <AppealsPage {...props} />, status })
}
