import { respondMessages } from '../client/messages/respond.ts'
import type { State } from '../client/pages/respond/state-page.tsx'
import type { PrivacyFacts, SurveyHead } from '../client/pages/respond/views.ts'
import { readAmendments } from '../db/amendments.ts'
import { findDraft, findSurvey, listCyclesOf, listSurveys, type SurveyFile } from '../db/platform.ts'
import { countAnswered } from '../db/responses.ts'
import { findRollHash } from '../db/tickets.ts'
import { type AdmissionSurvey, refusalByTime, type Ticket } from '../surveys/admission.ts'
import type { Amendment } from '../surveys/amendment.ts'
import { fromBase64url, hex } from '../surveys/canonical.ts'
import { isPublished } from '../surveys/cycle.ts'
import { verifiedCells } from '../surveys/design.ts'
import { lowRatingTerms, takesCases } from '../surveys/low-rating.ts'
import { type BoxHolding, type Manifest, readManifest } from '../surveys/manifest.ts'
import { type Plan, parsePlan } from '../surveys/plan.ts'
import { type Locale, type LocaleText, parseQuestionnaire, type Questionnaire } from '../surveys/questionnaire.ts'
import { multiply, parseRational, rational, toNumber } from '../surveys/rational.ts'
import { fingerprint as printOf } from '../surveys/shares.ts'
import { amendmentLine } from './amendment-words.ts'
import { dateText, momentText, startOf } from './calendar.ts'
import { earlyClose } from './closing.ts'
import { respondentScope } from './guard.ts'
import { readModulus } from './issuer.ts'
import type { Eligibility } from './keys.ts'
import { outageOf } from './outage.ts'
import { readStored } from './stored.ts'
import type { World } from './world.ts'

/** Everything the server needs to know about one survey, read once and kept for a moment. */
export interface SurveyContext {
  readonly jid: string
  readonly sid: string
  /** S = "{jid}/{sid}". */
  readonly name: string
  readonly jurisdiction: { id: number; name: LocaleText }
  readonly survey: SurveyFile['survey']
  readonly questionnaire: Questionnaire
  readonly plan: Plan
  readonly organs: readonly OrganFacts[]
  readonly organIds: ReadonlyMap<string, number>
  readonly channels: ReadonlySet<string>
  readonly manifestHash: string
  /** What a sealed survey is sealed with, as its manifest says; null for a live one. */
  readonly sealed: SealedFacts | null
  /** Public part of the auditor's key, to which contacts are sealed; null where no contacts are kept. */
  readonly auditKey: Uint8Array | null
  /** As people know the identity provider at which they may verify; null where the survey takes no such word. */
  readonly provider: LocaleText | null
  /** What was changed after the opening. */
  readonly amendments: readonly Amendment[]
  /** What pages of the survey say depends on: its manifest, and what was changed since. */
  readonly revision: string
  /** Once the survey is over: the newest cycle up to its own whose results are published. */
  readonly results: string | null
}

export interface SealedFacts {
  readonly manifestHash: Uint8Array
  /** Public part of the box key, 65 bytes. */
  readonly boxKey: Uint8Array
  readonly smallestPadding: number
  /** How the private part is kept; trustees with how many of how many shares open the box. */
  readonly holding: BoxHolding
  readonly issuers: readonly SealedIssuer[]
}

/** Who signs the tickets of one verified cell. */
export interface SealedIssuer {
  readonly cell: string
  readonly kid: string
  readonly spki: Uint8Array
  readonly modulus: Uint8Array
}

export interface OrganFacts {
  id: number
  code: string
  class: string
  name: LocaleText
  /** Short name, pinyin initials and service words for the search on the device. */
  search: string
}

interface Remembered {
  /** When it was read, or when reading it failed the last time. */
  at: number
  readonly context: Promise<SurveyContext | null>
}

// Definitions are frozen once a survey is open, and the writer alone decides whether an answer is in time. So a
// context may be a second old: what can lag is only the sentence on a page.
const lifetime = 1_000
const remembered = new WeakMap<World, Map<string, Remembered>>()

