// A checkpoint says, signed, how many lines a log had and what its root was. It is a short text that a person can read,
// print and compare, in the form that other transparency logs use too (C2SP tlog-checkpoint in a C2SP signed note):
//
//     assess.example/jiangzhou/public-2025/participation      whose log it is
//     20852163                                                how many lines it had
//     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=            the root of their tree
//
//     — assess.example/jiangzhou/public-2025/participation rE5H…    who signed the lines above
//
// Others may add their own signature below, as witnesses that nobody was shown another text. Signing and verifying are
// done by the caller; here the text is written and read, in one spelling only.

import { base64url, compareBytes, fromBase64url, joinBytes, utf8 } from './canonical.ts'
import type { Sha256 } from './merkle.ts'
import { err, ok, type Result } from './result.ts'

export interface Checkpoint {
  /** Whose log this is; compare it with the log you meant. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/** A signature under a checkpoint, not verified. */
export interface SignatureLine {
  readonly name: string
  readonly keyId: Uint8Array
  readonly signature: Uint8Array
}

export interface SignedCheckpoint extends Checkpoint {
  readonly signatures: readonly SignatureLine[]
}

/** Why a text is no checkpoint. */
export type CheckpointProblem =
  | 'too_long'
  | 'forbidden_character'
  | 'no_final_newline'
  | 'no_blank_line'
  | 'missing_line'
  | 'extension_line'
  | 'empty_origin'
  | 'malformed_size'
  | 'malformed_root'
  | 'no_signature'
  | 'too_many_signatures'
  | 'malformed_signature'
  | 'repeated_signature'

/**
 * The origin of a survey's log, and the name of the key that signs it.
 * logOrigin('assess.example', 'jiangzhou/public-2025', 'slips') // 'assess.example/jiangzhou/public-2025/slips'
 */
export function logOrigin(host: string, survey: string, log: 'participation' | 'slips'): string {
  const origin = `${host}/${survey}/${log}`
  if (!ORIGIN.test(origin)) throw new TypeError('logOrigin needs a host in lower case and the full name of a survey')
  return origin
}

const ORIGIN = /^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9][a-z0-9-]{0,39}){2}\/[a-z]+$/

/** The bytes that are signed: the three lines with the newline that ends the last, without the blank line below. */
export function checkpointText(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  return utf8(textOf(checkpoint))
}

/** The text that is published: the three lines, a blank one, and the log's own signature over checkpointText. */
export function writeCheckpoint(
  checkpoint: Checkpoint,
  signer: { readonly name: string; readonly publicKey: Uint8Array; readonly signature: Uint8Array },
  sha256: Sha256,
): string {
  const { name, publicKey, signature } = signer
  if (signature.length !== SIGNATURE_BYTES) throw new TypeError('writeCheckpoint needs a signature of 64 bytes')
  const signed = base64(joinBytes(keyId(name, publicKey, sha256), signature))
  const note = `${textOf(checkpoint)}\n\u2014 ${name} ${signed}\n`
  const read = readCheckpoint(note)
  if (!read.ok || read.value.signatures[0]?.name !== name)
    throw new TypeError('writeCheckpoint needs a key name without spaces and plus, and at most 4 KiB in all')
  return note
}

/**
 * A published checkpoint. Its signatures are not verified: ask for ownSignature, and verify it over checkpointText,
 * which gives back exactly the bytes that stood above the blank line.
 */
export function readCheckpoint(note: string): Result<SignedCheckpoint, CheckpointProblem> {
  // No text has fewer bytes than letters, so that a huge one is refused before it is encoded.
  if (note.length > MAX_BYTES || utf8(note).length > MAX_BYTES) return err('too_long')
  if (FORBIDDEN.test(note)) return err('forbidden_character')
  if (!note.endsWith('\n')) return err('no_final_newline')
  // The last blank line ends the text, as signed notes of other kinds may have several.
  const blank = note.lastIndexOf('\n\n')
  if (blank === -1) return err('no_blank_line')
  const signatures = readSignatures(note.slice(blank + 2))
  if (!signatures.ok) return signatures
  const text = readText(note.slice(0, blank))
  return text.ok ? ok({ ...text.value, signatures: signatures.value }) : text
}

