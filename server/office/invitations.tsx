import type { RevokeState } from '../../client/pages/office/invitation-revoke.tsx'
import type { RosterState } from '../../client/pages/office/invitation-roster.tsx'
import type {
  MailingKind,
  SendForm,
  SendHindrance,
  SendProblem,
  Via,
  WordsFields,
} from '../../client/pages/office/invitation-send.tsx'
import {
  type InvitationsDone,
  InvitationsListPage,
  InvitationsPage,
  type InvitationsPageProps,
  type InvitationsProblem,
  invitationsListTitle,
  invitationsTitle,
} from '../../client/pages/office/invitations.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import {
  type AddresseeCounts,
  countAddressees,
  countCodes,
  listRosterFiles,
  type RosterFile,
} from '../../db/addressees.ts'
import { type DeskSurvey, readDeskSurveys } from '../../db/desk.ts'
import { listFrames, type StoredFrame } from '../../db/frames.ts'
import { reminderLimits } from '../../db/mailing-start.ts'
import { actOnMailing, countReached, listMailings, type MailingAct, mailingActs } from '../../db/mailings.ts'
import { findCycle, readSurvey, type SurveyFile } from '../../db/platform.ts'
import { readParticipation } from '../../db/responses.ts'
import { readImport, type StoredImport } from '../../db/roster-imports.ts'
import type { Scope } from '../../db/scope.ts'
import { surveyName } from '../../surveys/ballot.ts'
import { hex } from '../../surveys/canonical.ts'
import { verifiedCells } from '../../surveys/design.ts'
import { asksPerQuarter, parsePlan } from '../../surveys/plan.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import type { Result } from '../../surveys/result.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dayOf, momentText } from '../calendar.ts'
import { startRun } from '../mailings.ts'
import { refuse } from '../problem.tsx'
import { findJob, type RosterJob } from '../roster-jobs.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { nameOf } from '../surveys.ts'
import { tableLimits } from '../table-file.ts'
import type { World } from '../world.ts'
import { type DeskPlace, findDeskSurvey, nameOfSurvey } from './desk.ts'
import { allFields, defaultWords, ofGroup, readWords } from './invitation-words.ts'
import { shellOf } from './shell.ts'

/** How far the invitations of a cycle's surveys have come. */
export const invitationsPage = defineRoute({
  method: 'GET',
  path: patterns.invitations,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const surveys = await readDeskSurveys(world.db, scope, found.cycle.id)
    const countsOf = await readCounts(world, scope, surveys)
    const shell = await shellOf(exchange, 'invitations', found)
    const lines = surveys.map((survey) => ({ ...nameOfSurvey(survey), state: survey.state, ...countsOf(survey.id) }))
    const props = { shell, surveys: lines }
    const body = <InvitationsListPage {...props} />
    return answerHtml(exchange, { face: 'office', title: invitationsListTitle(props), body })
  },
})

/** The invitations of one survey. */
export const invitePage = defineRoute({
  method: 'GET',
  path: patterns.invite,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const what = simpleOutcomes.find((each) => each === url.searchParams.get('done'))
    return showInvitations(exchange, place, { done: what ? { what } : null })
  },
})

const simpleOutcomes = ['started', 'acted', 'channels', 'begun', 'revoked'] as const

/** Leads back to the desk after a form, with what was done. */
export function backToDesk(
  exchange: Exchange,
  { jid, cycle, sid }: { readonly jid: string; readonly cycle: string; readonly sid: string },
  done: (typeof simpleOutcomes)[number],
): Response {
  return seeOther(exchange, 'office', `${carry(urls.invite(jid, cycle, sid), exchange)}&done=${done}`)
}

