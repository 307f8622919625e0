import type { Locale } from '../../../surveys/questionnaire.ts'
import { resultsMessages } from '../../messages/results.ts'
import { carry, urls } from '../../urls.ts'

/** /method: how a score is made, in plain words. */
export type MethodPageProps = { locale: Locale; languageHref: string }

export const methodTitle = ({ locale }: MethodPageProps): string => resultsMessages(locale).methodTitle

/** From one answer to the overall score, with numbers that a reader can redo on paper. */
export function MethodPage({ locale, languageHref }: MethodPageProps) {
  const words = resultsMessages(locale)
  const steps = [
    [words.step1, words.step1Text, words.step1Example],
    [words.step2, words.step2Text, words.step2Example],
    [words.step3, words.step3Text, words.step3Example],
    [words.step4, words.step4Text, words.step4Example],
    [words.step5, words.step5Text, words.step5Example],
    [words.step6, words.step6Text, words.step6Example],
  ] as const
  return (
    <div class="wrap">
      <a class="skip" href="#main">
        {words.skip}
      </a>
      <header class="bar">
        <a href={carry(urls.index(), { locale })}>{words.product}</a>
        <a href={languageHref} lang={words.otherLanguageCode} hreflang={words.otherLanguageCode}>
          {words.otherLanguage}
        </a>
      </header>
      <main id="main">
        <h1>{words.methodTitle}</h1>
        <p>{words.methodIntro}</p>
        {steps.map(([title, text, example]) => (
          <section key={title}>
            <h2>{title}</h2>
            <p>{text}</p>
            <p class="note num">{example}</p>
          </section>
        ))}
        <p>{words.methodGrades}</p>
        <p>{words.methodMinimums}</p>
      </main>
    </div>
  )
}
