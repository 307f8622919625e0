import { SignerFault } from '../issuer.ts'
import type { Keys } from '../keys.ts'
import type { Maybe } from '../world.ts'
import { openThread } from './thread.ts'

/** What one key is to sign: tags of a cell for receipts, blinded messages for tickets, one after the other. */
export interface Bundle {
  readonly kind: 'receipt' | 'ticket'
  readonly survey: string
  /** Which key: the cell of receipts, the kid of tickets. */
  readonly name: string
  readonly messages: Uint8Array
}

/** The signatures in the same order; nothing but zeros where the key made a fault. */
export interface SignedBundle {
  readonly signatures: Uint8Array
  readonly faults: readonly number[]
}

const sizes = {
  receipt: { message: 32, signature: 64 },
  ticket: { message: 256, signature: 256 },
} as const satisfies Record<Bundle['kind'], object>

type Order = Omit<Bundle, 'messages'>

interface Waiting {
  readonly message: Uint8Array
  resolve(signature: Uint8Array | null): void
  reject(error: unknown): void
}

type Gathered = Order & { readonly waiting: Waiting[] }

/** The functions of a key store that the signer takes over. */
export type SigningKeys = Pick<Keys, 'signReceipt' | 'signBlinded' | 'destroyIssuers'>

/**
 * Signs receipts and tickets: of a few people at once here, of a crowd in a thread, where signing goes on while this one
 * answers and the writer commits. The signatures are the same, and whatever the thread cannot do is done here.
 */
export function crowdSigner(keys: Keys, folder: string): { readonly keys: SigningKeys; stop(): Promise<void> } {
  const thread = openThread<Bundle, SignedBundle>('signing-thread', { folder })
  const ready = new Map<string, Order>()
  let gathering = new Map<string, Gathered>()

  function handOver(): void {
    const bundles = gathering
    gathering = new Map()
    for (const bundle of bundles.values()) void settle(bundle)
  }

  async function settle({ waiting, ...order }: Gathered): Promise<void> {
    const isCrowd = waiting.length >= CROWD || thread.isRunning
    const bundle = { ...order, messages: joined(order.kind, waiting) }
    const signed = isCrowd ? await thread.ask(bundle).catch(() => null) : null
    for (const [i, { message, resolve, reject }] of waiting.entries()) {
      try {
        resolve(signed ? signatureAt(order.kind, signed, i) : await signOne(keys, order, message))
      } catch (error) {
        reject(error)
      }
    }
  }

  function sign(order: Order, message: Uint8Array): Maybe<Uint8Array | null> {
    const name = `${order.kind}|${order.survey}|${order.name}`
    // The first one here and at once: a survey whose key is missing is known before its answer is committed.
    if (!ready.has(name) || message.length !== sizes[order.kind].message) {
      const signature = signOne(keys, order, message)
      if (signature !== null) ready.set(name, order)
      return signature
    }
    if (gathering.size === 0) setImmediate(handOver)
    const bundle = gathering.get(name) ?? { ...order, waiting: [] }
    gathering.set(name, bundle)
    return new Promise((resolve, reject) => bundle.waiting.push({ message, resolve, reject }))
  }

  return {
    keys: {
      signReceipt: (survey, cell, tag) => receiptOf(sign({ kind: 'receipt', survey, name: cell }, tag)),
      signBlinded: (survey, kid, blinded) => sign({ kind: 'ticket', survey, name: kid }, blinded),
      async destroyIssuers(survey) {
        const destroyed = await keys.destroyIssuers(survey)
        const used = [...ready].filter(([, order]) => order.kind === 'ticket' && order.survey === survey)
        for (const [name] of used) ready.delete(name)
        // A copy of the key may be in the thread's memory, and goes with it; the next crowd gets another thread.
        if (used.length > 0) await thread.stop()
        return destroyed
      },
    },
    stop: thread.stop,
  }
}

/** So many in one turn of the event loop are worth a thread. */
const CROWD = 4

/** The thread's part. A fault of the key is told of its own message; whatever else fails is of the whole bundle. */
export async function signBundle(keys: Keys, { messages, ...order }: Bundle): Promise<SignedBundle> {
  const { message: step, signature: size } = sizes[order.kind]
  const signatures = new Uint8Array((messages.length / step) * size)
  const faults: number[] = []
  for (let i = 0; i * step < messages.length; i++) {
    try {
      const signature = await signOne(keys, order, messages.subarray(i * step, (i + 1) * step))
      if (signature === null) throw new Error('signBundle needs a key that the survey has')
      signatures.set(signature, i * size)
    } catch (error) {
      if (!(error instanceof SignerFault)) throw error
      faults.push(i)
    }
  }
  return { signatures, faults }
}

function signOne(keys: Keys, { kind, survey, name }: Order, message: Uint8Array): Maybe<Uint8Array | null> {
  return kind === 'receipt' ? keys.signReceipt(survey, name, message) : keys.signBlinded(survey, name, message)
}

/** Only a ticket's key may be unknown: a receipt is signed, or its key is missing and this has thrown. */
function receiptOf(signature: Maybe<Uint8Array | null>): Maybe<Uint8Array> {
  return signature as Maybe<Uint8Array>
}

function signatureAt(kind: Bundle['kind'], { signatures, faults }: SignedBundle, i: number): Uint8Array {
  if (faults.includes(i)) throw new SignerFault()
  const size = sizes[kind].signature
  return signatures.subarray(i * size, (i + 1) * size)
}

function joined(kind: Bundle['kind'], waiting: readonly Waiting[]): Uint8Array {
  const size = sizes[kind].message
  const messages = new Uint8Array(waiting.length * size)
  for (const [i, { message }] of waiting.entries()) messages.set(message, i * size)
  return messages
}
