import { type InvitationMessages, invitationMessages } from '../../client/messages/invitations.ts'
import {
  fieldsOf,
  type MailingKind,
  type SendProblem,
  type Via,
  type WordsField,
  type WordsFields,
} from '../../client/pages/office/invitation-send.tsx'
import type { DeskSurvey } from '../../db/desk.ts'
import { canonicalText } from '../../surveys/canonical.ts'
import { checkInvitation, type InvitationProblem } from '../../surveys/invitation.ts'
import type { Words } from '../invitations.ts'

/** The fields of the words of a message, of which a text message has two. */
export const allFields = fieldsOf('mail')

type ReadWords =
  | { readonly ok: true; readonly words: Words }
  | { readonly ok: false; readonly wrong: Extract<SendProblem, { code: 'words' }>['wrong'] }

/** The words of a form as they will be sent, or what is wrong with each field. */
export function readWords(survey: DeskSurvey, via: Via, typed: WordsFields): ReadWords {
  const of = ofGroup(survey)
  const wrong: { field: WordsField; problem: InvitationProblem }[] = []
  const read = (field: WordsField): string => {
    if (!fieldsOf(via).includes(field)) return ''
    const text = canonicalText(typed[field])
    const part = field.startsWith('subject') ? 'subject' : via
    const checked = text.ok ? checkInvitation(of, text.value, part, field.endsWith('En') ? 'en' : 'zh-CN') : null
    if (!checked) wrong.push({ field, problem: { code: 'not_text' } })
    else if (!checked.ok) wrong.push({ field, problem: checked.error })
    return text.ok ? text.value : ''
  }
  const words: Words = {
    'zh-CN': { subject: read('subjectZh'), text: read('textZh') },
    en: { subject: read('subjectEn'), text: read('textEn') },
  }
  return wrong.length > 0 ? { ok: false, wrong } : { ok: true, words }
}

/** Whom such a survey asks, for the words. */
export const ofGroup = ({ group }: DeskSurvey) => (group === 'leaders' ? ('leaders' as const) : ('recipients' as const))

/** Our own words, with which a form begins. */
export function defaultWords(of: 'leaders' | 'recipients', kind: MailingKind, via: Via): WordsFields {
  const wordsOf = (words: InvitationMessages) => ({
    subject: words[`subject_${kind}`],
    text: words.texts[of][kind][via],
  })
  const [zh, en] = [wordsOf(invitationMessages('zh-CN')), wordsOf(invitationMessages('en'))]
  return { subjectZh: zh.subject, textZh: zh.text, subjectEn: en.subject, textEn: en.text }
}