/** The 64 bytes signed by this key, to be verified; null where it did not sign. Lines of other names are passed over. */
export function ownSignature(
  checkpoint: SignedCheckpoint,
  name: string,
  publicKey: Uint8Array,
  sha256: Sha256,
): Uint8Array | null {
  const id = keyId(name, publicKey, sha256)
  const own = checkpoint.signatures.find((line) => line.name === name && compareBytes(line.keyId, id) === 0)
  return own?.signature.length === SIGNATURE_BYTES ? own.signature : null
}

/** The short name of an Ed25519 key in a signature line: the first 4 bytes of SHA-256(name + 0x0A + 0x01 + key). */
// It only tells keys apart: who makes a key with the same four bytes still cannot sign.
export function keyId(name: string, publicKey: Uint8Array, sha256: Sha256): Uint8Array {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new TypeError('keyId needs an Ed25519 public key of 32 bytes')
  return sha256(joinBytes(name, ED25519, publicKey)).slice(0, KEY_ID_BYTES)
}

const MAX_BYTES = 4_096
const MAX_SIGNATURES = 16
const ROOT_BYTES = 32
const PUBLIC_KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const KEY_ID_BYTES = 4
const ED25519 = new Uint8Array([0x0a, 0x01])

/** Control characters other than the newline, and halves of characters. */
const FORBIDDEN = /(?!\n)[\p{Cc}\p{Cs}]/u
const SIZE = /^(0|[1-9][0-9]{0,15})$/
const SIGNATURE_LINE = /^\u2014 ([^\p{White_Space}+]+) (.+)$/u

function textOf({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${base64(root)}`
  const read = readText(text)
  if (!read.ok || FORBIDDEN.test(origin))
    throw new TypeError('checkpointText needs an origin of one line, a whole number as size and a root of 32 bytes')
  return `${text}\n`
}

function readText(text: string): Result<Checkpoint, CheckpointProblem> {
  const [origin, sizeLine, rootLine, ...more] = text.split('\n')
  if (origin === undefined || sizeLine === undefined || rootLine === undefined) return err('missing_line')
  // The format lets a log add lines of its own. Ours has none, so that all that was signed can be checked.
  if (more.length > 0) return err('extension_line')
  if (origin === '') return err('empty_origin')
  const size = Number(sizeLine)
  if (!SIZE.test(sizeLine) || !Number.isSafeInteger(size)) return err('malformed_size')
  const root = fromBase64(rootLine)
  if (root?.length !== ROOT_BYTES) return err('malformed_root')
  return ok({ origin, size, root })
}

function readSignatures(text: string): Result<SignatureLine[], CheckpointProblem> {
  if (text === '') return err('no_signature')
  const signatures: SignatureLine[] = []
  for (const line of text.slice(0, -1).split('\n')) {
    if (signatures.length === MAX_SIGNATURES) return err('too_many_signatures')
    const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? []
    const bytes = fromBase64(encoded ?? '')
    if (name === undefined || bytes === null || bytes.length <= KEY_ID_BYTES) return err('malformed_signature')
    const id = bytes.subarray(0, KEY_ID_BYTES)
    // Two lines of one key would let two readers take different ones for its signature.
    if (signatures.some((other) => other.name === name && compareBytes(other.keyId, id) === 0))
      return err('repeated_signature')
    signatures.push({ name, keyId: id, signature: bytes.subarray(KEY_ID_BYTES) })
  }
  return ok(signatures)
}

/** RFC 4648 section 4, with padding. base64(utf8('fo')) // 'Zm8=' */
function base64(bytes: Uint8Array): string {
  const text = base64url(bytes).replaceAll('-', '+').replaceAll('_', '/')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** The bytes of a text that base64() would have written; null for any other. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0 || /[-_]/.test(text)) return null
  return fromBase64url(
    text
      .replace(/={1,2}$/, '')
      .replaceAll('+', '-')
      .replaceAll('/', '_'),
  )
}
