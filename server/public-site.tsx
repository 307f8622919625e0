import type { VNode } from 'preact'
import { FilesPage, filesTitle } from '../client/pages/results/files.tsx'
import { ParticipationPage, participationTitle } from '../client/pages/results/participation.tsx'
import { PlacePage, type PlacePageProps, type PublishedYear, placeTitle } from '../client/pages/results/place.tsx'
import { PlanMethodPage, planMethodTitle } from '../client/pages/results/plan-method.tsx'
import { PublicOrganPage, publicOrganTitle } from '../client/pages/results/public-organ.tsx'
import type { SitePlace } from '../client/pages/results/site-nav.tsx'
import { patterns, urls } from '../client/urls.ts'
import { findAbove, listBelow, type PlaceRow } from '../db/places.ts'
import { findCycle, findJurisdiction, listCyclesOf } from '../db/platform.ts'
import { listVersions } from '../db/publications.ts'
import { lineageFile, readSums } from '../surveys/bundle.ts'
import { canonicalJson, hex, utf8 } from '../surveys/canonical.ts'
import { isPublished } from '../surveys/cycle.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { dateText } from './calendar.ts'
import { isHttps } from './config.ts'
import { tableCsv } from './export/table.ts'
import { totalTables } from './export/totals.ts'
import { gradesOf, intervalPercent } from './figures.ts'
import { systemScope } from './guard.ts'
import { securityHeaders } from './headers.ts'
import { publishedLineage } from './indicator-lineage.ts'
import { cachedPage } from './page-cache.ts'
import { refuse } from './problem.tsx'
import { type Published, type PublishedCycle, publishedDocuments, publishedOf } from './publications.ts'
import { publishedOrgan } from './published-organ.ts'
import { rowsOf, withdrawalOf } from './published-results.ts'
import { publishedPeople, publishedRules } from './published-rules.ts'
import { historyOf } from './results.tsx'
import { defineRoute, type Exchange } from './route.ts'
import { nameOf, titleOf } from './surveys.ts'
import type { World } from './world.ts'

// The pages around the table of results: a place with its years, one organ, the rules, the people, the files. They are made
// from the documents of the latest version and are the same bytes for everybody.

const policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' } as const

/** What a place has published, and the places below it. */
export const placePage = defineRoute({
  method: 'GET',
  path: patterns.place,
  policy,
  async handler(exchange) {
    const { world, params, locale, size } = exchange
    const place = await findJurisdiction(world.pages, params.jid)
    if (!place) return refuse(exchange, 'not_found')
    return cachedPage(exchange, `place|${place.code}`, 30, async () => {
      const named = (row: PlaceRow) => ({ jid: row.code, name: nameOf(row, locale) })
      const scope = systemScope(place.id)
      const [above, below] = await Promise.all([findAbove(world.pages, scope), listBelow(world.pages, scope)])
      const props: PlacePageProps = {
        ...{ locale, size, demo: world.config.demo, ...named(place) },
        years: await yearsOf(world, place, locale),
        above: above && named(above),
        below: await Promise.all(
          below.map(async (row) => ({ ...named(row), latest: (await yearsOf(world, row, locale))[0] ?? null })),
        ),
      }
      return pageOf(placeTitle(props), <PlacePage {...props} />)
    })
  },
})

/** The years of which a place has published something, the newest first. */
export async function yearsOf(world: World, place: { readonly id: number }, locale: Locale): Promise<PublishedYear[]> {
  const cycles = await listCyclesOf(world.pages, [place.id])
  const years = await Promise.all(
    cycles
      .filter(({ cycle }) => isPublished(cycle.state))
      .map(async ({ cycle }) => {
        const [latest] = await listVersions(world.pages, systemScope(place.id), cycle.id)
        return latest && { cycle: cycle.code, title: titleOf(cycle, locale), ...yearOfVersion(latest, locale) }
      }),
  )
  return years.filter((year) => year !== undefined)
}

const yearOfVersion = (
  { madeAt, version, withdrawn }: Published['shown'],
  locale: Locale,
): Pick<PublishedYear, 'on' | 'version' | 'isWithdrawn'> => ({
  on: dateText(madeAt, locale),
  version,
  isWithdrawn: withdrawn !== null,
})

interface Site extends SitePlace {
  readonly locale: Locale
  readonly size: Exchange['size']
  readonly demo: boolean
}

interface Opened {
  readonly published: Published
  readonly documents: PublishedCycle
  readonly site: Site
}

/** What is published of the year in the path, in its latest version. */
async function open({ world, params, locale, size }: Exchange): Promise<Opened | null> {
  const { jid = '', cycle = '' } = params as Record<string, string>
  const found = await findCycle(world.pages, jid, cycle)
  const published = found && (await publishedOf(world, found))
  const documents = published && (await publishedDocuments(world, published))
  if (!documents) return null
  const site = {
    ...{ locale, size, demo: world.config.demo, jid, cycle },
    jurisdiction: nameOf(documents.cycle.jurisdiction, locale),
    cycleTitle: titleOf(documents.cycle.cycle, locale),
    withdrawn: withdrawalOf(published.shown, locale),
    edition: { version: published.shown.version, on: dateText(published.shown.madeAt, locale) },
  }
  return { published, documents, site }
}

