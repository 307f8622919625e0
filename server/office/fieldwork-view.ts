import { exportMessages } from '../../client/messages/export.ts'
import type { FieldworkSurvey, PromptView } from '../../client/pages/office/fieldwork.tsx'
import type { SurveyCounts } from '../../client/pages/office/fieldwork-counts.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { countCodes } from '../../db/addressees.ts'
import { countLogged, countServices, listMarks, type Mark } from '../../db/fieldwork.ts'
import { countReached } from '../../db/mailings.ts'
import { countPeople } from '../../db/publications.ts'
import { type ParticipationRow, readParticipation } from '../../db/responses.ts'
import type { Scope } from '../../db/scope.ts'
import { countRosters } from '../../db/tickets.ts'
import { peopleByCell } from '../../surveys/design.ts'
import { dispositionsOf, isBehind, progressOf, responseRate } from '../../surveys/fieldwork.ts'
import { groupIds } from '../../surveys/indicator.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { dateText, dayOf, daysBetween, shortDateText, startOf } from '../calendar.ts'
import type { OrganFigure, SurveyFieldwork } from '../fieldwork.ts'
import { fixed, groupScore, intervalOf, intervalPercent, percent, pValueText } from '../figures.ts'
import { keepWith } from '../page-cache.ts'
import { isFinished, type Standing, type SurveyStanding } from '../standing.ts'
import { localized, nameOf } from '../surveys.ts'
import type { World } from '../world.ts'
import { channelsOf, participationOf, total } from './dashboard.tsx'

// What the fieldwork page is made of: lists and messages, which change seldom, and counts, which a stream may ask for
// again and again.

/** Of a cycle's surveys, what their counts are held against. */
export interface FieldworkTerms {
  readonly standing: Standing
  /** Scored surveys that were opened, in the order of the groups. */
  readonly surveys: readonly SurveyStanding[]
  readonly open: SurveyStanding | undefined
  /** People by verified cell, by survey. */
  readonly people: ReadonlyMap<number, ReturnType<typeof peopleByCell>>
}

export async function readTerms(
  { db, standing: standingOf }: World,
  scope: Scope,
  cycle: number,
): Promise<FieldworkTerms> {
  const standing = await standingOf(scope, cycle)
  const hasOpened = ({ state }: SurveyStanding) => state !== 'draft' && state !== 'ready'
  const surveys = groupIds.flatMap((group) =>
    standing.surveys.filter((survey) => survey.group === group && survey.counted && hasOpened(survey)),
  )
  const listed = surveys.filter(({ adapters }) => adapters.includes('roster'))
  const rosters = await countRosters(
    db,
    scope,
    listed.map(({ id }) => id),
  )
  const people = new Map(
    surveys.map(({ id, group, expected }) => [
      id,
      peopleByCell(standing.plan, group, expected, rosters.get(id) ?? new Map()),
    ]),
  )
  return { standing, surveys, open: standing.surveys.find((survey) => !survey.counted && hasOpened(survey)), people }
}

/** How many of a survey are wanted: the quotas of the plan where it has any, else all people. */
export const targetOf = ({ standing, people }: FieldworkTerms, { id, group }: SurveyStanding): number =>
  progressOf(standing.plan, group, people.get(id) ?? [], new Map()).reduce((sum, { target }) => sum + target, 0)

/** The counts as anybody may know them now: the day under way is not in those of sealed surveys that are open. */
export async function readFieldworkCounts(
  { pages, now }: World,
  scope: Scope,
  terms: FieldworkTerms,
): Promise<{ readonly rows: readonly ParticipationRow[]; readonly counts: readonly SurveyCounts[] }> {
  const { standing, surveys, open, people } = terms
  const all = open ? [...surveys, open] : surveys
  const rows = await readParticipation(
    pages,
    scope,
    all.map(({ id }) => id),
    dayOf(now()),
  )
  const counts = await Promise.all(
    all.map(async (survey): Promise<SurveyCounts> => {
      const { id, sid, group, mode } = survey
      const received = total(rows, id)
      const byCell = new Map<string, number>()
      for (const row of rows) if (row.survey === id) byCell.set(row.cell, (byCell.get(row.cell) ?? 0) + row.n)
      const cells = progressOf(standing.plan, group, people.get(id) ?? [], byCell).map((cell) => ({
        ...cell,
        share: percent(cell.received, cell.target),
      }))
      const target = targetOf(terms, survey)
      return {
        sid,
        received,
        target,
        // What one stratum has too many of helps no other.
        remaining: cells.reduce((sum, cell) => sum + cell.remaining, 0),
        share: percent(received, target),
        cells: survey.counted ? cells : [],
        // In which language does not matter here: names are put to them by whoever shows them.
        channels: channelsOf(rows, id, survey.channels, 'en'),
        arrived: mode === 'sealed' ? await countLogged(pages, scope, id) : received,
      }
    }),
  )
  return { rows, counts }
}

