import { type Change, ConstraintFailed, Unavailable } from '../database.ts'
import type { ChangeResult } from '../writer/executor.ts'
import { GuardFailed, WriterReplaced } from '../writer/executor.ts'
import type { Item, LiveItem, Outcome, SealedItem } from '../writer/items.ts'
import type { Durability } from './connection.ts'

// What the main thread and the writer thread say to each other: one message per commit in each direction.

export type Request =
  | { readonly id: number; readonly do: Item['kind']; readonly items: PackedItems }
  | { readonly id: number; readonly do: 'changes'; readonly changes: readonly Change[] }
  | { readonly id: number; readonly do: 'flush' | 'rest' | 'compact' | 'close' }

export type Reply =
  | { readonly id: number; readonly value: ReplyValue }
  | { readonly id: number; readonly failure: PackedFailure }

export type ReplyValue = readonly Outcome[] | readonly PackedResult[] | boolean | undefined

export type PackedResult =
  | Exclude<ChangeResult, { kind: 'failed' }>
  | { readonly kind: 'failed'; readonly error: PackedFailure }

/** What the thread is told when it begins: the file, and how many items and rows go into one commit. */
export interface ThreadOptions {
  readonly path: string
  readonly durableAt: Durability
  readonly itemsPerCommit: number
  readonly rowsPerCommit: number
}

/** Sent once, when the thread has opened the file or could not. */
export type Opening = { readonly ready: true } | { readonly ready: false; readonly failure: PackedFailure }

/** All binary fields in one buffer and the rest as JSON: copying hundreds of small objects costs more than writing them. */
export interface PackedItems {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly facts: string
}

type ItemFacts = Omit<LiveItem, 'pseudonym' | 'bodyHash' | 'tag' | 'slips' | 'comments'> & {
  readonly slips: readonly Omit<LiveItem['slips'][number], 'id' | 'salt'>[]
  readonly comments: readonly Omit<LiveItem['comments'][number], 'id' | 'salt'>[]
}

const KEY_BYTES = 32
const ID_BYTES = 16

/** Items of one kind as one message; its buffer may be handed over to the other thread. */
export function packItems(items: readonly Item[]): PackedItems {
  return items[0]?.kind === 'live'
    ? packLive(items.filter((item) => item.kind === 'live'))
    : packSealed(items.filter((item) => item.kind !== 'live'))
}

/** The items of a message about this kind, as they were packed. */
export function unpackItems(kind: Item['kind'], packed: PackedItems): Item[] {
  return kind === 'live' ? unpackLive(packed) : unpackSealed(packed)
}

function packLive(items: readonly LiveItem[]): PackedItems {
  const size = items.reduce((sum, { slips, comments }) => sum + sizeOf(slips.length + comments.length), 0)
  const bytes = new Uint8Array(size)
  let at = 0
  const put = (part: Uint8Array) => {
    bytes.set(part, at)
    at += part.length
  }
  const facts = items.map((item): ItemFacts => {
    put(item.pseudonym)
    put(item.bodyHash)
    put(item.tag)
    for (const { id, salt } of item.slips) {
      put(id)
      put(salt)
    }
    for (const { id, salt } of item.comments) {
      put(id)
      put(salt)
    }
    const { kind, jurisdiction, survey, cell, channel, assistant, day, opens } = item
    return {
      kind,
      jurisdiction,
      survey,
      cell,
      channel,
      ...(assistant === undefined ? {} : { assistant }),
      day,
      slips: item.slips.map(({ organ, cell, answers }) => ({ organ, cell, answers })),
      comments: item.comments.map(({ organ, text }) => ({ organ, text })),
      ...(opens === undefined ? {} : { opens }),
    }
  })
  return { bytes, facts: JSON.stringify(facts) }
}

