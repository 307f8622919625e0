import type { Row } from '@libsql/client'
import { base64url, utf8 } from '../../../surveys/canonical.ts'
import type { TestCycle } from '../../support/cycle.ts'
import type { Evidence, Places } from './linking-attack.ts'
import type { Crowd, Group, Known } from './linking-crowd.ts'
import type { Thief } from './linking-house.ts'
import { findInFile, findInLog, type LogPlace, type Page, ranksOfBytes } from './linking-loot.ts'

// Everything about a person and everything about a slip that has a place: in the tables, in the bytes of the file, in the
// order of the log, in the public trees.

/** Rows of the tables of one survey, in the order in which the tables give them. */
export interface Tables {
  readonly slips: readonly { id: Uint8Array; salt: Uint8Array; organ: string; answers: string }[]
  readonly comments: readonly { id: Uint8Array; salt: Uint8Array; organ: string; text: string }[]
  /** Texts of the leaves of both trees. */
  readonly leaves: Readonly<Record<'participation' | 'slips', readonly string[]>>
}

export async function readTables({ look }: Pick<Thief, 'look'>, cycle: TestCycle, group: Group): Promise<Tables> {
  const key = [cycle.place.id, cycle.survey(group).id]
  const codes = new Map([...cycle.place.organIds].map(([code, id]) => [id, code]))
  const rowsOf = (columns: string, table: string, order = '') =>
    look(`SELECT ${columns} FROM ${table} WHERE jurisdiction_id = ? AND survey_id = ? ${order}`, key)
  const named = (row: Row) => ({
    id: bytesIn(row['id']),
    salt: bytesIn(row['salt']),
    organ: codes.get(Number(row['organ_id']))!,
  })
  const leaves = await rowsOf('log, data', 'log_leaf', 'ORDER BY log, i')
  const leavesOf = (log: string) =>
    leaves.filter((row) => row['log'] === log).map((row) => Buffer.from(bytesIn(row['data'])).toString('utf8'))
  return {
    slips: (await rowsOf('*', 'slip')).map((row) => ({ ...named(row), answers: String(row['answers']) })),
    comments: (await rowsOf('*', 'comment')).map((row) => ({ ...named(row), text: String(row['text']) })),
    leaves: { participation: leavesOf('participation'), slips: leavesOf('slips') },
  }
}

export const bytesIn = (value: unknown): Uint8Array => new Uint8Array(value as ArrayBuffer)

/** Where the thief looks: every page of the log, or none, and the file. */
export interface Disk {
  readonly pages: readonly Page[]
  readonly file: Buffer
}

/** Slips that say what no other says: what many have said the thief need not look at. */
export function distinctSlips({ slips }: Tables): Tables['slips'] {
  const often = ownersOf(slips.map(({ answers }) => answers))
  return slips.filter(({ answers }) => often.get(answers)!.length === 1)
}

/** People and slips with all their places. Whoever took everything back is left out, as the thief can see that they did. */
export function slipEvidence(crowd: Crowd, tables: Tables, disk: Disk): Evidence {
  const { leaves } = tables
  const slips = distinctSlips(tables)
  const people = crowd.people.filter(({ isWithdrawn }) => !isWithdrawn)
  const says = ({ organ, answers }: { organ: string; answers: string }) => `${organ} ${answers}`
  const owners = ownersOf(slips.map(says))
  const texts = slips.map(({ id }) => utf8(base64url(id)))
  const things = placesOfAll(disk, {
    id: slips.map(({ id }) => id),
    salt: slips.map(({ salt }) => salt),
    answers: slips.map(({ answers }) => utf8(answers)),
    leaf: texts,
  })
  const rank = rankAmong(
    leaves.slips,
    slips.map(({ id }) => base64url(id)),
  )
  const places = placesOfPeople(crowd, people, leaves, disk)
  return {
    people: people.map(({ slips: own }, at) => {
      const said = own.map(({ organ, answers }) => says({ organ, answers: JSON.stringify(answers) }))
      return { places: places[at]!, ...ownersIn(owners, said) }
    }),
    things: slips.map((_, at) => ({ places: { row: at, 'leaf in the tree': rank[at]!, ...things[at] } })),
  }
}