/** The survey behind `/s/{jid}/{sid}`; null for an unknown or unfinished one. */
export function findContext(world: World, jid: string, sid: string): Promise<SurveyContext | null> {
  let known = remembered.get(world)
  if (!known) {
    known = new Map()
    remembered.set(world, known)
  }
  const name = `${jid}/${sid}`
  const entry = known.get(name)
  if (entry && Math.abs(world.now() - entry.at) < lifetime) return entry.context
  if (known.size > 1_000) known.clear()
  const next: Remembered = {
    at: world.now(),
    // A database that does not answer must not take the page away: the last good context serves until it does.
    context: loadContext(world, jid, sid).catch((error: unknown) => {
      if (!entry || !outageOf(error)) throw error
      next.at = world.now()
      return entry.context
    }),
  }
  known.set(name, next)
  next.context.catch(() => {
    if (known.get(name) === next) known.delete(name)
  })
  return next.context
}

/** The same for somebody of the office who previews a survey: drafts as well, as they are now. */
export async function findPreviewed(world: World, jid: string, sid: string): Promise<SurveyContext | null> {
  return (await findContext(world, jid, sid)) ?? contextOf(world, await findDraft(world.pages, jid, sid))
}

/** Forgets what is remembered, after a change made by this process. */
export function forgetContexts(world: World): void {
  remembered.get(world)?.clear()
}

const definitions = new Map<string, { questionnaire: Questionnaire; plan: Plan }>()

const loadContext = async (world: World, jid: string, sid: string): Promise<SurveyContext | null> =>
  contextOf(world, await findSurvey(world.pages, jid, sid))

async function contextOf(world: World, file: SurveyFile | null): Promise<SurveyContext | null> {
  if (!file) return null
  const [jid, sid] = [file.jurisdiction.code, file.survey.code]
  const hash = `${hex(file.questionnaire.hash)}|${hex(file.plan.hash)}`
  let parsed = definitions.get(hash)
  if (!parsed) {
    parsed = {
      questionnaire: readStored(parseQuestionnaire(JSON.parse(file.questionnaire.body))),
      plan: readStored(parsePlan(JSON.parse(file.plan.body))),
    }
    if (definitions.size > 200) definitions.clear()
    definitions.set(hash, parsed)
  }
  const { sealed, auditKey } = manifestFacts(file.survey)
  const { oidc } = world.config
  const isOver = file.survey.state !== 'open' || file.survey.closesAt <= world.now()
  const { id } = file.survey
  const amendments = (await readAmendments(world.pages, respondentScope(file.jurisdiction.id), [id])).get(id) ?? []
  const manifestHash = file.survey.manifestHash ? hex(file.survey.manifestHash) : ''
  return {
    jid,
    sid,
    name: `${jid}/${sid}`,
    jurisdiction: {
      id: file.jurisdiction.id,
      name: { 'zh-CN': file.jurisdiction.nameZh, en: file.jurisdiction.nameEn },
    },
    survey: file.survey,
    questionnaire: parsed.questionnaire,
    plan: parsed.plan,
    organs: file.organs.map((organ) => ({
      id: organ.id,
      code: organ.code,
      class: organ.class,
      name: { 'zh-CN': organ.nameZh, en: organ.nameEn },
      search: [organ.shortZh, organ.shortEn, organ.initials, ...organ.keywords].filter((word) => word !== '').join(' '),
    })),
    organIds: new Map(file.organs.map((organ) => [organ.code, organ.id])),
    channels: new Set(file.channels.map((channel) => channel.code)),
    manifestHash,
    amendments,
    revision: `${manifestHash}|${amendments.length}`,
    sealed,
    // Who is known by a number at a provider that gives no phones has no contact to keep.
    auditKey: file.survey.anchor.startsWith('oidc:') && !oidc?.givesPhone ? null : auditKey,
    provider: file.survey.adapters.includes('oidc') && oidc ? oidc.title : null,
    results: isOver ? await newestResults(world, file) : null,
  }
}

type ManifestFacts = Pick<SurveyContext, 'sealed' | 'auditKey'>

const manifests = new Map<string, ManifestFacts>()

