import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { followUpMessages } from '../../messages/follow-up.ts'
import { publicSiteMessages } from '../../messages/public-site.ts'
import { publicationMessages } from '../../messages/publication.ts'
import { carry, urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'

/** Of which published year a page speaks. */
export type SitePlace = {
  jid: string
  jurisdiction: string
  cycle: string
  cycleTitle: string
  /** That the version which a page is made of counts no longer, and why. */
  withdrawn?: { on: string; reason: string } | null
  /** The version of the publication that a page is made of. */
  edition?: { version: number; on: string }
}

/** The pages of one year. */
export type SitePage = 'results' | 'method' | 'people' | 'files' | 'rectification'

/** From every page of a year to all others; `here` is the open one. Above them that the year was withdrawn. */
export function SiteNav(props: Pick<View, 'locale' | 'size'> & SitePlace & { here: SitePage | null }) {
  const { jid, cycle, cycleTitle, here, locale, withdrawn, edition } = props
  const words = publicSiteMessages(locale)
  const entries: readonly { page: SitePage | 'years'; text: string; href: string }[] = [
    { page: 'results', text: words.navResults, href: urls.results(jid, cycle) },
    { page: 'method', text: words.navMethod, href: urls.resultsPart(jid, cycle, 'method') },
    { page: 'people', text: words.navPeople, href: urls.resultsPart(jid, cycle, 'people') },
    { page: 'rectification', text: followUpMessages(locale).publicNav, href: urls.publicRectification(jid, cycle) },
    { page: 'files', text: words.navFiles, href: urls.resultsPart(jid, cycle, 'files') },
    { page: 'years', text: words.navYears, href: urls.place(jid) },
  ]
  return (
    <>
      {withdrawn && (
        <div class="note" role="note">
          <p>
            <strong>{fill(publicationMessages(locale).withdrawnOn, { on: withdrawn.on })}</strong>
            <bdi>{withdrawn.reason}</bdi>
          </p>
        </div>
      )}
      <nav class="chips" aria-label={fill(words.navLabel, { cycle: cycleTitle })}>
        {entries.map(({ page, text, href }) => (
          <a key={page} href={carry(href, props)} aria-current={page === here ? 'page' : undefined}>
            {text}
          </a>
        ))}
      </nav>
      {edition && <p class="hint">{fill(publicationMessages(locale).thisVersion, edition)}</p>}
    </>
  )
}

/** '江州省 2025年度绩效评估'. */
export const yearOf = ({ jurisdiction, cycleTitle }: SitePlace, locale: Locale): string =>
  `${jurisdiction}${locale === 'en' ? ', ' : ''}${cycleTitle}`
