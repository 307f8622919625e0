import { fill } from '../client/messages/fill.ts'
import { invitationMessages } from '../client/messages/invitations.ts'
import type { Slip } from '../client/pages/office/invitation-paper.tsx'
import { urls } from '../client/urls.ts'
import { type Addressee, findAnswered, findUnsubscribed, readAddressees } from '../db/addressees.ts'
import type { SurveyFile } from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import { codeFromBytes, formatCode, receiptIdentity, rosterIdentity, surveyName } from '../surveys/ballot.ts'
import { fromBase64url, hex } from '../surveys/canonical.ts'
import { mostSegments, segmentsOf } from '../surveys/invitation.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { dateText, momentText, startOf } from './calendar.ts'
import { escapeText } from './render.tsx'
import { nameOf } from './surveys.ts'
import type { Mail, World } from './world.ts'

// What an invitation says and to whom it goes. Addresses and codes are read here and nowhere else, for a moment each.

/** What is encrypted of one addressee. Absent: what the list did not say. */
export interface Contact {
  /** The ticket code, 16 characters. */
  readonly code: string
  /** Of a roster: the name under which the person stands among the codes; random, and in no list of the office. */
  readonly member?: string
  readonly locale: Locale
  readonly number?: string
  readonly name?: string
  readonly cell?: string
  readonly phone?: string
  readonly mail?: string
  /** Code of the organ, day (yyyymmdd) and what the service was. */
  readonly organ?: string
  readonly day?: number
  readonly service?: string
  /** Under which the organ's system signs a receipt of the service. */
  readonly jti?: string
}

/** The words of a run of messages, as an officer wrote them; a text message has no subject. */
export type Words = Readonly<Record<Locale, { readonly subject: string; readonly text: string }>>

export type OpenedAddressee = Addressee & { readonly contact: Contact }

/** A survey as invitations need it. */
export type InvitingSurvey = Pick<SurveyFile, 'jurisdiction' | 'organs'> & {
  readonly survey: Pick<SurveyFile['survey'], 'id' | 'code' | 'closesAt'>
}

/** Everybody on a survey's rosters whose code is valid, or all, some at a time. Throws where the key of one is gone: nothing is done by halves. */
export async function* readContacts(
  world: World,
  scope: Scope,
  file: Pick<SurveyFile, 'jurisdiction' | 'survey'>,
  which: 'valid' | 'all' = 'valid',
): AsyncGenerator<OpenedAddressee[]> {
  const survey = surveyName(file.jurisdiction.code, file.survey.code)
  for await (const rows of readAddressees(world.db, scope, file.survey.id, which))
    for await (const part of inParts(rows)) {
      const opened: OpenedAddressee[] = []
      for (const row of part) {
        const contact = await openContact(world, survey, row)
        if (!contact) throw new Error('the contact-data key of a survey does not open its rows')
        opened.push({ ...row, contact })
      }
      yield opened
    }
}

/** The same all at once. */
export async function openAddressees(...of: Parameters<typeof readContacts>): Promise<OpenedAddressee[]> {
  const opened: OpenedAddressee[] = []
  for await (const some of readContacts(...of)) opened.push(...some)
  return opened
}

/** One addressee; null where the key is gone. */
export async function openContact(
  { keys }: World,
  survey: string,
  { id, sealed }: Pick<Addressee, 'id' | 'sealed'>,
): Promise<Contact | null> {
  const text = await keys.openAddressee(survey, id, sealed)
  // Only `importRoster` has sealed it, so it holds what that wrote.
  return text === null ? null : (JSON.parse(text) as Contact)
}

/** Lets whoever answers come in between two pieces of long work. */
export const breath = () => new Promise((done) => setTimeout(done, 0))

/** So many people are deciphered, hashed or written to in a few milliseconds. */
const peopleAtATime = 100

/** The people of a long list some at a time, with a breath after each part. */
export async function* inParts<Person>(people: readonly Person[]): AsyncGenerator<readonly Person[]> {
  for (let at = 0; at < people.length; at += peopleAtATime) {
    yield people.slice(at, at + peopleAtATime)
    await breath()
  }
}

/** The keyed hash by which one knows that an address wants no more messages. */
export async function unsubscribedHash({ keys }: World, token: string): Promise<Uint8Array> {
  return new Uint8Array(await keys.codeHash(`unsubscribe|${token}`))
}

/** What stands in the link with which an address unsubscribes: always the same, so that an old message still serves. */
export async function unsubscribeToken({ keys }: World, jid: string, address: string): Promise<string> {
  const derived = fromBase64url(await keys.derive(`unsubscribe|${jid}|${address.toLowerCase()}`))
  if (!derived) throw new Error('unsubscribeToken needs a derived secret in base64url')
  return codeFromBytes(derived.slice(0, 10))
}

/** Which of these addresses have unsubscribed. */
export async function unsubscribedOf(
  world: World,
  scope: Scope,
  jid: string,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>()
  for await (const part of inParts(addresses)) {
    const hashes = await Promise.all(
      part.map(async (address) => unsubscribedHash(world, await unsubscribeToken(world, jid, address))),
    )
    const found = await findUnsubscribed(world.db, scope, hashes)
    part.forEach((address, at) => {
      if (found.has(hex(hashes[at]!))) gone.add(address)
    })
  }
  return gone
}

