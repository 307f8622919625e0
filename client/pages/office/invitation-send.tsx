import { invitationPlaces } from '../../../surveys/invitation.ts'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { InvitationMessages } from '../../messages/invitations.ts'
import { Field, TextArea } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'

export type Via = 'sms' | 'mail'
export type MailingKind = 'invite' | 'reminder'

/** A field of the words: subject or text, in one language. */
export type WordsField = 'subjectZh' | 'textZh' | 'subjectEn' | 'textEn'
export type WordsFields = Readonly<Record<WordsField, string>>

/** Why messages cannot be sent now. */
export type SendHindrance =
  | { code: 'not_open' | 'nobody' | 'running' | 'no_gateway' }
  | { code: 'too_many'; most: number }
  | { code: 'too_soon'; days: number; time: string }

export type SendForm = {
  kind: MailingKind
  via: Via
  hindrance: SendHindrance | null
  /** People to invite; reminders do not tell how many. */
  people: number | null
  words: WordsFields
}

export type SendState = {
  of: keyof typeof invitationPlaces
  forms: readonly SendForm[]
  mostReminders: number
  gapDays: number
}

export type WordsProblem =
  | { code: 'required' | 'no_link' | 'too_long' | 'two_lines' | 'not_text' }
  | { code: 'unknown_place' | 'leading' | 'personal'; found: string }
  | { code: 'too_many_parts'; n: number }

export type SendProblem =
  | { code: 'changed' | 'empty' }
  | {
      code: 'words'
      kind: MailingKind
      via: Via
      wrong: readonly { field: WordsField; problem: WordsProblem }[]
    }

const idOf = (kind: MailingKind, via: Via, field: WordsField) => `${kind}-${via}-${field}`

export function sendProblemLines(words: InvitationMessages, problem: SendProblem): { href: string; text: string }[] {
  if (problem.code !== 'words')
    return [{ href: '#send', text: problem.code === 'changed' ? words.sendChanged : words.sendEmpty }]
  const { kind, via, wrong } = problem
  return wrong.map(({ field, problem: each }) => ({
    href: `#${idOf(kind, via, field)}`,
    text: `${words[field]}: ${wordsProblemText(words, each)}`,
  }))
}

function wordsProblemText(words: InvitationMessages, problem: WordsProblem): string {
  const { code, ...values } = problem
  return fill(words[`words_${code}`], values)
}

type OwnProps = {
  shell: OfficeShellProps
  sid: string
  words: InvitationMessages
  mayAct: boolean
  send: SendState
  problem: SendProblem | null
}

/** Where messages are written and started, the first ones and reminders. */
export function SendBlocks(props: OwnProps) {
  const { words, mayAct, send } = props
  if (!mayAct) return null
  const { mostReminders, gapDays } = send
  return (
    <>
      <section class="block" id="send">
        <h2>{words.sendHeading}</h2>
        {send.forms
          .filter(({ kind }) => kind === 'invite')
          .map((form) => (
            <WordsForm key={form.via} {...props} form={form} />
          ))}
      </section>
      <section class="block" id="remind">
        <h2>{words.remindHeading}</h2>
        <p>{fill(words.remindLead, { most: mostReminders, days: gapDays })}</p>
        {send.forms
          .filter(({ kind }) => kind === 'reminder')
          .map((form) => (
            <WordsForm key={form.via} {...props} form={form} />
          ))}
      </section>
    </>
  )
}

function WordsForm({ shell, sid, words, send, problem, form }: OwnProps & { form: SendForm }) {
  const { locale, place, user } = shell
  const { kind, via, hindrance, people } = form
  const own = problem?.code === 'words' && problem.kind === kind && problem.via === via ? problem : null
  const title = words.form[kind][via]
  if (hindrance)
    return (
      <div class="apart">
        <h3>{title}</h3>
        <p>{hindranceText(words, via, hindrance)}</p>
      </div>
    )
  const places = invitationPlaces[send.of].map((name) => `{${name}}`).join(locale === 'en' ? ', ' : '、')
  return (
    <details open={own !== null}>
      <summary>{title}</summary>
      <form
        method="post"
        action={carry(urls.inviteDo(place?.jid ?? '', place?.cycle ?? '', sid, 'send'), { locale })}
        novalidate
      >
        <HiddenFields values={{ csrf: user?.csrf ?? '', kind, via }} />
        <p class="hint">{fill(words.places, { places, link: '{link}' })}</p>
        <p class="hint">{via === 'sms' ? words.smsLimit : words.mailLimit}</p>
        {fieldsOf(via).map((field) => {
          const wrong = own?.wrong.find((each) => each.field === field)
          const common = {
            id: idOf(kind, via, field),
            name: field,
            label: words[field],
            problem: wrong ? wordsProblemText(words, wrong.problem) : undefined,
          }
          const value = form.words[field]
          return field === 'textZh' || field === 'textEn' ? (
            <TextArea key={field} {...common} input={{ rows: via === 'sms' ? 3 : 9, value, lang: langOf(field) }} />
          ) : (
            <Field key={field} {...common} input={{ value, lang: langOf(field), autocomplete: 'off' }} />
          )
        })}
        <button type="submit" class="btn">
          {people === null ? words.sendReminder : fill(words.sendInvite, { n: grouped(people) })}
        </button>
      </form>
    </details>
  )
}

const langOf = (field: WordsField): Locale => (field.endsWith('En') ? 'en' : 'zh-CN')

/** The fields of the words of a message, in the order of the form. */
export const fieldsOf = (via: Via): readonly WordsField[] =>
  via === 'sms' ? ['textZh', 'textEn'] : ['subjectZh', 'textZh', 'subjectEn', 'textEn']

function hindranceText(words: InvitationMessages, via: Via, hindrance: SendHindrance): string {
  switch (hindrance.code) {
    case 'not_open':
      return words.sendNotOpen
    case 'nobody':
      return words.sendNobody
    case 'running':
      return words.sendRunning
    case 'no_gateway':
      return words[`sendNoGateway_${via}`]
    case 'too_many':
      return fill(words.remindTooMany, { most: hindrance.most })
    case 'too_soon':
      return fill(words.remindTooSoon, { days: hindrance.days, time: hindrance.time })
  }
}
