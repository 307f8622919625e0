import { createStaff, type NewStaff } from '../../db/accounts.ts'
import { createScope, type Scope } from '../../db/scope.ts'
import { createJurisdiction, type NewJurisdiction, saveOrgans } from '../../db/setup.ts'
import { base64url } from '../../surveys/canonical.ts'
import type { Result } from '../../surveys/result.ts'
import { systemScope } from '../guard.ts'
import { demoAccounts } from '../office/demo-accounts.ts'
import type { World } from '../world.ts'
import { type DemoOrgan, demoOrgans, demoProvince } from './demo-organs.ts'

/** A jurisdiction with its organs and the people of its office. */
export interface DemoPlace {
  readonly id: number
  readonly code: string
  readonly organs: readonly DemoOrgan[]
  /** Numbers of the organs by code. */
  readonly organIds: ReadonlyMap<string, number>
  /** The two administrators who decide together: one proposes, the other agrees. */
  readonly proposer: Scope
  readonly approver: Scope
}

export interface PlaceOptions {
  /** Another code makes another place, with sign-in names of its own. */
  readonly code?: string
  /** How many of the organs. */
  readonly organs?: number
  /** What kind of place it is and what it is called, where it is not the province itself. */
  readonly facts?: Pick<NewJurisdiction, 'level' | 'nameZh' | 'nameEn' | 'above'>
  readonly now: number
}

/** The fictional province: jurisdiction, organs and the invented people who sign in, with what each may do. */
export async function createDemoPlace(
  world: World,
  { code = demoProvince.code, organs: most, facts, now }: PlaceOptions,
): Promise<DemoPlace> {
  const { writer } = world
  const id = must('a jurisdiction', await createJurisdiction(writer, systemScope(0), { ...named(facts), code, now }))
  const organs = demoOrgans(most)
  const listed = organs.map(({ visitors: _, ...organ }) => organ)
  const organIds = must('its organs', await saveOrgans(writer, systemScope(id), { organs: listed, now }))
  const administrators = await createPeople(world, { id, code, now, officerOf: organIds.get(organOfOfficer(organs))! })
  const [proposer, approver] = administrators.map((actor) =>
    createScope({ jurisdiction: id, actor, role: 'office_admin' }),
  )
  if (!proposer || !approver) throw new Error('createDemoPlace needs two office administrators')
  return { id, code, organs, organIds, proposer, approver }
}

const named = (facts: PlaceOptions['facts']) => {
  const { level, nameZh, nameEn } = demoProvince
  return facts ?? { level, nameZh, nameEn }
}

/** The organ whose tables are filled in by the demonstration's officer. */
export const organOfOfficer = (organs: readonly DemoOrgan[]): string =>
  (organs.find((organ) => organ.class === 'government') ?? organs[0]!).code

const DAY_MS = 86_400_000
const grantDays = 3 * 365

/** Answers the user ids of the office administrators. */
async function createPeople(
  world: World,
  place: { id: number; code: string; now: number; officerOf: number },
): Promise<string[]> {
  if (!world.accounts) throw new Error('createDemoPlace needs staff accounts')
  const accounts = await world.accounts()
  const alone: readonly string[] = ['platform_admin', 'interviewer', 'organ_officer']
  const ours = demoAccounts.filter(({ role }) => !alone.includes(role) || place.code === demoProvince.code)
  const hashes = await Promise.all(ours.map(({ password }) => accounts.hashPassword(password)))
  const administrators: string[] = []
  for (const [at, { role, email }] of ours.entries()) {
    const userId = base64url(world.crypto.random(18))
    const jurisdiction = role === 'platform_admin' ? 0 : place.id
    const person: NewStaff = {
      userId,
      accountId: base64url(world.crypto.random(18)),
      email: place.code === demoProvince.code ? email : email.replace('@demo.', `@${place.code}.`),
      name: names[at]!,
      passwordHash: hashes[at]!,
      now: place.now,
      grants: [
        {
          jurisdiction,
          role,
          organ: role === 'organ_officer' ? place.officerOf : 0,
          validTo: place.now + grantDays * DAY_MS,
        },
      ],
    }
    must(`the account ${email}`, await createStaff(world.writer, systemScope(0), person))
    if (role === 'office_admin') administrators.push(userId)
  }
  return administrators
}

/** Roles instead of names, so that nobody is taken for a real person. */
const names = [
  ...['绩效办甲', '绩效办乙', '分析员', '审计员', '平台管理员', '访问录入员甲', '访问录入员乙'],
  '单位填报员',
] as const

/** The value of what cannot fail in an empty installation. */
export function must<T>(what: string, result: Result<T, unknown>): T {
  if (result.ok) return result.value
  throw new Error(`the demonstration cannot make ${what}: ${JSON.stringify(result.error)}`)
}
