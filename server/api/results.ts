import { z } from 'zod'
import { patterns, urls } from '../../client/urls.ts'
import { findCycle, listCyclesOf } from '../../db/platform.ts'
import type { PublicReason } from '../../db/publications.ts'
import { cycleFile, resultsFile, sumsFile } from '../../surveys/bundle.ts'
import {
  type CycleDocument,
  type ResultsDocument,
  readCycleDocument,
  readResults,
  resultsSchema,
  satisfactionFigures,
} from '../../surveys/bundle-documents.ts'
import { canonicalJson, hex, utf8 } from '../../surveys/canonical.ts'
import { lineageNode } from '../../surveys/lineage.ts'
import { parsePlan, satisfactionId } from '../../surveys/plan.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { PublishedDocuments } from '../export/documents.ts'
import { indicatorLineage } from '../indicator-lineage.ts'
import { openPublished, publishedDocuments, publishedOf } from '../publications.ts'
import { readStored } from '../stored.ts'
import type { World } from '../world.ts'
import { type ApiRefusal, defineApi, pageOf, pageQuery } from './route.ts'
import { names } from './surveys.ts'

// What has been published, read from the published files themselves: whoever takes a figure from here can show from which
// files it follows, and check them.

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** Where figures come from: the files by their address and hash, and what was fixed before the first answer. */
const lineage = z.object({
  version: z.int(),
  published: z.iso.datetime(),
  bundle: z.object({ address: z.string(), sha256: hash }),
  file: z.object({ path: z.literal(resultsFile), sha256: hash }),
  plan: z.object({ id: z.string(), version: z.int(), sha256: hash }),
  manifests: z.array(z.object({ survey: z.string(), sha256: hash })),
})

/** Every published figure of a cycle, by organ. */
export const apiResults = defineApi({
  name: 'results',
  method: 'GET',
  path: patterns.apiResults,
  opens: 'results:read',
  query: pageQuery,
  answer: z.object({
    cycle: z.string(),
    lineage,
    ranking: resultsSchema.shape.ranking,
    items: resultsSchema.shape.organs,
  }),
  refusals: ['not_published', 'withdrawn'],
  example: { path: '/api/v1/cycles/2025/results?limit=1' },
  async handler({ world, program, params }, { query }) {
    const found = await readPublished(world, { jid: program.jid, cycle: params.cycle })
    if (!found.ok) return found
    const { results, lineage } = found.value
    const page = pageOf(results.organs, ({ organ }) => organ, query)
    if (!page.ok) return page
    const { items, next } = page.value
    return ok({ value: { cycle: params.cycle, lineage, ranking: results.ranking, items: [...items] }, next })
  },
})

const indicator = z.object({
  organ: z.string(),
  name: names,
  /** null where the plan asks nobody about the organ. */
  satisfaction: satisfactionFigures.nullable(),
  /** Groups, questions and sums from which it follows, the indicator itself first; and SHA-256 of this list as canonical JSON. */
  lineage: z.array(lineageNode),
  sha256: hash,
})

/** The satisfaction indicator alone, for a system that reckons the rest itself. */
export const apiIndicator = defineApi({
  name: 'indicator',
  method: 'GET',
  path: patterns.apiIndicator,
  opens: 'results:read',
  query: pageQuery,
  answer: z.object({ cycle: z.string(), indicator: z.string(), lineage, items: z.array(indicator) }),
  refusals: ['not_published', 'withdrawn'],
  example: { path: '/api/v1/cycles/2025/indicator?limit=2' },
  async handler({ world, program, params }, { query }) {
    const found = await readPublished(world, { jid: program.jid, cycle: params.cycle })
    if (!found.ok) return found
    const { results, document, documents, lineage, indicator } = found.value
    const page = pageOf(results.organs, ({ organ }) => organ, query)
    if (!page.ok) return page
    const called = new Map(document.organs.map(({ code, nameZh, nameEn }) => [code, { 'zh-CN': nameZh, en: nameEn }]))
    const items = await Promise.all(
      page.value.items.map(async (figures) => {
        const { organ, satisfaction } = figures
        const name = called.get(organ) ?? { 'zh-CN': organ, en: organ }
        return { organ, name, satisfaction, ...(await indicatorLineage(world, documents, figures)) }
      }),
    )
    return ok({ value: { cycle: params.cycle, indicator, lineage, items }, next: page.value.next })
  },
})

const reason = z.object({ 'zh-CN': z.string(), en: z.string() })

