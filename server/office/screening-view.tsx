import { ScreeningPage, type ScreeningPageProps, screeningTitle } from '../../client/pages/office/screening.tsx'
import type {
  BatchName,
  FlaggedBatch,
  ScreenedSurvey,
  WaitingProposal,
} from '../../client/pages/office/screening-batches.ts'
import type { ShiftView } from '../../client/pages/office/screening-shift.tsx'
import { readStaffNames } from '../../db/accounts.ts'
import type { FoundCycle } from '../../db/platform.ts'
import {
  type Quarantine,
  readKept,
  readQuarantines,
  readWaitingQuarantines,
  type WaitingQuarantine,
} from '../../db/quarantine.ts'
import type { Scope } from '../../db/scope.ts'
import { hex } from '../../surveys/canonical.ts'
import { quarantineDisclosure } from '../../surveys/disclosure.ts'
import { answerHtml } from '../answer-html.ts'
import { dateText, momentText, startOf } from '../calendar.ts'
import { fixed, groupScore, pValueText } from '../figures.ts'
import { effectText } from '../quarantine.ts'
import type { Exchange } from '../route.ts'
import { choiceOf, type Flagged, findFlagged, isAbout, type Shift, type SurveyScreening } from '../screening.ts'
import type { Standing, SurveyStanding } from '../standing.ts'
import { nameOf } from '../surveys.ts'
import { shellOf } from './shell.ts'

/** The page of a cycle's screening, after a form with what became of it. */
export async function showScreening(
  exchange: Exchange,
  scope: Scope,
  found: FoundCycle,
  said: Pick<ScreeningPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world } = exchange
  const [standing, screenings] = await Promise.all([
    world.standing(scope, found.cycle.id),
    world.screening(scope, found.cycle.id),
  ])
  const now = world.now()
  const ids = screenings.map(({ survey }) => survey)
  const [decided, kept] = await Promise.all([readQuarantines(world.db, scope, ids), readKept(world.db, scope, ids)])
  const waiting = new Map(
    await Promise.all(
      ids.map(async (survey) => [survey, await readWaitingQuarantines(world.db, scope, { survey, now })] as const),
    ),
  )
  const persons = [
    ...[...decided, ...kept].flatMap(({ proposer, approver }) => [proposer, approver]),
    ...[...waiting.values()].flat().map(({ proposer }) => proposer),
  ]
  const view: View = {
    exchange,
    standing,
    actor: scope.actor,
    names: await readStaffNames(world.db, scope, [...new Set(persons)]),
  }
  const props: ScreeningPageProps = {
    shell: await shellOf(exchange, 'screening', found),
    surveys: screenings.map((screening) =>
      surveyView(view, screening, waiting.get(screening.survey) ?? [], {
        decided: decided.filter(ofSurvey(screening)),
        kept: kept.filter(ofSurvey(screening)),
      }),
    ),
    ...said,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: screeningTitle(props),
    body: <ScreeningPage {...props} />,
    status,
  })
}

const ofSurvey =
  ({ survey }: SurveyScreening) =>
  (each: Quarantine): boolean =>
    each.survey === survey

interface View {
  readonly exchange: Exchange
  readonly standing: Standing
  readonly actor: string
  readonly names: ReadonlyMap<string, string>
}

function surveyView(
  view: View,
  screening: SurveyScreening,
  waiting: readonly WaitingQuarantine[],
  { decided, kept }: { readonly decided: readonly Quarantine[]; readonly kept: readonly Quarantine[] },
): ScreenedSurvey {
  const { plan, surveys } = view.standing
  const survey = surveys.find(({ id }) => id === screening.survey)!
  const compared = comparedBatches(screening, waiting, plan.disclosure.cell)
  return {
    sid: survey.sid,
    group: survey.group,
    isPublished: survey.state === 'published',
    isSealed: survey.mode === 'sealed',
    slips: screening.slips,
    unreadable: screening.unreadable,
    level: plan.screening.level,
    fewest: plan.disclosure.cell,
    made: screening.made,
    flagged: screening.flagged.map((flagged) => ({
      ...flaggedView(view, survey, flagged, waiting, compared),
      isKept: kept.some((each) => isSameFinding(flagged, each)),
    })),
    waiting: waiting.map((proposal) =>
      waitingView(view, survey, proposal, findFlagged(screening, proposal.suspicion) ?? null, compared),
    ),
    decided: decided.map((each) => decidedView(view, each)),
    kept: kept.map((each) => decidedView(view, each)),
  }
}

function decidedView(view: View, each: Quarantine): ScreenedSurvey['decided'][number] {
  return {
    ...batchName(view, { ...each, day: Number(each.batch) }),
    number: each.id,
    ...probabilities(each),
    reason: each.reason,
    proposer: personName(view, each.proposer),
    approver: personName(view, each.approver),
    decided: momentText(each.decidedAt, view.exchange.locale),
  }
}

