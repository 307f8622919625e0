import { createECDH } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { base64url, compareBytes, fromBase64url } from '../../surveys/canonical.ts'
import {
  contactContext,
  contactInfo,
  readContact,
  type Sample,
  splitContact,
} from '../../surveys/participation-audit.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { envelopeOpener, publicKeyOf } from './envelopes.ts'

// The auditor's key of a participation audit: made and used on the auditor's own computer, a file that the server never sees.

export interface AuditKey {
  /** "{jid}/{sid}": each survey has a key of its own. */
  readonly survey: string
  /** An uncompressed point of P-256, 65 bytes. */
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/** A new key. */
export function makeAuditKey(survey: string): AuditKey {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  // OpenSSL leaves out leading zeros.
  const key = pair.getPrivateKey()
  const privateKey = new Uint8Array(32)
  privateKey.set(key, 32 - key.length)
  return { survey, publicKey: new Uint8Array(pair.getPublicKey()), privateKey }
}

/** The text of a key file. */
export function auditKeyText({ survey, publicKey, privateKey }: AuditKey): string {
  const key = { kind: 'gongping-audit-key', survey, pk: base64url(publicKey), sk: base64url(privateKey) }
  return `${JSON.stringify(key, null, 2)}\n`
}

/** Keeps a key for its owner alone; `exists` rather than put it in the place of another file. */
export function writeAuditKey(file: string, key: AuditKey): Result<void, 'exists' | { readonly why: string }> {
  try {
    writeFileSync(file, auditKeyText(key), { mode: 0o600, flag: 'wx' })
    return ok(undefined)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return err(code === 'EEXIST' ? 'exists' : { why: code })
  }
}

/** The key in a file; null for a file that is none. */
export function readAuditKey(file: string): AuditKey | null {
  try {
    const { kind, survey, pk, sk } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const privateKey = fromBase64url(String(sk))
    const publicKey = privateKey && publicKeyOf(privateKey)
    const isWhole = kind === 'gongping-audit-key' && typeof survey === 'string' && publicKey
    return isWhole && base64url(publicKey) === pk ? { survey, publicKey, privateKey } : null
  } catch {
    return null
  }
}

/** What became of an entry that was drawn: its phone, or why there is none. */
export type OpenedRow = { readonly contact: string } | 'none' | 'unopened'

/** Opens the contacts of a sample, in its order; `wrong_key` where they were sealed to another key. */
export function openSample(sample: Sample, key: AuditKey): Result<readonly OpenedRow[], 'wrong_key'> {
  const wanted = fromBase64url(sample.audit_pk)
  if (!wanted || compareBytes(wanted, key.publicKey) !== 0) return err('wrong_key')
  const open = envelopeOpener(key.privateKey, contactInfo(sample.survey))
  const rows = sample.rows.map(({ p, ct }): OpenedRow => {
    const sealed = fromBase64url(ct ?? '')
    const entry = fromBase64url(p)
    if (ct === null || !entry) return 'none'
    const parts = sealed && splitContact(sealed)
    const plain = parts && open(parts.enc, contactContext(sample.survey, entry), parts.ct)
    const contact = plain && readContact(plain)
    return contact ? { contact } : 'unopened'
  })
  return ok(rows)
}
