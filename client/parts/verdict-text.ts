import type { PassedCheck, Verdict } from '../../surveys/publication.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { fill } from '../messages/fill.ts'
import { verifyMessages } from '../messages/verify.ts'

// A verification in sentences, the same on a page and on the command line.

/** What a passed check went through: "40 files of 214,000 bytes in all are those of SHA256SUMS". */
export function checkText({ name, counts }: PassedCheck, locale: Locale): string {
  return fill(verifyMessages(locale).checks[name], counts)
}

/** How a verification ended, line by line; the first line is the answer. */
export function verdictLines(verdict: Verdict, locale: Locale): string[] {
  const words = verifyMessages(locale)
  switch (verdict.outcome) {
    case 'good': {
      const { kind, jurisdiction: jid, cycle, hash, correction } = verdict
      const good = [fill(kind === 'audit' ? words.goodAudit : words.good, { jid, cycle }), `${words.hash} ${hash}`]
      if (correction === null) return good
      const { version, corrects, zh, en } = correction
      return [...good, fill(words.corrects, { version, hash: corrects, reason: locale === 'en' ? en : zh })]
    }
    case 'mismatch': {
      const { code, file, entry, found, expected } = verdict.problem
      const place = entry === null ? '' : locale === 'en' ? `, ${entry}` : `，${entry}`
      return [
        words.mismatch,
        fill(words.problem, { file, entry: place, problem: words.problems[code] }),
        fill(words.found, { found }),
        fill(words.expected, { expected }),
      ]
    }
    case 'unreadable':
      return [fill(words.unreadable, { file: verdict.file, reason: verdict.reason })]
  }
}
