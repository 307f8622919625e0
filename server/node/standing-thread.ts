import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase } from '../../db/node/open.ts'
import { createScope, type ScopeFacts } from '../../db/scope.ts'
import { computeStanding } from '../standing.ts'

/** Reads cells and computes estimates away from the thread that answers requests. */
const { url, token } = workerData as { url: string; token: string }
const database = openDatabase(url, token || undefined)

parentPort!.on('message', async ({ id, scope, cycle }: { id: number; scope: ScopeFacts; cycle: number }) => {
  try {
    parentPort!.postMessage({ id, standing: await computeStanding(await database, createScope(scope), cycle) })
  } catch (error) {
    parentPort!.postMessage({ id, failure: error instanceof Error ? error.message : String(error) })
  }
})
