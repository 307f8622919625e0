import type { ECDH } from 'node:crypto'
import { envelopeOpener } from '../../server/node/envelopes.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { rehearsalInfo } from '../../surveys/shares.ts'
import type { Desk } from './desk.ts'

/** The scalar of a key, 32 bytes: Node leaves out zeros in front. */
export const scalarOf = (key: ECDH): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.alloc(32), key.getPrivateKey()]).subarray(-32))

/** What the page of a key at `path` carries sealed, opened with a scalar; null where it cannot be, or there is nothing. */
export async function proofOn(desk: Desk, path: string, scalar: Uint8Array): Promise<string | null> {
  const { body } = await desk.page(path)
  const form = /<form[^>]*data-box="rehearsal"[^>]*>/.exec(body)?.[0] ?? ''
  const data = (name: string) => new RegExp(` data-${name}="([^"]*)"`).exec(form)?.[1] ?? ''
  const [enc, ct] = [fromBase64url(data('enc')), fromBase64url(data('ct'))]
  if (!enc || !ct) return null
  const opened = envelopeOpener(scalar, rehearsalInfo(data('survey')))(enc, new Uint8Array(0), ct)
  return opened && base64url(opened)
}

/** A rehearsal as the browser of somebody leads it who has put this key together. */
export async function rehearse(desk: Desk, path: string, key: ECDH) {
  const proof = (await proofOn(desk, path, scalarOf(key))) ?? ''
  return desk.post(`${path}/rehearsal`, { pk: base64url(new Uint8Array(key.getPublicKey())), proof })
}
