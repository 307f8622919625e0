import type { GroupId } from '../../../surveys/questionnaire.ts'
import { ways } from '../../../surveys/ways.ts'
import { fieldworkMessages } from '../../messages/fieldwork.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { resultsMessages } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { FigureCard } from '../../parts/figure.tsx'
import { Filled } from '../../parts/filled.tsx'
import { grouped } from '../../parts/numbers.ts'
import type { DashboardPageProps, Participation } from './dashboard.tsx'
import { Live, LiveMeter } from './fieldwork.tsx'
import { liveName, liveTexts } from './fieldwork-counts.ts'
import { figureFileHref, wholeView } from './figure-view.ts'

type SectionProps = Pick<DashboardPageProps, 'shell' | 'participation' | 'progress' | 'openChannel' | 'fieldwork'> & {
  words: OfficeMessages
}

/** The same shapes as in the chart, so that a line can be found without its colour. */
export const groupShapes: Record<GroupId, string> = { leaders: '▲', recipients: '■', public: '●' }

/** Whether a survey was opened, now or in the past. */
export const hasBegun = ({ state }: Participation): boolean => state !== 'draft' && state !== 'ready'

/** Who has answered: by group, by channel, by day; the open channel apart. */
export function ParticipationSection(props: SectionProps) {
  const { participation, progress, openChannel, shell, words } = props
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
        <div>
          {participation.length > 0 && (
            <FigureCard
              figure={progress}
              words={words}
              locale={shell.locale}
              csvHref={figureFileHref(shell, 'progress', wholeView)}
            />
          )}
        </div>
      </div>
    </section>
  )
}

/** While people answer the counts move, and what they are held against is the target. */
function Groups({ participation, fieldwork, words, shell }: SectionProps) {
  const names = resultsMessages(shell.locale)
  const texts = liveTexts(fieldwork?.surveys ?? [])
  const live = (sid: string, what: 'received' | 'share') => {
    const name = liveName.of(sid, what)
    return texts[name] === undefined ? null : <Live name={name} texts={texts} />
  }
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
              {fieldwork ? fieldworkMessages(shell.locale).share : words.responseRate}
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
                <Filled
                  text={words.ofExpected}
                  values={{
                    received: live(survey.sid, 'received') ?? grouped(survey.received),
                    expected: grouped(survey.expected),
                  }}
                />
              </td>
              <td class="n">
                {live(survey.sid, 'share') ?? survey.responsePercent}%
                {texts[liveName.of(survey.sid, 'share')] === undefined ? (
                  <Meter share={survey.received / Math.max(1, survey.expected)} />
                ) : (
                  <LiveMeter name={liveName.of(survey.sid, 'share')} texts={texts} />
                )}
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