/** Where the files of the version that is shown stay. */
const addressOf = ({ world }: Pick<Exchange, 'world'>, { jid, cycle }: Site, { shown }: Published): string =>
  `${world.config.origins[0]}${urls.versionBundle(jid, cycle, shown.version)}`

const pageOf = (title: string, body: VNode) => ({ face: 'results' as const, title, body, description: title })

type Made = { readonly title: string; readonly body: VNode }

/** One page of a year, made anew with every version and when that is withdrawn. */
async function sitePage(
  exchange: Exchange,
  name: string,
  make: (opened: Opened) => Made | Promise<Made>,
  isThere: (documents: PublishedCycle) => boolean = () => true,
): Promise<Response> {
  const opened = await open(exchange)
  if (!opened || !isThere(opened.documents)) return refuse(exchange, 'not_found')
  const { published, site } = opened
  const { hash, withdrawn } = published.shown
  const kept = `${name}|${site.jid}|${site.cycle}|${hex(hash)}${withdrawn ? '|-' : ''}`
  return cachedPage(exchange, kept, 60, async () => {
    const { title, body } = await make(opened)
    return pageOf(title, body)
  })
}

/** What was published about one organ. */
export const organPage = defineRoute({
  method: 'GET',
  path: patterns.resultsOrgan,
  policy,
  handler(exchange) {
    const code = exchange.params.organ
    const make = async ({ documents, published, site }: Opened) => {
      const { locale } = site
      const figures = documents.results.organs.find((each) => each.organ === code)!
      const lineage = publishedLineage(documents, figures)
      const told = publishedOrgan(documents, lineage, locale)
      const organs = documents.cycle.organs.filter((organ) => organ.code === code)
      const scope = systemScope(published.jurisdiction)
      const history = await historyOf(exchange.world, scope, { organs, cycle: published.cycleId, locale })
      const props = {
        ...site,
        ...told,
        ...history,
        renamed: history.renamed.filter(({ name }) => name === told.row.name),
        address: addressOf(exchange, site, published),
        lineageHash: hex(await exchange.world.crypto.sha256(utf8(canonicalJson(lineage)))),
        lineageHref: documents.lineage
          ? urls.versionBundle(site.jid, site.cycle, published.shown.version, lineageFile)
          : null,
        grades: gradesOf(documents.plan, locale),
        intervalPercent: intervalPercent(documents.plan),
      }
      return { title: publicOrganTitle(props), body: <PublicOrganPage {...props} /> }
    }
    return sitePage(exchange, `organ|${code}`, make, ({ cycle }) => cycle.organs.some((organ) => organ.code === code))
  },
})

/** By which rules the scores of a year were made. */
export const methodOfYear = defineRoute({
  method: 'GET',
  path: patterns.resultsMethod,
  policy,
  handler: (exchange) =>
    sitePage(exchange, 'rules', ({ documents, site }) => {
      const props = { ...site, ...publishedRules(documents, site.locale) }
      return { title: planMethodTitle(props), body: <PlanMethodPage {...props} /> }
    }),
})

/** Who took part, and how they were weighted. */
export const peopleOfYear = defineRoute({
  method: 'GET',
  path: patterns.resultsPeople,
  policy,
  handler: (exchange) =>
    sitePage(exchange, 'people', ({ documents, site }) => {
      const rows = rowsOf(documents, site.locale)
      const props = { ...site, surveys: publishedPeople(documents, site.locale), rows }
      return { title: participationTitle(props), body: <ParticipationPage {...props} /> }
    }),
})

/** The published files with their hashes. */
export const filesOfYear = defineRoute({
  method: 'GET',
  path: patterns.resultsFiles,
  policy,
  handler: (exchange) =>
    sitePage(exchange, 'files', ({ documents, published, site }) => {
      const { shown } = published
      const listed = readSums(shown.sums)
      const props = {
        ...site,
        version: shown.version,
        address: addressOf(exchange, site, published),
        hash: hex(shown.hash),
        planHash: documents.people.find(({ manifest }) => manifest.counted)?.manifest.plan_hash ?? '',
        files: listed.ok ? listed.value : [],
      }
      return { title: filesTitle(props), body: <FilesPage {...props} /> }
    }),
})

/** The scores as a table for spreadsheets, one line for each organ and part; refused once they are withdrawn, which no cell says. */
export const resultsCsv = defineRoute({
  method: 'GET',
  path: patterns.resultsCsv,
  policy,
  async handler(exchange) {
    const { world, request } = exchange
    const opened = await open(exchange)
    const table = opened && totalTables(opened.documents)[0]
    if (!table) return refuse(exchange, 'not_found')
    const { jid, cycle } = opened.site
    if (opened.published.shown.withdrawn)
      return refuse(exchange, 'withdrawn', { state: { code: 'results_withdrawn', jid, cycle } })
    const bytes = utf8(tableCsv(table))
    const etag = `"${hex(await world.crypto.sha256(bytes))}"`
    const headers = new Headers(securityHeaders('data', isHttps(world.config)))
    headers.set('Content-Type', 'text/csv; charset=utf-8')
    headers.set('Content-Disposition', `attachment; filename="gongping-${jid}-${cycle}.csv"`)
    headers.set('Cache-Control', 'public, max-age=60')
    headers.set('ETag', etag)
    if (request.headers.get('if-none-match')?.includes(etag)) return new Response(null, { status: 304, headers })
    return new Response(bytes, { headers })
  },
})
