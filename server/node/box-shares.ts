import { createECDH } from 'node:crypto'
import { combine, split } from 'shamir-secret-sharing'
import { readShares, writeShare } from '../../surveys/shares.ts'
import { nodeSha256 } from './platform.ts'

// The trustees' part of a demonstration and of tests; a real key is cut and joined in the officers' browsers.

/** A new key of a box: its public part, and the texts of its shares, `threshold` of which open it. */
export async function cutBoxKey(
  sid: string,
  shares: number,
  threshold: number,
): Promise<{ readonly pk: Uint8Array; readonly shares: readonly string[] }> {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  const scalar = new Uint8Array(32)
  const key = pair.getPrivateKey()
  // OpenSSL leaves out leading zeros.
  scalar.set(key, 32 - key.length)
  const parts = await split(scalar, shares, threshold)
  const texts = await Promise.all(parts.map((share, at) => writeShare(sid, { index: at + 1, share }, nodeSha256)))
  return { pk: new Uint8Array(pair.getPublicKey()), shares: texts }
}

/** The private part that two of the shares of a survey make; throws for texts that are no shares of it. */
export async function joinBoxKey(sid: string, texts: readonly string[]): Promise<Uint8Array> {
  const read = await readShares(texts, { sid, shares: texts.length, threshold: 2 }, nodeSha256)
  if (!read.ok) throw new Error('joinBoxKey needs two shares of this survey')
  return combine(read.value.map(({ share }) => share))
}
