import type { GroupId } from '../../../surveys/questionnaire.ts'
import { ways } from '../../../surveys/ways.ts'
import { epochDay, type ProgressChart, type ProgressSeries } from '../../islands/chart-data.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { resultsMessages } from '../../messages/results.ts'
import { ChartFigure } from '../../parts/chart-figure.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { Filled } from '../../parts/filled.tsx'
import { grouped, shareText } from '../../parts/numbers.ts'
import type { DashboardPageProps, Participation } from './dashboard.tsx'
import { sourceLine } from './dashboard-text.ts'

type SectionProps = Pick<DashboardPageProps, 'shell' | 'participation' | 'openChannel' | 'updated' | 'planHash'> & {
  words: OfficeMessages
}

/** The same shapes as in the chart, so that a line can be found without its colour. */
export const groupShapes: Record<GroupId, string> = { leaders: '▲', recipients: '■', public: '●' }

/** Whether a survey was opened, now or in the past. */
export const hasBegun = ({ state }: Participation): boolean => state !== 'draft' && state !== 'ready'

/** Who has answered: by group, by channel, by day; the open channel apart. */
export function ParticipationSection(props: SectionProps) {
  const { participation, openChannel, words } = props
  return (
    <section class="block" id="participation" aria-labelledby="participation-title">
      <h2 id="participation-title">{words.participationHeading}</h2>
      <div class="columns">
        <div>
          <Groups {...props} />
          <Ways {...props} />
          <Channels {...props} />
          {openChannel && <OpenChannel open={openChannel} words={words} />}
        </div>
        <div>{participation.length > 0 && <Progress {...props} />}</div>
      </div>
    </section>
  )
}