/** Starts a run of messages with the officer's own words. */
export const inviteSend = defineRoute({
  method: 'POST',
  path: patterns.inviteSend,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 64 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'kind', 'via', ...allFields]) : null
    const kind = (['invite', 'reminder'] as const).find((each) => each === values?.kind)
    const via = (['sms', 'mail'] as const).find((each) => each === values?.via)
    if (!values || !kind || !via) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    const file = place && (await readSurvey(world.db, scope, place.survey.id))
    if (!place || !file || !hasRoster(place.survey)) return refuse(exchange, 'not_found')
    const typed = Object.fromEntries(allFields.map((field) => [field, values[field] ?? ''])) as WordsFields
    const again = (problem: SendProblem, status: number) =>
      showInvitations(
        exchange,
        place,
        { problem: { about: 'send', problem }, typed: { kind, via, words: typed } },
        status,
      )
    const read = readWords(place.survey, via, typed)
    if (!read.ok) return again({ code: 'words', kind, via, wrong: read.wrong }, 422)
    const run = { kind, via, words: read.words, now: world.now(), req }
    const started = await startRun(world, scope, file, run)
    if (started.ok) return backToDesk(exchange, params, 'started')
    if (started.error === 'empty' || started.error === 'conflict')
      return again({ code: started.error === 'empty' ? 'empty' : 'changed' }, 409)
    const problem = { code: 'too_many_parts', n: started.error.parts } as const
    return again({ code: 'words', kind, via, wrong: [{ field: 'textZh', problem }] }, 422)
  },
})

/** Pauses a run, lets it go on, or sends again what nobody knows to have gone out. */
export const inviteAct = defineRoute({
  method: 'POST',
  path: patterns.inviteAct,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'mailing', 'act']) : null
    const act = mailingActs.find((each) => each === values?.act)
    if (!act || !/^\d{1,9}$/.test(values?.mailing ?? '')) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const mailing = Number(values?.mailing)
    const done = await actOnMailing(world.writer, scope, {
      survey: place.survey.id,
      mailing,
      act,
      now: world.now(),
      req,
    })
    if (done.ok) return backToDesk(exchange, params, 'acted')
    return showInvitations(exchange, place, { problem: { about: 'runs', problem: 'changed' } }, 409)
  },
})

/** Whom a survey asks stands on a list only where people are known beforehand. */
export const hasRoster = ({ group, counted }: DeskSurvey): boolean => counted && group !== 'public'

/** Whether nobody can be invited any more. */
export const isOver = ({ state, closesAt }: DeskSurvey, now: number): boolean =>
  !['draft', 'ready', 'open'].includes(state) || closesAt <= now

/** Imports that are listed one by one; programs make many. */
const latestFiles = 20

/** Most slips that are printed at once. */
export const mostSlips = 200

interface Shown {
  readonly done?: InvitationsPageProps['done']
  readonly problem?: InvitationsPageProps['problem']
  /** Words that come back as they were typed. */
  readonly typed?: { readonly kind: MailingKind; readonly via: Via; readonly words: WordsFields }
  /** Channels, and what was typed for a sample, that come back as they were typed. */
  readonly names?: string
  readonly sample?: RosterState['typed']
  readonly revoking?: RevokeState['typed']
}

/** What became of a file: the sentence above the page, or what was wrong. */
export type RosterEnd = Result<InvitationsDone, Extract<InvitationsProblem, { about: 'roster' }>['problem']>

