import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import type { ResultsMessages } from '../../messages/results.ts'
import { Scroll } from '../../parts/data-table.tsx'
import { AxisScale, axisOf, IntervalMark, intervalText, stepsClass } from '../../parts/interval.tsx'
import { grouped } from '../../parts/numbers.ts'
import { type Score, ScoreText, withheldText } from '../../parts/withheld.tsx'
import type { GroupDetail, OrganPageProps } from './organ.tsx'
import { Questions } from './organ-questions.tsx'
import { WeightingNotes } from './organ-weighting.tsx'

type SectionProps = OrganPageProps & { words: OfficeMessages; names: ResultsMessages }

/** Satisfaction: three groups, their weights, what each adds, and then each group's questions. */
export function SatisfactionSection(props: SectionProps) {
  const { groups, words } = props
  return (
    <section class="block" aria-labelledby="satisfaction-title">
      <h2 id="satisfaction-title">{words.satisfactionHeading}</h2>
      <Formula {...props} />
      <GroupsTable {...props} />
      {groups.map((detail) => (
        <Group key={detail.group} {...props} detail={detail} />
      ))}
    </section>
  )
}

function Formula({ groups, satisfaction, words }: SectionProps) {
  if (satisfaction.status !== 'ok') return null
  const total = satisfaction.score
  const scored = groups.flatMap(({ weight, result }) =>
    result.status === 'ok' ? [{ weight, score: result.score }] : [],
  )
  const contributions = groups.flatMap(({ contribution }) => (contribution === null ? [] : [contribution]))
  return (
    <>
      <p class="formula num">
        {fill(words.satisfactionFormula, {
          terms: scored.map((term) => fill(words.satisfactionTerm, term)).join(' + '),
          total,
        })}
      </p>
      <p class="hint num">{fill(words.satisfactionSum, { terms: contributions.join(' + '), total })}</p>
    </>
  )
}

function GroupsTable({ groups, satisfaction, interval, standardError, intervalPercent, words, names }: SectionProps) {
  const axis = axisOf([
    ...groups.map(({ result, interval: own }) => ({ score: result, interval: own })),
    { score: satisfaction, interval },
  ])
  const rows = groups.map((detail) => ({ ...detail, key: detail.group, title: names[detail.group] }))
  return (
    <Scroll label={words.satisfactionCaption}>
      <table class={`data parts stack of-5 ${stepsClass(axis)}`}>
        <caption class="vh">{words.satisfactionCaption}</caption>
        <thead>
          <tr>
            <th scope="col">{words.group}</th>
            {[words.weight, words.n, words.score, words.standardError, words.contribution].map((label) => (
              <th key={label} scope="col" class="n">
                {label}
              </th>
            ))}
            <th scope="col" class="v">
              {fill(words.interval, { percent: intervalPercent })}
              <AxisScale axis={axis} />
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">{row.title}</th>
              <td class="n">{row.weight}</td>
              {row.n !== null && <td class="n">{grouped(row.n)}</td>}
              {row.result.status === 'ok' ? (
                <>
                  <td class="n">
                    <span class="num">{row.result.score}</span>
                    {row.interval && <small>{intervalText(names, row.interval)}</small>}
                  </td>
                  <td class="n">{row.standardError ?? words.noStandardError}</td>
                  <td class="n">{row.contribution ?? words.noContribution}</td>
                  <td class="v">
                    <IntervalMark score={row.result.score} interval={row.interval} axis={axis} />
                  </td>
                </>
              ) : (
                <>
                  <td class="n" colSpan={row.n === null ? 4 : 3}>
                    <ScoreText words={names} value={row.result} what={row.title} />
                  </td>
                  <td class="v" />
                </>
              )}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.satisfaction}</th>
            {satisfaction.status === 'ok' ? (
              <>
                <td class="n" colSpan={3}>
                  <span class="num">{satisfaction.score}</span>
                  {interval && <small>{intervalText(names, interval)}</small>}
                </td>
                <td class="n">{standardError ?? words.noStandardError}</td>
                <td class="n">{satisfaction.score}</td>
                <td class="v">
                  <IntervalMark score={satisfaction.score} interval={interval} axis={axis} />
                </td>
              </>
            ) : (
              <>
                <td class="n" colSpan={5}>
                  <ScoreText words={names} value={satisfaction} what={names.satisfactionScore} />
                </td>
                <td class="v" />
              </>
            )}
          </tr>
        </tfoot>
      </table>
    </Scroll>
  )
}

function Group(props: SectionProps & { detail: GroupDetail }) {
  const { shell, detail, words, names, dontKnowLimit } = props
  const { group, result, questions, warnings, weighting } = detail
  const title = names[group]
  return (
    <section class="group" aria-labelledby={`group-${group}`}>
      <h3 id={`group-${group}`}>{title}</h3>
      <dl class="row">
        {factsOf(detail, words, names).map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd class="num">{value}</dd>
          </div>
        ))}
      </dl>
      {warnings.length > 0 && (
        <ul class="note warn">
          {warnings.map((warning) => (
            <li key={warning}>{fill(words[warning], { limit: dontKnowLimit })}</li>
          ))}
        </ul>
      )}
      {weighting && <WeightingNotes weighting={weighting} locale={shell.locale} words={words} names={names} />}
      {questions.length > 0 ? (
        <Questions {...props} title={title} />
      ) : (
        <p class="note">
          {fill(words.noQuestions, {
            why: result.status === 'withheld' ? withheldText(names, result.why, title) : names.tooFewToShow,
          })}
        </p>
      )}
    </section>
  )
}

/** Counts stand here once there are any: while people may answer, 0 would be a claim. */
function factsOf(detail: GroupDetail, words: OfficeMessages, names: ResultsMessages): [string, string][] {
  const { leverage, quarantine, n, effectiveN, received, expected, responsePercent, questionnaire } = detail
  const facts: [string, string][] = []
  if (n !== null) facts.push([words.n, grouped(n)])
  if (effectiveN !== null) facts.push([words.effectiveN, grouped(effectiveN)])
  if (received !== null) {
    const counts = { received: grouped(received), expected: grouped(expected ?? 0) }
    const text = expected === null ? counts.received : fill(words.ofExpected, counts)
    facts.push([words.received, responsePercent === null ? text : `${text} (${responsePercent}%)`])
  }
  if (leverage !== null) facts.push([words.leverage, fill(words.leverageText, leverage)])
  if (quarantine !== null) facts.push([words.quarantine, quarantineText(detail, quarantine, words, names)])
  if (questionnaire !== null) facts.push([words.questionnaire, fill(words.questionnaireVersion, questionnaire)])
  return facts
}

function quarantineText(
  { group, result }: GroupDetail,
  quarantine: NonNullable<GroupDetail['quarantine']>,
  words: OfficeMessages,
  names: ResultsMessages,
): string {
  if (quarantine.shown === 'official') {
    const { fewerThan, effectAtMost } = quarantine
    if (effectAtMost === null) return fill(words.quarantineFew, { fewerThan })
    return fill(words.quarantineBound, { fewerThan, effectAtMost })
  }
  const said = (score: Score) => (score.status === 'ok' ? score.score : withheldText(names, score.why, names[group]))
  return fill(words.quarantinePair, { n: grouped(quarantine.slips), without: said(result), all: said(quarantine.all) })
}
