import type { Keys } from '../keys.ts'
import { openThread } from './thread.ts'

/** Tags of one survey and cell, 32 bytes each, one after the other. */
export interface TagBundle {
  readonly survey: string
  readonly cell: string
  readonly tags: Uint8Array
}

interface Waiting {
  readonly tag: Uint8Array
  resolve(signature: Uint8Array): void
  reject(error: unknown): void
}

interface Bundle {
  readonly survey: string
  readonly cell: string
  readonly waiting: Waiting[]
}

/**
 * Signs receipts: of a few people at once here, of a crowd in a thread, where signing goes on while this one answers and
 * the writer commits. The signatures are the same, and whatever the thread cannot do is done here.
 */
export function receiptSigner(keys: Keys, folder: string) {
  const thread = openThread<TagBundle, Uint8Array>('signing-thread', { folder })
  const ready = new Set<string>()
  let gathering = new Map<string, Bundle>()

  function handOver(): void {
    const bundles = gathering
    gathering = new Map()
    for (const bundle of bundles.values()) void settle(bundle)
  }

  async function settle({ survey, cell, waiting }: Bundle): Promise<void> {
    const isCrowd = waiting.length >= CROWD || thread.isRunning
    const signatures = isCrowd ? await thread.ask({ survey, cell, tags: tagsOf(waiting) }).catch(() => null) : null
    for (const [i, { tag, resolve, reject }] of waiting.entries()) {
      try {
        resolve(signatures ? signatures.subarray(i * 64, i * 64 + 64) : await keys.signReceipt(survey, cell, tag))
      } catch (error) {
        reject(error)
      }
    }
  }

  const signReceipt: Keys['signReceipt'] = (survey, cell, tag) => {
    // The first one here and at once: a survey whose key is missing is known before its answer is committed.
    if (!ready.has(survey)) {
      const signature = keys.signReceipt(survey, cell, tag)
      ready.add(survey)
      return signature
    }
    if (gathering.size === 0) setImmediate(handOver)
    const name = `${survey}|${cell}`
    const bundle = gathering.get(name) ?? { survey, cell, waiting: [] }
    gathering.set(name, bundle)
    return new Promise((resolve, reject) => bundle.waiting.push({ tag, resolve, reject }))
  }

  return { signReceipt, stop: thread.stop }
}

/** So many in one turn of the event loop are worth a thread. */
const CROWD = 4

function tagsOf(waiting: readonly Waiting[]): Uint8Array {
  const tags = new Uint8Array(waiting.length * 32)
  for (const [i, { tag }] of waiting.entries()) tags.set(tag, i * 32)
  return tags
}
