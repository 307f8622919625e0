import { countOfficeAdministrators } from '../db/accounts.ts'
import type { Moment } from '../db/audit.ts'
import { readAuditKey } from '../db/audit-keys.ts'
import { type BoxKey, readBoxKey } from '../db/box-keys.ts'
import { readSurvey, type SurveyFile } from '../db/platform.ts'
import { type Population, readPopulations } from '../db/population.ts'
import { readVersion } from '../db/questionnaires.ts'
import type { Scope } from '../db/scope.ts'
import { moveSurvey, setManifest } from '../db/setup.ts'
import { countRosters } from '../db/tickets.ts'
import { surveyName } from '../surveys/ballot.ts'
import { utf8 } from '../surveys/canonical.ts'
import { type Missing, readiness, type SurveyFacts } from '../surveys/cycle.ts'
import { peopleByCell } from '../surveys/design.ts'
import { smallestPadding } from '../surveys/envelope.ts'
import { type SealedTerms, writeManifest } from '../surveys/manifest.ts'
import { type Plan, parsePlan } from '../surveys/plan.ts'
import { parseQuestionnaire, type Questionnaire } from '../surveys/questionnaire.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { dayOf } from './calendar.ts'
import type { World } from './world.ts'

/** What stands in the tables about a survey that is to be opened, with what is still missing. */
export interface Readiness {
  readonly facts: SurveyFacts
  readonly missing: readonly Missing[]
  readonly file: SurveyFile
  readonly population: Population | null
  readonly boxKey: BoxKey | null
  /** Public part of the auditor's key; null where no participation audit is held. */
  readonly auditKey: Uint8Array | null
}

/** The check list of a survey; null for an unknown one, or one whose cycle has no plan yet. */
export async function readSurveyFacts(world: World, scope: Scope, surveyId: number): Promise<Readiness | null> {
  const { db } = world
  const file = await readSurvey(db, scope, surveyId)
  if (!file) return null
  const [version, populations, rosters, boxKey, auditKey, officeAdministrators] = await Promise.all([
    readVersion(db, scope, file.questionnaire),
    readPopulations(db, scope, [surveyId]),
    countRosters(db, scope, [surveyId]),
    readBoxKey(db, scope, surveyId),
    readAuditKey(db, scope, surveyId),
    countOfficeAdministrators(db, scope, world.now()),
  ])
  const { survey, organs } = file
  const plan = parsed(parsePlan(JSON.parse(file.plan.body)))
  const population = populations.get(surveyId) ?? null
  const facts: SurveyFacts = {
    plan,
    planFrozen: survey.planFrozenAt !== null,
    group: survey.group,
    mode: survey.mode,
    counted: survey.counted,
    anchor: survey.anchor,
    adapters: survey.adapters,
    provider: world.config.oidc,
    questionnaire: parsed(parseQuestionnaire(JSON.parse(file.questionnaire.body))),
    reasons: version?.reasons ?? {},
    organClasses: organs.map((organ) => organ.class),
    opensAt: survey.opensAt,
    closesAt: survey.closesAt,
    resultsOn: survey.resultsOn,
    closesOn: dayOf(survey.closesAt),
    cells: survey.counted && plan ? peopleByCell(plan, survey.group, survey.expected, rosters.get(surveyId)!) : [],
    population: population?.margins ?? null,
    phone: survey.phone,
    officeAdministrators,
    boxKey: boxKey && { holding: boxKey.holding, isRehearsed: boxKey.rehearsedAt !== null },
  }
  return { facts, missing: readiness(facts), file, population, boxKey, auditKey }
}

function parsed<T>(result: Result<T, unknown>): T | null {
  return result.ok ? result.value : null
}

/**
 * Takes a survey that lacks nothing from `draft` to `ready`: makes its keys and writes the manifest to which two
 * administrators can then agree. A survey that is `ready` and has lost its manifest, because its terms were changed, gets
 * a new one. `conflict`: it is in another state.
 */
export async function makeReady(
  world: World,
  scope: Scope,
  { survey, ...moment }: Moment & { readonly survey: number },
): Promise<Result<{ readonly manifest: string }, 'conflict' | { readonly missing: readonly Missing[] }>> {
  const read = await readSurveyFacts(world, scope, survey)
  if (!read) return err('conflict')
  const { facts, missing, file } = read
  const { plan, questionnaire } = facts
  if (missing.length > 0 || !plan || !questionnaire) return err({ missing })
  if (file.survey.state === 'draft') {
    const moved = await moveSurvey(world.writer, scope, { survey, from: 'draft', to: 'ready', ...moment })
    if (!moved.ok) return err('conflict')
  }
  const manifest = await manifestOf(world, read, plan, questionnaire)
  const hash = await world.crypto.sha256(utf8(manifest))
  const written = await setManifest(world.writer, scope, { survey, manifest, hash, ...moment })
  return written.ok ? ok({ manifest }) : written
}

async function manifestOf(
  { keys }: World,
  { facts, file, population, boxKey, auditKey }: Readiness,
  plan: Plan,
  questionnaire: Questionnaire,
): Promise<string> {
  const { jurisdiction, survey, organs } = file
  const name = surveyName(jurisdiction.code, survey.code)
  await keys.createSurveyKeys(name)
  if (survey.mode === 'sealed') {
    await keys.createSealedKeys(
      name,
      facts.cells.map(({ cell }) => cell),
    )
  }
  const issuers = await keys.issuers(name)
  const receiptKey = await keys.receiptPublicKey(name)
  if (!receiptKey) throw new Error('makeReady needs the receipt key that it has just made')
  const codes = organs.map(({ code }) => code)
  return writeManifest({
    survey: name,
    plan,
    planHash: file.plan.hash,
    questionnaire,
    questionnaireHash: file.questionnaire.hash,
    counted: survey.counted,
    anchor: survey.anchor,
    adapters: survey.adapters,
    organs: codes,
    opensAt: survey.opensAt,
    closesAt: survey.closesAt,
    graceMinutes: survey.graceMinutes,
    cells: facts.cells.map((cell) => {
      const issuer = issuers.find((each) => each.cell === cell.cell)
      return issuer ? { ...cell, issuer } : cell
    }),
    receiptKey,
    logKey: await keys.logPublicKey(jurisdiction.code),
    population: population?.margins ?? null,
    populationHash: population?.hash ?? null,
    auditKey,
    sealed: boxKey && sealedTerms(boxKey, smallestPadding(questionnaire, codes, plan.groups[survey.group].margins)),
  })
}

function sealedTerms({ holding, pk, threshold, shares }: BoxKey, padding: number): SealedTerms {
  return {
    box: holding === 'trustees' ? { kind: holding, k: threshold, n: shares } : { kind: holding },
    boxKey: pk,
    smallestPadding: padding,
  }
}
