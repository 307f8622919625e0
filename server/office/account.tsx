import { AccountPage, type AccountPageProps, accountTitle } from '../../client/pages/office/account.tsx'
import {
  BackupCodesPage,
  backupCodesTitle,
  SecondFactorPage,
  type SecondFactorPageProps,
  secondFactorTitle,
} from '../../client/pages/office/second-factor.tsx'
import { carry, fields as names, patterns, urls } from '../../client/urls.ts'
import {
  dropNotice,
  dropSubject,
  endOwnSessions,
  hasSignOn,
  listSessions,
  readNotice,
  readOwnActs,
  readPhone,
  storePhone,
} from '../../db/own-account.ts'
import { normalisePhone } from '../../surveys/phone.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { needsSecondFactor } from '../config.ts'
import type { Staff } from '../guard.ts'
import { staffRoles } from '../policy.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import type { Offer } from '../second-factor.ts'
import { evaluateCode } from './guesses.ts'
import { shellOf } from './shell.ts'

/** Whatever the role: a person's own sign-in. All of it is open before there is a second factor. */
const policy = { who: staffRoles, scope: 'none', beforeSecondFactor: true, cache: 'never' } as const
const reading = { ...policy, csrf: 'none', limit: 'none' } as const
const writing = { ...policy, csrf: 'staff', limit: 'staff-write' } as const

const outcomes = ['ended', 'ended_others', 'noted', 'joined', 'taken', 'left', 'phone'] as const
const shownActs = 30

/** A person's own account: where they are signed in, their second factor, and what they did lately. */
export const accountPage = defineRoute({
  method: 'GET',
  path: patterns.account,
  policy: reading,
  handler: (exchange) => showAccount(exchange, null, 200),
})

/** `wrong`: a number that was typed and is none. */
async function showAccount(
  exchange: Exchange<string, typeof staffRoles>,
  wrong: string | null,
  status: number,
): Promise<Response> {
  const { world, staff, locale, url } = exchange
  const now = world.now()
  const { secondFactor } = await world.accounts!()
  const [sessions, notice, isJoined, acts, codesLeft, stored] = await Promise.all([
    listSessions(world.db, staff.id, now),
    readNotice(world.db, staff.id),
    hasSignOn(world.db, staff.id),
    readOwnActs(world.db, staff.id, shownActs),
    secondFactor.countBackup(staff.id),
    readPhone(world.db, staff.id),
  ])
  const { signOn } = world.config
  const props: AccountPageProps = {
    shell: await shellOf(exchange, 'none', null),
    email: staff.email,
    hasSecondFactor: staff.hasSecondFactor,
    isNeeded: needsSecondFactor(world.config),
    codesLeft,
    notice: notice && { by: notice.by, at: momentText(notice.at, locale) },
    sessions: sessions.map(({ id, since, lastSeen }) => ({
      id,
      since: momentText(since, locale),
      lastSeen: momentText(lastSeen, locale),
      isThis: id === staff.session,
    })),
    signOn: signOn && {
      provider: signOn.provider.title[locale],
      isJoined,
      joinHref: `${carry(urls.signOn(), exchange)}&join=${staff.formToken}`,
    },
    acts: acts.map(({ at, ...act }) => ({ ...act, at: momentText(at, locale) })),
    phone: staff.grants.some(({ role }) => role === 'organ_officer')
      ? { typed: wrong ?? stored.replace('+86', ''), isWrong: wrong !== null }
      : null,
    done: outcomes.find((each) => each === url.searchParams.get('done')) ?? null,
  }
  return answerHtml(exchange, { face: 'office', title: accountTitle(props), body: <AccountPage {...props} />, status })
}

