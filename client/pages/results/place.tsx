import { fill } from '../../messages/fill.ts'
import { publicSiteMessages } from '../../messages/public-site.ts'
import { Filled } from '../../parts/filled.tsx'
import { carry, urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'

/** A year of which something was published. */
export type PublishedYear = {
  cycle: string
  title: string
  /** The day of its latest version. */
  on: string
  version: number
  isWithdrawn: boolean
}

type NamedPlace = { jid: string; name: string }

export type PlacePageProps = View &
  NamedPlace & {
    /** The newest first. */
    years: readonly PublishedYear[]
    above: NamedPlace | null
    /** With the newest year that each has published. */
    below: readonly (NamedPlace & { latest: Pick<PublishedYear, 'cycle' | 'title'> | null })[]
  }

export const placeTitle = ({ locale, name }: PlacePageProps): string =>
  fill(publicSiteMessages(locale).placeTitle, { place: name })

/** /results/{jid}: what a place has published, year by year, and the places below it. */
export function PlacePage(props: PlacePageProps) {
  const { locale, jid, name, years, above, below } = props
  const words = publicSiteMessages(locale)
  return (
    <PublicFrame {...props} path={urls.place(jid)}>
      <h1>
        <Filled text={words.placeTitle} values={{ place: <bdi>{name}</bdi> }} />
      </h1>
      {above && (
        <p>
          {words.above}
          <a href={carry(urls.place(above.jid), props)}>
            <bdi>{above.name}</bdi>
          </a>
        </p>
      )}
      <section aria-labelledby="years-title">
        <h2 id="years-title">{words.yearsHeading}</h2>
        {years.length === 0 ? (
          <p class="note">{words.yearsNone}</p>
        ) : (
          <>
            <ul>
              {years.map(({ cycle, title, on, version, isWithdrawn }) => (
                <li key={cycle}>
                  <a class="alone" href={carry(urls.results(jid, cycle), props)}>
                    <bdi>{title}</bdi>
                  </a>{' '}
                  {[
                    fill(words.publishedOn, { date: on }),
                    ...(version > 1 ? [fill(words.corrected, { version })] : []),
                    ...(isWithdrawn ? [words.withdrawn] : []),
                  ].join(' · ')}
                </li>
              ))}
            </ul>
            <p class="hint">{words.yearsComparable}</p>
          </>
        )}
      </section>
      {below.length > 0 && (
        <section aria-labelledby="below-title">
          <h2 id="below-title">{words.belowHeading}</h2>
          <ul>
            {below.map((each) => (
              <li key={each.jid}>
                <a class="alone" href={carry(urls.place(each.jid), props)}>
                  <bdi>{each.name}</bdi>
                </a>{' '}
                {each.latest ? <bdi>{each.latest.title}</bdi> : words.belowNone}
              </li>
            ))}
          </ul>
        </section>
      )}
    </PublicFrame>
  )
}
