import { workerData } from 'node:worker_threads'
import { openKeyStore } from './key-store.ts'
import type { TagBundle } from './signing.ts'
import { answerQuestions } from './thread.ts'

/** Signs receipts beside the thread that answers requests: 64 bytes for each tag of 32, in the same order. */
const { folder } = workerData as { folder: string }
// No receipt knows a time.
const keys = openKeyStore(folder, () => 0)

answerQuestions(async ({ survey, cell, tags }: TagBundle) => {
  const signatures = new Uint8Array(tags.length * 2)
  for (let at = 0; at < tags.length; at += 32)
    signatures.set(await keys.signReceipt(survey, cell, tags.subarray(at, at + 32)), at * 2)
  return signatures
})
