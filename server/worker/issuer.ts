import {
  type IssuerKey,
  importIssuerKey,
  publicPower,
  ticketSignature,
  toBytes,
  toInteger,
  verifyTicket,
} from '../../client/islands/ballot/blind.ts'
import { SignerFault, withoutFault } from '../issuer.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Raw RSA with a private key: a number to the power d. */
export type RawOperation = (blinded: Bytes) => Promise<Bytes>

/** Makes the raw operation of a private key out of what one runtime has; throws where it has not. */
export type RawWay = (pkcs8: Bytes) => Promise<RawOperation>

/** An issuer's key, ready to sign and to verify with. */
export interface Issuer {
  readonly open: IssuerKey
  readonly signer: CryptoKey
  readonly raw: RawOperation
}

/**
 * An issuer's key from both of its parts, by the first way to raw RSA that works here with this key. Raising to e undoes
 * raising to d for one number only, so a single trial proves the way, and that the parts belong together.
 */
export async function importIssuer(pkcs8: Bytes, spki: Bytes, bits = 2048, ways = rawWays): Promise<Issuer> {
  const open = await importIssuerKey(spki, bits)
  const signer = await crypto.subtle.importKey('pkcs8', pkcs8, ticketSignature, false, ['sign'])
  const trial = toBytes(2n, open.bytes)
  for (const way of ways) {
    try {
      const issuer = { open, signer, raw: await way(pkcs8) }
      await blindSign(issuer, trial)
      return issuer
    } catch {
      // The next way, then.
    }
  }
  throw new Error('importIssuer needs a runtime with raw RSA and the two parts of one key')
}

/** BlindSign of RFC 9474: the same signature for the same message every time. `isBelowModulus` has been asked before. */
export async function blindSign({ open, raw }: Pick<Issuer, 'open' | 'raw'>, blinded: Bytes): Promise<Bytes> {
  const signature = await raw(blinded)
  const power = publicPower(toInteger(signature), open.modulus)
  return withoutFault(signature, toBytes(power, open.bytes), blinded)
}

/** An ordinary RSA-PSS signature, the same kind as a finalised one, where the server fills in the ticket itself. */
export async function signTicket({ open, signer }: Issuer, message: Bytes): Promise<Bytes> {
  const signature = new Uint8Array(await crypto.subtle.sign(ticketSignature, signer, message))
  if (!(await verifyTicket(open, message, signature))) throw new SignerFault()
  return signature
}

/** WebCrypto of the Workers runtime, with an algorithm that no standard has. */
export const webCryptoRaw: RawWay = async (pkcs8) => {
  const algorithm = { name: 'RSA-RAW', hash: 'SHA-384' }
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
  return async (blinded) => new Uint8Array(await crypto.subtle.sign(algorithm, key, blinded))
}

/** The part of Node that `nodejs_compat` brings. */
export const nodeRaw: RawWay = async (pkcs8) => {
  const { privateDecrypt, constants } = nodeCrypto()
  // The Workers runtime takes the key as text only.
  const lines = btoa(String.fromCharCode(...pkcs8)).match(/.{1,64}/g)!
  const key = ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n')
  return async (blinded) => new Uint8Array(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, blinded))
}

const rawWays: readonly RawWay[] = [webCryptoRaw, nodeRaw]

interface NodeCrypto {
  readonly constants: { readonly RSA_NO_PADDING: number }
  privateDecrypt(key: { key: string; padding: number }, bytes: Uint8Array): Uint8Array
}

/** Asked for by name and not imported, since a Worker may run without it: then this throws, as a way that is not there. */
// What the runtime calls node:crypto has had these two since Node 0.11; `importIssuer` tries them before it trusts them.
function nodeCrypto(): NodeCrypto {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): NodeCrypto | undefined } }
  const found = process?.getBuiltinModule?.('node:crypto')
  if (!found) throw new Error('nodeCrypto needs the flag nodejs_compat')
  return found
}
