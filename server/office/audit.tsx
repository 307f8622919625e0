import {
  AuditPage,
  type AuditPageProps,
  type AuditProblem,
  type AuditStage,
  auditTitle,
  type FindingName,
  findingNames,
  seenOf,
} from '../../client/pages/office/audit.tsx'
import { AuditsPage, auditsTitle } from '../../client/pages/office/audits.tsx'
import { auditors, deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { surveySubject } from '../../db/approvals.ts'
import { actBy } from '../../db/audit.ts'
import { type DeskSurvey, readDeskSurveys } from '../../db/desk.ts'
import { readAudits, type StoredAudit, saveDraw, saveFindings } from '../../db/participation-audits.ts'
import { findCycle } from '../../db/platform.ts'
import { findRetirement } from '../../db/retirement.ts'
import type { Scope } from '../../db/scope.ts'
import { surveyName } from '../../surveys/ballot.ts'
import { fromBase64url } from '../../surveys/canonical.ts'
import { readManifest } from '../../surveys/manifest.ts'
import { accountsForAll, type Findings, largestSample, readSeed } from '../../surveys/participation-audit.ts'
import { fingerprint } from '../../surveys/shares.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { securityHeaders } from '../headers.ts'
import { drawFrom, sampleOf } from '../participation-audit.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import type { World } from '../world.ts'
import { type DeskPlace, findDeskSurvey, isAuditable, nameOfSurvey } from './desk.ts'
import { shellOf } from './shell.ts'

/** The surveys of a cycle of whose people an auditor may ask, and how far each audit has come. */
export const auditsPage = defineRoute({
  method: 'GET',
  path: patterns.audits,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const surveys = (await readDeskSurveys(world.db, scope, found.cycle.id)).filter(isAuditable)
    const lines = []
    for (const survey of surveys) {
      const { stage } = await standingOf(world, scope, survey)
      lines.push({ survey: nameOfSurvey(survey), stage })
    }
    const shell = await shellOf(exchange, 'audits', found)
    const body = <AuditsPage shell={shell} surveys={lines} />
    return answerHtml(exchange, { face: 'office', title: auditsTitle({ shell }), body })
  },
})

/** The participation audit of one survey. */
export const auditPage = defineRoute({
  method: 'GET',
  path: patterns.audit,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const place = await findAudited(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const done = (['drawn', 'found'] as const).find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, place, { done, problem: null }, 200)
  },
})

/** Draws the sample, once: by a seed that was announced after the close. */
export const drawAudit = defineRoute({
  method: 'POST',
  path: patterns.auditDraw,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'seed', 'size']) : null
    if (values?.seed === undefined || values.size === undefined) return refuse(exchange, 'bad_request')
    const place = await findAudited(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const again = (problem: AuditProblem, status: number) =>
      show(exchange, scope, place, { done: null, problem }, status)
    if ((await standingOf(world, scope, place.survey)).stage !== 'to_draw') return again({ kind: 'changed' }, 409)
    const seed = readSeed(values.seed)
    const size = wholeNumber(values.size)
    const isSize = size !== null && size >= 1 && size <= largestSample
    if (seed === null || !isSize) {
      const wrong = [...(seed === null ? (['seed'] as const) : []), ...(isSize ? [] : (['size'] as const))]
      return again({ kind: 'draw', seed: values.seed, size: values.size, wrong }, 422)
    }
    const { survey } = place
    const name = surveyName(params.jid, params.sid)
    const draw = await drawFrom(world, scope, { survey: survey.id, name, seed, size })
    if (draw.drawn === 0) return again({ kind: 'empty' }, 409)
    const saved = await saveDraw(world.writer, scope, { survey: survey.id, ...draw, now: world.now(), req })
    return saved.ok ? back(exchange, params, 'drawn') : again({ kind: 'changed' }, 409)
  },
})

/** The sample with its sealed contacts, for the auditor alone; each time it is taken is in the audit. */
export const auditSample = defineRoute({
  method: 'GET',
  path: patterns.auditSample,
  policy: { who: auditors, scope: 'jurisdiction', fresh: true, csrf: 'none', limit: 'export', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, req } = exchange
    const place = await findAudited(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const { survey } = place
    const { audit, auditKey, isGone } = await standingOf(world, scope, survey)
    if (!audit || !auditKey || isGone) return refuse(exchange, 'not_found')
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Type', 'application/json')
    headers.set('Content-Disposition', `attachment; filename="gongping-${params.jid}-${params.sid}-sample.json"`)
    // Nobody has taken a file who has only asked whether there is one.
    if (exchange.request.method === 'HEAD') return new Response(null, { headers })
    const name = surveyName(params.jid, params.sid)
    const sample = await sampleOf(world, scope, { survey: survey.id, name, auditKey, audit })
    const act = { action: 'audit.sample_export', object: surveySubject(survey.id) }
    await world.writer.transact({ statements: [], audit: [actBy(scope, { now: world.now(), req }, act)] })
    return new Response(sample, { headers })
  },
})

