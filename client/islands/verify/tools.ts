import { verifyAsync } from '@noble/ed25519'
import { sha256 } from '@noble/hashes/sha2.js'
import type { BundleTools } from '../../../surveys/publication.ts'

/** What a browser brings to a verification. Hashing is done here because its own hash only answers later. */
export function browserTools(): BundleTools {
  const keys = new WeakMap<Uint8Array, Promise<CryptoKey>>()
  const keyOf = (spki: Uint8Array): Promise<CryptoKey> => {
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-384' }
    const key = keys.get(spki) ?? crypto.subtle.importKey('spki', new Uint8Array(spki), algorithm, false, ['verify'])
    keys.set(spki, key)
    return key
  }
  return {
    sha256: (bytes) => sha256(bytes),
    createSha256() {
      const hash = sha256.create()
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() }
    },
    // Strictly as RFC 8032 says, as Node does it.
    verifyEd25519: (publicKey, message, signature) =>
      verifyAsync(signature, message, publicKey, { zip215: false }).catch(() => false),
    async verifyTicket(spki, message, signature) {
      const algorithm = { name: 'RSA-PSS', saltLength: 48 }
      const key = await keyOf(spki)
      return crypto.subtle.verify(algorithm, key, new Uint8Array(signature), new Uint8Array(message))
    },
  }
}
