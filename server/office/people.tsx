import { fill } from '../../client/messages/fill.ts'
import { peopleMessages } from '../../client/messages/people.ts'
import {
  LinkPage,
  linkTitle,
  PeoplePage,
  type PeoplePageProps,
  type PeopleProblem,
  peopleTitle,
} from '../../client/pages/office/people.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { listOrganNames, listPeople, type Person, type PersonRole } from '../../db/people.ts'
import { findJurisdiction, listCyclesOf } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { htmlOf } from '../invitations.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { hasSecondAdministrator } from './appointments.ts'
import { boundRoles, invite, type OfficeRole, officeRoles } from './inviting.ts'
import { shellOf } from './shell.ts'
import { welcomeLink } from './welcome.tsx'

/** Everybody who works here, and the form to invite somebody. */
export const peoplePage = defineRoute({
  method: 'GET',
  path: patterns.people,
  policy: { who: readers.people, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const done = (['proposed'] as const).find((each) => each === exchange.url.searchParams.get('done')) ?? null
    return show(exchange, exchange.scope, { done, problem: null }, 200)
  },
})

/** Makes an account whose holder sets the password by a link; an administrator or auditor is proposed. */
export const invitePeople = defineRoute({
  method: 'POST',
  path: patterns.peopleInvite,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const fields = ['csrf', 'name', 'email', 'role', 'organ', 'reason'] as const
    const values = body.kind === 'form' ? formValues(body.fields, fields) : null
    const asked = values && (await readRole(exchange, scope, values))
    if (values?.name === undefined || values.email === undefined || !asked) return refuse(exchange, 'bad_request')
    const { role, organ } = asked
    const typed = { name: '', email: '', organ: '', reason: '', ...values, role }
    const again = (kind: PeopleProblem['kind'], status: number) =>
      show(exchange, scope, { done: null, problem: { kind, typed } }, status)
    const invited = await invite(world, scope, { ...typed, role, organ }, { now: world.now(), req })
    if (!invited.ok) return again(invited.error, ['email_taken', 'conflict'].includes(invited.error) ? 409 : 422)
    const { value } = invited
    if (value.kind === 'proposed') return back(exchange, params.jid)
    // The link is made on the page of the person, like every later one.
    if (value.kind === 'appointed')
      return seeOther(exchange, 'office', carry(urls.person(params.jid, value.userId), exchange))
    return showLink(exchange, scope, value)
  },
})

/** The role of a form, and its organ: 0 for none, null where one is needed and none was chosen. */
export async function readRole(
  { world }: Exchange,
  scope: Scope,
  values: Partial<Record<'role' | 'organ', string>>,
): Promise<{ role: OfficeRole; organ: number | null } | null> {
  const role = officeRoles.find((each) => each === values.role)
  if (!role) return null
  if (!boundRoles.includes(role)) return { role, organ: 0 }
  const organs = await listOrganNames(world.db, scope)
  return { role, organ: organs.find(({ code }) => code === values.organ)?.id ?? null }
}

const back = (exchange: Exchange, jid: string): Response =>
  seeOther(exchange, 'office', `${carry(urls.people(jid), exchange)}&done=proposed`)

/**
 * A link goes to the person by mail. Where there is no mail, or the server does not take it, it is shown once, in the answer
 * itself: of it only a hash is stored.
 */
export async function showLink(
  exchange: Exchange,
  scope: Scope,
  { userId, email, name, token }: { userId: string; email: string; name: string; token: string },
): Promise<Response> {
  const { world, locale } = exchange
  const { jid = '' } = exchange.params as { jid?: string }
  const link = welcomeLink(world, token, locale)
  const shell = await peopleShell(exchange, scope)
  const isSent = await sendLink(exchange, { email, link, from: shell.place?.jurisdiction ?? '' })
  const props = { shell, name: name || email, link: isSent ? null : link, back: urls.person(jid, userId) }
  return answerHtml(exchange, { face: 'office', title: linkTitle(props), body: <LinkPage {...props} /> })
}

/** The demonstration sends nothing to anybody, so its links are shown. */
async function sendLink(
  { world, locale }: Exchange,
  { email, link, from }: { email: string; link: string; from: string },
): Promise<boolean> {
  if (!world.mail || world.config.demo) return false
  const words = peopleMessages(locale)
  const text = fill(words.mailText, { link })
  const mail = {
    to: email,
    from: from || words.mailFrom,
    subject: words.mailSubject,
    text,
    html: htmlOf(locale, text, [link]),
  }
  try {
    await world.mail.send(mail)
    return true
  } catch (error) {
    world.log({
      at: new Date(world.now()).toISOString(),
      event: 'staff-mail',
      error: error instanceof Error ? error.name : 'unknown',
    })
    return false
  }
}

/** Around the pages of people stands the newest cycle, like around approvals. */
export async function peopleShell(
  exchange: Exchange,
  scope: Scope,
  current: 'people' | 'audit' | 'settings' = 'people',
) {
  const [newest] = await listCyclesOf(exchange.world.db, [scope.jurisdiction])
  return shellOf(exchange, current, newest ?? null)
}

/** Roles as a page says them, with the organ to which one is bound. */
export function rolesShown(roles: readonly PersonRole[], organs: ReadonlyMap<number, string>) {
  return roles.map(({ role, organ, byGroup }) => ({
    role,
    organ: organ === 0 ? null : { id: organ, name: organs.get(organ) ?? String(organ) },
    byGroup,
  }))
}

/** Where a person stands: not yet here, here, or shut out. */
export function standingOf({ disabled, hasPassword, hasSignOn, roles }: Person) {
  if (disabled) return 'disabled' as const
  if (roles.length === 0) return 'former' as const
  return hasPassword || hasSignOn ? ('active' as const) : ('invited' as const)
}

export async function organNames(
  { world, locale }: { readonly world: Exchange['world']; readonly locale: Locale },
  scope: Scope,
): Promise<{ id: number; code: string; name: string }[]> {
  const organs = await listOrganNames(world.db, scope)
  return organs.map(({ id, code, nameZh, nameEn }) => ({
    id,
    code,
    name: locale === 'en' ? nameEn || nameZh : nameZh,
  }))
}

async function show(
  exchange: Exchange,
  scope: Scope,
  said: Pick<PeoplePageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world } = exchange
  const { jid = '' } = exchange.params as { jid?: string }
  if (!(await findJurisdiction(world.db, jid))) return refuse(exchange, 'not_found')
  const [people, organs] = await Promise.all([listPeople(world.db, scope, world.now()), organNames(exchange, scope)])
  const nameOf = new Map(organs.map(({ id, name }) => [id, name]))
  const props: PeoplePageProps = {
    shell: await peopleShell(exchange, scope),
    jid,
    people: people.map((person) => ({
      id: person.id,
      name: person.name || person.email,
      email: person.email,
      roles: rolesShown(person.roles, nameOf),
      hasSecondFactor: person.hasSecondFactor,
      standing: standingOf(person),
      wishes: person.wishes,
    })),
    roles: officeRoles,
    organs,
    isAlone: !(await hasSecondAdministrator(world.db, scope, world.now())),
    ...said,
  }
  const body = <PeoplePage {...props} />
  return answerHtml(exchange, { face: 'office', title: peopleTitle(props), body, status })
}
