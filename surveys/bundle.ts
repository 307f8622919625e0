/**
 * The files in which the results of a cycle are published, so that anybody can check them without us.
 *
 * Numbers alone prove nothing. So the results come with what they were made of: the rules, the questions, the sums behind
 * every score, the public logs of all responses and slips, and the tickets that were spent. All are texts or plain bytes;
 * every JSON file stands in its one canonical spelling. What each file holds is described in docs/publication.md, from
 * which others can write a verifier of their own. Nothing in the public files tells more than the disclosure rules allow;
 * an auditor gets some files more.
 */
import { err, ok, type Result } from './result.ts'

/** Names of the files, `surveys/{sid}/` in front of those of one survey. */
export const sumsFile = 'SHA256SUMS'
export const cycleFile = 'cycle.json'
export const resultsFile = 'results.json'
/** Absent in what was published before it was written. */
export const lineageFile = 'lineage.json'
export const headsFile = 'audit/heads.txt'
const surveyFileNames = [
  'counts.json',
  'manifest.json',
  'participation.checkpoints',
  'participation.leaves',
  'questionnaire.json',
  'slips.checkpoints',
  'slips.leafhashes',
  'tallies.json',
  'tokens.ndjson',
  'weights.json',
] as const
const auditFileNames = ['cells.json', 'class-weights.json', 'slips.ndjson'] as const
export type SurveyFileName = (typeof surveyFileNames)[number] | (typeof auditFileNames)[number]

/** surveyFile('public-2025', 'counts.json') // 'surveys/public-2025/counts.json' */
export const surveyFile = (sid: string, file: SurveyFileName): string => `surveys/${sid}/${file}`

/** What anybody may have, or what an auditor has: all that and the slips themselves. */
export type BundleKind = 'public' | 'audit'

/**
 * The files that a bundle must list, in the order of their names, SHA256SUMS itself left out; `lineageFile` may stand beside
 * them. Only a sealed survey has tokens.
 */
export function filesOf(surveys: readonly { readonly sid: string; readonly isSealed: boolean }[], kind: BundleKind) {
  const own = surveys.flatMap(({ sid, isSealed }) =>
    [...surveyFileNames, ...(kind === 'audit' ? auditFileNames : [])]
      .filter((file) => isSealed || file !== 'tokens.ndjson')
      .map((file) => surveyFile(sid, file)),
  )
  return [cycleFile, headsFile, resultsFile, ...own].sort(byName)
}

/**
 * What is taken from an address at most, which may be anybody's: SHA256SUMS has a line of under 270 letters for each file,
 * and a survey with a million tickets takes under 1 GB. A server that sends nothing for so long is not waited for.
 */
export const addressLimits = { sumsBytes: 1_000_000, totalBytes: 4_000_000_000, silenceMs: 30_000 } as const

/** One line of SHA256SUMS. */
export interface FileSum {
  readonly path: string
  /** Small hexadecimal. */
  readonly sha256: string
}

/** SHA256SUMS as the command sha256sum reads it: "{hash}  {path}", in the order of the paths. */
export function writeSums(files: readonly FileSum[]): string {
  return files
    .toSorted((a, b) => byName(a.path, b.path))
    .map(({ path, sha256 }) => `${sha256}  ${path}\n`)
    .join('')
}

const SUM_LINE = /^([0-9a-f]{64}) {2}([a-zA-Z0-9._/-]{1,200})$/

/** The lines of SHA256SUMS; the number of the first line that is none, or stands out of order. */
export function readSums(text: string): Result<FileSum[], { readonly line: number }> {
  const sums: FileSum[] = []
  const lines = text.split('\n')
  if (lines.pop() !== '') return err({ line: lines.length + 1 })
  for (const [i, line] of lines.entries()) {
    const [, sha256, path] = SUM_LINE.exec(line) ?? []
    if (sha256 === undefined || path === undefined) return err({ line: i + 1 })
    if (i > 0 && byName(sums[i - 1]!.path, path) >= 0) return err({ line: i + 1 })
    sums.push({ path, sha256 })
  }
  return ok(sums)
}

/** Signed notes one after the other, an empty line after each. */
export function writeNotes(notes: readonly string[]): string {
  return notes.map((note) => `${note}\n`).join('')
}

/** The notes of such a file; null where it is none. */
export function readNotes(text: string): string[] | null {
  // A note is a text, an empty line and its signatures.
  const parts = text.split('\n\n')
  if (parts.pop() !== '' || parts.length % 2 === 1) return null
  const notes: string[] = []
  for (let i = 0; i < parts.length; i += 2) notes.push(`${parts[i]}\n\n${parts[i + 1]}\n`)
  return notes
}

/** Code units, as every tool of this world sorts ASCII. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
