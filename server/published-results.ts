import type { ResultsPageProps, ResultsRow, SurveyNote, VersionLine } from '../client/pages/results/results.tsx'
import type { QuarantineNote } from '../client/pages/results/results-ranks.tsx'
import type { Interval } from '../client/parts/interval.tsx'
import type { Score } from '../client/parts/withheld.tsx'
import { urls } from '../client/urls.ts'
import type { PublicReason, StoredPublication } from '../db/publications.ts'
import type { CycleDocument, ResultsDocument } from '../surveys/bundle-documents.ts'
import { groupIds } from '../surveys/indicator.ts'
import type { Manifest } from '../surveys/manifest.ts'
import { detectionPercent } from '../surveys/participation-audit.ts'
import type { Plan } from '../surveys/plan.ts'
import { type GroupId, type Locale, ratingQuestions } from '../surveys/questionnaire.ts'
import type { WayCounts } from '../surveys/ways.ts'
import { amendmentLine } from './amendment-words.ts'
import { dateText, momentText } from './calendar.ts'
import { chance, dontKnowShare, missingParts, percent, scaleOf, withheldGroups } from './figures.ts'
import { mappingLines, rankingWords } from './office/ranks.ts'
import { marginWords } from './office/weighting.ts'
import type { PublishedCycle } from './publications.ts'
import { localized, nameOf } from './surveys.ts'

// The page of published results, made from the documents of a publication and from nothing else: whatever becomes of the
// tables afterwards, it says what two persons agreed to publish.

type OrganFigures = ResultsDocument['organs'][number]
type Figures = Pick<
  ResultsPageProps,
  'organs' | 'ranks' | 'choice' | 'quarantined' | 'surveys' | 'openChannel' | 'scale' | 'planHash' | 'manifestHrefs'
>

/** What the page says of a published version. `sources`: from what the shares of a population come, by survey. */
export function publishedFigures(
  published: PublishedCycle,
  sources: ReadonlyMap<string, string>,
  locale: Locale,
): Figures {
  const { cycle, results, people } = published
  const counted = groupIds.flatMap((group) => people.filter(({ manifest: own }) => own.counted && own.group === group))
  const open = people.find(({ manifest }) => !manifest.counted)
  const hashes = new Map(cycle.surveys.map(({ sid, manifest }) => [sid, manifest]))
  const form = published.surveys.find(({ group }) => group === counted[0]?.manifest.group)?.questionnaire
  return {
    organs: rowsOf(published, locale),
    ranks: ranksOf(published, locale),
    choice: choiceOf(published, locale),
    quarantined: results.organs.flatMap((organ) => quarantineNote(published, organ, locale)),
    surveys: counted.map((each) => surveyNote(published, each, sources, locale)),
    openChannel: open ? { received: receivedIn(open) } : null,
    scale: form ? scaleOf(form, locale) : [],
    planHash: counted[0]?.manifest.plan_hash ?? '',
    manifestHrefs: counted.map(({ manifest }) => ({
      group: manifest.group,
      href: urls.manifest(hashes.get(sidOf(manifest))!),
    })),
  }
}

function choiceOf({ cycle, lineage }: PublishedCycle, locale: Locale): Figures['choice'] {
  if (!lineage?.advanced) return null
  const { chosen, reason } = lineage.advanced
  const names = cycle.organs.filter(({ code }) => chosen.includes(code)).map((organ) => nameOf(organ, locale))
  return { names, reason }
}

type People = PublishedCycle['people'][number]

export const sidOf = ({ survey }: Manifest): string => survey.slice(survey.indexOf('/') + 1)

/** Every ticket that was issued came by one way; before ways were counted only their number was. */
const receivedIn = ({ counts }: People): number =>
  counts.cells.reduce((sum, { issued, spent, ways }) => sum + (ways ? total(ways) : Math.max(issued, spent)), 0)

const total = ({ online, kiosk, phone, paper }: WayCounts): number => online + kiosk + phone + paper

function ranksOf({ cycle, plan, results, surveys }: PublishedCycle, locale: Locale): ResultsPageProps['ranks'] {
  if (results.ranking === null) return null
  const names = new Map(cycle.organs.map((organ) => [organ.code, nameOf(organ, locale)]))
  const form = groupIds.flatMap((group) => surveys.filter((each) => each.group === group))[0]?.questionnaire
  const changes = (results.remarks?.mappings ?? []).map(({ mapping: id, grades, ...change }) => ({
    ...{ id, ...change },
    grades: grades.map((organ) => names.get(organ) ?? organ),
  }))
  return rankingWords(plan, results.ranking, mappingLines(plan, form, changes, locale), locale)
}

