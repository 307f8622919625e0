import { z } from 'zod'
import { patterns, urls } from '../../client/urls.ts'
import { listCyclesOf } from '../../db/platform.ts'
import { findPublication } from '../../db/publications.ts'
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
import { isPublished } from '../../surveys/cycle.ts'
import { parsePlan, satisfactionId } from '../../surveys/plan.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { openPublished } from '../publications.ts'
import { readStored } from '../standing.ts'
import type { World } from '../world.ts'
import { type ApiRefusal, defineApi, pageOf, pageQuery } from './route.ts'
import { names } from './surveys.ts'

// What has been published, read from the published files themselves: whoever takes a figure from here can show from which
// files it follows, and check them.

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** Where figures come from: the files by their address and hash, and what was fixed before the first answer. */
const lineage = z.object({
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
  refusals: ['not_published'],
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
})

/** The satisfaction indicator alone, for a system that reckons the rest itself. */
export const apiIndicator = defineApi({
  name: 'indicator',
  method: 'GET',
  path: patterns.apiIndicator,
  opens: 'results:read',
  query: pageQuery,
  answer: z.object({ cycle: z.string(), indicator: z.string(), lineage, items: z.array(indicator) }),
  refusals: ['not_published'],
  example: { path: '/api/v1/cycles/2025/indicator?limit=2' },
  async handler({ world, program, params }, { query }) {
    const found = await readPublished(world, { jid: program.jid, cycle: params.cycle })
    if (!found.ok) return found
    const { results, document, lineage, indicator } = found.value
    const page = pageOf(results.organs, ({ organ }) => organ, query)
    if (!page.ok) return page
    const called = new Map(document.organs.map(({ code, nameZh, nameEn }) => [code, { 'zh-CN': nameZh, en: nameEn }]))
    const items = page.value.items.map(({ organ, satisfaction }) => ({
      organ,
      name: called.get(organ) ?? { 'zh-CN': organ, en: organ },
      satisfaction,
    }))
    return ok({ value: { cycle: params.cycle, indicator, lineage, items }, next: page.value.next })
  },
})

const publication = z.object({
  cycle: z.string(),
  sha256: hash,
  published: z.iso.datetime(),
  /** The page for people, the folder of the files, and the list of their hashes. */
  page: z.string(),
  bundle: z.string(),
  sums: z.string(),
})

/** What has been published, the newest cycle first. */
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
    const published = cycles.filter(({ cycle }) => isPublished(cycle.state))
    const all = await Promise.all(
      published.map(async ({ cycle: { id, code } }) => {
        const stored = await findPublication(world.pages, scope, id)
        return stored ? [{ ...addressesOf(world, jid, code), cycle: code, ...stored }] : []
      }),
    )
    const page = pageOf(all.flat(), ({ cycle }) => cycle, query)
    if (!page.ok) return page
    const items = page.value.items.map(({ cycle, hash, madeAt, ...addresses }) => ({
      cycle,
      sha256: hex(hash),
      published: new Date(madeAt).toISOString(),
      page: addresses.page,
      bundle: addresses.bundle,
      sums: addresses.sumsAddress,
    }))
    return ok({ value: { items }, next: page.value.next })
  },
})

function addressesOf({ config }: World, jid: string, cycle: string) {
  const [origin] = config.origins
  return {
    page: `${origin}${urls.results(jid, cycle)}`,
    bundle: `${origin}${urls.bundle(jid, cycle)}`,
    sumsAddress: `${origin}${urls.bundle(jid, cycle, sumsFile)}`,
  }
}

interface Published {
  readonly results: ResultsDocument
  readonly document: CycleDocument
  /** The id of the part of the plan that the surveys fill. */
  readonly indicator: string
  readonly lineage: z.infer<typeof lineage>
}

async function readPublished(
  world: World,
  place: { readonly jid: string; readonly cycle: string },
): Promise<Result<Published, ApiRefusal>> {
  const [sums, resultsText, cycleText] = await Promise.all(
    [sumsFile, resultsFile, cycleFile].map((path) => openText(world, place, path)),
  )
  if (!sums || !resultsText || !cycleText) return err({ code: 'not_published' })
  const results = readResults(resultsText.text)
  const document = readCycleDocument(cycleText.text)
  // They were verified before two persons agreed to them.
  if (!results.ok || !document.ok) throw new Error('a published document cannot be read')
  const plan = readStored(parsePlan(document.value.plan))
  return ok({
    results: results.value,
    document: document.value,
    indicator: satisfactionId(plan),
    lineage: {
      bundle: { address: addressesOf(world, place.jid, place.cycle).bundle, sha256: sums.sha256 },
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

async function openText(world: World, place: { readonly jid: string; readonly cycle: string }, path: string) {
  const file = await openPublished(world, place, { path })
  return file && { text: await new Response(file.stream).text(), sha256: file.sha256 }
}