function manifestFacts({ manifest, manifestHash, mode }: SurveyFile['survey']): ManifestFacts {
  // Before it is `ready` a survey has no manifest, and nobody outside sees it.
  if (manifest === null || manifestHash === null) return { sealed: null, auditKey: null }
  const name = hex(manifestHash)
  const known = manifests.get(name)
  if (known) return known
  const read = readManifest(manifest)
  if (!read.ok && mode === 'sealed') throw new Error('manifestFacts needs a manifest that was written by writeManifest')
  const facts: ManifestFacts = {
    sealed: read.ok && mode === 'sealed' ? sealedFacts(read.value, manifestHash) : null,
    auditKey: read.ok ? auditKeyOf(read.value) : null,
  }
  if (manifests.size > 200) manifests.clear()
  manifests.set(name, facts)
  return facts
}

const auditKeyOf = ({ audit_pk }: Manifest): Uint8Array | null => (audit_pk === null ? null : fromBase64url(audit_pk))

function sealedFacts({ box_pk, min_pad, trustees, cells }: Manifest, manifestHash: Uint8Array): SealedFacts {
  const issuers = cells.map(({ id, kid, issuer_spki }): SealedIssuer => {
    const spki = bytesIn(issuer_spki)
    return { cell: id, kid: kid ?? '', spki, modulus: readModulus(spki) }
  })
  return {
    manifestHash,
    boxKey: bytesIn(box_pk),
    smallestPadding: min_pad ?? 0,
    holding: trustees ? { kind: 'trustees', ...trustees } : { kind: 'file' },
    issuers,
  }
}

/** A key of a manifest that was read, and so has it in this form. */
function bytesIn(text: string | null): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64url(text ?? '')
  if (bytes === null) throw new Error('sealedFacts needs the keys of a sealed manifest')
  return bytes
}

async function newestResults(world: World, { jurisdiction, survey }: SurveyFile): Promise<string | null> {
  const cycles = await listCyclesOf(world.pages, [jurisdiction.id])
  const newest = cycles.find(({ cycle: { code, state } }) => code <= survey.cycle && isPublished(state))
  return newest?.cycle.code ?? null
}

export const localized = (text: LocaleText, locale: Locale): string => text[locale] ?? text['zh-CN'] ?? ''

/** The name of a jurisdiction, an organ or a channel in the reader's language. */
export const nameOf = (
  { nameZh, nameEn }: { readonly nameZh: string; readonly nameEn: string },
  locale: Locale,
): string => (locale === 'en' ? nameEn : nameZh)

/** The title of a cycle in the reader's language. */
export const titleOf = (
  { titleZh, titleEn }: { readonly titleZh: string; readonly titleEn: string },
  locale: Locale,
): string => (locale === 'en' ? titleEn : titleZh)

/** Whose survey this is, for the head of every page. */
export function surveyHead(context: SurveyContext, locale: Locale): SurveyHead {
  return {
    jid: context.jid,
    sid: context.sid,
    title: context.survey.counted
      ? localized(context.questionnaire.title, locale)
      : respondMessages(locale).indexOpenChannel,
    organiser: localized(context.jurisdiction.name, locale),
    year: context.plan.cycle,
    phone: context.survey.phone,
    counted: context.survey.counted,
    hasAudit: context.auditKey !== null,
    hasMailbox: takesCases(context.survey, context.questionnaire),
    ...(context.provider ? { provider: localized(context.provider, locale) } : {}),
    ...(context.amendments.length > 0
      ? { amendments: context.amendments.map((amendment) => amendmentLine(amendment, locale)) }
      : {}),
  }
}

/** The facts from which the privacy sentences are generated: the same for everybody in a survey, however they came in. */
export function privacyFacts(context: SurveyContext): PrivacyFacts {
  const { survey, plan, sealed, manifestHash } = context
  // A phone is a phone, whether a text message or an identity provider has shown it.
  const adapter = survey.anchor === 'phone' ? 'sms' : (survey.adapters[0] as Eligibility['adapter'])
  const { minimum, assisted } = plan.groups[survey.group]
  const facts = {
    mode: survey.mode,
    adapter,
    minimum: minimum.n,
    // The open channel asks what the group is asked, and nobody writes down for it.
    ...(assisted && survey.counted ? { assisted } : {}),
    ...(takesCases(survey, context.questionnaire) ? { lowLevel: lowRatingTerms(plan).level } : {}),
  }
  if (!sealed) return facts
  const fingerprint = printOf(sealed.manifestHash)
  const { holding } = sealed
  return { ...facts, box: { holding, fewest: plan.disclosure.drillDown, manifest: manifestHash, fingerprint } }
}

