import { respondMessages } from '../../messages/respond.ts'
import { Field } from '../../parts/field.tsx'
import { carry, fields, urls } from '../../urls.ts'
import type { SurveyHead, View } from './views.ts'
import { Waiting } from './waiting.tsx'

export type PhoneProblem = 'required' | 'malformed'

type PhoneFormProps = View & { survey: SurveyHead; channel: string; phone: string; problem?: PhoneProblem | undefined }

/** The number that an SMS code is sent to: on the start page, and again where it was not understood. */
export function PhoneForm(props: PhoneFormProps) {
  const { locale, survey, channel, phone, problem } = props
  const m = respondMessages(locale)
  return (
    <form method="post" action={carry(urls.smsSend(survey.jid, survey.sid), props)} novalidate>
      <input type="hidden" name={fields.channel} value={channel} />
      <Field
        name={fields.phone}
        label={m.phoneLabel}
        hint={survey.hasAudit ? m.phoneHintAudited : m.phoneHint}
        problem={problem && phoneProblem(props, problem)}
        input={{ type: 'tel', inputMode: 'tel', autocomplete: 'tel', maxLength: 20, value: phone, class: 'short' }}
      />
      <button type="submit" class="btn">
        {m.phoneSend}
      </button>
      <Waiting m={m} />
    </form>
  )
}

export function phoneProblem({ locale }: Pick<View, 'locale'>, problem: PhoneProblem): string {
  const m = respondMessages(locale)
  return problem === 'required' ? m.phoneRequired : m.phoneMalformed
}
