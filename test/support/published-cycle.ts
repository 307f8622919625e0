import { findPublication, storingPublication } from '../../db/publications.ts'
import { systemScope } from '../../server/guard.ts'
import { resultsFile } from '../../surveys/bundle.ts'
import { type ResultsDocument, readResults } from '../../surveys/bundle-documents.ts'
import { canonicalJson, hex, utf8 } from '../../surveys/canonical.ts'
import type { TestApp } from './app.ts'
import { createTestCycle, type TestCycle } from './cycle.ts'
import { good } from './database.ts'
import { type BundleOptions, makeBundle, sha256 } from './published.ts'

export interface PublishedBundle {
  readonly cycle: TestCycle
  readonly figures: ResultsDocument
  /** Codes. */
  readonly organs: readonly string[]
}

/** A cycle of which the documents of this bundle were published: whatever its tables hold, its pages are made from them. */
export async function publishBundleOf(app: TestApp, options: BundleOptions): Promise<PublishedBundle> {
  const start = app.clock.time
  const cycle = await createTestCycle(app)
  await cycle.close()
  await cycle.publish()
  const { files } = makeBundle(options)
  const documents = new Map(
    [...files]
      .filter(([path]) => path.endsWith('.json'))
      .map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]),
  )
  const figures = good(readResults(documents.get(resultsFile)!))
  const organs = figures.organs.map(({ organ }) => organ)
  const effects = [{ organ: organs[0]!, group: 'recipients' as const, atMost: '1.23' }]
  documents.set(resultsFile, canonicalJson({ ...figures, remarks: { mappings: [], effects } }))
  const scope = systemScope(cycle.place.id)
  const published = await findPublication(app.world.db, scope, cycle.cycle.id)
  const correction = { version: 2, corrects: hex(published!.hash), zh: '测试', en: 'A test' }
  const made = { cycle: cycle.cycle.id, sums: '', hash: sha256(utf8(cycle.jid)), madeAt: start, correction, documents }
  good(await app.world.writer.transact({ statements: storingPublication(scope, made) }))
  app.clock.time = start
  return { cycle, figures, organs }
}
