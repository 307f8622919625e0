import { fill } from '../../messages/fill.ts'
import { type RespondMessages, respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { PhoneForm, type PhoneProblem, phoneProblem } from './phone-form.tsx'
import { titleOf } from './title.ts'
import type { SurveyHead, View } from './views.ts'
import { Waiting } from './waiting.tsx'

/** What is no code is given back to be mended; one that is wrong is of no more use. */
export type CodeProblem = { code: 'required' | 'wrong' } | { code: 'malformed'; typed: string }

export type VerifyStep =
  | { step: 'phone'; phone: string; problem: PhoneProblem }
  | { step: 'code'; phone: string; problem?: CodeProblem | undefined }

export type VerifyPageProps = View & {
  survey: SurveyHead
  channel: string
  verify: VerifyStep
}

export function verifyTitle({ locale, survey, verify }: VerifyPageProps): string {
  const m = respondMessages(locale)
  const page = verify.step === 'phone' ? m.verifyPhoneTitle : m.verifyCodeTitle
  return titleOf(m, page, survey, verify.problem !== undefined)
}

/** The number again when it was not understood, or the six digits that were sent to it. */
export function VerifyPage(props: VerifyPageProps) {
  const { locale, survey, verify, channel } = props
  const m = respondMessages(locale)
  const start = urls.start(survey.jid, survey.sid)
  // Shown again in another language this page would send another message, so that button leads to the start.
  return (
    <Frame {...props} again={{ path: start, channel }} back={{ href: start }}>
      {verify.step === 'phone' ? (
        <>
          <ErrorSummary
            locale={locale}
            lines={[{ href: `#${fields.phone}`, text: phoneProblem(props, verify.problem) }]}
          />
          <h1>{m.verifyPhoneTitle}</h1>
          <PhoneForm {...props} phone={verify.phone} problem={verify.problem} />
        </>
      ) : (
        <CodeForm {...props} m={m} phone={verify.phone} problem={verify.problem} />
      )}
    </Frame>
  )
}

function CodeForm(props: VerifyPageProps & { m: RespondMessages; phone: string; problem: CodeProblem | undefined }) {
  const { m, locale, survey, channel, phone, problem } = props
  const texts = { required: m.otpRequired, malformed: m.otpMalformed, wrong: m.otpWrong }
  const text = problem && texts[problem.code]
  return (
    <>
      <ErrorSummary locale={locale} lines={text ? [{ href: `#${fields.oneTimeCode}`, text }] : []} />
      <h1>{m.verifyCodeTitle}</h1>
      <p>{fill(m.verifySent, { end: phone.slice(-4) })}</p>
      <form method="post" action={carry(urls.smsCheck(survey.jid, survey.sid), props)} novalidate>
        <input type="hidden" name={fields.phone} value={phone} />
        <input type="hidden" name={fields.channel} value={channel} />
        <Field
          name={fields.oneTimeCode}
          label={m.otpLabel}
          hint={m.otpHint}
          problem={text}
          input={{
            inputMode: 'numeric',
            autocomplete: 'one-time-code',
            maxLength: 12,
            class: 'code short',
            value: problem?.code === 'malformed' ? problem.typed : '',
          }}
        />
        <button type="submit" class="btn">
          {m.continue}
        </button>
        <Waiting m={m} />
      </form>
      <form method="post" action={carry(urls.smsSend(survey.jid, survey.sid), props)}>
        <input type="hidden" name={fields.phone} value={phone} />
        <input type="hidden" name={fields.channel} value={channel} />
        <button type="submit" class="btn btn-2">
          {m.otpAgain}
        </button>
        <p class="hint">{m.otpHowOften}</p>
        <Waiting m={m} />
      </form>
    </>
  )
}
