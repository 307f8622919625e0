import { resultsMessages } from '../../messages/results.ts'
import { urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'

/** /method: how a score is made, in plain words. */
type MethodPageProps = Pick<View, 'locale' | 'size'>

/** The title of the method page. */
export const methodTitle = ({ locale }: MethodPageProps): string => resultsMessages(locale).methodTitle

/** From one answer to the overall score, with numbers that a reader can redo on paper. */
export function MethodPage({ locale, size }: MethodPageProps) {
  const words = resultsMessages(locale)
  const steps = [
    [words.step1, words.step1Text, words.step1Example],
    [words.step2, words.step2Text, words.step2Example],
    [words.step3, words.step3Text, words.step3Example],
    [words.step4, words.step4Text, words.step4Example],
    [words.step5, words.step5Text, words.step5Example],
    [words.step6, words.step6Text, words.step6Example],
    [words.step7, words.step7Text, words.step7Example],
    [words.step8, words.step8Text, words.step8Example],
  ] as const
  return (
    // The example is the same everywhere, and says itself that it is invented.
    <PublicFrame {...{ locale, size, demo: false }} path={urls.method()}>
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
    </PublicFrame>
  )
}