export function rowsOf({ cycle, plan, results, surveys }: PublishedCycle, locale: Locale): ResultsRow[] {
  const organs = new Map(cycle.organs.map((organ) => [organ.code, organ]))
  const places = results.organs.flatMap(({ rank }) => (rank.status === 'ranked' ? [rank.place] : []))
  const tied = new Set(places.filter((place, at) => places.indexOf(place) !== at))
  return results.organs.map((figures) => {
    const organ = organs.get(figures.organ)!
    const unknown = dontKnowShare(plan, toldOf(surveys, figures.organ))
    const { satisfaction, overall, rank } = figures
    return {
      code: figures.organ,
      name: nameOf(organ, locale),
      organClass: organ.class,
      satisfaction: satisfactionOf(figures),
      interval: intervalOf(satisfaction),
      n: Object.fromEntries(groupIds.map((group) => [group, countOf(figures.groups[group])])) as ResultsRow['n'],
      dontKnowPercent: unknown.asked === 0 ? null : unknown.percent,
      dontKnowFlagged: unknown.isFlagged,
      overall: overallOf(plan, figures, locale),
      overallInterval: intervalOf(overall),
      grade: overall?.status === 'ok' ? overall.grade : null,
      rank: rankOf(figures),
      isTied: rank.status === 'ranked' && rank.place !== null && tied.has(rank.place),
    }
  })
}

const countOf = (group: OrganFigures['groups'][GroupId]): number => (group !== null && 'n' in group ? group.n : 0)

/** How many answered the overall question and how many did not know, of the groups of which that is published. */
function toldOf(surveys: PublishedCycle['surveys'], organ: string): { n: number; dontKnow: number } {
  const told = { n: 0, dontKnow: 0 }
  for (const { questionnaire, tallies } of surveys) {
    const main = ratingQuestions(questionnaire).find(({ role }) => role === 'overall')
    const tally = tallies.organs.find((each) => each.organ === organ)
    const question = tally?.status === 'ok' ? tally.questions.find(({ id }) => id === main?.id) : undefined
    if (!question || 'withheld' in question || question.dontKnow === null) continue
    told.n += question.n
    told.dontKnow += question.dontKnow
  }
  return told
}

function satisfactionOf(figures: OrganFigures): Score {
  const { satisfaction } = figures
  if (satisfaction === null) return { status: 'withheld', why: { reason: 'not_started' } }
  if ('score' in satisfaction) return { status: 'ok', score: satisfaction.score }
  return { status: 'withheld', why: missingGroups(figures, satisfaction.missingGroups) }
}

const missingGroups = ({ groups }: OrganFigures, missing: readonly GroupId[]) =>
  withheldGroups(missing, (group) => {
    const own = groups[group]
    if (own?.status === 'unsupported_design') return own.status
    return own?.status === 'insufficient' ? own.flag : 'n_below_minimum'
  })

function overallOf(plan: Plan, figures: OrganFigures, locale: Locale): Score {
  const { overall, satisfaction } = figures
  if (overall === null) return { status: 'withheld', why: { reason: 'not_started' } }
  if (overall.status === 'ok') return { status: 'ok', score: overall.score }
  if (overall.status === 'insufficient' && satisfaction && satisfaction.missingGroups.length > 0)
    return { status: 'withheld', why: missingGroups(figures, satisfaction.missingGroups) }
  return { status: 'withheld', why: missingParts(plan, overall.missing, locale) }
}

export function intervalOf(
  figures: OrganFigures['satisfaction'] | OrganFigures['overall'] | OrganFigures['groups'][GroupId],
): Interval | null {
  if (!figures || !('ciStatus' in figures)) return null
  const { ciStatus, interval } = figures
  if (ciStatus !== 'ok') return { status: ciStatus }
  return interval === null ? { status: 'not_estimable' } : { status: 'ok', low: interval[0], high: interval[1] }
}

function rankOf({ rank, overall }: OrganFigures): ResultsRow['rank'] {
  if (rank.status !== 'ranked') return { status: rank.status }
  const { place, interval, tier, expectedPlace, advanced, amongFirst } = rank
  const error = overall?.status === 'ok' ? overall.standardError : null
  return {
    ...{ status: 'ranked', place, interval, tier, expected: expectedPlace, advanced },
    ...(amongFirst === null ? {} : { amongFirst: chance(Number(amongFirst), error === null ? null : Number(error)) }),
  }
}

