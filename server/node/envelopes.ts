import { createDecipheriv, createECDH, createHmac, type ECDH } from 'node:crypto'
import { joinBytes } from '../../surveys/canonical.ts'

/** The plaintext of an encapsulated key, its associated data and ciphertext; null for whatever was not sealed like that. */
export type EnvelopeOpener = (enc: Uint8Array, aad: Uint8Array, ct: Uint8Array) => Uint8Array | null

const POINT = 65
const TAG = 16
const NOTHING = new Uint8Array(0)

// RFC 9180: the labels of every derivation name the algorithms (sections 4.1 and 5.1): KEM 0x0010, KDF 1, AEAD 1.
const KEM_LABEL = joinBytes('HPKE-v1KEM', new Uint8Array([0, 0x10]))
const SUITE_LABEL = joinBytes('HPKE-v1HPKE', new Uint8Array([0, 0x10, 0, 1, 0, 1]))

/**
 * Opens what was sealed to a box key under one `info`: HPKE base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and
 * AES-128-GCM, each message with a key of its own. Throws where the private key is none.
 */
export function envelopeOpener(privateKey: Uint8Array, info: Uint8Array): EnvelopeOpener {
  const key = keyPair(privateKey)
  if (key === null) throw new TypeError('envelopeOpener needs a private key of P-256, 32 bytes')
  const publicKey = key.getPublicKey()
  // Mode 0 has no pre-shared key; with the info these are alike for all envelopes of a box.
  const context = joinBytes(
    new Uint8Array([0]),
    extract(SUITE_LABEL, NOTHING, 'psk_id_hash', NOTHING),
    extract(SUITE_LABEL, NOTHING, 'info_hash', info),
  )
  return (enc, aad, ct) => {
    const shared = agree(key, enc)
    if (shared === null || ct.length < TAG) return null
    const kem = extract(KEM_LABEL, NOTHING, 'eae_prk', shared)
    const secret = extract(
      SUITE_LABEL,
      expand(KEM_LABEL, kem, 'shared_secret', joinBytes(enc, publicKey), 32),
      'secret',
      NOTHING,
    )
    return decrypt(
      expand(SUITE_LABEL, secret, 'key', context, 16),
      expand(SUITE_LABEL, secret, 'base_nonce', context, 12),
      aad,
      ct,
    )
  }
}

/** The public part of a private key, an uncompressed point; null for bytes that are none, as wrong shares may give. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const key = keyPair(privateKey)
  return key && new Uint8Array(key.getPublicKey())
}

function keyPair(privateKey: Uint8Array): ECDH | null {
  if (privateKey.length !== 32) return null
  const key = createECDH('prime256v1')
  try {
    key.setPrivateKey(privateKey)
    return key
  } catch {
    return null
  }
}

/** The x coordinate that both sides reach; null for a point that is not on the curve. */
function agree(key: ECDH, enc: Uint8Array): Uint8Array | null {
  // OpenSSL also reads compressed and hybrid points; one key must not have several spellings.
  if (enc.length !== POINT || enc[0] !== 4) return null
  try {
    return key.computeSecret(enc)
  } catch {
    return null
  }
}

/** LabeledExtract of RFC 9180 section 4. */
function extract(suite: Uint8Array, salt: Uint8Array, label: string, input: Uint8Array): Uint8Array {
  return createHmac('sha256', salt).update(suite).update(label).update(input).digest()
}

/** LabeledExpand of RFC 9180 section 4; up to 32 bytes are one block of HKDF. */
function expand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  const hmac = createHmac('sha256', prk)
    .update(new Uint8Array([0, length]))
    .update(suite)
    .update(label)
    .update(info)
  return hmac
    .update(new Uint8Array([1]))
    .digest()
    .subarray(0, length)
}

function decrypt(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ct: Uint8Array): Uint8Array | null {
  const end = ct.length - TAG
  const cipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: TAG })
  cipher.setAAD(aad).setAuthTag(ct.subarray(end))
  const plaintext = cipher.update(ct.subarray(0, end))
  try {
    cipher.final()
    return plaintext
  } catch {
    return null
  }
}