/** Ends one's own sessions, takes note of a notice, or leaves the identity provider. */
export const accountAct = defineRoute({
  method: 'POST',
  path: patterns.accountAct,
  policy: writing,
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, staff, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'act', 'session', 'phone']) : null
    const act = { userId: staff.id, now: world.now(), req }
    const back = (done: NonNullable<AccountPageProps['done']>) =>
      seeOther(exchange, 'office', `${carry(urls.account(), exchange)}&done=${done}`)
    switch (values?.act) {
      case 'end':
        if (!values.session) return refuse(exchange, 'bad_request')
        await endOwnSessions(world.db, world.writer, { ...act, session: values.session })
        return back('ended')
      case 'end_others':
        await endOwnSessions(world.db, world.writer, { ...act, but: staff.session })
        return back('ended_others')
      case 'noted':
        await dropNotice(world.db, world.writer, act)
        return back('noted')
      case 'phone': {
        const typed = values.phone
        if (typed === undefined) return refuse(exchange, 'bad_request')
        const phone = typed.trim() === '' ? '' : normalisePhone(typed)
        if (phone === null) return showAccount(exchange, typed, 422)
        await storePhone(world.db, world.writer, { ...act, phone })
        return back('phone')
      }
      case 'leave':
        await dropSubject(world.db, world.writer, act)
        return back('left')
      default:
        return refuse(exchange, 'bad_request')
    }
  },
})

/** A secret for an authenticator, as a QR code and as text. */
export const secondFactorPage = defineRoute({
  method: 'GET',
  path: patterns.secondFactor,
  policy: { ...reading, fresh: true },
  async handler(exchange) {
    const { world, staff } = exchange
    const { secondFactor } = await world.accounts!()
    return showOffer(exchange, await secondFactor.offer(staff), null, 200)
  },
})

/** Stores the second factor once a code of it was entered, and shows its backup codes. */
export const setSecondFactor = defineRoute({
  method: 'POST',
  path: patterns.secondFactor,
  policy: { ...writing, fresh: true },
  body: { types: ['form'], maximumBytes: 8 * 1024 },
  async handler(exchange) {
    const { world, staff, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'offer', names.code]) : null
    const { offer: sealed, [names.code]: code } = values ?? {}
    if (sealed === undefined || code === undefined) return refuse(exchange, 'bad_request')
    const { secondFactor } = await world.accounts!()
    const offer = await secondFactor.reopen(staff, sealed)
    if (!offer) return showOffer(exchange, await secondFactor.offer(staff), 'over', 422)
    const act = { userId: staff.id, session: staff.session, now: world.now(), req }
    const set = await evaluateCode(exchange, staff.id, () => secondFactor.enrol(act, offer, code))
    if (set.ok) return showCodes(exchange, set.value)
    return showOffer(exchange, offer, set.error === 'refused' ? 'refused' : 'too_many_requests', 422)
  },
})

/** New backup codes in place of the old ones. */
export const renewBackupCodes = defineRoute({
  method: 'POST',
  path: patterns.backupCodes,
  policy: { ...writing, fresh: true },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, staff, body, req } = exchange
    if (body.kind !== 'form' || !formValues(body.fields, ['csrf'])) return refuse(exchange, 'bad_request')
    if (!staff.hasSecondFactor) return refuse(exchange, 'conflict')
    const { secondFactor } = await world.accounts!()
    return showCodes(exchange, await secondFactor.renewBackup({ userId: staff.id, now: world.now(), req }))
  },
})

async function showOffer(
  exchange: Exchange & { readonly staff: Staff },
  { address, typed, sealed }: Offer,
  problem: SecondFactorPageProps['problem'],
  status: number,
): Promise<Response> {
  const shell = await shellOf(exchange, 'none', null)
  const props: SecondFactorPageProps = {
    shell,
    address,
    typed,
    sealed,
    isNew: !exchange.staff.hasSecondFactor,
    problem,
  }
  const body = <SecondFactorPage {...props} />
  return answerHtml(exchange, { face: 'office', title: secondFactorTitle(props), body, status })
}

/** Shown once, in the answer itself: they are stored as hashes. */
async function showCodes(exchange: Exchange, codes: readonly string[]): Promise<Response> {
  const props = { shell: await shellOf(exchange, 'none', null), codes }
  const body = <BackupCodesPage {...props} />
  return answerHtml(exchange, { face: 'office', title: backupCodesTitle(props), body })
}
