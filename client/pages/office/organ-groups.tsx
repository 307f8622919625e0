import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import type { ResultsMessages } from '../../messages/results.ts'
import { Scroll } from '../../parts/data-table.tsx'
import { AxisScale, axisOf, IntervalMark, intervalText, stepsClass } from '../../parts/interval.tsx'
import { ScoreText, withheldText } from '../../parts/withheld.tsx'
import { grouped } from './dashboard-text.ts'
import type { GroupDetail, OrganPageProps } from './organ.tsx'
import { HatchPatterns, Questions } from './organ-questions.tsx'

type SectionProps = OrganPageProps & { words: OfficeMessages; names: ResultsMessages }

/** Satisfaction: three groups, their weights, what each adds, and then each group's questions. */
export function SatisfactionSection(props: SectionProps) {
  const { groups, words } = props
  return (
    <section class="block" aria-labelledby="satisfaction-title">
      <h2 id="satisfaction-title">{words.satisfactionHeading}</h2>
      <Formula {...props} />
      <GroupsTable {...props} />
      <HatchPatterns />
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
      <table class={`data parts ${stepsClass(axis)}`}>
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
              <td class="n">{grouped(row.n)}</td>
              <td class="n">
                <ScoreText words={names} value={row.result} what={row.title} />
                {row.interval && <small>{intervalText(names, row.interval)}</small>}
              </td>
              <td class="n">
                {row.standardError ?? (row.result.status === 'ok' ? words.noStandardError : words.noContribution)}
              </td>
              <td class="n">{row.contribution ?? words.noContribution}</td>
              <td class="v">
                {row.result.status === 'ok' && (
                  <IntervalMark score={row.result.score} interval={row.interval} axis={axis} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.satisfaction}</th>
            <td class="n" colSpan={3}>
              <ScoreText words={names} value={satisfaction} what={words.satisfaction} />
              {interval && <small>{intervalText(names, interval)}</small>}
            </td>
            <td class="n">
              {standardError ?? (satisfaction.status === 'ok' ? words.noStandardError : words.noContribution)}
            </td>
            <td class="n">{satisfaction.status === 'ok' ? satisfaction.score : words.noContribution}</td>
            <td class="v">
              {satisfaction.status === 'ok' && (
                <IntervalMark score={satisfaction.score} interval={interval} axis={axis} />
              )}
            </td>
          </tr>
        </tfoot>
      </table>
    </Scroll>
  )
}

function Group(props: SectionProps & { detail: GroupDetail }) {
  const { shell, detail, words, names, dontKnowLimit } = props
  const { group, result, questions, warnings, questionnaire } = detail
  const title = names[group]
  const received =
    detail.expected === null
      ? grouped(detail.received)
      : fill(words.ofExpected, { received: grouped(detail.received), expected: grouped(detail.expected) })
  const facts: [string, string][] = [
    [words.n, grouped(detail.n)],
    ...(detail.effectiveN === null ? [] : [[words.effectiveN, detail.effectiveN] as [string, string]]),
    [words.received, detail.responsePercent === null ? received : `${received} (${detail.responsePercent}%)`],
    [words.questionnaire, fill(words.questionnaireVersion, questionnaire)],
  ]
  return (
    <section class="group" aria-labelledby={`group-${group}`}>
      <h3 id={`group-${group}`}>{title}</h3>
      <dl class="row">
        {facts.map(([term, value]) => (
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
      {questions.length > 0 ? (
        <Questions
          detail={detail}
          title={title}
          words={words}
          names={names}
          dontKnowLimit={dontKnowLimit}
          locale={shell.locale}
        />
      ) : (
        <p class="note">
          {fill(words.noQuestions, {
            why: result.status === 'withheld' ? withheldText(names, result.why, title) : names.collecting,
          })}
        </p>
      )}
    </section>
  )
}
