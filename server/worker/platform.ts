import type { Cryptography } from '../world.ts'

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
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
}
