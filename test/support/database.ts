import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStaff } from '../../db/accounts.ts'
import { approve, propose, surveySubject } from '../../db/approvals.ts'
import type { Database, Writer } from '../../db/database.ts'
import { type LogHeads, readManifestText } from '../../db/logs.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openDatabase } from '../../db/node/open.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { createScope, type Role, type Scope } from '../../db/scope.ts'
import {
  createCycle,
  createJurisdiction,
  createSurvey,
  freezePlan,
  moveSurvey,
  type NewSurvey,
  saveOrgans,
  savePlan,
  saveQuestionnaire,
  setManifest,
} from '../../db/setup.ts'
import { canonicalJson, joinBytes, utf8 } from '../../surveys/canonical.ts'
import { canonicalPlan } from '../../surveys/plan.ts'
import { canonicalQuestionnaire, type GroupId } from '../../surveys/questionnaire.ts'
import type { Result } from '../../surveys/result.ts'
import { shippedForm, shippedPlan } from '../surveys/definition-files.ts'

/** A database of its own: the real migrations, the real writer, the client that cannot write. */
export interface TestDatabase {
  readonly folder: string
  readonly url: string
  readonly db: Database
  readonly writer: Writer
  close(): Promise<void>
}

/** In a folder of its own; in a given one, what lies there is brought to the schema of today, as a start does. */
export async function createTestDatabase(given?: string): Promise<TestDatabase> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'gongping-')))
  const url = `file:${join(folder, 'gongping.db')}`
  await migrateDatabase({ url })
  // The writer first: it is who puts the file into its journal mode.
  const writer = await openEmbeddedWriter(url)
  const db = await openDatabase(url)
  return {
    folder,
    url,
    db,
    writer,
    async close() {
      await writer.stop()
      db.$client.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** 2025-11-24 10:00 in Asia/Shanghai. */
export const noon = Date.UTC(2025, 10, 24, 2)
export const hour = 3_600_000

/** A jurisdiction with two office administrators, three organs, a cycle and its frozen plan. */
export interface Office {
  readonly jurisdiction: number
  readonly jid: string
  readonly cycle: number
  /** Codes to numbers, in the order of the papers: b, a, c. */
  readonly organs: ReadonlyMap<string, number>
  readonly system: Scope
  /** Scopes of the two office administrators. */
  readonly first: Scope
  readonly second: Scope
}

let offices = 0

export async function makeOffice({ writer }: TestDatabase, { frozen = true } = {}): Promise<Office> {
  offices += 1
  const jid = `city-${offices}`
  const platform = createScope({ jurisdiction: 0, actor: 'installer', role: 'system' })
  const names = { nameZh: `江${offices}`, nameEn: `City ${offices}` }
  const jurisdiction = good(
    await createJurisdiction(writer, platform, { code: jid, level: 'city', ...names, now: noon }),
  )
  const scopeOf = (actor: string, role: Role) => createScope({ jurisdiction, actor, role })
  const system = scopeOf('system', 'system')
  const [first, second] = [scopeOf(`${jid}-first`, 'office_admin'), scopeOf(`${jid}-second`, 'office_admin')]
  for (const { actor } of [first, second]) {
    const person = { userId: actor, name: actor, email: `${actor}@example.org`, passwordHash: 'salt:hash', now: noon }
    good(await createStaff(writer, system, { ...person, grants: [{ jurisdiction, role: 'office_admin', organ: 0 }] }))
  }
  const organs = good(
    await saveOrgans(writer, system, {
      now: noon,
      organs: ['a', 'b', 'c'].map((code) => ({
        code,
        class: 'government' as const,
        nameZh: `单位${code}`,
        nameEn: `Organ ${code}`,
        shortZh: code,
        shortEn: code,
        initials: code,
        keywords: ['service', code],
      })),
    }),
  )
  const titles = { titleZh: '2025年度', titleEn: 'Year 2025' }
  const order = ['b', 'a', 'c']
  const cycle = good(await createCycle(writer, system, { code: '2025', ...titles, organs: order, now: noon }))
  const plan = shippedPlan('2025-jiangzhou')
  const hash = sha256(utf8(canonicalPlan(plan)))
  good(await savePlan(writer, system, { cycle, plan, hash, now: noon }))
  if (frozen) good(await freezePlan(writer, system, { cycle, hash, now: noon }))
  for (const group of ['leaders', 'recipients', 'public'] as const) {
    const questionnaire = shippedForm(group)
    const ofForm = sha256(utf8(canonicalQuestionnaire(questionnaire)))
    good(await saveQuestionnaire(writer, system, { questionnaire, hash: ofForm, now: noon }))
  }
  const inOrder = new Map(order.map((code) => [code, organs.get(code)!]))
  return { jurisdiction, jid, cycle, organs: inOrder, system, first, second }
}

const intakes = {
  leaders: { anchor: 'roster', adapters: ['roster'] },
  recipients: { anchor: 'receipt', adapters: ['receipt'] },
  public: { anchor: 'phone', adapters: ['sms'] },
} as const

/** A survey in `draft`, open from noon for ten days. */
export async function addSurvey(
  { writer }: TestDatabase,
  office: Office,
  group: GroupId = 'public',
  changes: Partial<NewSurvey> = {},
): Promise<number> {
  const { id, version } = shippedForm(group)
  return good(
    await createSurvey(writer, office.system, {
      code: `${group}-2025`,
      cycle: office.cycle,
      group,
      mode: 'live',
      counted: true,
      ...intakes[group],
      questionnaire: { id, version },
      opensAt: noon,
      closesAt: noon + 240 * hour,
      graceMinutes: 30,
      resultsOn: 20260115,
      expected: 1_000,
      phone: '025-8888-0000',
      now: noon,
      ...changes,
    }),
  )
}

/** Ready, with a manifest and the agreement of two; the id of that agreement. */
export async function agreeToOpen({ writer }: TestDatabase, office: Office, survey: number): Promise<string> {
  const { first, second, system } = office
  const manifest = canonicalJson({ survey, jurisdiction: office.jid })
  const hash = sha256(utf8(manifest))
  good(await moveSurvey(writer, system, { survey, from: 'draft', to: 'ready', now: noon }))
  good(await setManifest(writer, system, { survey, manifest, hash, now: noon }))
  const id = `open-${survey}`
  const subject = surveySubject(survey)
  const proposal = { id, action: 'survey.open', subject, payload: manifest, payloadHash: hash } as const
  good(await propose(writer, first, { ...proposal, now: noon }))
  good(await approve(writer, second, { id, payloadHash: hash, now: noon }))
  return id
}

/** The first leaves and heads of both logs of a survey; only whoever signs asks who has. */
export function headsOf(manifest: string): LogHeads {
  const root = sha256(joinBytes(new Uint8Array([0]), 'gp1|manifest|', manifest))
  return { manifest, root, notes: { participation: 'a note', slips: 'a note' } }
}

/** The heads of a survey's logs over the manifest that it has now. */
export async function currentHeads({ db }: TestDatabase, { system }: Office, survey: number): Promise<LogHeads> {
  return headsOf((await readManifestText(db, system, survey)) ?? '')
}

/** A survey that takes answers. */
export async function openSurvey(
  database: TestDatabase,
  office: Office,
  group: GroupId = 'public',
  changes: Partial<NewSurvey> = {},
): Promise<number> {
  const survey = await addSurvey(database, office, group, changes)
  const approval = await agreeToOpen(database, office, survey)
  const logs = await currentHeads(database, office, survey)
  good(
    await moveSurvey(database.writer, office.system, { survey, from: 'ready', to: 'open', approval, logs, now: noon }),
  )
  return survey
}

/** The value of something that must have gone well. */
export function good<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`)
  return result.value
}

export function sha256(bytes: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest())
}
