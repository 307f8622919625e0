import {
  longestName,
  type SetupField,
  SetupPage,
  type SetupProblem,
  setupFields,
  setupTitle,
} from '../../client/pages/office/setup.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { isSignInName, signInName } from '../../db/accounts.ts'
import { firstStart } from '../../db/first-start.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { base64url, canonicalText } from '../../surveys/canonical.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { equalText } from '../equal-text.ts'
import { systemScope } from '../guard.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { passwordProblem } from './passwords.ts'
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
    if (!(await isSetUpOffered(exchange))) return refuse(exchange, 'not_found')
    return show(exchange, {}, [], 200)
  },
})

/** Takes the form of the first start: everything is made in one step, or nothing. */
export const setup = defineRoute({
  method: 'POST',
  path: patterns.setup,
  policy: { who: 'public', scope: 'none', csrf: 'origin', limit: 'sign-in', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    if (!(await isSetUpOffered(exchange))) return refuse(exchange, 'not_found')
    const { world, body } = exchange
    if (body.kind !== 'form') return refuse(exchange, 'bad_request')
    const typed: Partial<Record<SetupField, string>> = {}
    for (const [name, given] of body.fields) {
      if (name === 'lang') continue
      if (!(setupFields as readonly string[]).includes(name) || given.length > 1) return refuse(exchange, 'bad_request')
      typed[name as SetupField] = given[0]!
    }
    const read = setupFields.map((field) => readField(field, typed, world.setupToken ?? ''))
    const problems = read.flatMap(({ field, problem }) => (problem ? [{ field, problem }] : []))
    const values = Object.fromEntries(read.map(({ field, value }) => [field, value])) as Record<SetupField, string>
    if (problems.length > 0) return show(exchange, values, problems, 422)
    if (!(await create(exchange, values))) return refuse(exchange, 'conflict')
    return seeOther(exchange, 'office', `${carry(urls.signIn(), exchange)}&why=set_up`)
  },
})

/** True while the installation is empty and its start has printed a code. */
export async function isSetUpOffered({ world }: Exchange): Promise<boolean> {
  return world.setupToken !== null && (await countJurisdictions(world.db)) === 0
}

interface ReadField {
  field: SetupField
  /** As it will be stored, or shown again. */
  value: string
  problem: SetupProblem | null
}

/** One field as it was typed; `token` is the code that the start has printed. */
export function readField(field: SetupField, typed: Partial<Record<SetupField, string>>, token: string): ReadField {
  const raw = typed[field] ?? ''
  switch (field) {
    case 'setupToken':
      return filled(field, raw.trim(), (value) => (equalText(value, token) ? null : 'not_valid'))
    case 'adminPassword':
    case 'officePassword':
      return filled(field, raw, passwordProblem)
    // A slip of the finger would lock both people out: nobody can set a password anew yet.
    case 'adminPasswordAgain':
      return filled(field, raw, (value) => (value === typed.adminPassword ? null : 'not_same'))
    case 'officePasswordAgain':
      return filled(field, raw, (value) => (value === typed.officePassword ? null : 'not_same'))
    case 'adminEmail':
      return visible(field, signInName(raw), (value) => (isSignInName(value) ? null : 'not_email'))
    case 'officeEmail':
      return visible(field, signInName(raw), (value) => {
        if (!isSignInName(value)) return 'not_email'
        // Who runs the machine and who runs the assessment are two people.
        return value === signInName(typed.adminEmail ?? '') ? 'same_person' : null
      })
    default:
      return visible(field, raw, (value) => {
        if (value.length > longestName) return 'too_long'
        return field !== 'jurisdictionCode' || /^[a-z0-9][a-z0-9-]{0,39}$/.test(value) ? null : 'not_code'
      })
  }
}

function filled(field: SetupField, value: string, problemOf: (value: string) => SetupProblem | null): ReadField {
  return { field, value, problem: value === '' ? 'required' : problemOf(value) }
}

// Nobody finds a character that cannot be seen, so the field comes back without it.
function visible(field: SetupField, raw: string, problemOf: (value: string) => SetupProblem | null): ReadField {
  const text = canonicalText(raw)
  if (text.ok && !text.value.includes('\n')) return filled(field, text.value, problemOf)
  return { field, value: raw.replace(/[\p{Cc}\p{Noncharacter_Code_Point}]/gu, '').trim(), problem: 'not_text' }
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

async function show(
  exchange: Exchange,
  values: Partial<Record<SetupField, string>>,
  problems: readonly { field: SetupField; problem: SetupProblem }[],
  status: number,
): Promise<Response> {
  const kept = Object.fromEntries(
    Object.entries(values).filter(([field]) => !field.includes('Password') && field !== 'setupToken'),
  )
  const props = { shell: await shellOf(exchange, 'none', null), values: kept, problems }
  return answerHtml(exchange, { face: 'office', title: setupTitle(props), body: <SetupPage {...props} />, status })
}
