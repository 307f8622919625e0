import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { blind, finalise, importIssuerKey } from '../../../client/islands/ballot/blind.ts'
import { sealEnvelope } from '../../../client/islands/ballot/seal.ts'
import { fields as names, urls } from '../../../client/urls.ts'
import { openKeyStore } from '../../../server/node/key-store.ts'
import { nodeSha256 as sha256 } from '../../../server/node/platform.ts'
import { ticketMessage, ticketTagInput } from '../../../surveys/ballot.ts'
import { base64url, fromBase64url, utf8 } from '../../../surveys/canonical.ts'
import { envelopeContext, envelopeInfo, writePlaintext } from '../../../surveys/envelope.ts'
import { readManifest } from '../../../surveys/manifest.ts'
import type { CrowdTerms, Written } from './sealed-people.ts'

// What devices do, one person after the other: draw a ticket, seal three organs' marks, write both requests. Eligibility
// is sealed with the installation's own day key, as the text message would have given it.

const terms = workerData as CrowdTerms
const { jid, sid, origin } = terms
const survey = `${jid}/${sid}`
const now = Date.now()
const keys = openKeyStore(terms.keyFolder, () => now)
const read = readManifest(terms.manifest)
if (!read.ok) throw new Error('sealed-people-thread needs a manifest')
const manifest = read.value
const info = envelopeInfo(survey, sha256(utf8(terms.manifest)))
const boxKey = bytesOf(manifest.box_pk)
const issuers = await Promise.all(
  manifest.cells.map(async ({ id, kid, issuer_spki }) => ({
    cell: id,
    kid: kid!,
    key: await importIssuerKey(bytesOf(issuer_spki)),
  })),
)

const parts: Buffer[] = []
const ends = new Float64Array(2 * terms.count)
let size = 0
for (let at = 0; at < terms.count; at++) {
  for (const [which, body] of (await messages(terms.first + at)).entries()) {
    const path = which === 0 ? urls.issue(jid, sid) : urls.submit(jid, sid)
    const text = JSON.stringify(body)
    const part = Buffer.from(`${head(path, terms.first + at)}Content-Length: ${text.length}\r\n\r\n${text}`, 'latin1')
    parts.push(part)
    size += part.length
    ends[2 * at + which] = size
  }
}
const bytes = new Uint8Array(size)
let filled = 0
for (const part of parts) {
  bytes.set(part, filled)
  filled += part.length
}
parentPort!.postMessage({ bytes, ends } satisfies Written, [bytes.buffer, ends.buffer])

async function messages(person: number): Promise<[issue: object, submit: object]> {
  const { cell, kid, key } = issuers[person % issuers.length]!
  const pseudonym = new Uint8Array(await keys.pseudonym(survey, `bench-${person}`))
  const eligibility = { survey, pseudonym, cell, adapter: 'sms' as const, expires: now + 6 * 3_600_000 }
  const elig = await keys.sealEligibility(eligibility)
  const message = ticketMessage({ survey, cell }, randomBytes(32), randomBytes(32))
  const { blinded, inv } = await blind(key, message)
  const signed = await keys.signBlinded(survey, kid, blinded)
  const signature = await finalise(key, message, new Uint8Array(signed!), inv)
  if (!signature) throw new Error('sealed-people-thread needs a signature that fits')
  const tag = sha256(ticketTagInput(message))
  const { enc, ct } = await sealEnvelope(
    boxKey,
    info,
    envelopeContext(survey, cell, tag, 1),
    writePlaintext(response(person, cell), manifest.min_pad!),
  )
  return [
    { elig, kid, blinded: base64url(blinded), [names.channel]: '' },
    {
      v: 1,
      kid,
      msg: base64url(message),
      sig: base64url(signature),
      ver: 1,
      enc: base64url(enc),
      ct: base64url(ct),
    },
  ]
}

function response(person: number, cell: string) {
  const slips = Array.from({ length: terms.organs }, (_, i) => ({
    id: randomBytes(16),
    o: manifest.organs[(person * 7 + i * 23) % manifest.organs.length]!,
    a: [5 - ((person + i) % 5), ...terms.unanswered.slice(1)],
    s: randomBytes(16),
  }))
  return { survey, cell, attrs: {}, pace: 0 as const, slips, comments: [] }
}

/** The head that the page's script sends on a phone, behind a proxy that names one of sixteen thousand addresses. */
function head(path: string, person: number): string {
  return [
    `POST ${path} HTTP/1.1`,
    `Host: ${origin.slice('http://'.length)}`,
    'Connection: keep-alive',
    'User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
    'Accept: application/json',
    'Content-Type: application/json',
    `Origin: ${origin}`,
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: cors',
    'Sec-Fetch-Dest: empty',
    'Accept-Encoding: gzip, deflate, br',
    'Accept-Language: zh-CN,zh;q=0.9,en;q=0.8',
    `X-Forwarded-For: 10.${(person >> 12) & 3}.${(person >> 6) & 63}.${person & 63}`,
    '',
  ].join('\r\n')
}

function bytesOf(text: string | null): Uint8Array<ArrayBuffer> {
  return fromBase64url(text ?? '')!
}
