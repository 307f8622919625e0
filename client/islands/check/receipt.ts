import { sha256 } from '@noble/hashes/sha2.js'
import { receiptInput, tagLeaf } from '../../../surveys/ballot.ts'
import { base64url, fromBase64url, hex } from '../../../surveys/canonical.ts'
import { checkpointText, ownSignature, readCheckpoint } from '../../../surveys/checkpoint.ts'
import { leafHash, verifyInclusion } from '../../../surveys/merkle.ts'
import type { CheckOutcome } from '../../pages/respond/check-page.tsx'
import type { ReceiptText } from '../../receipt-text.ts'
import { urls } from '../../urls.ts'

// A receipt is checked against the manifest, one proof and one signed head. The site is asked for these and learns that
// somebody checks this receipt, and nothing else.

/** What a manifest tells about keys. */
export interface Terms {
  readonly survey: string
  readonly cells: readonly { readonly id: string }[]
  readonly receipt_pk: string
  readonly log_pk: string | null
}

/** What the page says of the survey whose receipts it checks. */
export interface Checked {
  /** "{jid}/{sid}". */
  readonly survey: string
  /** SHA-256 of its manifest, hexadecimal. */
  readonly manifest: string
}

/** What came of a receipt; and for one that is counted, under which terms. */
export interface Found {
  readonly outcome: CheckOutcome
  readonly terms?: Terms
}

export async function checkReceipt(checked: Checked, receipt: ReceiptText | null): Promise<Found> {
  const tag = fromBase64url(receipt?.tag ?? '')
  const signature = fromBase64url(receipt?.signature ?? '')
  if (tag?.length !== 32 || signature?.length !== 64) return { outcome: { kind: 'invalid' } }
  const terms = await readTerms(checked.manifest)
  if (!terms || terms.survey !== checked.survey) return { outcome: { kind: 'broken' } }
  const cell = await cellOf(terms, tag, signature)
  if (cell === null) return { outcome: { kind: 'invalid' } }
  if (terms.log_pk === null) return { outcome: { kind: 'no_log' } }
  const [jid = '', sid = ''] = terms.survey.split('/')
  const answer = await ask(urls.proof(jid, sid, base64url(tag)))
  if (answer.status === 404) return { outcome: { kind: 'not_yet' } }
  const { index, size, proof } = (await readJson(answer)) as { index: number; size: number; proof: string[] }
  const root = await signedRoot(terms, 'participation', size)
  const claim = { index, size, leaf: leafHash(sha256, tagLeaf(cell, tag)), proof: hashesOf(proof) }
  if (!root || !verifyInclusion(sha256, { ...claim, root })) return { outcome: { kind: 'broken' } }
  return { outcome: { kind: 'counted', index }, terms }
}

/** The manifest under the hash that the page carries; null when the site shows another text under it. */
async function readTerms(hash: string): Promise<Terms | null> {
  const bytes = new Uint8Array(await (await askFor(urls.manifest(hash))).arrayBuffer())
  return hex(sha256(bytes)) === hash ? (JSON.parse(new TextDecoder().decode(bytes)) as Terms) : null
}

/** The cell for which the survey's key signed this tag. A receipt does not name it, and there are at most 32. */
async function cellOf(
  { survey, cells, receipt_pk }: Terms,
  tag: Uint8Array,
  signature: Uint8Array<ArrayBuffer>,
): Promise<string | null> {
  const key = fromBase64url(receipt_pk)!
  // What everybody may answer knows no cells.
  for (const cell of cells.length > 0 ? cells.map(({ id }) => id) : ['all'])
    if (await isSigned(key, receiptInput(survey, cell, tag), signature)) return cell
  return null
}

/** The root of a log at this size, if the survey's log key signed it under the name of this log. */
export async function signedRoot(
  { survey, log_pk }: Terms,
  log: 'participation' | 'slips',
  size: number,
): Promise<Uint8Array | null> {
  const [jid = '', sid = ''] = survey.split('/')
  const read = readCheckpoint(await (await askFor(`${urls.log(jid, sid, log)}/checkpoint/${size}`)).text())
  const key = fromBase64url(log_pk ?? '')
  if (!read.ok || key === null || read.value.size !== size) return null
  const { origin, root } = read.value
  const signature = ownSignature(read.value, origin, key, sha256)
  if (signature === null || !origin.endsWith(`/${survey}/${log}`)) return null
  return (await isSigned(key, checkpointText(read.value), new Uint8Array(signature))) ? root : null
}

function hashesOf(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => fromBase64url(text) ?? new Uint8Array(0))
}

async function isSigned(
  publicKey: Uint8Array<ArrayBuffer>,
  text: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, signature, text)
  } catch {
    // Browsers before 2025 do not know this kind of key.
    const { verifyAsync } = await import('@noble/ed25519')
    return verifyAsync(signature, text, publicKey)
  }
}

function ask(address: string): Promise<Response> {
  return fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer', headers: { accept: 'application/json' } })
}

/** What stands at this address, asked for without cookies and without saying from where; rejects when it does not come. */
export async function askFor(address: string): Promise<Response> {
  const answer = await ask(address)
  if (!answer.ok) throw new Error('askFor needs an answer')
  return answer
}

async function readJson(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error('readJson needs an answer')
  return answer.json()
}
