import type { Locale } from '../../../surveys/questionnaire.ts'
import { ways } from '../../../surveys/ways.ts'
import { fill } from '../../messages/fill.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { AmendmentList } from '../../parts/amendment-list.tsx'
import { grouped } from '../../parts/numbers.ts'
import { carry, urls } from '../../urls.ts'
import type { ResultsPageProps, SurveyNote } from './results.tsx'

type BlockProps = ResultsPageProps & { words: ResultsMessages }

/** Who was asked, how many answered, what counts how much; the open channel; what anyone can check. */
export function MethodBlock(props: BlockProps) {
  const { surveys, openChannel, isPublished, words } = props
  return (
    <>
      <section aria-labelledby="method-title">
        <h2 id="method-title">{isPublished ? words.methodHeading : words.methodHeadingBefore}</h2>
        <div class="asked">
          {surveys.map((survey) => (
            <div key={survey.group}>
              <h3>{words[survey.group]}</h3>
              <dl>
                {factsOf(survey, props).map(([term, value]) => (
                  <div key={term}>
                    <dt>{term}</dt>
                    <dd>{value}</dd>
                  </div>
                ))}
              </dl>
              <AmendmentList amendments={survey.amendments} locale={props.locale} heading="h4" />
            </div>
          ))}
        </div>
        <ul>
          {rules(props).map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
        <p>
          <a class="alone" href={carry(urls.method(), props)}>
            {words.methodLink}
          </a>
        </p>
      </section>
      {openChannel && (
        <section class="note" aria-labelledby="open-title">
          <h2 id="open-title">{words.openHeading}</h2>
          <p>{fill(words.openText, { received: grouped(openChannel.received) })}</p>
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
                <a class="alone" href={href}>
                  {fill(words.manifest, { group: words[group] })}
                </a>
              </li>
            ))}
          </ul>
        )}
      </section>
      <VerifyBlock {...props} />
    </>
  )
}

/** Where the published files are and how to compute everything from them again; nothing before there are any. */
function VerifyBlock({ bundle, words, locale, size }: BlockProps) {
  if (bundle === null) return null
  return (
    <section aria-labelledby="verify-title">
      <h2 id="verify-title">{words.verifyHeading}</h2>
      <p>{words.verifyText}</p>
      <p>{words.verifyCommand}</p>
      <pre>
        <code>npm run verify -- {bundle.address}</code>
      </pre>
      <ul>
        <li>
          <a class="alone" href={bundle.sumsHref}>
            {words.verifyFiles}
          </a>
        </li>
        <li>
          <a class="alone" href={`${carry(urls.verify(), { locale, size })}#${bundle.address}`}>
            {words.verifyPage}
          </a>
        </li>
      </ul>
      <p class="step">
        {words.bundleHash} <code>{bundle.hash}</code>
      </p>
    </section>
  )
}

function factsOf(survey: SurveyNote, { words, locale }: BlockProps): [string, string][] {
  // Where the plan gives the reason for a mode, it says what the mode means as well.
  const mode = survey.modeReason ?? words[survey.mode]
  return [
    [words.methodWeight, survey.weight],
    [words.methodReceived, received(survey, words)],
    [words.methodWays, waysText(survey, words)],
    [words.methodPeriod, fill(words.period, { opens: survey.opens, closes: survey.closes })],
    [words.methodHow, sentences(locale, words[survey.adapter], mode)],
    [words.methodMinimum, minimum(survey, words)],
    ...weighting(survey, words),
    ...audit(survey, words, locale),
  ]
}

function received(survey: SurveyNote, words: ResultsMessages): string {
  if (survey.expected === null) return grouped(survey.received)
  const counts = fill(words.receivedOf, { received: grouped(survey.received), expected: grouped(survey.expected) })
  return survey.responsePercent === null ? counts : `${counts} (${survey.responsePercent}%)`
}

const waysText = (survey: SurveyNote, words: ResultsMessages): string =>
  ways
    .map((way) => fill(words.methodWay, { way: words[`way_${way}`], n: grouped(survey.ways[way]) }))
    .join(words.listSeparator)

function minimum({ minimum: { n, effectiveN, responsePercent } }: SurveyNote, words: ResultsMessages): string {
  const asked = [fill(words.minimumSlips, { n: grouped(n) })]
  if (effectiveN !== null) asked.push(fill(words.minimumEffective, { effective: grouped(effectiveN) }))
  if (responsePercent !== null) asked.push(fill(words.minimumResponse, { percent: responsePercent }))
  return asked.join(words.minimumAnd)
}

function weighting({ weighting: own }: SurveyNote, words: ResultsMessages): [string, string][] {
  if (own === null) return []
  const margins = own.margins.map((text) => fill(words.quoted, { text })).join(words.listSeparator)
  return [[words.methodWeighting, fill(words.weightedBy, { margins, source: own.source })]]
}

/** Who was asked afterwards whether they took part, and how much that says; said also where nobody was. */
function audit({ audit: own }: SurveyNote, words: ResultsMessages, locale: Locale): [string, string][] {
  if (own === null) return []
  if (own === 'none') return [[words.audit, words.auditNone]]
  const { seed, rolled, drawn, withoutContact, confirmed, denied, notReached, detection } = own
  const counts = { rolled, drawn, withoutContact, confirmed, denied, notReached }
  const shown = Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, grouped(n)]))
  const told = sentences(
    locale,
    fill(words.auditDrawn, { ...shown, seed }),
    fill(words.auditFound, shown),
    fill(words.auditCertainty, { reached: grouped(confirmed + denied), percent: detection }),
  )
  return [[words.audit, told]]
}

function rules(props: BlockProps): string[] {
  const { scale, surveys, rounding, intervalPercent, classes, words } = props
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
    ...(props.isPublished && props.quarantined.length === 0 ? [words.quarantineNone] : []),
    ...(selfAssessed.length === 0
      ? []
      : [fill(words.methodClass, { classes: selfAssessed.join(words.listSeparator) })]),
  ]
}