/** The same for comments; whoever wrote none is left out. */
export function commentEvidence(crowd: Crowd, { comments, leaves }: Tables, disk: Disk): Evidence {
  const people = crowd.people.filter(({ isWithdrawn, comments }) => !isWithdrawn && comments.length > 0)
  const says = ({ organ, text }: { organ: string; text: string }) => `${organ} ${text}`
  const owners = ownersOf(comments.map(says))
  const things = placesOfAll(disk, {
    id: comments.map(({ id }) => id),
    salt: comments.map(({ salt }) => salt),
    text: comments.map(({ text }) => utf8(text)),
  })
  const places = placesOfPeople(crowd, people, leaves, disk)
  return {
    people: people.map((person, at) => ({ places: places[at]!, ...ownersIn(owners, person.comments.map(says)) })),
    things: comments.map((_, at) => ({ places: { row: at, ...things[at] } })),
  }
}

function placesOfPeople(crowd: Crowd, people: readonly Known[], leaves: Tables['leaves'], disk: Disk): Places[] {
  const keys = { person: people.map(({ p }) => p), ticket: people.map(({ tag }) => tag) }
  const ranks = { person: ranksOfBytes(keys.person), ticket: ranksOfBytes(keys.ticket) }
  const leaf = rankAmong(
    leaves.participation,
    people.map(({ tag }) => base64url(tag)),
  )
  const found = placesOfAll(disk, keys)
  return people.map((person, at) => ({
    arrival: crowd.people.indexOf(person),
    'last envelope': person.lastSent,
    person: ranks.person[at]!,
    ticket: ranks.ticket[at]!,
    'leaf of the ticket': leaf[at]!,
    ...found[at],
  }))
}

/** Places in the log and in the file of things that have several fields; a place that not all of them have is none. */
export function placesOfAll({ pages, file }: Disk, fields: Readonly<Record<string, readonly Uint8Array[]>>): Places[] {
  const names = Object.keys(fields)
  const count = fields[names[0]!]!.length
  const places = Array.from({ length: count }, (): Record<string, number> => ({}))
  const needles = names.flatMap((name) => fields[name]!)
  const inLog = findInLog(pages, needles)
  const inFile = findInFile(file, needles)
  for (const [turn, name] of names.entries()) {
    const part = <T>(all: readonly (T | null)[]) => all.slice(turn * count, (turn + 1) * count)
    const keep = <T>(all: readonly (T | null)[], read: (place: T) => Record<string, number>) => {
      if (all.some((place) => place === null)) return
      for (const [at, place] of all.entries()) Object.assign(places[at]!, read(place!))
    }
    keep(part(inLog), ({ first, last, commit }: LogPlace) => ({
      [`${name}, first in the log`]: first,
      [`${name}, last in the log`]: last,
      [`${name}, commit`]: commit,
    }))
    keep(part(inFile), (offset: number) => ({ [`${name} in the file`]: offset }))
  }
  return places
}

/** The place of each word among texts that hold one each, such as leaves; past the end where none does. */
function rankAmong(texts: readonly string[], words: readonly string[]): number[] {
  const all = texts.join('\n')
  return words.map((word) => {
    const at = all.indexOf(word)
    return at < 0 ? all.length : at
  })
}

function ownersOf(said: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const owners = new Map<string, number[]>()
  for (const [at, text] of said.entries()) owners.set(text, [...(owners.get(text) ?? []), at])
  return owners
}

function ownersIn(owners: ReadonlyMap<string, readonly number[]>, said: readonly string[]) {
  const [first] = said
  const alone = owners.get(first ?? '') ?? []
  return { owns: new Set(said.flatMap((text) => owners.get(text) ?? [])), own: alone.length === 1 ? alone[0]! : null }
}