const publication = z.object({
  cycle: z.string(),
  version: z.int(),
  sha256: hash,
  published: z.iso.datetime(),
  /** What was wrong in the version before; null of the first. */
  correction: reason.nullable(),
  /** Why it counts no longer, and since when; null while it does. */
  withdrawn: z.object({ reason, since: z.iso.datetime() }).nullable(),
  /** The page for people, the folder of the files, and the list of their hashes. */
  page: z.string(),
  bundle: z.string(),
  sums: z.string(),
})

/** What has been published, the newest cycle and in it the latest version first. */
export const apiPublications = defineApi({
  name: 'publications',
  method: 'GET',
  path: patterns.apiPublications,
  opens: 'results:read',
  query: pageQuery,
  answer: z.object({ items: z.array(publication) }),
  example: { path: '/api/v1/publications' },
  async handler({ world, scope, program: { jid } }, { query }) {
    const cycles = await listCyclesOf(world.pages, [scope.jurisdiction])
    const all = await Promise.all(
      cycles.map(async (found) =>
        ((await publishedOf(world, found))?.versions ?? []).map((stored) => ({ cycle: found.cycle.code, stored })),
      ),
    )
    const page = pageOf(all.flat(), ({ cycle, stored }) => `${cycle}/${stored.version}`, query)
    if (!page.ok) return page
    const items = page.value.items.map(({ cycle, stored: { version, hash, madeAt, reason, withdrawn } }) => ({
      cycle,
      version,
      sha256: hex(hash),
      published: new Date(madeAt).toISOString(),
      correction: reason && inBoth(reason),
      withdrawn: withdrawn && { reason: inBoth(withdrawn), since: new Date(withdrawn.madeAt).toISOString() },
      page: `${world.config.origins[0]}${urls.resultsVersion(jid, cycle, version)}`,
      bundle: addressOf(world, { jid, cycle, version }),
      sums: addressOf(world, { jid, cycle, version }, sumsFile),
    }))
    return ok({ value: { items }, next: page.value.next })
  },
})

const inBoth = ({ zh, en }: PublicReason) => ({ 'zh-CN': zh, en })

interface Version {
  readonly jid: string
  readonly cycle: string
  readonly version: number
}

/** The address of a file of this very version, whatever is corrected later; '' for the folder. */
const addressOf = ({ config }: World, { jid, cycle, version }: Version, file = ''): string =>
  `${config.origins[0]}${urls.versionBundle(jid, cycle, version, file)}`

interface Published {
  readonly results: ResultsDocument
  readonly document: CycleDocument
  /** The id of the part of the plan that the surveys fill. */
  readonly indicator: string
  readonly lineage: z.infer<typeof lineage>
  readonly documents: PublishedDocuments
}

/** The latest version. What was withdrawn is refused: a program might not read why it counts no longer. */
async function readPublished(
  world: World,
  place: { readonly jid: string; readonly cycle: string },
): Promise<Result<Published, ApiRefusal>> {
  const found = await findCycle(world.pages, place.jid, place.cycle)
  const published = found && (await publishedOf(world, found))
  if (!published) return err({ code: 'not_published' })
  const { version, hash, madeAt, withdrawn } = published.shown
  if (withdrawn) return err({ code: 'withdrawn' })
  const own = { ...place, version }
  const [resultsText, cycleText, documents] = await Promise.all([
    openText(world, own, resultsFile),
    openText(world, own, cycleFile),
    publishedDocuments(world, published),
  ])
  if (!resultsText || !cycleText || !documents) return err({ code: 'not_published' })
  const results = readResults(resultsText.text)
  const document = readCycleDocument(cycleText.text)
  // They were verified before two persons agreed to them.
  if (!results.ok || !document.ok) throw new Error('a published document cannot be read')
  const plan = readStored(parsePlan(document.value.plan))
  return ok({
    results: results.value,
    document: document.value,
    documents,
    indicator: satisfactionId(plan),
    lineage: {
      version,
      published: new Date(madeAt).toISOString(),
      bundle: { address: addressOf(world, own), sha256: hex(hash) },
      file: { path: resultsFile, sha256: resultsText.sha256 },
      plan: {
        id: plan.id,
        version: plan.version,
        sha256: hex(await world.crypto.sha256(utf8(canonicalJson(document.value.plan)))),
      },
      manifests: document.value.surveys.map(({ sid, manifest }) => ({ survey: sid, sha256: manifest })),
    },
  })
}

async function openText(world: World, { version, ...place }: Version, path: string) {
  const file = await openPublished(world, place, { path, version })
  return file && { text: await new Response(file.stream).text(), sha256: file.sha256 }
}