/** The group's weight as people read it: '40%'. */
export function shareOf(context: SurveyContext): string {
  const share = multiply(parseRational(context.plan.groups[context.survey.group].weight), rational(100n))
  return `${Math.round(toNumber(share) * 10) / 10}%`
}

/**
 * The page for a survey that takes no answers now. Once its results are published a closed one leads there, until then
 * to the newest earlier ones that are.
 */
export function stateOf(context: SurveyContext, state: 'not_open' | 'closed' | 'paused', locale: Locale): State {
  if (state === 'paused') return { code: state }
  const { jid, survey, results } = context
  if (state === 'not_open') return { code: state, opensOn: momentText(survey.opensAt, locale) }
  const closed = { closedOn: momentText(survey.closesAt, locale), early: earlyClose(survey, locale) }
  if (results === survey.cycle) return { code: state, ...closed, published: { jid, cycle: results } }
  const earlier = results === null ? undefined : { jid, cycle: results }
  return { code: state, ...closed, resultsOn: dateText(startOf(survey.resultsOn), locale), earlier }
}

/** Whether as many of a verified cell have answered as the plan takes. */
export async function isFull(
  { db }: World,
  { jurisdiction, survey, plan }: SurveyContext,
  cell: string,
): Promise<boolean> {
  const quota = survey.counted ? plan.groups[survey.group].quota?.[cell] : undefined
  if (quota === undefined) return false
  return (await countAnswered(db, respondentScope(jurisdiction.id), survey.id, cell)) >= quota
}

/** The same for one person: whoever is on the roll has their place, and gets the same receipt for the same answers again. */
export async function hasNoPlace(
  world: World,
  context: SurveyContext,
  { cell, pseudonym }: Pick<Eligibility, 'cell' | 'pseudonym'>,
): Promise<boolean> {
  if (!(await isFull(world, context, cell))) return false
  return (await findRollHash(world.db, respondentScope(context.jurisdiction.id), context.survey.id, pseudonym)) === null
}

/** The open channel of a survey's cycle, which stands open to everybody; undefined where there is none now. */
export async function openChannelOf(world: World, { jid, survey }: SurveyContext): Promise<string | undefined> {
  const now = world.now()
  const open = (await listSurveys(world.pages)).find(
    (each) =>
      each.jid === jid &&
      each.cycle === survey.cycle &&
      each.anchor === 'open' &&
      each.state === 'open' &&
      each.opensAt <= now &&
      now < each.closesAt,
  )
  return open?.sid
}

/** Whether the survey takes new respondents now; answers already begun have the grace minutes after the hour. */
export function entryState(context: SurveyContext, now: number): 'open' | 'not_open' | 'closed' | 'paused' {
  return refusalByTime(admissionSurvey(context), now, 'enter') ?? 'open'
}

/** The verified cells to which tickets of a survey belong. */
export const cellsOf = ({ survey, plan }: SurveyContext): readonly string[] =>
  survey.counted ? verifiedCells(plan, survey.group) : ['all']

/** The survey as the core's admission rule sees it. */
export function admissionSurvey(context: SurveyContext): AdmissionSurvey {
  const { survey } = context
  return {
    name: context.name,
    state: survey.state,
    counted: survey.counted,
    adapters: survey.adapters,
    cells: cellsOf(context),
    organs: context.organs.map((organ) => organ.code),
    opensAt: survey.opensAt,
    closesAt: survey.closesAt,
    graceMinutes: survey.graceMinutes,
    isPaused: survey.pausedAt > 0,
  }
}

/** An eligibility as the core's admission rule sees it. */
export function ticketOf(eligibility: Eligibility, excluded: boolean): Ticket {
  return {
    survey: eligibility.survey,
    pseudonym: eligibility.pseudonym,
    cell: eligibility.cell,
    adapter: eligibility.adapter,
    organ: eligibility.organ ?? null,
    expiresAt: eligibility.expires,
    excluded,
  }
}
