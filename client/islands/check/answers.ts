import { sha256 } from '@noble/hashes/sha2.js'
import { compareBytes, fromBase64url } from '../../../surveys/canonical.ts'
import { rootOf } from '../../../surveys/merkle.ts'
import { fill } from '../../messages/fill.ts'
import type { AnswersOutcome, AnswersWords } from '../../pages/respond/check-page.tsx'
import type { Kept } from '../ballot/store.ts'
import { lines } from './lines.ts'
import { askFor, signedRoot, type Terms } from './receipt.ts'

// Whether the published answers are those that this device sealed. Of its slips the device has kept hashes alone, and it
// takes the hashes of everybody's: which of them it looks for it tells nobody, since they are one person's.

const HASH_BYTES = 32

/** Offers the check where a receipt is counted, the answers are published, and this device has sealed them. */
export async function offerAnswers(area: HTMLElement, terms: Terms | undefined, mine: Kept | undefined): Promise<void> {
  const words = JSON.parse(area.dataset['words'] ?? '{}') as AnswersWords
  const address = area.dataset['hashes']
  const leaves = (mine?.leaves ?? []).map((leaf) => fromBase64url(leaf) ?? new Uint8Array(0))
  area.hidden = !terms || !address || leaves.length === 0
  if (!terms || !address || leaves.length === 0) return
  const button = area.querySelector<HTMLButtonElement>('button')!
  const status = area.querySelector<HTMLElement>('[role="status"]')!
  const say = (kind: keyof AnswersWords) => {
    status.hidden = false
    status.replaceChildren(...lines(...words[kind]))
  }
  status.hidden = true
  button.textContent = fill(words.button[0], { mb: await megabytes(address) })
  button.onclick = async () => {
    button.disabled = true
    say('working')
    say(await checkAnswers(terms, address, leaves).catch(() => 'failed' as const))
    button.disabled = false
  }
}

async function checkAnswers(terms: Terms, address: string, leaves: readonly Uint8Array[]): Promise<AnswersOutcome> {
  const hashes = new Uint8Array(await (await askFor(address)).arrayBuffer())
  const root = await signedRoot(terms, 'slips', hashes.length / HASH_BYTES)
  if (hashes.length % HASH_BYTES !== 0 || !root || compareBytes(rootOf(sha256, hashes), root) !== 0) return 'broken'
  return leaves.every((leaf) => contains(hashes, leaf)) ? 'all' : 'missing'
}

function contains(hashes: Uint8Array, leaf: Uint8Array): boolean {
  for (let at = 0; at < hashes.length; at += HASH_BYTES)
    if (hashes[at] === leaf[0] && compareBytes(hashes.subarray(at, at + HASH_BYTES), leaf) === 0) return true
  return false
}

/** How much has to be fetched, to one decimal, at least 0.1. */
async function megabytes(address: string): Promise<string> {
  const answer = await fetch(address, { method: 'HEAD', credentials: 'omit' }).catch(() => null)
  const bytes = Number(answer?.headers.get('content-length') ?? 0)
  return (Math.max(1, Math.ceil(bytes / 100_000)) / 10).toFixed(1)
}
