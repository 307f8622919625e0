import { sha256 } from '@noble/hashes/sha2.js'
import { receiptInput, tagLeaf } from '../../surveys/ballot.ts'
import { base64url, fromBase64url, hex } from '../../surveys/canonical.ts'
import { checkpointText, ownSignature, readCheckpoint } from '../../surveys/checkpoint.ts'
import { leafHash, verifyInclusion } from '../../surveys/merkle.ts'
import { fill } from '../messages/fill.ts'
import type { CheckOutcome, CheckWords } from '../pages/respond/check-page.tsx'
import { findReceipt, type ReceiptText } from '../receipt-text.ts'
import { fields, urls } from '../urls.ts'

/**
 * The device checks a receipt itself: that the survey's key signed it, that the log which holds it is signed, and that it
 * stands in that log. The site is asked for the manifest, by its hash, and for one proof; it learns that somebody checks
 * this receipt and nothing else. What comes in the address stays there: a fragment is never sent.
 */
const form = document.querySelector<HTMLFormElement>('[data-island="check"]')
if (form && typeof crypto === 'object' && crypto.subtle) start(form)

function start(form: HTMLFormElement): void {
  const words = JSON.parse(form.dataset.words || '{}') as CheckWords
  const box = form.elements.namedItem(fields.receipt) as HTMLTextAreaElement
  const file = form.querySelector<HTMLInputElement>('#file')!
  const status = document.getElementById('outcome')!
  form.querySelector<HTMLElement>('#file-field')!.hidden = false
  form.querySelector('#who')!.textContent = words.device[0]
  let turn = 0

  function say(kind: keyof CheckWords, index = ''): void {
    const [sentence, more] = words[kind]
    const strong = document.createElement('strong')
    strong.textContent = fill(sentence, { i: index })
    const lines = [strong, ...(more ? [more] : [])].map((line) => {
      const paragraph = document.createElement('p')
      paragraph.append(line)
      return paragraph
    })
    status.hidden = false
    status.replaceChildren(...lines)
  }

  async function check(text: string): Promise<void> {
    turn += 1
    const own = turn
    say('working')
    const outcome = await checkReceipt(form, findReceipt(text)).catch((): CheckOutcome => ({ kind: 'failed' }))
    // Meanwhile another one was asked about.
    if (own === turn) say(outcome.kind, outcome.kind === 'counted' ? String(outcome.index) : '')
  }

  form.addEventListener('submit', (event) => {
    // Nothing typed: the server's page says what is missing.
    if (box.value.trim() === '') return
    event.preventDefault()
    void check(box.value)
  })
  file.addEventListener('change', async () => {
    const chosen = file.files?.[0]
    if (!chosen) return
    box.value = await chosen.slice(0, 20_000).text()
    void check(box.value)
  })
  const checkAddress = () => {
    if (location.hash.length < 2) return
    // Another language or text size shows the same receipt.
    for (const link of document.querySelectorAll<HTMLAnchorElement>('.tools a')) link.hash = location.hash
    box.value = location.href
    void check(location.hash)
  }
  addEventListener('hashchange', checkAddress)
  checkAddress()
}

/** What a manifest tells about keys. */
interface Terms {
  readonly survey: string
  readonly cells: readonly { readonly id: string }[]
  readonly receipt_pk: string
  readonly log_pk: string | null
}

async function checkReceipt({ dataset }: HTMLFormElement, receipt: ReceiptText | null): Promise<CheckOutcome> {
  const tag = fromBase64url(receipt?.tag ?? '')
  const signature = fromBase64url(receipt?.signature ?? '')
  if (tag?.length !== 32 || signature?.length !== 64) return { kind: 'invalid' }
  const terms = await readTerms(dataset.manifest || '')
  if (!terms || terms.survey !== dataset.survey) return { kind: 'broken' }
  const cell = await cellOf(terms, tag, signature)
  if (cell === null) return { kind: 'invalid' }
  if (terms.log_pk === null) return { kind: 'no_log' }
  const [jid = '', sid = ''] = terms.survey.split('/')
  const answer = await ask(urls.proof(jid, sid, base64url(tag)))
  if (answer.status === 404) return { kind: 'not_yet' }
  const { index, size, proof } = (await readJson(answer)) as { index: number; size: number; proof: string[] }
  const note = await (await askFor(`${urls.log(jid, sid, 'participation')}/checkpoint/${size}`)).text()
  const root = await rootOf(note, size, terms)
  const claim = { index, size, leaf: leafHash(sha256, tagLeaf(cell, tag)), proof: hashesOf(proof) }
  return root && verifyInclusion(sha256, { ...claim, root }) ? { kind: 'counted', index } : { kind: 'broken' }
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

/** The root that a note gives for this size, if the survey's log key signed it under the name of this log. */
async function rootOf(note: string, size: number, { survey, log_pk }: Terms): Promise<Uint8Array | null> {
  const read = readCheckpoint(note)
  const key = fromBase64url(log_pk ?? '')
  if (!read.ok || key === null || read.value.size !== size) return null
  const { origin, root } = read.value
  const signature = ownSignature(read.value, origin, key, sha256)
  if (signature === null || !origin.endsWith(`/${survey}/participation`)) return null
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

// A declaration: an address with a receipt is checked before this line is reached.
function ask(address: string): Promise<Response> {
  return fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer', headers: { accept: 'application/json' } })
}

async function askFor(address: string): Promise<Response> {
  const answer = await ask(address)
  if (!answer.ok) throw new Error('askFor needs an answer')
  return answer
}

async function readJson(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error('readJson needs an answer')
  return answer.json()
}
