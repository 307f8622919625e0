import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { verifyTicket } from '../../server/node/issuer.ts'
import { base64url } from '../../surveys/canonical.ts'
import { type BundleProblem, type BundleTools, type Verdict, verifyBundle } from '../../surveys/publication.ts'
import { type BundleContent, resum, sha256 } from './published.ts'

const parsed = new WeakMap<Uint8Array, KeyObject>()

export const nodeTools: BundleTools = {
  sha256,
  createSha256: () => {
    const hash = createHash('sha256')
    return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) }
  },
  verifyEd25519: (key, message, signature) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(key) }
    return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature)
  },
  verifyTicket: (spki, message, signature) => {
    const key = parsed.get(spki) ?? createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    parsed.set(spki, key)
    return verifyTicket(key, message, signature)
  },
}

/** Verifies files in memory, given in pieces of an odd length. */
export function verifyContent(content: BundleContent, isListed = true): Promise<Verdict> {
  const files = {
    list: async () => (isListed ? [...content.keys()] : null),
    async *read(path: string) {
      const bytes = content.get(path)
      if (!bytes) throw new Error('there is no such file')
      for (let at = 0; at < bytes.length; at += 4_093) yield bytes.subarray(at, at + 4_093)
    },
  }
  return verifyBundle(files, nodeTools)
}

/** What is found when a file is changed and SHA256SUMS made to fit; null when nothing is. */
export async function foundIn(
  content: BundleContent,
  path: string,
  change: (text: string) => string | Uint8Array,
): Promise<BundleProblem | null> {
  const text = new TextDecoder().decode(content.get(path)!)
  const changed = change(text)
  if (changed === text) throw new Error(`nothing was changed in ${path}`)
  const bytes = typeof changed === 'string' ? new TextEncoder().encode(changed) : changed
  return problemOf(await verifyContent(resum(new Map([...content, [path, bytes]]))))
}

export function problemOf(verdict: Verdict): BundleProblem | null {
  if (verdict.outcome === 'unreadable') throw new Error(`${verdict.file} cannot be read: ${verdict.reason}`)
  return verdict.outcome === 'good' ? null : verdict.problem
}
