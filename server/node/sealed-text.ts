import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

// AES-256-GCM: twelve random bytes, the ciphertext, the tag of sixteen bytes.

/** Encrypts a text for one place: only who names the same `context` can read it again. */
export function sealText(key: Buffer, context: string, text: string): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** null for anything that was not sealed with this key and context. */
export function openText(key: Buffer, context: string, sealed: Uint8Array): string | null {
  if (sealed.length < 12 + 16) return null
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(bytes.length - 16))
  try {
    return decipher.update(bytes.subarray(12, bytes.length - 16), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null
  }
}