/** Everything about one survey, for the page. */
export async function fieldworkSurveys(
  world: World,
  scope: Scope,
  terms: FieldworkTerms,
  looked: readonly SurveyFieldwork[],
  locale: Locale,
): Promise<{
  readonly surveys: FieldworkSurvey[]
  readonly open: SurveyCounts | undefined
  readonly rows: readonly ParticipationRow[]
}> {
  const { db, now } = world
  const { standing, surveys, open } = terms
  const ids = surveys.map(({ id }) => id)
  const [{ rows, counts }, codes, reached, marks] = await Promise.all([
    readFieldworkCounts(world, scope, terms),
    countCodes(db, scope),
    countReached(db, scope),
    listMarks(db, scope, ids),
  ])
  const persons = await readStaffNames(db, scope, [...new Set(marks.map(({ markedBy }) => markedBy))])
  const view: View = { world, scope, standing, locale, rows, marks, persons }
  const made = surveys.map(async (survey): Promise<FieldworkSurvey> => {
    const own = counts.find(({ sid }) => sid === survey.sid)!
    const listed = survey.group === 'public' ? null : (codes.get(survey.id) ?? 0)
    const sent = reached.get(survey.id) ?? { sent: 0, delivered: 0, bounced: 0 }
    const returned = sent.bounced
    const participation = participationOf(survey, rows, now(), locale)
    const found = looked.find((each) => each.survey === survey.id)
    const hasList = listed !== null && listed > 0
    return {
      ...participation,
      ...own,
      isSealed: survey.mode === 'sealed',
      isOpen: survey.state === 'open',
      cells: own.cells.map((cell) => ({ ...cell, ...cellFacts(view, survey, cell) })),
      channels: channelsOf(rows, survey.id, survey.channels, locale).map((channel) => ({
        ...channel,
        share: percent(channel.received, own.received),
      })),
      listed,
      returned,
      rate: hasList ? responseRate(dispositionsOf({ listed, complete: own.received, returned })) : null,
      steps: [
        ...(hasList ? [{ step: 'roster' as const, n: listed }] : []),
        ...(sent.sent > 0 ? [{ step: 'sent' as const, n: sent.sent }] : []),
        { step: 'drawn' as const, n: own.received },
        ...(survey.mode === 'sealed' ? [{ step: 'arrived' as const, n: own.arrived }] : []),
        ...(await validStep(view, survey, own.received)),
      ],
      tests: found?.tests ?? 0,
      prompts: (found?.prompts ?? []).map((prompt) => promptView(view, survey, prompt)),
      organs: found ? await organLines(view, survey, found.organs) : [],
      figures:
        survey.mode === 'live' && survey.state === 'open' ? figuresView(view, survey, found?.figures ?? []) : null,
    }
  })
  return { surveys: await Promise.all(made), open: open && counts.find(({ sid }) => sid === open.sid), rows }
}

interface View {
  readonly world: World
  readonly scope: Scope
  readonly standing: Standing
  readonly locale: Locale
  readonly rows: readonly ParticipationRow[]
  readonly marks: readonly Mark[]
  readonly persons: ReadonlyMap<string, string>
}

