import type { Scope } from '../../db/scope.ts'
import { cycleFile, lineageFile, resultsFile, surveyFile } from '../../surveys/bundle.ts'
import {
  type CycleDocument,
  type DocumentReader,
  type ResultsDocument,
  readCycleDocument,
  readLineage,
  readResults,
  readTallies,
  readWeights,
  type TalliesDocument,
  type WeightsDocument,
} from '../../surveys/bundle-documents.ts'
import { joinBytes } from '../../surveys/canonical.ts'
import type { LineageDocument } from '../../surveys/lineage.ts'
import { readManifest } from '../../surveys/manifest.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { type GroupId, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { ok, type Result } from '../../surveys/result.ts'
import { type BundleRefusal, writeBundle } from '../bundle.ts'
import type { World } from '../world.ts'

// Exports and reports are made from the documents of the publication and from nothing else: what is withheld there cannot
// stand in them. Before the publication the same documents are written for the export alone.

export interface PublishedDocuments {
  readonly cycle: CycleDocument
  readonly plan: Plan
  readonly results: ResultsDocument
  /** null of what was published before it was written. */
  readonly lineage: LineageDocument | null
  /** Those that count in a score. */
  readonly surveys: readonly PublishedSurvey[]
}

export interface PublishedSurvey {
  readonly sid: string
  readonly group: GroupId
  readonly questionnaire: Questionnaire
  readonly tallies: TalliesDocument
  readonly weights: WeightsDocument
}

/** The documents of a cycle as they would be published at this moment. */
export async function documentsNow(
  world: World,
  scope: Scope,
  cycle: number,
): Promise<Result<PublishedDocuments, BundleRefusal>> {
  const texts = new Map<string, string>()
  const written = await writeBundle(world, scope, {
    cycle,
    kind: 'documents',
    correction: null,
    sink: {
      async write(path, pieces) {
        const parts: Uint8Array[] = []
        for await (const piece of pieces) parts.push(piece)
        texts.set(path, new TextDecoder().decode(joinBytes(...parts)))
        return ''
      },
    },
  })
  if (!written.ok) return written
  return ok(await readDocuments(async (path) => texts.get(path) ?? ''))
}

/**
 * The documents of a bundle that was verified, or has just been written, '' for one that is not there: throws where one cannot be
 * read.
 */
export async function readDocuments(read: (path: string) => Promise<string>): Promise<PublishedDocuments> {
  const document = async <T>(path: string, reader: DocumentReader<T>): Promise<T> => got(path, reader(await read(path)))
  const cycle = await document(cycleFile, readCycleDocument)
  const surveys: PublishedSurvey[] = []
  for (const { sid } of cycle.surveys) {
    const file = (name: Parameters<typeof surveyFile>[1]) => surveyFile(sid, name)
    const manifest = got(file('manifest.json'), readManifest(await read(file('manifest.json'))))
    if (!manifest.counted) continue
    const questions = file('questionnaire.json')
    surveys.push({
      sid,
      group: manifest.group,
      questionnaire: got(questions, parseQuestionnaire(JSON.parse(await read(questions)))),
      tallies: await document(file('tallies.json'), readTallies),
      weights: await document(file('weights.json'), readWeights),
    })
  }
  return {
    cycle,
    plan: got(cycleFile, parsePlan(cycle.plan)),
    results: await document(resultsFile, readResults),
    lineage: (await read(lineageFile)) === '' ? null : await document(lineageFile, readLineage),
    surveys,
  }
}

function got<T>(path: string, result: Result<T, unknown>): T {
  if (result.ok) return result.value
  throw new Error(`${path} cannot be read`)
}