/** The desk as it stands, with what was just done or what was wrong. */
export async function showInvitations(
  exchange: Exchange,
  place: DeskPlace,
  { done = null, problem = null, typed, names = '', sample = { sizes: '', seed: '' }, revoking }: Shown,
  status = 200,
): Promise<Response> {
  const { world, locale } = exchange
  // Only staff routes of a jurisdiction come here.
  const scope = exchange.scope!
  const { survey, found } = place
  const [file, people, files, frames, stored, runs, countsOf] = await Promise.all([
    readSurvey(world.db, scope, survey.id),
    countAddressees(world.db, scope),
    listRosterFiles(world.db, scope, survey.id),
    listFrames(world.db, scope, survey.id),
    readImport(world.db, scope, survey.id),
    listMailings(world.db, scope, survey.id),
    readCounts(world, scope, [survey]),
  ])
  if (!file) return refuse(exchange, 'not_found')
  const counts = people.get(survey.id) ?? nobody
  const now = world.now()
  const listed = hasRoster(survey)
  const view = { exchange, survey, file, counts, runs, now }
  const job = findJob<RosterEnd>(world, surveyName(file.jurisdiction.code, file.survey.code))
  const end = done || problem ? null : endOf(job)
  const props: InvitationsPageProps = {
    shell: await shellOf(exchange, 'invitations', found),
    survey: { ...nameOfSurvey(survey), state: survey.state },
    counts: countsOf(survey.id),
    waiting: { people: counts.waiting, byPhone: counts.waitingByPhone, byMail: counts.waitingByMail },
    roster: listed ? rosterState(view, { files, frames, stored, job, sample }) : null,
    send: listed ? sendState(view, typed) : null,
    paper: listed ? paperState(view) : null,
    revoke:
      listed && !isOver(survey, now)
        ? { canReplace: survey.group === 'leaders', typed: revoking ?? { who: '', reason: '' } }
        : null,
    runs: runs.map((run) => ({
      id: run.id,
      kind: run.kind,
      via: run.via,
      started: momentText(run.startedAt, locale),
      state: run.isPreparing ? 'preparing' : run.state,
      heldUp:
        run.state === 'running' && run.why !== '' ? { why: run.why, retry: momentText(run.retryAt, locale) } : null,
      counts: run.counts,
      acts: actsOf(run, isOver(survey, now)),
    })),
    channels: survey.group === 'leaders' ? null : channelsOf(view, names),
    done: end?.ok ? end.value : done,
    problem: end && !end.ok ? { about: 'roster', problem: end.error } : problem,
  }
  const body = <InvitationsPage {...props} />
  return answerHtml(exchange, { face: 'office', title: invitationsTitle(props), body, status })
}

const nobody: AddresseeCounts = { people: 0, waiting: 0, waitingByPhone: 0, waitingByMail: 0, waitingUnreachable: 0 }

interface DeskView {
  readonly exchange: Exchange
  readonly survey: DeskSurvey
  readonly file: SurveyFile
  readonly counts: AddresseeCounts
  readonly runs: Awaited<ReturnType<typeof listMailings>>
  readonly now: number
}

/** What a file has come to that went on by itself. */
function endOf(job: RosterJob<RosterEnd> | null): RosterEnd | null {
  if (!job || job.ended === null) return null
  return job.ended === 'failed' ? { ok: false, error: { code: 'failed' } } : job.ended
}

interface Lists {
  readonly files: readonly RosterFile[]
  readonly frames: readonly StoredFrame[]
  readonly stored: StoredImport | null
  readonly job: RosterJob<RosterEnd> | null
  readonly sample: RosterState['typed']
}

function rosterState(
  { exchange, survey, file, now }: DeskView,
  { files, frames, stored, job, sample }: Lists,
): RosterState {
  const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
  const cells = verifiedCells(plan, survey.group)
  const earlier = files.slice(latestFiles)
  const destroyed = Math.max(0, ...files.map(({ destroyedAt }) => destroyedAt))
  const time = (moment: number) => momentText(moment, exchange.locale)
  const isStopped = stored !== null && stored.stoppedAt > 0
  return {
    of: ofGroup(survey),
    cells: cells.length > 1 ? cells : [],
    longest: tableLimits.csvRows,
    longestWorkbook: tableLimits.workbookRows,
    askLimit: asksPerQuarter(plan),
    isOpen: !isOver(survey, now),
    files: files.slice(0, latestFiles).map(({ importedAt, people }) => ({ time: time(importedAt), people })),
    earlier: { times: earlier.length, people: earlier.reduce((sum, { people }) => sum + people, 0) },
    destroyed: destroyed === 0 ? null : time(destroyed),
    progress: job?.ended === null ? job.progress : null,
    stopped: isStopped ? { time: time(stored.stoppedAt), done: stored.done, total: stored.total } : null,
    frames: frames.map(({ hash, strata, registeredAt, seed, drawnAt }) => ({
      hash: hex(hash),
      strata: strata.map((each) => ({ ...each, stratum: stratumName(file, each.stratum, exchange.locale) })),
      registered: time(registeredAt),
      drawn: drawnAt === 0 ? null : { seed, time: time(drawnAt) },
    })),
    typed: sample,
  }
}

function stratumName({ organs }: SurveyFile, stratum: string, locale: Locale): string {
  const organ = organs.find(({ code }) => code === stratum)
  return organ ? nameOf(organ, locale) : stratum
}

