import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from 'hpke'

/** A sealed plaintext: the encapsulated key (a point of P-256, 65 bytes) and the ciphertext, 16 bytes longer. */
export interface Sealed {
  readonly enc: Uint8Array
  readonly ct: Uint8Array
}

/**
 * Encrypts to the box key, so that only its private part can read it and only with the same `info` and `aad`: RFC 9180,
 * base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. Rejects where the key is no point of the curve.
 */
export async function sealEnvelope(
  boxKey: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<Sealed> {
  const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM)
  const key = await suite.DeserializePublicKey(boxKey)
  const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plaintext, { info, aad })
  return { enc: encapsulatedSecret, ct: ciphertext }
}
