import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { groupShapes } from './dashboard-participation.tsx'
import { type FieldworkPart, type FieldworkSurvey, Live, LiveMeter } from './fieldwork.tsx'
import { liveName } from './fieldwork-counts.ts'

/** Group by group, stratum by stratum: received, wanted, still missing; and the response rate where there is a list. */
export function TargetsSection(part: FieldworkPart) {
  const { surveys, words, names } = part
  if (surveys.length === 0) return null
  const listed = surveys.filter((survey) => survey.rate !== null)
  return (
    <section class="block" aria-labelledby="targets-title">
      <h2 id="targets-title">{words.tableHeading}</h2>
      <Scroll label={words.tableCaption}>
        <table class="data taking-part">
          <caption class="vh">{words.tableCaption}</caption>
          <thead>
            <tr>
              <th scope="col">{words.group}</th>
              {[words.received, words.target, words.remaining, words.share, words.rate].map((label) => (
                <th key={label} scope="col" class="n">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {surveys.map((survey) => (
              <Rows key={survey.sid} survey={survey} {...part} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="hint">{words.targetNote}</p>
      <p class="hint">{words.rateNote}</p>
      {listed.map(({ sid, group, listed: people, returned, steps }) => (
        <p key={sid} class="hint">
          {fill(words.rateOf, {
            group: names[group],
            received: grouped(steps.find(({ step }) => step === 'drawn')?.n ?? 0),
            listed: grouped(people ?? 0),
            returned: grouped(returned),
          })}
        </p>
      ))}
    </section>
  )
}

function Rows({ survey, texts, words, names, shell }: FieldworkPart & { survey: FieldworkSurvey }) {
  const { sid, group, state, cells, target, rate, opens, closes } = survey
  const office = officeMessages(shell.locale)
  const strata = cells.filter(({ title }) => title !== null)
  const alone = strata.length === 0 ? cells[0] : undefined
  return (
    <>
      <tr>
        <th scope="row">
          <span class={`key ${group}`} aria-hidden="true">
            {groupShapes[group]}
          </span>{' '}
          {names[group]}{' '}
          <small>{`${office[state]} · ${fill(office.periodOf, { opens: opens.text, closes: closes.text })}`}</small>
          {alone && <Remark cell={alone} survey={survey} words={words} />}
        </th>
        <td class="n">
          <Live name={liveName.of(sid, 'received')} texts={texts} />
        </td>
        <td class="n">{target === 0 ? words.noTarget : grouped(target)}</td>
        <td class="n">
          <Live name={liveName.of(sid, 'remaining')} texts={texts} />
        </td>
        <td class="n">
          <Live name={liveName.of(sid, 'share')} texts={texts} />
          <LiveMeter name={liveName.of(sid, 'share')} texts={texts} />
        </td>
        <td class="n">{rate ?? words.noList}</td>
      </tr>
      {strata.map((cell) => (
        <tr key={cell.cell}>
          <th scope="row">
            <bdi>{cell.title}</bdi>
            <Remark cell={cell} survey={survey} words={words} />
          </th>
          <td class="n">
            <Live name={liveName.cell(sid, cell.cell, 'received')} texts={texts} />
          </td>
          <td class="n">{cell.target === 0 ? words.noTarget : grouped(cell.target)}</td>
          <td class="n">
            <Live name={liveName.cell(sid, cell.cell, 'remaining')} texts={texts} />
          </td>
          <td class="n">
            <Live name={liveName.cell(sid, cell.cell, 'share')} texts={texts} />
            <LiveMeter name={liveName.cell(sid, cell.cell, 'share')} texts={texts} />
          </td>
          <td />
        </tr>
      ))}
    </>
  )
}

function Remark({
  cell: { isQuota, isBehind, remaining },
  survey: { isOpen },
  words,
}: {
  cell: FieldworkSurvey['cells'][number]
  survey: FieldworkSurvey
  words: FieldworkPart['words']
}) {
  const remarks = [
    isQuota ? (remaining === 0 ? words.full : words.quota) : '',
    isOpen && isBehind ? words.behind : '',
  ].filter((each) => each !== '')
  return (
    <>
      {remarks.map((remark) => (
        <span key={remark} class="tag">
          {remark}
        </span>
      ))}
    </>
  )
}

/** Where responses came from; the open channel in a block of its own. */
export function ChannelsSection(part: FieldworkPart) {
  const { surveys, openChannel, words, names, texts, shell } = part
  const office = officeMessages(shell.locale)
  const used = surveys.filter(({ channels }) => channels.length > 0)
  return (
    <section class="block" aria-labelledby="channels-title">
      <h2 id="channels-title">{words.channelHeading}</h2>
      {used.length === 0 ? (
        <p class="hint">{office.noChannel}</p>
      ) : (
        <Scroll label={words.channelCaption}>
          <DataTable
            caption={words.channelCaption}
            quietCaption
            columns={[
              { label: words.channel },
              { label: office.group },
              { label: words.received, numeric: true },
              { label: words.target, numeric: true },
              { label: words.remaining, numeric: true },
              { label: words.part, numeric: true },
            ]}
            rows={used.flatMap(({ sid, group, channels }) =>
              channels.map(({ code, name, target, share }) => [
                <bdi key="n" id={`channel-${sid}-${code.replace(':', '-')}`}>
                  {name}
                </bdi>,
                names[group],
                <Live key="r" name={liveName.channel(sid, code, 'received')} texts={texts} />,
                target > 0 ? grouped(target) : words.noChannelTarget,
                target > 0 ? <Live key="m" name={liveName.channel(sid, code, 'remaining')} texts={texts} /> : '',
                share,
              ]),
            )}
          />
        </Scroll>
      )}
      {openChannel && (
        <section class="apart" aria-labelledby="open-title">
          <h3 id="open-title">
            {words.openHeading} <span class="tag">{office.openBadge}</span>
          </h3>
          <p class="hint">{office.openText}</p>
          <p>
            {office[openChannel.state]} · {words.received}{' '}
            <strong>
              <Live name={liveName.of(openChannel.sid, 'received')} texts={texts} />
            </strong>
          </p>
          <p>
            {openChannel.channels.map(({ code, name }) => (
              <span key={code} class="together">
                <bdi>{name}</bdi> <Live name={liveName.channel(openChannel.sid, code, 'received')} texts={texts} />{' '}
              </span>
            ))}
          </p>
        </section>
      )}
    </section>
  )
}
