import type { Locale } from '../../surveys/questionnaire.ts'

// How commands speak: what was asked for goes to standard output, why it was not done to the other, and each line of words
// has a number with which the command ends.

/** The language of `--lang`, or of the environment. */
export const localeOf = (lang: string | undefined, byEnvironment: Locale): Locale =>
  lang === undefined ? byEnvironment : lang.startsWith('zh') ? 'zh-CN' : 'en'

/** Refused, or something is not as it should be: 1. */
export const refuse = (...lines: readonly string[]): number => complain(lines, 1)

/** A wrong usage, or it could not be tried: 2. */
export const fail = (...lines: readonly string[]): number => complain(lines, 2)

/** What of a stream shows how far work has come. */
type Screen = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean }

const barWidth = 20

/**
 * Shows how far long work has come, so many of so many: on a terminal as a bar that is written over, elsewhere as a line for
 * each quarter. Another text is another piece of work.
 */
export function progressBar(
  screen: Screen = process.stderr,
  now: () => number = Date.now,
): (text: string, done: number, total: number) => void {
  let last = { text: '', at: 0, quarter: 0 }
  return (text, done, total) => {
    if (total === 0) return
    const isOver = done >= total
    const [at, quarter] = [now(), Math.floor((4 * done) / total)]
    const isNew = text !== last.text
    if (screen.isTTY ? !isNew && !isOver && at - last.at < 200 : quarter === (isNew ? 0 : last.quarter)) return
    last = { text, at, quarter }
    const full = Math.floor((barWidth * done) / total)
    const bar = `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`
    const line = `${bar} ${Math.floor((100 * done) / total)} % ${text} (${done}/${total})`
    screen.write(screen.isTTY ? `\r\x1b[K${line}${isOver ? '\n' : ''}` : `${line}\n`)
  }
}

function complain(lines: readonly string[], code: number): number {
  process.stderr.write(`${lines.join('\n')}\n`)
  return code
}
