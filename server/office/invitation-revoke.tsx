import { SlipsPage, type SlipsPageProps, slipsTitle } from '../../client/pages/office/invitation-paper.tsx'
import type { RevokeProblem } from '../../client/pages/office/invitation-revoke.tsx'
import { surveyTitle } from '../../client/pages/office/survey-name.ts'
import { deciders } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { replaceCode, revokeCode } from '../../db/addressees.ts'
import { readSurvey, type SurveyFile } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { codeFromBytes, surveyName } from '../../surveys/ballot.ts'
import { normalisePhone } from '../../surveys/phone.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { answerHtml } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { type Contact, type OpenedAddressee, pageOfCodes, readContacts, slipOf } from '../invitations.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import type { World } from '../world.ts'
import { findDeskSurvey, nameOfSurvey } from './desk.ts'
import { backToDesk, hasRoster, showInvitations } from './invitations.tsx'
import { readReason } from './reason.ts'

/** Makes somebody's code invalid; or prints a slip with a new one, once. Whether the person has answered is not told. */
export const inviteRevoke = defineRoute({
  method: 'POST',
  path: patterns.inviteRevoke,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 8 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req, locale } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'act', 'who', 'reason']) : null
    const act = (['revoke', 'replace'] as const).find((each) => each === values?.act)
    if (!values || !act) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    const file = place && (await readSurvey(world.db, scope, place.survey.id))
    if (!place || !file || !hasRoster(place.survey)) return refuse(exchange, 'not_found')
    // A service's right to answer is its code: a new one would be another right.
    if (act === 'replace' && place.survey.group !== 'leaders') return refuse(exchange, 'not_found')
    const { who = '', reason: typed = '' } = values
    const no = (problem: RevokeProblem, status: number) =>
      showInvitations(
        exchange,
        place,
        { problem: { about: 'revoke', problem }, revoking: { who, reason: typed } },
        status,
      )
    if (who.trim() === '') return no('who', 422)
    const reason = readReason(typed)
    if (reason === null) return no('reason', 422)
    const found = await findPerson(world, scope, file, who.trim())
    if (!found.ok) return no(found.error, 422)
    const { id, contact } = found.value
    const h = new Uint8Array(await world.keys.codeHash(contact.code))
    const one = { survey: file.survey.id, id, h, reason, now: world.now(), req }
    if (act === 'revoke') {
      const done = await revokeCode(world.writer, scope, { ...one, blank: world.crypto.random(32) })
      return done.ok ? backToDesk(exchange, params, 'revoked') : no('changed', 409)
    }
    const next: Contact = { ...contact, code: codeFromBytes(world.crypto.random(10)) }
    const sealed = await world.keys.sealAddressee(
      surveyName(file.jurisdiction.code, file.survey.code),
      id,
      JSON.stringify(next),
    )
    const nextHash = new Uint8Array(await world.keys.codeHash(next.code))
    const done = await replaceCode(world.writer, scope, { ...one, next: { h: nextHash, sealed } })
    if (!done.ok) return no('changed', 409)
    const props: SlipsPageProps = {
      locale,
      survey: surveyTitle(locale, nameOfSurvey(place.survey)),
      slips: [slipOf(world, file, next)],
      page: pageOfCodes(world),
    }
    return answerHtml(exchange, { face: 'office', title: slipsTitle(props), body: <SlipsPage {...props} /> })
  },
})

/** The one person with this number, phone or address. */
async function findPerson(
  world: World,
  scope: Scope,
  file: SurveyFile,
  typed: string,
): Promise<Result<OpenedAddressee, 'not_found' | 'several'>> {
  const phone = normalisePhone(typed)
  const found: OpenedAddressee[] = []
  for await (const people of readContacts(world, scope, file))
    for (const each of people) {
      const { number, mail = '', phone: own } = each.contact
      if (number === typed || mail.toLowerCase() === typed.toLowerCase() || (phone !== null && own === phone))
        found.push(each)
    }
  const [only, ...more] = found
  if (!only) return err('not_found')
  return more.length > 0 ? err('several') : ok(only)
}
