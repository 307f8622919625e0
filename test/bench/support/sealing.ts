import { createCipheriv, createECDH, createHmac, type ECDH } from 'node:crypto'
import { joinBytes } from '../../../surveys/canonical.ts'

// Seals as a device does, by RFC 9180 and node:crypto alone: two hundred thousand envelopes would take the package six
// minutes. What is sealed wrongly here is found at once, since it does not open.

const NOTHING = new Uint8Array(0)
const KEM = joinBytes('HPKE-v1KEM', new Uint8Array([0, 0x10]))
const SUITE = joinBytes('HPKE-v1HPKE', new Uint8Array([0, 0x10, 0, 1, 0, 1]))

const hmac = (key: Uint8Array, ...parts: (Uint8Array | string)[]) => {
  const made = createHmac('sha256', key)
  for (const part of parts) made.update(part)
  return made.digest()
}
const expand = (suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number) =>
  hmac(prk, new Uint8Array([0, length]), suite, label, info, new Uint8Array([1])).subarray(0, length)

/** Seals to one box key under one `info`. */
export function nativeSealer(publicKey: Uint8Array, info: Uint8Array) {
  const context = joinBytes(
    new Uint8Array([0]),
    hmac(NOTHING, SUITE, 'psk_id_hash', NOTHING),
    hmac(NOTHING, SUITE, 'info_hash', info),
  )
  const ephemeral: ECDH = createECDH('prime256v1')
  return (aad: Uint8Array, plaintext: Uint8Array): { enc: Uint8Array; ct: Uint8Array } => {
    const enc = new Uint8Array(ephemeral.generateKeys())
    const prk = hmac(NOTHING, KEM, 'eae_prk', ephemeral.computeSecret(publicKey))
    const secret = hmac(expand(KEM, prk, 'shared_secret', joinBytes(enc, publicKey), 32), SUITE, 'secret', NOTHING)
    const cipher = createCipheriv(
      'aes-128-gcm',
      expand(SUITE, secret, 'key', context, 16),
      expand(SUITE, secret, 'base_nonce', context, 12),
    )
    cipher.setAAD(aad)
    const ct = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    return { enc, ct: new Uint8Array(ct) }
  }
}
