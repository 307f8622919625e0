import { PersonPage, type PersonPageProps, type PersonProblem, personTitle } from '../../client/pages/office/person.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import type { Change } from '../../db/database.ts'
import { listSessions } from '../../db/own-account.ts'
import {
  type AdminRole,
  changePeople,
  deactivating,
  endingRole,
  findPerson,
  grantingRole,
  isAdminRole,
  makingLink,
  type Person,
  reactivating,
  resettingFactor,
  revokingSessions,
} from '../../db/people.ts'
import type { Scope } from '../../db/scope.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { type Appointment, appointing, hasSecondAdministrator, proposeAppointment, rolesOf } from './appointments.ts'
import { officeRoles } from './inviting.ts'
import { organNames, peopleShell, readRole, rolesShown, showLink, standingOf } from './people.tsx'
import { readReason } from './reason.ts'
import { drawLink } from './welcome.tsx'

const outcomes = ['changed', 'proposed', 'reset', 'revoked'] as const

/** One person of the office, and what an administrator may do about them. */
export const personPage = defineRoute({
  method: 'GET',
  path: patterns.person,
  policy: { who: readers.people, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const person = await findPerson(world.db, scope, params.person, world.now())
    if (!person) return refuse(exchange, 'not_found')
    const done = outcomes.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, person, { done, problem: null }, 200)
  },
})

/** Gives or takes a role, resets the second factor, makes a link, ends sessions, shuts out or lets in again. */
export const personAct = defineRoute({
  method: 'POST',
  path: patterns.personAct,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const fields = ['csrf', 'act', 'role', 'organ', 'reason', 'session'] as const
    const values = body.kind === 'form' ? formValues(body.fields, fields) : null
    if (!values?.act) return refuse(exchange, 'bad_request')
    const now = world.now()
    const person = await findPerson(world.db, scope, params.person, now)
    if (!person) return refuse(exchange, 'not_found')
    const { act: what, session } = values
    const again = (kind: PersonProblem['kind'], status: number) =>
      show(exchange, scope, person, { done: null, problem: { kind, act: what, typed: values } }, status)
    const back = (done: NonNullable<PersonPageProps['done']>) =>
      seeOther(exchange, 'office', `${carry(urls.person(params.jid, person.id), exchange)}&done=${done}`)
    const written = async (change: Change, done: NonNullable<PersonPageProps['done']>) =>
      (await changePeople(world.writer, scope, change)).ok ? back(done) : again('conflict', 409)
    const act = { userId: person.id, now, req }
    const admin = person.roles.map(({ role }) => role).find(isAdminRole)

    /** What two persons decide; with one administrator alone it happens at once. */
    const decided = async (change: Appointment['change'], role: AdminRole) => {
      const reason = readReason(values.reason)
      if (!reason) return again('reason', 422)
      const { id: user, email, name } = person
      const fixed = { v: 1, action: 'grant.admin', isNew: false, held: rolesOf(person.roles) } as const
      const appointment: Appointment = { ...fixed, change, user, email, name, role, reason }
      if (!(await hasSecondAdministrator(world.db, scope, now)))
        return written(appointing(scope, appointment, scope.actor, { now, req }), 'changed')
      const proposed = await proposeAppointment(world, scope, appointment, { now, req })
      return proposed.ok ? back('proposed') : again('proposed_already', 409)
    }

    if (what === 'grant' || what === 'end') {
      const asked = await readRole(exchange, scope, values)
      if (!asked) return refuse(exchange, 'bad_request')
      const { role, organ } = asked
      if (organ === null) return again('organ', 422)
      if (isAdminRole(role)) return decided(what, role)
      const change = what === 'grant' ? grantingRole : endingRole
      return written(change(scope, { ...act, role, organ }), 'changed')
    }
    if (what === 'disable' || what === 'enable') {
      if (admin) return decided(what, admin)
      return written((what === 'disable' ? deactivating : reactivating)(scope, act), 'changed')
    }
    // Everything else is done for others: for oneself there is the own account.
    if (person.id === scope.actor) return again('self', 403)
    if (what === 'reset') return written(resettingFactor(scope, act), 'reset')
    if (what === 'revoke')
      return written(revokingSessions(scope, { ...act, ...(session === undefined ? {} : { session }) }), 'revoked')
    if (what !== 'link') return refuse(exchange, 'bad_request')
    // By such a link one administrator alone would become another one.
    if (admin && person.hasPassword && !person.hasSecondFactor) return again('link_unsafe', 409)
    const { token, ...link } = await drawLink(world)
    const made = await changePeople(world.writer, scope, makingLink(scope, { ...act, link }))
    if (!made.ok) return again('conflict', 409)
    return showLink(exchange, scope, { userId: person.id, email: person.email, name: person.name, token })
  },
})

async function show(
  exchange: Exchange,
  scope: Scope,
  person: Person,
  said: Pick<PersonPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { jid = '' } = exchange.params as { jid?: string }
  const now = world.now()
  const [organs, sessions, isAccompanied] = await Promise.all([
    organNames(exchange, scope),
    listSessions(world.db, person.id, now),
    hasSecondAdministrator(world.db, scope, now),
  ])
  const props: PersonPageProps = {
    shell: await peopleShell(exchange, scope),
    jid,
    person: {
      id: person.id,
      name: person.name || person.email,
      email: person.email,
      roles: rolesShown(person.roles, new Map(organs.map(({ id, name }) => [id, name]))),
      organCodes: Object.fromEntries(organs.map(({ id, code }) => [id, code])),
      hasSecondFactor: person.hasSecondFactor,
      hasPassword: person.hasPassword,
      hasSignOn: person.hasSignOn,
      standing: standingOf(person),
      wishes: person.wishes,
      linkUntil: person.linkUntil === null ? null : momentText(person.linkUntil, locale),
    },
    isSelf: person.id === scope.actor,
    isAlone: !isAccompanied,
    sessions: sessions.map(({ id, since, lastSeen }) => ({
      id,
      since: momentText(since, locale),
      lastSeen: momentText(lastSeen, locale),
    })),
    roles: officeRoles,
    organs,
    ...said,
  }
  const body = <PersonPage {...props} />
  return answerHtml(exchange, { face: 'office', title: personTitle(props), body, status })
}
