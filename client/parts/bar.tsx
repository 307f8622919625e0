import type { ComponentChildren } from 'preact'
import { respondMessages } from '../messages/respond.ts'
import type { SurveyHead, View } from '../pages/respond/views.ts'
import { carry, fields, urls } from '../urls.ts'

/**
 * How this page is shown again in the other language or size. A page that answered a GET has an address; one that
 * answered a POST is asked for again by sending its form, so that nothing typed is lost without script.
 */
type Again = { path: string; channel?: string | undefined } | { form: string; path: string; show: 'choose' | 'form' }

export type Back = { href: string } | { form: string; path: string; show: 'choose' | 'form' }

type FrameProps = View & {
  again: Again
  back?: Back | undefined
  /** Shows who runs the survey, and the way to the privacy page, below the content. */
  survey?: SurveyHead | undefined
  children: ComponentChildren
}

/** What stands around every respondent page: skip link, back, tools, then the content. */
export function Frame(props: FrameProps) {
  const { locale, size, demo, isPreview, again, back, survey, children } = props
  const m = respondMessages(locale)
  return (
    <div class="wrap">
      <a class="skip" href="#main">
        {m.skip}
      </a>
      <header>
        {demo ? <p class="demo">{m.demo}</p> : null}
        {isPreview ? <p class="demo">{m.previewText}</p> : null}
        {'form' in again ? <DefaultButton form={again.form} /> : null}
        <div class="bar">
          {back ? <BackLink {...{ locale, size, back }} /> : <Brand {...{ locale, size }} />}
          <Tools {...{ locale, size, again }} />
        </div>
      </header>
      <main id="main" tabindex={-1}>
        {children}
      </main>
      {survey ? <Foot {...{ locale, size, survey }} /> : null}
    </div>
  )
}

/** Text size and language: each choice shows the page again. */
export function Tools({ locale, size, again }: Pick<View, 'locale' | 'size'> & { again: Again }) {
  const m = respondMessages(locale)
  return (
    <div class="tools">
      <details class="size">
        <summary class="tool">{m.textSize}</summary>
        <ul>
          <SizeChoice {...{ locale, current: size, again }} to={undefined} label={m.sizeStandard} />
          <SizeChoice {...{ locale, current: size, again }} to="elder" label={m.sizeElder} />
          <SizeChoice {...{ locale, current: size, again }} to="max" label={m.sizeMax} />
        </ul>
      </details>
      <Language {...{ locale, size, again }} />
    </div>
  )
}

// Enter in a field presses the form's first submit button in document order; without this it would be a button of
// the bar, and the page would change its language instead of going on.
function DefaultButton({ form }: { form: string }) {
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: out of the tab order, it only receives the Enter key of fields
  return <button type="submit" class="vh" form={form} tabindex={-1} aria-hidden="true" />
}

function Brand({ locale, size }: Pick<View, 'locale' | 'size'>) {
  return (
    <a class="brand" href={carry(urls.index(), { locale, size })}>
      {respondMessages(locale).product}
    </a>
  )
}

function BackLink({ locale, size, back }: Pick<View, 'locale' | 'size'> & { back: Back }) {
  const m = respondMessages(locale)
  const label = (
    <>
      <span aria-hidden="true">‹ </span>
      {m.back}
    </>
  )
  if ('href' in back) {
    return (
      <a class="back" href={carry(back.href, { locale, size })}>
        {label}
      </a>
    )
  }
  return (
    <button
      type="submit"
      class="back"
      form={back.form}
      formaction={carry(back.path, { locale, size })}
      name={fields.show}
      value={back.show}
    >
      {label}
    </button>
  )
}

type ChoiceProps = Pick<View, 'locale'> & { current: View['size']; to: View['size']; label: string; again: Again }

function SizeChoice({ locale, current, to, label, again }: ChoiceProps) {
  const chosen = current === to ? 'true' : undefined
  const action = carry(again.path, { locale, size: to, channel: 'form' in again ? undefined : again.channel })
  return (
    <li>
      {'form' in again ? (
        <button
          type="submit"
          form={again.form}
          formaction={action}
          name={fields.show}
          value={again.show}
          data-size={to ?? ''}
          aria-current={chosen}
        >
          {label}
        </button>
      ) : (
        <a href={action} data-size={to ?? ''} aria-current={chosen}>
          {label}
        </a>
      )}
    </li>
  )
}

function Language({ locale, size, again }: Pick<View, 'locale' | 'size'> & { again: Again }) {
  const m = respondMessages(locale)
  const other = locale === 'en' ? 'zh-CN' : 'en'
  const action = carry(again.path, { locale: other, size, channel: 'form' in again ? undefined : again.channel })
  return 'form' in again ? (
    <button
      type="submit"
      class="tool"
      lang={other}
      form={again.form}
      formaction={action}
      name={fields.show}
      value={again.show}
      data-language
    >
      {m.otherLanguage}
    </button>
  ) : (
    <a class="tool" lang={other} hreflang={other} href={action} data-language>
      {m.otherLanguage}
    </a>
  )
}

function Foot({ locale, size, survey }: Pick<View, 'locale' | 'size'> & { survey: SurveyHead }) {
  const m = respondMessages(locale)
  return (
    <footer class="foot extra noprint">
      <p>
        <bdi>{survey.organiser}</bdi> · <span class="num">{survey.phone}</span>
      </p>
      <p>
        <a class="link" href={carry(urls.privacy(survey.jid, survey.sid), { locale, size })}>
          {m.privacyLink}
        </a>
      </p>
    </footer>
  )
}
