import { createHash, createPublicKey, verify } from 'node:crypto'
import { expect } from 'vitest'
import { type LoggedSurvey, type LogName, listCheckpoints } from '../../db/logs.ts'
import { dayOf } from '../../server/calendar.ts'
import { systemScope } from '../../server/guard.ts'
import { response } from '../db/support.ts'
import type { TestApp } from './app.ts'
import { look } from './cycle.ts'

// Trees and notes once more, written down from RFC 9162 and the note format alone: what checks a log must not be what
// makes it.

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** RFC 9162 section 2.1.1: the root over leaf data, by its definition. */
export function rootByDefinition(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!)
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(Buffer.of(1), rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)))
}

/** RFC 9162 section 2.1.3.2, step by step. */
export function isIncluded(
  leaf: Uint8Array,
  { index, size, proof }: { index: number; size: number; proof: readonly Uint8Array[] },
  root: Uint8Array,
): boolean {
  if (index >= size) return false
  let [fn, sn, r] = [index, size - 1, sha256(Buffer.of(0), leaf)]
  for (const p of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      r = sha256(Buffer.of(1), p, r)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1]
    } else r = sha256(Buffer.of(1), r, p)
    ;[fn, sn] = [fn >> 1, sn >> 1]
  }
  return sn === 0 && r.equals(root)
}

export interface Note {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

/** A signed note by its lines; throws unless this key (base64url) signed it under the name of its origin. */
export function readNote(note: string, publicKey: string): Note {
  const match = /^(.+)\n(\d+)\n(.+)\n\n\u2014 (.+) (.+)\n$/.exec(note)
  if (!match) throw new Error(`no note: ${note}`)
  const [, origin, size, root, name, signed] = match as unknown as [string, string, string, string, string, string]
  const bytes = Buffer.from(signed, 'base64')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  const id = sha256(Buffer.from(`${name}\n\u0001`), Buffer.from(publicKey, 'base64url')).subarray(0, 4)
  const text = Buffer.from(`${origin}\n${size}\n${root}\n`)
  if (name !== origin || !id.equals(bytes.subarray(0, 4)) || !verify(null, text, key, bytes.subarray(4)))
    throw new Error('the note is not signed by this key')
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') }
}

/** The stored leaves of a log. */
export async function leavesOf(
  app: TestApp,
  { jurisdiction, survey }: LoggedSurvey,
  log: LogName,
): Promise<Uint8Array[]> {
  const of = 'SELECT data FROM log_leaf WHERE jurisdiction_id = ? AND survey_id = ? AND log = ? ORDER BY i'
  const rows = await look(app, of, [jurisdiction, survey, log])
  return rows.map(({ data }) => new Uint8Array(data as ArrayBuffer))
}

export const textsOf = async (app: TestApp, survey: LoggedSurvey, log: LogName): Promise<string[]> =>
  (await leavesOf(app, survey, log)).map((leaf) => Buffer.from(leaf).toString())

/** The sizes of all signed heads of a log, each checked against the leaves that are stored and the key of the jurisdiction. */
export async function headsOf(app: TestApp, survey: LoggedSurvey, log: LogName): Promise<number[]> {
  const leaves = await leavesOf(app, survey, log)
  const heads = await listCheckpoints(app.world.db, systemScope(survey.jurisdiction), { survey: survey.survey, log })
  const key = Buffer.from(await app.world.keys.logPublicKey(survey.jid)).toString('base64url')
  for (const { size, root, note } of heads) {
    const expected = rootByDefinition(leaves.slice(0, size))
    expect(Buffer.from(root).equals(expected)).toBe(true)
    const origin = `localhost:8787/${survey.jid}/${survey.sid}/${log}`
    expect(readNote(note, key)).toEqual({ origin, size, root: expected })
  }
  return heads.map(({ size }) => size)
}

/** Tags in the order of their bytes. */
export const bytewise = (tags: readonly string[]) =>
  [...tags].sort((a, b) => Buffer.from(a, 'base64url').compare(Buffer.from(b, 'base64url')))

/** Many people at once, without their forms; the first so many leave a comment. */
export async function answerInBulk(
  app: TestApp,
  { jurisdiction, survey, organ }: LoggedSurvey & { readonly organ: number },
  from: number,
  to: number,
  comments = 0,
): Promise<void> {
  const items = Array.from({ length: to - from }, (_, at) =>
    response(
      { jurisdiction, survey },
      {
        person: `${survey}/${from + at}`,
        organs: [organ],
        answers: Array.from({ length: 7 }, () => 0),
        day: dayOf(app.clock.time),
        ...(at < comments ? { comment: `${at}` } : {}),
      },
    ),
  )
  const outcomes = await Promise.all(items.map((item) => app.world.writer.submit(item)))
  expect(new Set(outcomes)).toEqual(new Set(['accepted']))
}

/** RFC 9162 section 2.1.4.2, step by step. */
export function isContinued(
  { first, second, proof }: { first: number; second: number; proof: readonly Uint8Array[] },
  roots: { readonly first: Buffer; readonly second: Buffer },
): boolean {
  if (first === second) return proof.length === 0 && roots.first.equals(roots.second)
  const path = Number.isInteger(Math.log2(first)) ? [roots.first, ...proof] : [...proof]
  let [fn, sn] = [first - 1, second - 1]
  while (fn % 2 === 1) [fn, sn] = [fn >> 1, sn >> 1]
  let fr: Buffer = Buffer.from(path[0]!)
  let sr = fr
  for (const c of path.slice(1)) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = sha256(Buffer.of(1), c, fr)
      sr = sha256(Buffer.of(1), c, sr)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1]
    } else sr = sha256(Buffer.of(1), sr, c)
    ;[fn, sn] = [fn >> 1, sn >> 1]
  }
  return sn === 0 && fr.equals(roots.first) && sr.equals(roots.second)
}