/** What the people said who were drawn, as the auditor counts them. */
export const recordFindings = defineRoute({
  method: 'POST',
  path: patterns.auditFindings,
  policy: { who: auditors, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'seen', ...findingNames]) : null
    if (values?.seen === undefined) return refuse(exchange, 'bad_request')
    const place = await findAudited(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const { survey } = place
    const again = (problem: AuditProblem, status: number) =>
      show(exchange, scope, place, { done: null, problem }, status)
    const { audit } = await standingOf(world, scope, survey)
    if (!audit || survey.state === 'published' || values.seen !== seenOf(audit.findings))
      return again({ kind: 'changed' }, 409)
    const { seen: _, csrf: __, ...counts } = values
    const typed = { confirmed: '', denied: '', notReached: '', ...counts }
    const read = readFindings(typed, audit)
    if ('wrong' in read) return again({ kind: 'findings', typed, wrong: read.wrong }, 422)
    const act = { survey: survey.id, findings: read, before: audit.findings, now: world.now(), req }
    const saved = await saveFindings(world.writer, scope, act)
    return saved.ok ? back(exchange, params, 'found') : again({ kind: 'changed' }, 409)
  },
})

function readFindings(
  typed: Readonly<Record<FindingName, string>>,
  audit: StoredAudit,
): Findings | { readonly wrong: readonly (FindingName | 'sum')[] } {
  const counts = findingNames.map((name) => [name, wholeNumber(typed[name])] as const)
  const wrong = counts.flatMap(([name, n]) => (n === null || n > largestSample ? [name] : []))
  if (wrong.length > 0) return { wrong }
  const [confirmed, denied, notReached] = counts.map(([, n]) => n ?? 0) as [number, number, number]
  const findings = { confirmed, denied, notReached }
  return accountsForAll(audit, findings) ? findings : { wrong: ['sum'] }
}

const wholeNumber = (typed: string): number | null => (/^\d{1,6}$/.test(typed.trim()) ? Number(typed) : null)

function back(
  exchange: Exchange,
  { jid, cycle, sid }: { readonly jid: string; readonly cycle: string; readonly sid: string },
  done: NonNullable<AuditPageProps['done']>,
): Response {
  return seeOther(exchange, 'office', `${carry(urls.audit(jid, cycle, sid), exchange)}&done=${done}`)
}

/** A survey of the path whose people an auditor may ask; null for any other. */
async function findAudited(
  world: World,
  scope: Scope,
  params: { readonly jid: string; readonly cycle: string; readonly sid: string },
): Promise<DeskPlace | null> {
  const place = await findDeskSurvey(world, scope, params)
  return place && isAuditable(place.survey) ? place : null
}

interface AuditStanding {
  readonly stage: AuditStage
  readonly audit: StoredAudit | null
  /** As the manifest names it. */
  readonly auditKey: Uint8Array | null
  /** The roll is gone or going. */
  readonly isGone: boolean
}

async function standingOf({ db }: World, scope: Scope, survey: DeskSurvey): Promise<AuditStanding> {
  const [audits, retirement] = await Promise.all([
    readAudits(db, scope, [survey.id]),
    findRetirement(db, scope, survey.id),
  ])
  const isGone = retirement !== 'not_begun'
  const audit = audits.get(survey.id) ?? null
  const auditKey = keyOf(survey)
  return { stage: stageOf(survey, { audit, auditKey, isGone }), audit, auditKey, isGone }
}

function stageOf(
  { state }: DeskSurvey,
  { audit, auditKey, isGone }: Pick<AuditStanding, 'audit' | 'auditKey' | 'isGone'>,
): AuditStage {
  if (audit) return audit.findings ? 'found' : 'drawn'
  const isBefore = state === 'draft' || state === 'ready' || state === 'open'
  // A draft has no manifest that holds, so nobody knows yet.
  if (!auditKey && state !== 'draft') return 'no_key'
  if (isBefore) return 'before_close'
  return isGone ? 'gone' : 'to_draw'
}

function keyOf({ manifest }: DeskSurvey): Uint8Array | null {
  const read = manifest === null ? null : readManifest(manifest)
  return read?.ok && read.value.audit_pk !== null ? fromBase64url(read.value.audit_pk) : null
}

async function show(
  exchange: Exchange<typeof patterns.audit>,
  scope: Scope,
  { found, survey }: DeskPlace,
  said: Pick<AuditPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { stage, audit, auditKey, isGone } = await standingOf(world, scope, survey)
  const props: AuditPageProps = {
    shell: await shellOf(exchange, 'audits', found),
    survey: { ...nameOfSurvey(survey), name: surveyName(exchange.params.jid, survey.sid) },
    stage,
    keyPrint: auditKey && fingerprint(await world.crypto.sha256(auditKey)),
    draw: audit && { ...audit, at: momentText(audit.drawnAt, locale) },
    findings: audit?.findings ? { ...audit.findings, at: momentText(audit.findings.recordedAt, locale) } : null,
    isRetired: isGone,
    isPublished: survey.state === 'published',
    ...said,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: auditTitle(props),
    body: <AuditPage {...props} />,
    status,
  })
}