function Groups({ participation, words, shell }: SectionProps) {
  const names = resultsMessages(shell.locale)
  return (
    <Scroll label={words.participationCaption}>
      <table class="data taking-part stack of-3">
        <caption class="vh">{words.participationCaption}</caption>
        <thead>
          <tr>
            <th scope="col">{words.group}</th>
            <th scope="col">{words.state}</th>
            <th scope="col" class="n">
              {fill(words.ofExpected, { received: words.tookPart, expected: words.expected })}
            </th>
            <th scope="col" class="n">
              {words.responseRate}
            </th>
          </tr>
        </thead>
        <tbody>
          {participation.map((survey) => (
            <tr key={survey.sid}>
              <th scope="row">
                <span class={`key ${survey.group}`} aria-hidden="true">
                  {groupShapes[survey.group]}
                </span>{' '}
                {names[survey.group]}
              </th>
              <td>
                {words[survey.state]}
                <small>{fill(words.periodOf, { opens: survey.opens.text, closes: survey.closes.text })}</small>
              </td>
              <td class="n">
                {fill(words.ofExpected, { received: grouped(survey.received), expected: grouped(survey.expected) })}
              </td>
              <td class="n">
                {survey.responsePercent}%
                <Meter share={survey.received / Math.max(1, survey.expected)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** A share as a bar, for the eye; the number stands beside it. */
function Meter({ share }: { share: number }) {
  return (
    <svg class="meter" aria-hidden="true">
      <rect class="back" width="100%" height="6" rx="3" />
      <rect class="front" width={`${Math.min(100, share * 100).toFixed(1)}%`} height="6" rx="3" />
    </svg>
  )
}

/** On what people answered: their own device, a shared one, the telephone, paper. */
function Ways({ participation, words, shell }: SectionProps) {
  const names = resultsMessages(shell.locale)
  return (
    <section aria-labelledby="ways-title">
      <h3 id="ways-title">{words.waysHeading}</h3>
      <Scroll label={words.waysCaption}>
        <DataTable
          caption={words.waysCaption}
          quietCaption
          columns={[
            { label: words.group },
            ...ways.map((way) => ({ label: names[`way_${way}`], numeric: true })),
            { label: words.waysAll, numeric: true },
          ]}
          rows={participation.map((survey) => [
            names[survey.group],
            ...ways.map((way) => grouped(survey.ways[way])),
            grouped(survey.received),
          ])}
        />
      </Scroll>
    </section>
  )
}

/** Where responses came from: names and counts in one line for each group. */
function Channels({ participation, words, shell }: SectionProps) {
  const names = resultsMessages(shell.locale)
  const used = participation.filter(({ channels }) => channels.length > 0)
  return (
    <section aria-labelledby="channel-title">
      <h3 id="channel-title">{words.channelHeading}</h3>
      {used.length === 0 ? (
        <p class="hint">{words.noChannel}</p>
      ) : (
        <DataTable
          caption={words.channelCaption}
          quietCaption
          columns={[{ label: words.group }, { label: words.channel }]}
          rows={used.map(({ group, channels }) => [
            names[group],
            <ChannelCounts key="c" channels={channels} words={words} />,
          ])}
        />
      )}
    </section>
  )
}

function ChannelCounts({ channels, words }: { channels: Participation['channels']; words: OfficeMessages }) {
  return (
    <>
      {channels.map(({ name, received }) => (
        <span key={name} class="together">
          <Filled
            text={words.channelCount}
            values={{ name: <bdi>{name}</bdi>, received: <strong class="num">{grouped(received)}</strong> }}
          />{' '}
        </span>
      ))}
    </>
  )
}

function OpenChannel({ open, words }: { open: NonNullable<SectionProps['openChannel']>; words: OfficeMessages }) {
  return (
    <section class="apart" aria-labelledby="open-title">
      <h3 id="open-title">
        {words.openHeading} <span class="tag">{words.openBadge}</span>
      </h3>
      <p class="hint">{words.openText}</p>
      <p>
        {words[open.state]} · {words.tookPart} <strong class="num">{grouped(open.received)}</strong>
      </p>
      <p>
        <ChannelCounts channels={open.channels} words={words} />
      </p>
    </section>
  )
}

/** What the cumulative line is made of. */
type Progressing = Pick<Participation, 'group' | 'opens' | 'closes' | 'daily' | 'expected' | 'responsePercent'>

/** One line per day and group, as the table and the chart both print it. */
type Step = { day: number; text: string; received: number; total: number; percent: string; pace: string }

export function stepsOf(survey: Pick<Participation, 'opens' | 'closes' | 'daily' | 'expected'>): Step[] {
  const [start, end] = [epochDay(survey.opens.day), epochDay(survey.closes.day)]
  let total = 0
  return survey.daily.map(({ day, text, received }) => {
    total += received
    const elapsed = (epochDay(day) - start + 1) / Math.max(1, end - start + 1)
    const percent = ((total / Math.max(1, survey.expected)) * 100).toFixed(1)
    return { day: epochDay(day), text, received, total, percent, pace: (Math.min(1, elapsed) * 100).toFixed(1) }
  })
}

/** In all, as a share of those expected, against an even pace. */
export function Progress({
  participation,
  words,
  shell,
  updated,
  planHash,
}: Pick<SectionProps, 'words' | 'shell' | 'updated' | 'planHash'> & { participation: readonly Progressing[] }) {
  const names = resultsMessages(shell.locale)
  const surveys = participation.map((survey) => ({ survey, name: names[survey.group], steps: stepsOf(survey) }))
  const begun = surveys.filter(({ steps }) => steps.length > 0)
  const list = begun.map(({ survey, name }) =>
    fill(words.chartProgressItem, { group: name, percent: survey.responsePercent }),
  )
  const date = begun.map(({ steps }) => steps[steps.length - 1]!).sort((one, other) => other.day - one.day)[0]?.text
  if (date === undefined) return <p class="hint">{words.chartProgressNone}</p>
  const paces = distinctPaces(begun)
  const series: ProgressSeries[] = begun.map(({ survey, name, steps }) => ({
    label: name,
    look: survey.group,
    points: steps.map(({ day, text, percent }) => ({ day, text, percent })),
  }))
  for (const { name, steps } of paces) {
    const label = paces.length === 1 ? words.chartPace : fill(words.chartPaceOf, { group: name })
    series.push({ label, look: 'pace', points: steps.map(({ day, text, pace }) => ({ day, text, percent: pace })) })
  }
  const data: ProgressChart = {
    kind: 'progress',
    title: words.chartProgressTitle,
    source: sourceLine(shell, words, updated, planHash),
    fileName: `${shell.place?.jid ?? ''}-${shell.place?.cycle ?? ''}-fieldwork.png`,
    yTitle: words.chartProgressAxis,
    series,
  }
  return (
    <ChartFigure
      id="chart-progress"
      words={words}
      sentence={fill(words.chartProgressSentence, { date, list: list.join(names.listSeparator) })}
      data={data}
      csvHref={null}
    >
      <details>
        <summary>{words.dataTable}</summary>
        <Scroll label={words.chartProgressTitle} name="tall">
          <DataTable
            caption={words.chartProgressTitle}
            columns={[
              { label: words.day },
              { label: words.group },
              { label: words.daily, numeric: true },
              { label: words.cumulative, numeric: true },
              { label: words.cumulativePercent, numeric: true },
              { label: words.pacePercent, numeric: true },
            ]}
            rows={begun.flatMap(({ name, steps }) =>
              steps.map((step) => [
                step.text,
                name,
                grouped(step.received),
                grouped(step.total),
                shareText(step.percent, step.total),
                step.pace,
              ]),
            )}
          />
        </Scroll>
      </details>
    </ChartFigure>
  )
}

/** Surveys with the same dates share one dashed line. */
function distinctPaces<S extends { survey: Progressing }>(surveys: readonly S[]): S[] {
  const seen = new Map<string, S>()
  for (const entry of surveys) {
    const dates = `${entry.survey.opens.day}-${entry.survey.closes.day}`
    if (!seen.has(dates)) seen.set(dates, entry)
  }
  return [...seen.values()]
}
