import { fill } from '../../messages/fill.ts'
import type { ResultsMessages } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { carry, urls } from '../../urls.ts'
import type { ResultsPageProps, SurveyNote } from './results.tsx'

type BlockProps = ResultsPageProps & { words: ResultsMessages }

/** Who was asked, how many answered, what counts how much; the open channel; what anyone can check. */
export function MethodBlock(props: BlockProps) {
  const { surveys, openChannel, words, locale } = props
  return (
    <>
      <section aria-labelledby="method-title">
        <h2 id="method-title">{words.methodHeading}</h2>
        <Scroll label={words.methodHeading}>
          <DataTable
            caption={words.methodHeading}
            quietCaption
            columns={[
              { label: words.methodWho },
              { label: words.methodWeight, numeric: true },
              { label: words.methodReceived, numeric: true },
              { label: words.methodPeriod },
              { label: words.methodHow },
              { label: words.methodMinimum },
            ]}
            rows={surveys.map((survey) => [
              words[survey.group],
              survey.weight,
              received(survey, words),
              fill(words.period, { opens: survey.opens, closes: survey.closes }),
              manner(survey, words),
              minimum(survey, words),
            ])}
          />
        </Scroll>
        <ul>
          {rules(props).map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
        <p>
          <a href={carry(urls.method(), { locale })}>{words.methodLink}</a>
        </p>
      </section>
      {openChannel && (
        <section class="note" aria-labelledby="open-title">
          <h2 id="open-title">{words.openHeading}</h2>
          <p>{fill(words.openText, openChannel)}</p>
        </section>
      )}
      <section aria-labelledby="check-title">
        <h2 id="check-title">{words.checkHeading}</h2>
        <p class="step">
          {words.planHash} <code>{props.planHash}</code>
        </p>
        {props.manifestHrefs.length > 0 && (
          <ul>
            {props.manifestHrefs.map(({ group, href }) => (
              <li key={href}>
                <a href={href}>{fill(words.manifest, { group: words[group] })}</a>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  )
}

function received(survey: SurveyNote, words: ResultsMessages): string {
  if (survey.expected === null) return String(survey.received)
  const counts = fill(words.receivedOf, { received: survey.received, expected: survey.expected })
  return survey.responsePercent === null ? counts : `${counts} (${survey.responsePercent}%)`
}

function manner(survey: SurveyNote, words: ResultsMessages): string {
  const told = [words[survey.adapter], words[survey.mode]]
  if (survey.modeReason !== null) told.push(survey.modeReason)
  return told.join(words.clauseSeparator)
}

function minimum({ minimum: { n, responsePercent } }: SurveyNote, words: ResultsMessages): string {
  return responsePercent === null
    ? fill(words.minimumSlips, { n })
    : fill(words.minimumResponse, { n, percent: responsePercent })
}

function rules({ scale, surveys, rounding, intervalPercent, classes, words }: BlockProps): string[] {
  const terms = surveys.map(({ weight, group }) => fill(words.methodTerm, { weight, group: words[group] }))
  const rounded = fill(rounding.at === 'end' ? words.roundedAtEnd : words.roundedAtEach, {
    decimals: rounding.decimals,
  })
  const selfAssessed = classes.filter(({ functionalRule }) => functionalRule === 'self').map(({ title }) => title)
  return [
    fill(words.methodScale, {
      levels: scale.map(({ label }) => label).join(words.listSeparator),
      points: scale.map(({ points }) => points).join(words.listSeparator),
    }),
    fill(words.methodSum, { terms: terms.join(' + '), rounding: rounded }),
    fill(words.methodInterval, { percent: intervalPercent }),
    ...(selfAssessed.length === 0
      ? []
      : [fill(words.methodClass, { classes: selfAssessed.join(words.listSeparator) })]),
  ]
}
