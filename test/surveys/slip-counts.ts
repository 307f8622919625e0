import { type ScreeningTest, type SlipCount, screenSurvey } from '../../surveys/screening.ts'
import { specOf } from './cells.ts'

export const six = specOf(50, 10, 10, 10, 10, 10)
export const screen = (slips: readonly SlipCount[], level = '0.01', spec = six) =>
  screenSurvey(spec, { slips, pace: null }, level)
export const counted = (answers: readonly number[], slips: number, place: Partial<SlipCount> = {}): SlipCount => ({
  organ: 1,
  channel: null,
  day: 20251101,
  ...place,
  answers: JSON.stringify(answers),
  slips,
})
export const straight = [5, 5, 5, 5, 5, 5]
export const mixed = [4, 5, 4, 3, 5, 4]
export function only<T extends ScreeningTest['test']>(tests: readonly ScreeningTest[], name: T) {
  return tests.filter((each): each is Extract<ScreeningTest, { test: T }> => each.test === name)
}
export const flagged = (tests: readonly ScreeningTest[]) => tests.filter(({ isFlagged }) => isFlagged)

/** Reproducible numbers in [0, 1): Marsaglia's xorshift of 32 bits. */
function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 2654435761) | 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 20; i++) next()
  return next
}

/**
 * An honest survey: ten days, eight organs that differ in size and in how well they are liked, six questions with a
 * correlation of .6 inside a slip, one answer of twenty missing, days that differ.
 */
export function honestSurvey(seed: number, perDay = 25): SlipCount[] {
  const random = generator(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const answer = (liking: number) => {
    if (random() < 0.05) return random() < 0.5 ? 0 : -1
    return 5 - [0.8, -0.3, -1.1, -1.7].filter((cut) => liking <= cut).length
  }
  const slips: SlipCount[] = []
  for (let organ = 1; organ <= 8; organ++) {
    const liked = 0.3 * normal()
    const size = perDay * Math.exp(0.3 * normal())
    for (let day = 20251101; day <= 20251110; day++) {
      const arrivals = Math.round(size * Math.exp(0.2 * normal()))
      for (let i = 0; i < arrivals; i++) {
        const person = liked + Math.sqrt(0.6) * normal()
        const a = six.questions.map(() => answer(person + Math.sqrt(0.4) * normal()))
        slips.push(counted(a, 1, { organ, day, channel: random() < 0.5 ? 'poster' : 'window' }))
      }
    }
  }
  return slips
}
