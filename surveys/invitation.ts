/**
 * The words of an invitation. An officer writes them once for a whole run, in each language, with places for what differs
 * from person to person; the link is one of them, since a message without it invites nobody. What asks for a good rating is
 * refused, whoever wrote it.
 */
import type { Locale } from './questionnaire.ts'
import { lintText } from './questionnaire-lint.ts'
import { err, ok, type Result } from './result.ts'

/** Places in the words of a message; `organ`, `service` and `date` are there for service recipients alone. */
export const invitationPlaces = {
  leaders: ['office', 'name', 'link', 'closes'],
  recipients: ['office', 'name', 'link', 'closes', 'organ', 'service', 'date'],
} as const

export type InvitationProblem =
  | { readonly code: 'required' | 'no_link' | 'too_long' | 'not_text' | 'two_lines' }
  | { readonly code: 'unknown_place' | 'leading' | 'personal'; readonly found: string }

/** Most characters of the words of a mail, and of its subject. */
export const longestMail = 2_000
export const longestSubject = 80

/** Most parts of one text message. */
export const mostSegments = 2

/** The first thing that is wrong with a text message, the words of a mail, or its subject. */
export function checkInvitation(
  group: keyof typeof invitationPlaces,
  words: string,
  part: 'sms' | 'mail' | 'subject',
  locale: Locale,
): Result<void, InvitationProblem> {
  if (words === '') return err({ code: 'required' })
  if (words.length > (part === 'subject' ? longestSubject : longestMail)) return err({ code: 'too_long' })
  if (part !== 'mail' && words.includes('\n')) return err({ code: 'two_lines' })
  const places = words.match(/\{[^{}]*\}?|\}/g) ?? []
  const known: readonly string[] = invitationPlaces[group]
  const unknown = places.find((place) => !known.includes(place.slice(1, -1)) || !place.endsWith('}'))
  if (unknown !== undefined) return err({ code: 'unknown_place', found: unknown })
  const links = places.filter((place) => place === '{link}').length
  // In a subject it would stand in every list of mails.
  if (part === 'subject' && links > 0) return err({ code: 'unknown_place', found: '{link}' })
  if (part !== 'subject' && links !== 1) return err({ code: 'no_link' })
  const [finding] = lintText(words, locale === 'en' ? 'en' : 'zh')
  if (finding === undefined) return ok(undefined)
  return err({ code: finding.code === 'personal' ? 'personal' : 'leading', found: finding.found })
}

/**
 * Parts in which a text message travels: 70 characters, or 67 each when there are several; 160 and 153 where every letter
 * is of the GSM alphabet. segmentsOf('您好') // 1
 */
export function segmentsOf(text: string): number {
  const isGsm = [...text].every((letter) => gsm.includes(letter) || gsmDouble.includes(letter))
  const length = isGsm ? [...text].reduce((sum, letter) => sum + (gsmDouble.includes(letter) ? 2 : 1), 0) : text.length
  const [single, several] = isGsm ? [160, 153] : [70, 67]
  return length <= single ? 1 : Math.ceil(length / several)
}

// GSM 03.38; the letters of its extension table take two places.
const gsm =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const gsmDouble = '^{}\\[~]|€'
