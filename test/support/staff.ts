import { createStaff, type StaffRole } from '../../db/accounts.ts'
import { systemScope } from '../../server/guard.ts'
import type { TestApp } from './app.ts'
import type { TestCycle } from './cycle.ts'
import { signIn } from './respondent.ts'

const password = 'a long test password'
const hashes = new WeakMap<TestApp, Promise<string>>()

/** Somebody with one role in a cycle's jurisdiction (or, for the platform, in none), signed in: their cookie. */
export async function signInAs(app: TestApp, cycle: TestCycle, role: StaffRole): Promise<string> {
  const email = await hireStaff(app, cycle, [role])
  return signIn(app, { email, password })
}

let people = 0

/** A person with these roles, who works for the organ with this number or else the first; their sign-in name. */
export async function hireStaff(
  app: TestApp,
  { place }: TestCycle,
  roles: readonly StaffRole[],
  organ?: number,
): Promise<string> {
  people += 1
  const email = `person-${people}@${place.code}.example`
  const accounts = await app.world.accounts!()
  // Hashing is slow on purpose; all these people share a password.
  const passwordHash = await (hashes.get(app) ?? accounts.hashPassword(password))
  hashes.set(app, Promise.resolve(passwordHash))
  const [firstOrgan] = organ === undefined ? place.organIds.values() : [organ]
  const grants = roles.map((role) => ({
    jurisdiction: role === 'platform_admin' ? 0 : place.id,
    role,
    organ: role === 'reviewer' || role === 'organ_officer' ? firstOrgan! : 0,
  }))
  const person = {
    userId: `person-${people}`,
    email,
    name: `person ${people}`,
    passwordHash,
    now: app.clock.time,
    grants,
  }
  const made = await createStaff(app.world.writer, systemScope(0), person)
  if (!made.ok) throw new Error(`nobody was hired: ${made.error}`)
  return email
}

export const staffPassword = password
