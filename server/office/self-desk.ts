import type { SelfPageProps } from '../../client/pages/office/self-assessment.tsx'
import type { SelfLine, SelfSheetProps } from '../../client/pages/office/self-sheet.tsx'
import { urls } from '../../client/urls.ts'
import { type KeptEvidence, listEvidence } from '../../db/evidence.ts'
import { type CycleFile, type FoundCycle, findCycle, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import {
  firstSubmission,
  openNotes,
  reaches,
  readSelves,
  type SelfAssessment,
  submittedSheet,
} from '../../db/self-assessments.ts'
import { hex } from '../../surveys/canonical.ts'
import { indicatorsOf, type Plan, parsePlan } from '../../surveys/plan.ts'
import type { Rational } from '../../surveys/rational.ts'
import {
  emptyEntry,
  emptySheet,
  type SelfItem,
  type SelfSheet,
  selfItems,
  selfTotal,
} from '../../surveys/self-assessment.ts'
import { dateText, dayOf, momentText, readDay, startOf } from '../calendar.ts'
import { sharesOf, trimmed } from '../figures.ts'
import type { Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { localized, nameOf } from '../surveys.ts'

// What every page about self-assessment tables begins with: the cycle and its plan, and of one organ its table, its files and
// what the person in front of it may do.

type Locale = Exchange['locale']

/** A cycle in which organs may assess themselves. */
export interface SelfCycle {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly plan: Plan
  /** yyyymmdd, the last day. */
  readonly dueOn: number
}

/** The cycle of a path `/office/{jid}/{cycle}/self`; null where there is none, or none with a plan. */
export async function openSelfCycle({ world, params }: Exchange, scope: Scope): Promise<SelfCycle | null> {
  const { jid = '', cycle = '' } = params as Record<string, string>
  const found = await findCycle(world.db, jid, cycle)
  if (!found?.planId) return null
  return selfCycleOf(found, await readCycle(world.db, scope, found.cycle.id))
}

/** The same for a cycle that was found by other ways. */
export function selfCycleOf(found: FoundCycle, file: CycleFile): SelfCycle {
  const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
  // The plan has checked that it is a day.
  const dueOn = readDay(plan.deadlines.selfAssessment)!
  return { found, file, plan, dueOn }
}

/** What the plan asks of organs of one class, and what each part of it counts of their overall score. */
export interface SelfTerms {
  readonly items: readonly SelfItem[]
  readonly shares: ReadonlyMap<string, Rational>
}

export const termsOf = ({ plan }: SelfCycle, organClass: string): SelfTerms => ({
  items: selfItems(plan, organClass),
  shares: sharesOf({ ...plan, indicators: indicatorsOf(plan, organClass) }),
})

/** States in which organs write their tables. */
export const isOpenForSelf = ({ found, file }: SelfCycle): boolean =>
  file.plan.frozenAt !== null && ['targets', 'fieldwork', 'closed'].includes(found.cycle.state)

export interface SelfDesk extends SelfCycle, SelfTerms {
  readonly organ: CycleFile['organs'][number]
  /** null before anything was written. */
  readonly self: SelfAssessment | null
  /** Of an own table the files of now, else those of what was submitted. */
  readonly files: readonly KeptEvidence[]
  /** The person fills in the table of this organ. */
  readonly isOwn: boolean
  readonly mayEdit: boolean
  /** What the person may read: the own table as it is, else as it was submitted last; null for nothing. */
  readonly sheet: SelfSheet | null
}

/** The table of a path `…/self/{organ}`; `foreign` where it is another organ's, null where there is no such organ. */
export async function openSelf(exchange: Exchange, scope: Scope): Promise<SelfDesk | 'foreign' | null> {
  const { world, staff, params } = exchange
  const opened = await openSelfCycle(exchange, scope)
  const organ = opened?.file.organs.find(({ code }) => code === (params as Record<string, string>)['organ'])
  if (!opened || !organ) return null
  if (!reaches(scope, organ.id)) return 'foreign'
  const cycle = opened.found.cycle.id
  const self = (await readSelves(world.db, scope, cycle)).get(organ.id) ?? null
  const isOwn = (staff as Exchange<string, readonly []>['staff'])!.grants.some(
    (grant) => grant.jurisdiction === scope.jurisdiction && grant.role === 'organ_officer' && grant.organ === organ.id,
  )
  const submitted = self && submittedSheet(self)
  const lastSubmission = self?.steps.findLast(({ kind }) => kind === 'submit')?.at ?? 0
  const kept = await listEvidence(world.db, scope, { cycle, organ: organ.id })
  const files = kept.filter(({ subject }) => subject.startsWith(selfSubject('')))
  return {
    ...opened,
    ...termsOf(opened, organ.class),
    organ,
    self,
    files: isOwn ? files : files.filter(({ addedAt }) => addedAt <= lastSubmission),
    isOwn,
    mayEdit: isOwn && isOpenForSelf(opened) && self?.state !== 'submitted',
    sheet: isOwn ? (self?.sheet ?? emptySheet) : submitted,
  }
}

/** What a file of a line is evidence of. */
export const selfSubject = (indicator: string): string => `self/${indicator}`

/** The lines of a table for pages and files, with what is written in them. */
export function linesOf(
  { found, organ, self, items, shares, files, isOwn }: SelfDesk,
  sheet: SelfSheet,
  locale: Locale,
) {
  const notes = self && isOwn ? openNotes(self) : {}
  return items.map(({ indicator, title, above, basis, asked, leads }): SelfLine => {
    const share = shares.get(indicator)
    return {
      indicator,
      title: localized(title, locale),
      above: above.map((each) => localized(each, locale)),
      basis: basis ? localized(basis, locale) : '',
      asked: asked ? localized(asked, locale) : '',
      leads: leads.map((lead) => localized(lead, locale)).join(locale === 'en' ? ', ' : '、'),
      points: share ? pointsText({ n: share.n * 100n, d: share.d }) : '0',
      entry: sheet.entries[indicator] ?? emptyEntry,
      files: files
        .filter(({ subject }) => subject === selfSubject(indicator))
        .map(({ name, bytes, sha256 }) => ({
          name,
          size: sizeText(bytes),
          hash: hex(sha256),
          href: urls.selfEvidence(found.jurisdiction.code, found.cycle.code, organ.code, hex(sha256)),
        })),
      note: notes[indicator] ?? '',
    }
  })
}

const pointsText = (points: Rational): string => trimmed(points)

/** What a table proposes, as printed. */
export function totalOf({ items, shares }: SelfTerms, sheet: SelfSheet): SelfSheetProps['total'] {
  const { proposed, full, scored } = selfTotal(items, sheet, shares)
  return { proposed: pointsText(proposed), full: pointsText(full), scored }
}

/** Until when the tables are to be submitted. */
export const deadlineOf = ({ dueOn }: SelfCycle, now: number, locale: Locale): SelfPageProps['deadline'] => ({
  text: dateText(startOf(dueOn), locale),
  isPast: dayOf(now) > dueOn,
})

/** When a table was first submitted: the day decides whether it was late, and later corrections do not. */
export function submissionOf(
  { dueOn }: SelfCycle,
  self: SelfAssessment | null | undefined,
  locale: Locale,
): SelfPageProps['submitted'] {
  const at = self ? firstSubmission(self) : null
  return at === null ? null : { text: momentText(at, locale), isLate: dayOf(at) > dueOn }
}

export const organName = ({ organ }: SelfDesk, locale: Locale): string => nameOf(organ, locale)

/** 3 KiB, 1.5 MiB. */
export const sizeText = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