/** The pseudonym under which the holder of this code stands on the roll. */
async function pseudonymOf({ keys }: World, survey: string, { code, member }: Contact): Promise<Uint8Array> {
  const cid = member === undefined ? receiptIdentity(await keys.codeHash(code)) : rosterIdentity(member)
  return keys.pseudonym(survey, cid)
}

/** Those of `people` who have answered: known from the roll, never from answers. */
export async function answeredOf<Person extends Pick<OpenedAddressee, 'contact'>>(
  world: World,
  scope: Scope,
  file: InvitingSurvey,
  people: readonly Person[],
): Promise<ReadonlySet<Person>> {
  const survey = surveyName(file.jurisdiction.code, file.survey.code)
  const answered = new Set<Person>()
  for await (const part of inParts(people)) {
    const pseudonyms = await Promise.all(part.map(({ contact }) => pseudonymOf(world, survey, contact)))
    const found = await findAnswered(world.db, scope, file.survey.id, pseudonyms)
    part.forEach((person, at) => {
      if (found.has(hex(pseudonyms[at]!))) answered.add(person)
    })
  }
  return answered
}

/** The link of a code; the code stands in the fragment, which no browser sends. */
export const linkOf = ({ config }: World, code: string): string => `${config.origins[0]}${urls.code()}#${code}`

/** Where a code is typed. */
export const pageOfCodes = ({ config }: World): string => `${config.origins[0]}${urls.code()}`

/** What stands on the slip of a letter, in the language of whom it goes to. */
export function slipOf(world: World, { jurisdiction, survey }: InvitingSurvey, { locale, code }: Contact): Slip {
  return {
    locale,
    office: nameOf(jurisdiction, locale),
    closes: momentText(survey.closesAt, locale),
    link: linkOf(world, code),
    code: formatCode(code),
  }
}

function fillWords(world: World, file: InvitingSurvey, contact: Contact, text: string): string {
  const { locale, code, name = '', organ, day, service = '' } = contact
  const found = file.organs.find((each) => each.code === organ)
  return fill(text, {
    office: nameOf(file.jurisdiction, locale),
    name,
    link: linkOf(world, code),
    closes: momentText(file.survey.closesAt, locale),
    organ: found ? nameOf(found, locale) : '',
    date: day === undefined ? '' : dateText(startOf(day), locale),
    service,
  })
}

/** A text message as it goes out, with the way to unsubscribe where two parts have room for it. */
export async function composeText(world: World, file: InvitingSurvey, contact: Contact, words: Words): Promise<string> {
  const text = fillWords(world, file, contact, words[contact.locale].text)
  const { code: jid } = file.jurisdiction
  const token = await unsubscribeToken(world, jid, contact.phone ?? '')
  const end = fill(invitationMessages(contact.locale).smsEnd, {
    link: `${world.config.origins[0]}${urls.unsubscribe(jid)}#${token}`,
  })
  return segmentsOf(text + end) <= mostSegments ? text + end : text
}

/** A mail as it goes out: the words, how to type the code, and how to unsubscribe. */
export async function composeMail(world: World, file: InvitingSurvey, contact: Contact, words: Words): Promise<Mail> {
  const { locale, code, mail = '' } = contact
  const m = invitationMessages(locale)
  const { code: jid } = file.jurisdiction
  const [origin] = world.config.origins
  const token = await unsubscribeToken(world, jid, mail)
  const leaving = `${origin}${urls.unsubscribe(jid)}#${token}`
  const typed = fill(m.mailTyped, { page: pageOfCodes(world), code: formatCode(code) })
  const text = `${fillWords(world, file, contact, words[locale].text)}\n\n${typed}\n\n${fill(m.mailEnd, { link: leaving })}\n`
  return {
    to: mail,
    from: nameOf(file.jurisdiction, locale),
    subject: fillWords(world, file, contact, words[locale].subject),
    text,
    html: htmlOf(locale, text, [linkOf(world, code), leaving]),
    unsubscribe: `${origin}${urls.unsubscribeNow(jid, token)}`,
  }
}

// No picture, no style and no address but those of the text: nothing in it tells that somebody has read it.
/** A text as HTML, and `below` it the same in another language where there is one. */
export function htmlOf(
  locale: Locale,
  text: string,
  links: readonly string[],
  below?: { readonly locale: Locale; readonly text: string },
): string {
  const own = bodyOf(text, links)
  const other = below ? `<div lang="${below.locale}">${bodyOf(below.text, links)}</div>` : ''
  return `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"></head><body>${own}${other}</body></html>`
}

function bodyOf(text: string, links: readonly string[]): string {
  const paragraphs = text.trim().split(/\n{2,}/)
  const body = paragraphs.map((paragraph) => {
    const html = links.reduce(
      (done, link) => done.replace(escapeText(link), `<a href="${escapeText(link)}">${escapeText(link)}</a>`),
      escapeText(paragraph),
    )
    return `<p>${html.replaceAll('\n', '<br>')}</p>`
  })
  return body.join('')
}