function unpackLive({ bytes, facts }: PackedItems): LiveItem[] {
  let at = 0
  const take = (length: number) => {
    const part = bytes.subarray(at, at + length)
    at += length
    return part
  }
  // What packItems wrote, so its shape needs no check.
  return (JSON.parse(facts) as ItemFacts[]).map(({ slips, comments, ...facts }) => ({
    ...facts,
    pseudonym: take(KEY_BYTES),
    bodyHash: take(KEY_BYTES),
    tag: take(KEY_BYTES),
    slips: slips.map(({ organ, cell, answers }) => ({
      id: take(ID_BYTES),
      organ,
      cell,
      answers,
      salt: take(ID_BYTES),
    })),
    comments: comments.map(({ organ, text }) => ({ id: take(ID_BYTES), organ, text, salt: take(ID_BYTES) })),
  }))
}

type SealedFacts = Omit<SealedItem, ByteField> & { readonly lengths: readonly number[] }
type ByteField = 'pseudonym' | 'bodyHash' | 'tag' | 'message' | 'signature' | 'enc' | 'ct' | 'sealed'

function packSealed(items: readonly SealedItem[]): PackedItems {
  const parts = items.map(bytesOf)
  const bytes = new Uint8Array(parts.flat().reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts.flat()) {
    bytes.set(part, at)
    at += part.length
  }
  const facts = items.map((item, i) => ({ ...factsOf(item), lengths: parts[i]!.map(({ length }) => length) }))
  return { bytes, facts: JSON.stringify(facts) }
}

function bytesOf(item: SealedItem): Uint8Array[] {
  if (item.kind === 'issue') return [item.pseudonym, item.bodyHash]
  if (item.kind === 'contact') return [item.pseudonym, item.sealed]
  return [item.tag, item.message, item.signature, item.enc, item.ct]
}

function factsOf(item: SealedItem) {
  if (item.kind === 'issue') {
    const { pseudonym: _, bodyHash: __, ...facts } = item
    return facts
  }
  if (item.kind === 'contact') {
    const { pseudonym: _, sealed: __, ...facts } = item
    return facts
  }
  const { tag: _, message: __, signature: ___, enc: ____, ct: _____, ...facts } = item
  return facts
}

function unpackSealed({ bytes, facts }: PackedItems): SealedItem[] {
  let at = 0
  // What packSealed wrote, so its shape needs no check.
  return (JSON.parse(facts) as SealedFacts[]).map(({ lengths, ...rest }) => {
    const [first, second, signature, enc, ct] = lengths.map((length) => {
      const part = bytes.subarray(at, at + length)
      at += length
      return part
    })
    if (rest.kind === 'issue') return { ...rest, pseudonym: first, bodyHash: second }
    if (rest.kind === 'contact') return { ...rest, pseudonym: first, sealed: second }
    return { ...rest, tag: first, message: second, signature, enc, ct }
  }) as SealedItem[]
}

const sizeOf = (rows: number) => 3 * KEY_BYTES + rows * 2 * ID_BYTES

/** An error as it crosses between threads, where classes are lost. */
export interface PackedFailure {
  readonly kind: 'replaced' | 'unavailable' | 'constraint' | 'guard' | 'mistake'
  readonly message: string
  readonly retryAfterSeconds: number
}

/** A failure as plain data: a thread's message keeps no class of an error. */
export function packFailure(error: unknown): PackedFailure {
  if (error instanceof Unavailable) {
    const kind = error instanceof WriterReplaced ? 'replaced' : 'unavailable'
    return { kind, message: error.reason, retryAfterSeconds: error.retryAfterSeconds }
  }
  const kind = error instanceof ConstraintFailed ? 'constraint' : error instanceof GuardFailed ? 'guard' : 'mistake'
  const message = error instanceof ConstraintFailed ? error.constraint : String(error)
  return { kind, message, retryAfterSeconds: 0 }
}

/** The failure again, as the class that callers ask for. */
export function unpackFailure({ kind, message, retryAfterSeconds }: PackedFailure): Error {
  if (kind === 'replaced') return new WriterReplaced()
  if (kind === 'unavailable') return new Unavailable(message, retryAfterSeconds)
  if (kind === 'constraint') return new ConstraintFailed(message)
  return kind === 'guard' ? new GuardFailed() : new Error(`the writer thread failed: ${message}`)
}
