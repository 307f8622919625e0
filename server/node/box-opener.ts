import { availableParallelism } from 'node:os'
import { joinBytes } from '../../surveys/canonical.ts'
import type { EnvelopeFault, SealedResponse } from '../../surveys/envelope.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { openThread } from './thread.ts'

/** One row of a box; `cell` is that of its ticket. */
export interface Envelope {
  readonly tag: Uint8Array
  readonly cell: string
  readonly ver: number
  readonly enc: Uint8Array
  readonly ct: Uint8Array
}

/** What all envelopes of a box have in common. */
export interface BoxFacts {
  /** "{jid}/{sid}". */
  readonly survey: string
  readonly manifestHash: Uint8Array
  /** 32 bytes; handed to the threads, written nowhere. */
  readonly privateKey: Uint8Array
  /** The stored JSON text. */
  readonly questionnaire: string
  /** Codes of the organs that may be rated. */
  readonly organs: readonly string[]
  /** The plan's margins of this group. */
  readonly margins: readonly string[]
  /** Of the manifest: the smallest length of a plaintext. */
  readonly minPad: number
}

export interface BoxOpener {
  /** What is in each envelope, in the same order; rejects when a thread fails, never for what is inside. */
  open(envelopes: readonly Envelope[]): Promise<Result<SealedResponse, EnvelopeFault>[]>
  /** Ends the threads, and with them their copies of the key. */
  stop(): Promise<void>
}

/**
 * Opens, reads and checks envelopes on all processors. Whether an id or a tag occurs twice in the box is not seen here:
 * each envelope is judged alone.
 */
export function boxOpener(facts: BoxFacts, threadCount = availableParallelism()): BoxOpener {
  const threads = Array.from({ length: threadCount }, () => openThread<Parcel, OpenedParcel>('box-thread', facts))
  let turn = 0
  return {
    async open(envelopes) {
      const parcels: Promise<OpenedParcel>[] = []
      for (let at = 0; at < envelopes.length; at += PARCEL) {
        parcels.push(threads[turn]!.ask(packParcel(envelopes.slice(at, at + PARCEL))))
        turn = (turn + 1) % threads.length
      }
      return (await Promise.all(parcels)).flatMap((parcel) => unpackOpened(facts.survey, parcel))
    },
    async stop() {
      await Promise.all(threads.map((thread) => thread.stop()))
    },
  }
}

/** Enough that the way to the thread and back does not count, few enough that all threads end together. */
const PARCEL = 128

/** Envelopes on the way to a thread: few large parts cross much faster than many small ones. */
export interface Parcel {
  readonly cells: readonly string[]
  readonly versions: readonly number[]
  /** 32 bytes and 65 bytes of each, then all ciphertexts one after the other. */
  readonly tags: Uint8Array
  readonly keys: Uint8Array
  readonly ciphertexts: Uint8Array
  readonly lengths: readonly number[]
}

const TAG = 32
const KEY = 65

function packParcel(envelopes: readonly Envelope[]): Parcel {
  const lengths = envelopes.map(({ ct }) => ct.length)
  const parcel = {
    cells: envelopes.map(({ cell }) => cell),
    versions: envelopes.map(({ ver }) => ver),
    tags: new Uint8Array(envelopes.length * TAG),
    keys: new Uint8Array(envelopes.length * KEY),
    ciphertexts: new Uint8Array(lengths.reduce((sum, length) => sum + length, 0)),
    lengths,
  }
  let end = 0
  for (const [i, { tag, enc, ct }] of envelopes.entries()) {
    parcel.tags.set(tag, i * TAG)
    // A key of another length stays zero here, which is no key either.
    if (enc.length === KEY) parcel.keys.set(enc, i * KEY)
    parcel.ciphertexts.set(ct, end)
    end += ct.length
  }
  return parcel
}

/** The envelopes of a parcel, on the side of the thread. */
export function unpackParcel({ cells, versions, tags, keys, ciphertexts, lengths }: Parcel): Envelope[] {
  let end = 0
  return cells.map((cell, i) => {
    const start = end
    end += lengths[i]!
    return {
      cell,
      ver: versions[i]!,
      tag: tags.subarray(i * TAG, (i + 1) * TAG),
      enc: keys.subarray(i * KEY, (i + 1) * KEY),
      ct: ciphertexts.subarray(start, end),
    }
  })
}

/** What was found in a parcel, on the way back. */
export interface OpenedParcel {
  readonly found: readonly (EnvelopeFault | Unnamed)[]
  /** id and salt, 16 bytes each, of every slip and then of every comment of each response. */
  readonly names: Uint8Array
}

/** A response without what is random or known. */
interface Unnamed {
  readonly cell: string
  readonly attrs: SealedResponse['attrs']
  readonly pace: SealedResponse['pace']
  readonly slips: readonly { readonly o: string; readonly a: readonly number[] }[]
  readonly comments: readonly { readonly o: string; readonly t: string }[]
}

const NAME = 16

export function packOpened(found: readonly Result<SealedResponse, EnvelopeFault>[]): OpenedParcel {
  const names: Uint8Array[] = []
  const name = ({ id, s }: { readonly id: Uint8Array; readonly s: Uint8Array }) => names.push(id, s)
  return {
    found: found.map((each) => {
      if (!each.ok) return each.error
      const { cell, attrs, pace, slips, comments } = each.value
      slips.forEach(name)
      comments.forEach(name)
      return {
        cell,
        attrs,
        pace,
        slips: slips.map(({ o, a }) => ({ o, a })),
        comments: comments.map(({ o, t }) => ({ o, t })),
      }
    }),
    names: joinBytes(...names),
  }
}

function unpackOpened(survey: string, { found, names }: OpenedParcel): Result<SealedResponse, EnvelopeFault>[] {
  let at = 0
  const next = () => {
    at += NAME
    return names.subarray(at - NAME, at)
  }
  return found.map((each) => {
    if (typeof each === 'string') return err(each)
    const { cell, attrs, pace } = each
    const slips = each.slips.map(({ o, a }) => ({ id: next(), o, a, s: next() }))
    const comments = each.comments.map(({ o, t }) => ({ id: next(), o, t, s: next() }))
    return ok({ survey, cell, attrs, pace, slips, comments })
  })
}
