import { answerQuestions } from '../../surveys/answers.ts'
import type { Plan } from '../../surveys/plan.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { response } from '../db/support.ts'
import { shippedForm } from '../surveys/definition-files.ts'
import type { TestApp } from './app.ts'
import { createTestCycle, type TestCycle } from './cycle.ts'

const form = shippedForm('recipients')
export const roundSpec = tallySpec(form)
const days = Array.from({ length: 10 }, (_, at) => 20260303 + at)
/** The day on which a batch is planted. */
export const stuffedDay = days[4]!

/** A slip of a recipient with these ratings in their places; everything else is blank. */
export function ratedSlip(rate: (question: number) => number): number[] {
  const a = answerQuestions(form).map(() => 0)
  for (const [question, { position }] of roundSpec.questions.entries()) a[position] = rate(question)
  return a
}

/**
 * A closed cycle of two organs that recipients have rated. Each day twenty people about each. About the first, every
 * question gets as many 5, 4, 4 and 3, so each day's score is (100 + 80 + 80 + 60) / 4 = 80. About the second they are
 * drawn from a fixed sequence. `stuffing` more about the first, all top marks, on one day; and `lowest` with lowest marks.
 */
export async function makeStuffedCycle(
  app: TestApp,
  stuffing: number,
  {
    lowest = 0,
    onDays = days,
    plan,
  }: { readonly lowest?: number; readonly onDays?: readonly number[]; readonly plan?: Plan } = {},
): Promise<TestCycle> {
  const cycle = await createTestCycle(app, { organs: 2, receipts: 600, ...(plan ? { plan } : {}) })
  const { id: survey } = cycle.survey('recipients')
  const [first, second] = cycle.organs.map((code) => cycle.place.organIds.get(code)!) as [number, number]
  const at = { jurisdiction: cycle.place.id, survey }
  const cell = 'sampled|all|-|1'
  let state = 20260303
  const draw = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return [5, 4, 4, 3, 3, 2][(state >>> 16) % 6]!
  }
  const answer = (person: string, organ: number, day: number, answers: readonly number[]) =>
    app.world.writer.submit(response(at, { person, organs: [organ], day, cell, answers }))
  const outcomes: Promise<string>[] = []
  for (const day of onDays)
    for (let person = 0; person < 20; person++) {
      const turn = ratedSlip((question) => [5, 4, 4, 3][(person + question) % 4]!)
      outcomes.push(answer(`first ${day} ${person}`, first, day, turn))
      outcomes.push(answer(`second ${day} ${person}`, second, day, ratedSlip(draw)))
    }
  const top = ratedSlip(() => 5)
  for (let person = 0; person < stuffing; person++) outcomes.push(answer(`stuffed ${person}`, first, stuffedDay, top))
  const bottom = ratedSlip(() => 1)
  for (let person = 0; person < lowest; person++) outcomes.push(answer(`lowest ${person}`, first, stuffedDay, bottom))
  for (const outcome of await Promise.all(outcomes))
    if (outcome !== 'accepted') throw new Error(`an answer was not taken: ${outcome}`)
  await cycle.close()
  return cycle
}
