import { type IssuerKey, importIssuerKey, verifyTicket } from '../../client/islands/ballot/blind.ts'
import type { Cryptography } from '../world.ts'

const issuers = new WeakMap<Uint8Array, Promise<IssuerKey>>()

/** Hashing and randomness by WebCrypto. */
export const workerCryptography: Cryptography = {
  async sha256(bytes) {
    return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)))
  },
  async hmac(key, bytes) {
    const imported = await crypto.subtle.importKey(
      'raw',
      new Uint8Array(key),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, new Uint8Array(bytes)))
  },
  async verifyTicket(spki, message, signature) {
    const key = issuers.get(spki) ?? importIssuerKey(new Uint8Array(spki))
    issuers.set(spki, key)
    return verifyTicket(await key, new Uint8Array(message), new Uint8Array(signature))
  },
  async verifyEd25519(publicKey, message, signature) {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify'])
    return crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message))
  },
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
}
