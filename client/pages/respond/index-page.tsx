import { fill } from '../../messages/fill.ts'
import { type RespondMessages, respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { Note } from '../../parts/notice.tsx'
import { carry, urls } from '../../urls.ts'
import type { EarlyClose, View } from './views.ts'

type OpenSurvey = {
  sid: string
  title: string
  closesOn: string
  minutes: number
  entry: 'code' | 'start'
  /** False for the open channel: it has a name of its own and stands last. */
  counted: boolean
}
/** One that was closed before its time, while its results are not published. */
type ClosedSurvey = { sid: string; title: string; early: EarlyClose }
/** `cycle` is the code in the address. */
type FinishedCycle = { cycle: string; title: string; publishedOn: string }

/** What a jurisdiction has to show: open surveys, and published cycles, the newest first. */
export type Listing = {
  jid: string
  name: string
  open: readonly OpenSurvey[]
  closed: readonly ClosedSurvey[]
  finished: readonly FinishedCycle[]
}
export type IndexPageProps = View & { jurisdictions: readonly Listing[] }

/** The title of the home page. */
export function indexTitle(props: IndexPageProps): string {
  return respondMessages(props.locale).indexTitle
}

/** What can be answered now, and what has been published. */
export function IndexPage(props: IndexPageProps) {
  const { jurisdictions } = props
  const m = respondMessages(props.locale)
  const shown = jurisdictions.filter(({ open, closed, finished }) => open.length + closed.length + finished.length > 0)
  return (
    <Frame {...props} again={{ path: urls.index() }}>
      <h1>{m.indexTitle}</h1>
      <p class="lead">{m.indexIntro}</p>
      {jurisdictions.some(({ open }) => open.length > 0) ? null : (
        <Note>
          <h2>{m.indexNone}</h2>
          <p>{m.indexNoneHint}</p>
        </Note>
      )}
      {shown.map((listing) => (
        <Jurisdiction key={listing.jid} {...props} m={m} listing={listing} />
      ))}
      <p class="aside">
        {m.indexCode}{' '}
        <a class="link" href={carry(urls.code(), props)}>
          {m.indexCodeLink}
        </a>
      </p>
    </Frame>
  )
}

function Jurisdiction({ m, listing, ...view }: View & { m: RespondMessages; listing: Listing }) {
  const { jid, name, open, closed, finished } = listing
  return (
    <section>
      <h2>
        <bdi>{name}</bdi>
      </h2>
      {open.length > 0 ? (
        <>
          <h3>{m.indexOpen}</h3>
          <ul class="cards">
            {[...open.filter((each) => each.counted), ...open.filter((each) => !each.counted)].map((each) => (
              <li key={each.sid}>
                <a href={carry(urls.start(jid, each.sid), view)}>{each.counted ? each.title : m.indexOpenChannel}</a>
                <p class="meta">{fill(m.indexUntil, { minutes: each.minutes, date: each.closesOn })}</p>
                {each.entry === 'code' ? <p class="meta">{m.indexWithCode}</p> : null}
                {each.counted ? null : <p class="meta">{m.indexNotCounted}</p>}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {closed.length > 0 ? (
        <>
          <h3>{m.indexClosedEarly}</h3>
          <ul class="cards">
            {closed.map(({ sid, title, early }) => (
              <li key={sid}>
                <a href={carry(urls.start(jid, sid), view)}>{title}</a>
                <p class="meta">{fill(m.closedOn, { date: early.closedOn, text: fill(m.closedEarly, early) })}</p>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {finished.length > 0 ? (
        <>
          <h3>{m.indexFinished}</h3>
          <ul class="cards">
            {finished.map(({ cycle, title, publishedOn }) => (
              <li key={cycle}>
                <a href={carry(urls.results(jid, cycle), view)}>{fill(m.indexResults, { cycle: title })}</a>
                <p class="meta">{fill(m.indexPublished, { date: publishedOn })}</p>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  )
}