export function quarantineNote(published: PublishedCycle, figures: OrganFigures, locale: Locale): QuarantineNote[] {
  const { cycle, plan, results } = published
  const { quarantine, overall } = figures
  if (quarantine === null) return []
  const effects = results.remarks?.effects ?? []
  const official = {
    satisfaction: satisfactionOf(figures),
    overall: overallOf(plan, figures, locale),
    grade: overall?.status === 'ok' ? overall.grade : null,
  }
  const orNone = (score: string | null, otherwise: Score): Score =>
    score === null ? otherwise : { status: 'ok', score }
  const { all } = quarantine
  return [
    {
      organ: nameOf(cycle.organs.find(({ code }) => code === figures.organ)!, locale),
      groups: quarantine.groups.map((own) => {
        const { group } = own
        if (own.shown === 'both') return { group, shown: own.shown, slips: own.slips }
        const effect = effects.find((each) => each.organ === figures.organ && each.group === group)
        return { group, shown: own.shown, fewerThan: own.fewerThan, effectAtMost: effect?.atMost ?? null }
      }),
      official,
      all: all && {
        satisfaction: orNone(all.satisfaction, official.satisfaction),
        overall: orNone(all.overall, official.overall),
        grade: all.grade,
      },
    },
  ]
}

function surveyNote(
  { cycle, plan, surveys }: PublishedCycle,
  people: People,
  sources: ReadonlyMap<string, string>,
  locale: Locale,
): SurveyNote {
  const { manifest, counts } = people
  const { group, mode } = manifest
  const { weight, intakeReason, adapter, minimum } = plan.groups[group]
  const sid = sidOf(manifest)
  const own: CycleDocument['surveys'][number] | undefined = cycle.surveys.find((each) => each.sid === sid)
  const received = receivedIn(people)
  const expected = manifest.cells.reduce((sum, { eligible }) => sum + eligible, 0)
  const none: WayCounts = { online: 0, kiosk: 0, phone: 0, paper: 0 }
  const ways = counts.cells.reduce<WayCounts>(
    (sum, { ways: each = none }) => ({
      online: sum.online + each.online,
      kiosk: sum.kiosk + each.kiosk,
      phone: sum.phone + each.phone,
      paper: sum.paper + each.paper,
    }),
    none,
  )
  const { audit } = counts
  return {
    ...{ group, weight, received, expected, ways, mode, adapter },
    responsePercent: percent(received, expected),
    modeReason: intakeReason ? localized(intakeReason, locale) : null,
    minimum: {
      n: minimum.n,
      effectiveN: minimum.effectiveN ?? null,
      responsePercent: minimum.responsePercent === undefined ? null : String(minimum.responsePercent),
    },
    weighting: weightingNote(surveys.find((each) => each.sid === sid)!, sources.get(sid) ?? '', locale),
    opens: momentText(manifest.opens, locale),
    closes: momentText(own?.closed ?? manifest.closes, locale),
    amendments: (own?.amendments ?? []).map((amendment) => amendmentLine(amendment, locale)),
    audit:
      group !== 'public'
        ? null
        : audit
          ? { ...audit, detection: detectionPercent(audit.confirmed + audit.denied) }
          : 'none',
  }
}

function weightingNote(
  { questionnaire, weights }: PublishedCycle['surveys'][number],
  source: string,
  locale: Locale,
): SurveyNote['weighting'] {
  if (weights.margins === null) return null
  const words = marginWords(questionnaire, locale)
  return { margins: weights.margins.map(({ name }) => words.get(name)?.title ?? name), source }
}

const own = ({ zh, en }: PublicReason, locale: Locale) => (locale === 'en' ? en : zh)

/** Since when and why a version counts no longer; null while it does. */
export const withdrawalOf = ({ withdrawn }: Pick<StoredPublication, 'withdrawn'>, locale: Locale) =>
  withdrawn && { on: dateText(withdrawn.madeAt, locale), reason: own(withdrawn, locale) }

/** A version as readers see it, in the list of all of them. */
export function versionLine(
  stored: StoredPublication,
  {
    jid,
    cycle,
    isShown,
    locale,
  }: { readonly jid: string; readonly cycle: string; readonly isShown: boolean; readonly locale: Locale },
): VersionLine {
  const { version, madeAt, reason } = stored
  return {
    ...{ version, isShown, href: urls.resultsVersion(jid, cycle, version), on: dateText(madeAt, locale) },
    reason: reason && own(reason, locale),
    withdrawn: withdrawalOf(stored, locale),
  }
}
