import {
  type SetupField,
  SetupPage,
  type SetupProblem,
  setupFields,
  setupTitle,
} from '../../client/pages/office/setup.tsx'
import { patterns, urls } from '../../client/urls.ts'
import { signInName } from '../../db/accounts.ts'
import { firstStart } from '../../db/first-start.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { base64url, canonicalText } from '../../surveys/canonical.ts'
import { answerHtml } from '../answer-html.ts'
import { systemScope } from '../guard.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange, equalText } from '../route.ts'
import { commonPasswords } from './passwords.ts'
import { shellOf } from './shell.ts'

/**
 * The first start of an empty installation: the platform's administrator, one jurisdiction and its first office
 * administrator. It needs the code that the start has printed, and it is gone once a jurisdiction exists.
 */
export const setupPage = defineRoute({
  method: 'GET',
  path: patterns.setup,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    if (!(await isOffered(exchange))) return refuse(exchange, 'not_found')
    return show(exchange, {}, [], 200)
  },
})

export const setup = defineRoute({
  method: 'POST',
  path: patterns.setup,
  policy: { who: 'public', scope: 'none', csrf: 'origin', limit: 'sign-in', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    if (!(await isOffered(exchange))) return refuse(exchange, 'not_found')
    const { world, body } = exchange
    if (body.kind !== 'form') return refuse(exchange, 'bad_request')
    const values: Partial<Record<SetupField, string>> = {}
    for (const [name, given] of body.fields) {
      if (name === 'lang' || name === 'csrf') continue
      if (!(setupFields as readonly string[]).includes(name) || given.length > 1) return refuse(exchange, 'bad_request')
      const text = canonicalText(given[0]!)
      if (!text.ok) return refuse(exchange, 'bad_request', { errors: [{ path: name, code: text.error }] })
      values[name as SetupField] = text.value
    }
    const problems = problemsOf(values, world.setupToken ?? '')
    if (problems.length > 0) return show(exchange, values, problems, 422)
    if (!(await create(exchange, values as Record<SetupField, string>))) return refuse(exchange, 'conflict')
    const https = world.config.origins[0]!.startsWith('https:')
    const Location = `${urls.signIn()}?lang=${exchange.locale}`
    return new Response(null, { status: 303, headers: { ...securityHeaders('office', https), Location } })
  },
})

async function isOffered({ world }: Exchange): Promise<boolean> {
  return world.setupToken !== null && (await countJurisdictions(world.db)) === 0
}

function problemsOf(
  values: Partial<Record<SetupField, string>>,
  token: string,
): { field: SetupField; problem: SetupProblem }[] {
  const problems: { field: SetupField; problem: SetupProblem }[] = []
  for (const field of setupFields) {
    const value = values[field] ?? ''
    const problem = problemOf(field, value, token)
    if (problem) problems.push({ field, problem })
  }
  const same = signInName(values.adminEmail ?? '') === signInName(values.officeEmail ?? '')
  // Who runs the machine and who runs the assessment are two people.
  if (same && values.officeEmail) problems.push({ field: 'officeEmail', problem: 'same_person' })
  return problems
}

function problemOf(field: SetupField, value: string, token: string): SetupProblem | null {
  if (value === '') return 'required'
  if (value.length > 200) return 'too_long'
  if (field === 'setupToken') return equalText(value, token) ? null : 'not_valid'
  if (field === 'adminEmail' || field === 'officeEmail')
    return /^[^\s@]{1,64}@[^\s@]{1,180}\.[^\s@.]{2,}$/.test(value) ? null : 'not_email'
  if (field === 'adminPassword' || field === 'officePassword') {
    if (value.length < 12) return 'too_short'
    return commonPasswords.has(value.toLowerCase()) ? 'too_common' : null
  }
  if (field === 'jurisdictionCode') return /^[a-z0-9][a-z0-9-]{0,39}$/.test(value) ? null : 'not_code'
  return null
}

async function create({ world, req }: Exchange, values: Record<SetupField, string>): Promise<boolean> {
  const accounts = await world.accounts!()
  const person = async (email: string, password: string) => ({
    email,
    name: '',
    passwordHash: await accounts.hashPassword(password),
    userId: base64url(world.crypto.random(16)),
  })
  const made = await firstStart(world.writer, systemScope(0), {
    jurisdiction: {
      code: values.jurisdictionCode,
      level: 'province',
      nameZh: values.jurisdictionNameZh,
      nameEn: values.jurisdictionNameEn,
    },
    platformAdministrator: await person(values.adminEmail, values.adminPassword),
    officeAdministrator: await person(values.officeEmail, values.officePassword),
    now: world.now(),
    req,
  })
  return made.ok
}

function show(
  exchange: Exchange,
  values: Partial<Record<SetupField, string>>,
  problems: readonly { field: SetupField; problem: SetupProblem }[],
  status: number,
): Promise<Response> {
  const kept = Object.fromEntries(
    Object.entries(values).filter(([field]) => !field.endsWith('Password') && field !== 'setupToken'),
  )
  const props = { shell: shellOf(exchange, 'none', null), csrf: null, asksToken: true, values: kept, problems }
  return answerHtml(exchange, { face: 'office', title: setupTitle(props), body: <SetupPage {...props} />, status })
}