function cellFacts(
  { standing, locale, world }: View,
  survey: SurveyStanding,
  cell: SurveyCounts['cells'][number],
): Pick<FieldworkSurvey['cells'][number], 'title' | 'isQuota' | 'isBehind'> {
  const { design, quota } = standing.plan.groups[survey.group]
  const stratum = design.kind === 'stratified' ? design.strata[cell.cell] : undefined
  const today = Math.min(dayOf(world.now()), dayOf(survey.closesAt))
  const [first, last] = [dayOf(survey.opensAt), dayOf(survey.closesAt)]
  // Days that are over, of all days: the one under way has not brought its people yet.
  const elapsed = Math.max(0, daysBetween(first, today).length - 1) / daysBetween(first, last).length
  return {
    title: stratum ? localized(stratum.title, locale) : null,
    isQuota: quota?.[cell.cell] !== undefined,
    isBehind: isBehind(cell, elapsed),
  }
}

/** How many count, once that can be known: of a sealed survey what its opening found. */
async function validStep(
  { world, scope, standing }: View,
  { id, mode, state }: SurveyStanding,
  received: number,
): Promise<FieldworkSurvey['steps']> {
  if (mode === 'live') return isFinished(state) ? [{ step: 'valid', n: received }] : []
  if (state !== 'opened' && state !== 'published') return []
  const people = await keepWith(standing, `people ${id}`, () => countPeople(world.db, scope, id))
  return [{ step: 'valid', n: [...(people.named.get('valid')?.values() ?? [])].reduce((sum, n) => sum + n, 0) }]
}

function promptView(
  { standing, locale, marks, persons }: View,
  survey: SurveyStanding,
  prompt: SurveyFieldwork['prompts'][number],
): PromptView {
  const { kind, unit, day, k, n, expected, p, q } = prompt
  const mark = marks.find(
    (each) => each.survey === survey.id && each.kind === kind && each.unit === unit && each.day === day,
  )
  return {
    ...{ kind, unit, day, k, n },
    name: kind === 'channel' ? channelName(survey, unit, locale) : organName(standing, unit, locale),
    dayText: shortDateText(startOf(day), locale),
    expected: fixed(expected, 1),
    p: pValueText(p),
    q: pValueText(q),
    mark: mark
      ? {
          person: persons.get(mark.markedBy) ?? mark.markedBy,
          day: dateText(startOf(mark.markedOn), locale),
          note: mark.note,
        }
      : null,
  }
}

function channelName({ channels }: SurveyStanding, unit: string, locale: Locale): string {
  const poster = channels.find(({ code }) => code === unit)
  if (poster) return nameOf(poster, locale)
  return unit === 'direct' ? exportMessages(locale).direct : unit
}

function organName({ organs }: Standing, code: string, locale: Locale): string {
  const organ = organs.find((each) => each.code === code)
  return organ ? nameOf(organ, locale) : code
}

/** Of a survey of services, fewest first; leaders rate every organ, and the public what they like. */
async function organLines(
  { world, scope, standing, locale }: View,
  { id, group, mode, state }: SurveyStanding,
  received: ReadonlyMap<number, number>,
): Promise<FieldworkSurvey['organs']> {
  if (group !== 'recipients' || mode !== 'live' || state !== 'open') return []
  const services = await countServices(world.pages, scope, id)
  return standing.organs
    .map((organ) => ({
      name: nameOf(organ, locale),
      received: received.get(organ.id) ?? 0,
      services: services.get(organ.id) ?? 0,
    }))
    .sort((a, b) => a.received - b.received)
}

function figuresView(
  { standing, locale }: View,
  { group }: SurveyStanding,
  figures: readonly OrganFigure[],
): FieldworkSurvey['figures'] {
  const { plan, organs } = standing
  const rows = organs.flatMap((organ) => {
    const figure = figures.find((each) => each.organ === organ.id)
    if (!figure) return []
    const { estimate, day } = figure
    const own = { ...organ.groups[group], state: 'estimated' as const, estimate }
    return [
      {
        name: nameOf(organ, locale),
        score: groupScore(plan, group, own),
        interval: estimate.status === 'ok' ? intervalOf(estimate) : null,
        n: 'n' in estimate ? estimate.n : 0,
        day: shortDateText(startOf(day), locale),
      },
    ]
  })
  const { minimum } = plan.groups[group]
  return {
    batch: plan.disclosure.batch,
    least: minimum.n + plan.disclosure.batch,
    intervalPercent: intervalPercent(plan),
    rows,
  }
}
