import type { BarsChart, DaysChart } from '../../islands/chart-data.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { ChartFigure } from '../../parts/chart-figure.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped, shareText } from '../../parts/numbers.ts'
import { Progress, stepsOf } from './dashboard-participation.tsx'
import { sourceLine } from './dashboard-text.ts'
import { type FieldworkPart, type FieldworkSurvey, Live } from './fieldwork.tsx'
import { liveName } from './fieldwork-counts.ts'

const share = (part: number, whole: number): string =>
  whole === 0 ? '' : shareText(((part / whole) * 100).toFixed(1), part)

/** Where people are lost between the roster and being counted: bars, and the same as a table. */
export function FunnelSection(part: FieldworkPart) {
  const { surveys, words } = part
  if (surveys.length === 0) return null
  return (
    <section class="block" id="funnel" aria-labelledby="funnel-title">
      <h2 id="funnel-title">{words.funnelHeading}</h2>
      {surveys.map((survey) => (
        <Funnel key={survey.sid} survey={survey} {...part} />
      ))}
      <p class="hint">{words.stepNote}</p>
    </section>
  )
}

function Funnel({
  survey,
  words,
  names,
  texts,
  shell,
  updated,
  planHash,
}: FieldworkPart & { survey: FieldworkSurvey }) {
  const { sid, group, steps } = survey
  const office = officeMessages(shell.locale)
  const [first, last] = [steps[0], steps[steps.length - 1]]
  const name = names[group]
  if (!first || !last || steps.every(({ step, n }) => step === 'roster' || n === 0))
    return <p class="hint">{fill(words.funnelNone, { group: name })}</p>
  const title = fill(words.funnelTitle, { group: name })
  const data: BarsChart = {
    kind: 'bars',
    title,
    source: sourceLine(shell, office, updated, planHash),
    fileName: `${shell.place?.jid ?? ''}-${sid}-funnel.png`,
    axisTitle: words.people,
    unit: '',
    labels: steps.map(({ step }) => words[`step_${step}`]),
    series: [
      {
        label: words.people,
        look: 'public',
        bars: steps.map(({ n }) => ({ from: '0', to: String(n), text: grouped(n), isLost: false })),
      },
    ],
  }
  const finding = fill(words.funnelFinding, {
    group: name,
    last: words[`step_${last.step}`],
    n: grouped(last.n),
    first: words[`step_${first.step}`],
    percent: share(last.n, first.n),
  })
  return (
    <ChartFigure id={`funnel-${sid}`} words={office} sentence={finding} data={data} csvHref={null}>
      <details>
        <summary>{office.dataTable}</summary>
        <Scroll label={title}>
          <DataTable
            caption={title}
            columns={[
              { label: words.step },
              { label: words.people, numeric: true },
              { label: words.ofLast, numeric: true },
              { label: words.ofFirst, numeric: true },
            ]}
            rows={steps.map(({ step, n }, at) => [
              words[`step_${step}`],
              step === 'drawn' || step === 'arrived' ? (
                <Live key="n" name={liveName.of(sid, step === 'drawn' ? 'received' : 'arrived')} texts={texts} />
              ) : (
                grouped(n)
              ),
              at === 0 ? '' : `${share(n, steps[at - 1]!.n)}%`,
              `${share(n, first.n)}%`,
            ])}
          />
        </Scroll>
      </details>
    </ChartFigure>
  )
}

/** Day by day, and in all against an even pace. */
export function DaysSection(part: FieldworkPart) {
  const { surveys, words, shell } = part
  if (surveys.length === 0) return null
  return (
    <section class="block" id="days" aria-labelledby="days-title">
      <h2 id="days-title">{words.daysHeading}</h2>
      <div class="columns">
        <div>
          <Days {...part} />
        </div>
        <div>
          <Progress {...part} participation={surveys} words={officeMessages(shell.locale)} />
        </div>
      </div>
    </section>
  )
}

function Days({ surveys, words, names, shell, updated, planHash }: FieldworkPart) {
  const office = officeMessages(shell.locale)
  const begun = surveys.filter(({ daily }) => daily.length > 0)
  const days = [...new Set(begun.flatMap(({ daily }) => daily.map(({ day }) => day)))].sort((a, b) => a - b)
  const texts = new Map(begun.flatMap(({ daily }) => daily.map(({ day, text }) => [day, text] as const)))
  const counts = begun.map(({ daily }) => new Map(daily.map(({ day, received }) => [day, received])))
  const totals = days.map((day) => counts.reduce((all, each) => all + (each.get(day) ?? 0), 0))
  const all = totals.reduce((sum, n) => sum + n, 0)
  if (all === 0) return <p class="hint">{office.chartProgressNone}</p>
  const most = Math.max(...totals)
  const data: DaysChart = {
    kind: 'days',
    title: words.daysTitle,
    source: sourceLine(shell, office, updated, planHash),
    fileName: `${shell.place?.jid ?? ''}-${shell.place?.cycle ?? ''}-days.png`,
    axisTitle: words.daysAxis,
    days: days.map((day) => texts.get(day)!),
    series: begun.map(({ group }, at) => ({
      label: names[group],
      look: group,
      counts: days.map((day) => counts[at]!.get(day) ?? 0),
    })),
  }
  const finding = fill(words.daysFinding, {
    days: days.length,
    n: grouped(all),
    date: texts.get(days[totals.indexOf(most)]!)!,
    most: grouped(most),
  })
  return (
    <ChartFigure id="chart-days" words={office} sentence={finding} data={data} csvHref={null}>
      <details>
        <summary>{office.dataTable}</summary>
        <Scroll label={words.daysTitle} name="tall">
          <DataTable
            caption={words.daysTitle}
            columns={[
              { label: office.day },
              { label: office.group },
              { label: office.daily, numeric: true },
              { label: office.cumulative, numeric: true },
              { label: words.target, numeric: true },
            ]}
            rows={begun.flatMap((survey) =>
              stepsOf(survey).map(({ text, received, total, pace }, at) => [
                <span key="d" id={`day-${survey.sid}-${survey.daily[at]!.day}`}>
                  {text}
                </span>,
                names[survey.group],
                grouped(received),
                grouped(total),
                grouped(Math.round((survey.target * Number(pace)) / 100)),
              ]),
            )}
          />
        </Scroll>
      </details>
    </ChartFigure>
  )
}
