import { openDatabase } from '../../../db/node/open.ts'
import { readCells, recountSurvey } from '../../../db/tallies.ts'
import { systemScope } from '../../../server/guard.ts'
import publicForm from '../../../surveys/forms/public.json' with { type: 'json' }
import { parseQuestionnaire } from '../../../surveys/questionnaire.ts'
import { tallySpec } from '../../../surveys/tally.ts'
import { type Answer, type Crowd, newAgent, type Person, send } from './crowd.ts'
import type { Installation } from './installation.ts'

/** What the crowd was told, kept on its side. */
export class Books {
  /** Whoever has a receipt, and which. */
  readonly receipts = new Map<Person, string>()
  /** Whoever has sent and has no answer yet: they send the same bytes again. */
  readonly pending: Person[] = []
  /** Answers that nobody may ever get. */
  readonly faults: string[] = []

  note(person: Person, answer: Answer): void {
    if (answer.kind === 'taken') this.#take(person, answer.receipt, answer.outcome)
    else if (answer.kind === 'other')
      this.faults.push(`${person.at} got ${answer.status}: ${answer.text.slice(0, 200)}`)
    else if (!this.receipts.has(person)) this.pending.push(person)
  }

  #take(person: Person, receipt: string, outcome: 'accepted' | 'replayed' | null): void {
    const earlier = this.receipts.get(person)
    this.receipts.set(person, receipt)
    if (earlier === undefined) return
    if (earlier !== receipt) this.faults.push(`${person.at} got two receipts`)
    if (outcome === 'accepted') this.faults.push(`${person.at} had a receipt and was accepted a second time`)
  }
}

/**
 * Everyone of the crowd over so many connections: first those who wait for an answer, then new ones while `mayCome`.
 * Ends when nobody comes any more, or connection by connection when the server is gone.
 */
export async function storm(
  port: number,
  books: Books,
  crowd: Crowd,
  { connections = 48, mayCome }: { connections?: number; mayCome: () => boolean },
): Promise<void> {
  const agent = newAgent(connections)
  const visit = async () => {
    for (;;) {
      const person = books.pending.shift() ?? (mayCome() ? await crowd.next() : null)
      if (!person) return
      const answer = await send(port, person, agent)
      books.note(person, answer)
      if (answer.kind === 'gone') return
    }
  }
  await Promise.all(Array.from({ length: connections }, visit))
  agent.destroy()
}

/** Those who have a receipt send the same again, every `share`-th of them. */
export async function askAgain(port: number, books: Books, share: number): Promise<number> {
  const agent = newAgent(32)
  const chosen = [...books.receipts.keys()].filter((_, at) => at % share === 0)
  const left = [...chosen]
  const visit = async () => {
    for (let person = left.shift(); person; person = left.shift()) {
      const answer = await send(port, person, agent)
      if (answer.kind !== 'taken') books.faults.push(`${person.at} asked again and got ${answer.kind}`)
      else books.note(person, answer)
    }
  }
  await Promise.all(Array.from({ length: 32 }, visit))
  agent.destroy()
  return chosen.length
}

/**
 * Compares what the crowd was told with what the file holds. Everybody who was told `taken` must be there once, nobody
 * else, and the marks must add up to those of the crowd.
 */
export async function faultsOfBooks(
  installation: Installation,
  crowd: Crowd,
  books: Books,
  file = installation.databaseFile,
): Promise<string[]> {
  const { cycle } = installation
  const survey = cycle.survey('public').id
  const scope = systemScope(cycle.place.id)
  const parsed = parseQuestionnaire(publicForm)
  if (!parsed.ok) throw new Error('the public questionnaire should parse')
  const spec = tallySpec(parsed.value)
  const db = await openDatabase(`file:${file}`)
  const faults = [...books.faults]
  try {
    const { rows } = await db.$client.execute({
      sql: 'SELECT tag FROM spent WHERE jurisdiction_id = ? AND survey_id = ?',
      args: [cycle.place.id, survey],
    })
    const tags = new Set(rows.map((row) => Buffer.from(row['tag'] as ArrayBuffer).toString('base64url')))
    for (const [person, receipt] of books.receipts) {
      if (!tags.delete(person.tag)) faults.push(`${person.at} was acknowledged and is not there`)
      if (receipt !== (await crowd.receiptOf(person))) faults.push(`${person.at} got another receipt than theirs`)
    }
    const waiting = books.pending.filter(({ tag }) => tags.delete(tag)).length
    if (tags.size > 0) faults.push(`${tags.size} are there who were never told so`)

    const recount = await recountSurvey(db, scope, survey, spec)
    for (const { what, organ, cell } of recount.differences) faults.push(`${what} differ: organ ${organ}, cell ${cell}`)
    const people = books.receipts.size + waiting
    if (recount.responses !== people) faults.push(`${recount.responses} on the roll instead of ${people}`)
    if (waiting > 0) return faults
    const cells = (await readCells(db, scope, new Map([[survey, spec]]))).get(survey)!
    for (const [code, organ] of cycle.place.organIds) {
      const marks = [...books.receipts.keys()].flatMap((person) => person.marks.get(code) ?? [])
      // Levels of the tally go from 5 down to 1.
      const expected = [5, 4, 3, 2, 1].map((level) => marks.filter((mark) => mark === level).length)
      const found = [0, 0, 0, 0, 0]
      for (const { sums } of cells.get(organ) ?? [])
        for (const [at, n] of sums.questions[0]!.levels.entries()) found[at] = found[at]! + n
      if (found.join() !== expected.join())
        faults.push(`marks of ${code}: ${found.join()} instead of ${expected.join()}`)
    }
    return faults
  } finally {
    db.$client.close()
  }
}
