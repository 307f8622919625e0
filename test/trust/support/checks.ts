import type { Left } from './small.ts'
import { syncedLog, type TracedCall } from './strace.ts'

// What must be true of a file after something has happened to its writer. Each check answers with the faults it found,
// in words; a test wants none, and a control wants some.

/** Numbers of the persons about whom the process said `word`, such as `ack`, with an outcome if one is asked for. */
export const said = (lines: readonly string[], word: string, outcome?: string): number[] =>
  lines
    .map((line) => line.split(' '))
    .filter(([first, , last]) => first === word && (outcome === undefined || last === outcome))
    .map(([, person]) => Number(person))

/** Nothing acknowledged is missing, nobody is there by halves, and the sums are those of the slips. */
export function faultsOfFile(lines: readonly string[], left: Left): string[] {
  const lost = [...said(lines, 'ack', 'accepted'), ...said(lines, 'ack', 'replayed')].filter(
    (at) => !left.whole.has(at),
  )
  // Second moments follow within a second, so they may be missing; then the next start counts them again.
  const wrong = left.recount.differences.filter(({ what }) => what !== 'moments')
  return [
    ...lost.map((at) => `${at} was acknowledged and is not there`),
    ...left.halves.map((at) => `half of ${at} is there`),
    ...wrong.map(({ what, organ, cell }) => `${what} of organ ${organ}, cell ${cell} differ from the slips`),
    ...(left.integrity === 'ok' ? [] : [`the file is damaged: ${left.integrity}`]),
  ]
}

/** Everyone has sent the same again: who was there is confirmed, the others are taken, all count once. */
export function faultsOfRetry(before: Left, outcomes: readonly string[], after: Left, mayEnter = 'accepted'): string[] {
  const expected = outcomes.map((_, at) => (before.whole.has(at) ? 'replayed' : mayEnter))
  const people = expected.filter((outcome) => outcome !== 'closed').length
  return [
    ...outcomes.flatMap((outcome, at) =>
      outcome === expected[at] ? [] : [`${at} sent the same again: ${outcome} instead of ${expected[at]}`],
    ),
    ...(after.recount.responses === people ? [] : [`${after.recount.responses} on the roll instead of ${people}`]),
    ...(after.recount.slips === 3 * people ? [] : [`${after.recount.slips} slips instead of ${3 * people}`]),
    ...after.recount.differences.map(({ what, cell }) => `after the next start ${what} differ in ${cell}`),
    ...after.halves.map((at) => `half of ${at} is there after the next start`),
  ]
}

/** A survey is open or closed, never half: closed means recorded, summed up whole, and without anybody after it. */
export function faultsOfClose(lines: readonly string[], left: Left): string[] {
  const isClosed = left.state === 'closed'
  return [
    ...(isClosed || left.state === 'open' ? [] : [`the survey is ${left.state}`]),
    ...(left.closings === (isClosed ? 1 : 0) ? [] : [`${left.closings} records of closing, state ${left.state}`]),
    ...(lines.includes('closed') && !isClosed ? ['the closing was acknowledged and is not there'] : []),
    ...(isClosed ? left.recount.differences : []).map(({ what, cell }) => `closed, and ${what} differ in ${cell}`),
    ...said(lines, 'ack', 'closed')
      .filter((at) => left.whole.has(at))
      .map((at) => `${at} was told that it was closed and is counted`),
  ]
}

/** Acknowledged without a flush of the log between the question and the answer: a power cut would take it back. */
export function undurable(calls: readonly TracedCall[]): string[] {
  const askedAt = new Map<string, number>()
  const faults: string[] = []
  let flushes = 0
  for (const call of calls) {
    if (syncedLog(call)) flushes += 1
    const [, word, person, outcome] = /"(\w+) (\d+)(?: (\w+))?\\n"/.exec(call.args) ?? []
    if (call.name !== 'write' || word === undefined || person === undefined) continue
    if (word === 'send') askedAt.set(person, flushes)
    const isTaken = word === 'ack' && (outcome === 'accepted' || outcome === 'replayed')
    if (isTaken && askedAt.get(person) === flushes) faults.push(`${person} was ${outcome} without a flush of the log`)
  }
  return faults
}