function sendState(view: DeskView, typed: Shown['typed']): InvitationsPageProps['send'] {
  const forms: SendForm[] = (['invite', 'reminder'] as const).flatMap((kind) =>
    (['sms', 'mail'] as const).map((via) => {
      const isTyped = typed?.kind === kind && typed.via === via
      const people = via === 'sms' ? view.counts.waitingByPhone : view.counts.waitingByMail
      return {
        kind,
        via,
        hindrance: hindranceOf(view, kind, via),
        people: kind === 'invite' ? people : null,
        words: isTyped ? typed.words : defaultWords(ofGroup(view.survey), kind, via),
      }
    }),
  )
  return { of: ofGroup(view.survey), forms, mostReminders: reminderLimits.most, gapDays: reminderLimits.gapDays }
}

/** Why no such message can be sent now. The transaction that starts a run asks all of it again. */
function hindranceOf(view: DeskView, kind: MailingKind, via: Via): SendHindrance | null {
  const { exchange, survey, counts, runs, now } = view
  const { config, mail } = exchange.world
  if (survey.state !== 'open' || survey.closesAt <= now) return { code: 'not_open' }
  const isTextless = config.smsGatewayUrl === '' && config.smsOutbox === '' && !config.demo
  if (via === 'sms' ? isTextless : !mail) return { code: 'no_gateway' }
  if (runs.some(({ state }) => state !== 'ended')) return { code: 'running' }
  if (kind === 'invite') {
    return (via === 'sms' ? counts.waitingByPhone : counts.waitingByMail) === 0 ? { code: 'nobody' } : null
  }
  const { most, gapDays } = reminderLimits
  if (counts.people === counts.waiting) return { code: 'nobody' }
  if (runs.filter((run) => run.kind === 'reminder').length >= most) return { code: 'too_many', most }
  const again = Math.max(0, ...runs.map(({ startedAt }) => startedAt)) + gapDays * 86_400_000
  return now < again ? { code: 'too_soon', days: gapDays, time: momentText(again, exchange.locale) } : null
}

function paperState({ survey, counts, now }: DeskView): InvitationsPageProps['paper'] {
  const isTime = (survey.state === 'ready' || survey.state === 'open') && survey.closesAt > now
  return {
    hindrance: !isTime ? 'not_ready' : counts.waiting === 0 ? 'none' : null,
    all: counts.waiting,
    unreachable: counts.waitingUnreachable,
    most: mostSlips,
  }
}

function channelsOf({ exchange, file, survey, now }: DeskView, typed: string): InvitationsPageProps['channels'] {
  const list = file.channels.map((channel) => ({
    code: channel.code,
    name: nameOf(channel, exchange.locale),
    target: channel.target,
  }))
  return { list, isOpen: !isOver(survey, now), typed }
}

function actsOf(run: DeskView['runs'][number], over: boolean): MailingAct[] {
  if (over) return []
  return [
    ...(run.state === 'running' ? (['pause'] as const) : []),
    ...((run.state === 'paused' && !run.isPreparing) || (run.state === 'running' && run.why !== '')
      ? (['resume'] as const)
      : []),
    ...(run.state === 'ended' ? [] : (['end'] as const)),
    ...(run.counts.unknown ? (['again'] as const) : []),
  ]
}

async function readCounts({ db, now }: World, scope: Scope, surveys: readonly DeskSurvey[]) {
  const [codes, reached, drawn] = await Promise.all([
    countCodes(db, scope),
    countReached(db, scope),
    readParticipation(
      db,
      scope,
      surveys.map(({ id }) => id),
      dayOf(now()),
    ),
  ])
  return (id: number) => {
    const sent = reached.get(id) ?? { sent: 0, delivered: 0, bounced: 0 }
    return {
      roster: hasRoster(surveys.find((survey) => survey.id === id)!) ? (codes.get(id) ?? 0) : null,
      sent: sent.sent,
      delivered: sent.delivered,
      returned: sent.bounced,
      drawn: drawn.filter(({ survey }) => survey === id).reduce((sum, { n }) => sum + n, 0),
    }
  }
}
