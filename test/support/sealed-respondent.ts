import { randomBytes } from 'node:crypto'
import { blind, finalise, importIssuerKey } from '../../client/islands/ballot/blind.ts'
import { sealEnvelope } from '../../client/islands/ballot/seal.ts'
import { nodeCryptography } from '../../server/node/platform.ts'
import { ticketMessage, ticketTagInput } from '../../surveys/ballot.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { envelopeContext, envelopeInfo, type SealedResponse, writePlaintext } from '../../surveys/envelope.ts'
import { type Manifest, readManifest } from '../../surveys/manifest.ts'

/** One person's part of the protocol, written anew from its page: draws a ticket, seals, and sends what it is told. */
export interface Device {
  readonly manifest: Manifest
  readonly manifestHash: Uint8Array
  readonly message: Uint8Array<ArrayBuffer>
  readonly tag: Uint8Array
  readonly cell: string
  readonly kid: string
  readonly blinded: Uint8Array<ArrayBuffer>
  /** Bodies of POST …/issue and, once the ticket is signed, …/submit and …/withdraw. */
  issueBody(elig: string): Record<string, unknown>
  takeSignature(s: string): Promise<void>
  submitBody(response: Partial<SealedResponse>, version?: number): Promise<Record<string, unknown>>
  withdrawBody(version: number): Record<string, unknown>
}

const sha256 = nodeCryptography().sha256
const bytes = (text: string | null) => fromBase64url(text ?? '')!

export async function createDevice(manifestText: string, cell = 'all'): Promise<Device> {
  const read = readManifest(manifestText)
  if (!read.ok) throw new Error('createDevice needs a manifest')
  const manifest = read.value
  const manifestHash = await sha256(new TextEncoder().encode(manifestText))
  const { kid, issuer_spki } = manifest.cells.find(({ id }) => id === cell)!
  const key = await importIssuerKey(bytes(issuer_spki))
  const random = () => new Uint8Array(randomBytes(32))
  const message = ticketMessage({ survey: manifest.survey, cell }, random(), random())
  const tag = await sha256(ticketTagInput(message))
  const { blinded, inv } = await blind(key, message)
  let sig = ''
  return {
    manifest,
    manifestHash,
    message,
    tag,
    cell,
    kid: kid!,
    blinded,
    issueBody: (elig) => ({ elig, kid, blinded: base64url(blinded) }),
    async takeSignature(s) {
      const signature = await finalise(key, message, bytes(s), inv)
      if (!signature) throw new Error('the server signed something else')
      sig = base64url(signature)
    },
    async submitBody(response, version = 1) {
      const whole: SealedResponse = {
        survey: manifest.survey,
        cell,
        attrs: {},
        pace: 0,
        slips: [],
        comments: [],
        ...response,
      }
      const { enc, ct } = await sealEnvelope(
        bytes(manifest.box_pk),
        envelopeInfo(manifest.survey, manifestHash),
        envelopeContext(manifest.survey, cell, tag, version),
        writePlaintext(whole, manifest.min_pad ?? 0),
      )
      return { v: 1, kid, msg: base64url(message), sig, ver: version, enc: base64url(enc), ct: base64url(ct) }
    },
    withdrawBody: (version) => ({ kid, msg: base64url(message), sig, ver: version }),
  }
}

/** A slip with a random name and salt. */
export function slip(organ: string, answers: readonly number[]): SealedResponse['slips'][number] {
  return { id: new Uint8Array(randomBytes(16)), o: organ, a: answers, s: new Uint8Array(randomBytes(16)) }
}
