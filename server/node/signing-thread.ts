import { workerData } from 'node:worker_threads'
import { openKeyStore } from './key-store.ts'
import { type Bundle, signBundle } from './signing.ts'
import { answerQuestions } from './thread.ts'

/** Signs receipts and tickets beside the thread that answers requests. */
const { folder } = workerData as { folder: string }
// No signature knows a time.
const keys = openKeyStore(folder, () => 0)

answerQuestions((bundle: Bundle) => signBundle(keys, bundle))
