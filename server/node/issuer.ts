import {
  constants,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import { ticketSignature } from '../../client/islands/ballot/blind.ts'
import { SignerFault, withoutFault } from '../issuer.ts'

/** A new private key for the tickets of one cell, made in a thread of the runtime: it takes a quarter of a second. */
export async function makeIssuerKey(): Promise<KeyObject> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048, publicExponent: 0x10001 })
  return pair.privateKey
}

/** The public part as the manifest holds it, from either part. */
export function issuerSpki(key: KeyObject): Uint8Array<ArrayBuffer> {
  const open = key.type === 'private' ? createPublicKey(key) : key
  return new Uint8Array(open.export({ type: 'spki', format: 'der' }))
}

/**
 * BlindSign of RFC 9474: the same signature for the same message every time. `isBelowModulus` has been asked before; the
 * raw operation can be given to show what a fault does.
 */
export function blindSign(key: KeyObject, blinded: Uint8Array, operation = signRaw): Uint8Array {
  const signature = operation(key, blinded)
  return withoutFault(signature, publicPower(key, signature), blinded)
}

/** An ordinary RSA-PSS signature, the same kind as a finalised one, where the server fills in the ticket itself. */
export function signTicket(key: KeyObject, message: Uint8Array): Uint8Array {
  const signature = sign('sha384', message, { key, ...pss })
  if (!verifyTicket(key, message, signature)) throw new SignerFault()
  return signature
}

/** Whether the signature is the issuer's and of this message. The key is parsed once, not for every ticket. */
export function verifyTicket(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return verify('sha384', message, { key, ...pss }, signature)
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: ticketSignature.saltLength }
const padding = constants.RSA_NO_PADDING

function signRaw(key: KeyObject, blinded: Uint8Array): Uint8Array {
  return privateDecrypt({ key, padding }, blinded)
}

/** null for a number that is not below the modulus. */
function publicPower(key: KeyObject, signature: Uint8Array): Uint8Array | null {
  try {
    return publicEncrypt({ key, padding }, signature)
  } catch {
    return null
  }
}