/** Whether a decision was about this very finding: with another number of slips it is another one. */
export function isSameFinding({ test }: Flagged, { organ, batch, slips, test: name }: Quarantine): boolean {
  return (
    isAbout({ test: name, organ, day: Number(batch) }, { test: test.test, ...choiceOf(test) }) && test.slips === slips
  )
}

/**
 * The batches that are shown with both scores, one of each organ and day: where two overlap, the difference of their
 * scores would tell the answers of the slips that only one of them has. What waits for a second person goes first, then
 * the largest batch.
 */
function comparedBatches(
  screening: SurveyScreening,
  waiting: readonly WaitingQuarantine[],
  cell: number,
): ReadonlySet<Flagged> {
  const proposed = waiting.flatMap(({ suspicion }) => findFlagged(screening, suspicion) ?? [])
  const compared = new Map<string, Flagged>()
  for (const batches of [proposed, screening.flagged])
    for (const flagged of batches.toSorted((a, b) => b.test.slips - a.test.slips)) {
      const { organ, day } = choiceOf(flagged.test)
      const key = `${organ}/${day}`
      if (flagged.test.slips >= cell && !compared.has(key)) compared.set(key, flagged)
    }
  return new Set(compared.values())
}

function flaggedView(
  view: View,
  survey: SurveyStanding,
  flagged: Flagged,
  waiting: readonly WaitingQuarantine[],
  compared: ReadonlySet<Flagged>,
): Omit<FlaggedBatch, 'isKept'> {
  const { test } = flagged
  const { organ, day } = choiceOf(test)
  return {
    ...batchName(view, { test: test.test, organ, day, slips: test.slips }),
    k: test.k,
    n: test.n,
    expected: fixed(test.expected, 1),
    level: test.test === 'concentration' ? test.level : null,
    p: pValueText(test.p),
    adjustedP: pValueText(test.adjustedP),
    shift: shiftView(view, survey, flagged, compared),
    isProposed: waiting.some(({ suspicion }) => isAbout(suspicion, { test: test.test, organ, day })),
  }
}

function waitingView(
  view: View,
  survey: SurveyStanding,
  { id, payloadHash, proposer, proposedAt, expiresAt, suspicion }: WaitingQuarantine,
  flagged: Flagged | null,
  compared: ReadonlySet<Flagged>,
): WaitingProposal {
  const { locale } = view.exchange
  return {
    ...batchName(view, suspicion),
    id,
    treatment: suspicion.treatment ?? 'quarantine',
    hash: hex(payloadHash),
    proposer: personName(view, proposer),
    isOwn: proposer === view.actor,
    proposed: momentText(proposedAt, locale),
    expires: momentText(expiresAt, locale),
    reason: suspicion.reason,
    ...probabilities(suspicion),
    shift: flagged && shiftView(view, survey, flagged, compared),
  }
}

function batchName(
  { standing, exchange }: View,
  { test, organ, day, slips }: Pick<Quarantine, 'test' | 'organ' | 'slips'> & { readonly day: number },
): BatchName {
  const known = standing.organs.find(({ id }) => id === organ)
  return {
    test,
    organ: known?.code ?? '',
    organName: known ? nameOf(known, exchange.locale) : '',
    day,
    dayText: day === 0 ? null : dateText(startOf(day), exchange.locale),
    slips,
  }
}

function probabilities({ p, adjustedP }: { readonly p: number | null; readonly adjustedP: number | null }) {
  return {
    p: p === null ? null : pValueText(p),
    adjustedP: adjustedP === null ? null : pValueText(adjustedP),
  }
}

const personName = ({ names }: View, id: string): string => names.get(id) ?? id

/** The rule for what is taken out holds for what may be: two scores that differ by a handful would tell their answers. */
function shiftView(
  { standing }: View,
  { group }: SurveyStanding,
  flagged: Flagged,
  compared: ReadonlySet<Flagged>,
): ShiftView {
  const { plan, organs } = standing
  const { shift } = flagged
  const { organ } = choiceOf(flagged.test)
  const { groups, margin } = organs.find(({ id }) => id === organ)!
  const leverage = margin?.leverage[group] ?? null
  const disclosed = quarantineDisclosure(flagged.test.slips, plan.disclosure.cell, leverage ?? 0)
  if (disclosed.shown === 'official') {
    const { fewerThan, effectAtMost } = disclosed
    return { shown: 'bound', fewerThan, effectAtMost: effectText(effectAtMost, leverage, [shift.all, shift.without]) }
  }
  if (!compared.has(flagged)) return { shown: 'elsewhere' }
  const scoreOf = (estimate: Shift['all']) => groupScore(plan, group, { ...groups[group], estimate })
  return { shown: 'both', all: scoreOf(shift.all), without: scoreOf(shift.without) }
}
