import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { commandMessages } from '../../client/messages/command.ts'
import { fill } from '../../client/messages/fill.ts'
import { verdictLines } from '../../client/parts/verdict-text.ts'
import { lineageFile, surveyFile } from '../../surveys/bundle.ts'
import { readClassWeights } from '../../surveys/bundle-documents.ts'
import { hex, utf8 } from '../../surveys/canonical.ts'
import { canonicalPlan } from '../../surveys/plan.ts'
import { type BundleFiles, verifyBundle } from '../../surveys/publication.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { momentText } from '../calendar.ts'
import { type PublishedDocuments, readDocuments } from '../export/documents.ts'
import { exportFiles, type Format, formats, withCodebook } from '../export/formats.ts'
import { slipsCsv, slipsTable } from '../export/slips.ts'
import type { ExportAbout } from '../export/table.ts'
import { totalTables } from '../export/totals.ts'
import { nodeBundleTools, openBundle } from './bundle-reading.ts'
import { parquetFile } from './parquet.ts'
import { nodeSha256 } from './platform.ts'
import { localeOf } from './terminal.ts'

// `npm run gongping -- export DIR|URL --format … --out FOLDER`: tables of published results from their files alone, without
// our database. What does not verify is not exported. The files of an auditor give single slips and their weights as well.

/** Writes the tables into a new folder, by the words behind `export`. */
export async function exportTables(words: readonly string[], byEnvironment: Locale): Promise<number> {
  const given = read(words)
  const lang = given?.values.lang
  const locale = localeOf(lang, byEnvironment)
  const text = commandMessages(locale)
  const [target] = given?.positionals ?? []
  const { format, out } = given?.values ?? {}
  const known = [...formats, 'parquet'] as const
  const chosen = known.find((each) => each === format)
  if (given?.positionals.length !== 1 || target === undefined || chosen === undefined || out === undefined)
    return say(text.exportUsage, 2)
  const bundle = openBundle(target)
  const tools = nodeBundleTools()
  try {
    const verdict = await verifyBundle(bundle.files, tools)
    if (verdict.outcome !== 'good')
      return say(verdictLines(verdict, locale).join('\n'), verdict.outcome === 'mismatch' ? 1 : 2)
    const created = await mkdir(out, { recursive: true }).catch((error: unknown) => error as Error)
    if (created === undefined) return say(fill(text.exists, { file: out }), 1)
    if (created instanceof Error) return say(fill(text.unwritable, { file: out, why: created.message }), 2)
    const isThere = (path: string) => path !== lineageFile || verdict.checks.some(({ name }) => name === 'lineage')
    const documents = await readDocuments(async (path) => (isThere(path) ? textOf(bundle.files, path) : ''))
    const isAudit = verdict.kind === 'audit'
    await writeTables(documents, {
      format: chosen,
      out,
      locale,
      hash: verdict.hash,
      slips: isAudit ? bundle.files : null,
    })
    return say(fill(text.exported, { folder: out, slips: isAudit ? text.withSlips : text.withoutSlips }), 0)
  } finally {
    await Promise.all([bundle.close(), tools.close()])
  }
}

interface Wanted {
  readonly format: Format | 'parquet'
  readonly out: string
  readonly locale: Locale
  /** Of the bundle. */
  readonly hash: string
  /** The files of an auditor, where these are some. */
  readonly slips: BundleFiles | null
}

async function writeTables(documents: PublishedDocuments, { format, out, locale, hash, slips }: Wanted): Promise<void> {
  const { cycle, plan, surveys } = documents
  const about: ExportAbout = {
    jurisdiction: { 'zh-CN': cycle.jurisdiction.nameZh, en: cycle.jurisdiction.nameEn },
    cycle: { 'zh-CN': cycle.cycle.titleZh, en: cycle.cycle.titleEn },
    planHash: hex(nodeSha256(utf8(canonicalPlan(plan)))),
    bundle: hash,
    takenBy: null,
    takenAt: momentText(Date.now(), locale),
    number: '',
    demo: false,
  }
  // Statistics programs read slips; a workbook could not hold them.
  const isForPrograms = format === 'csv' || format === 'r'
  const own = slips && isForPrograms ? surveys.map((survey) => slipsTable(plan, survey)) : []
  const totals = totalTables(documents)
  const codebook = withCodebook([...totals, ...own], about).at(-1)!
  const tables = [...totals, codebook]
  const files = format === 'parquet' ? tables.map(parquetFile) : await exportFiles(format, tables, locale)
  for (const { name, bytes } of files) await writeFile(join(out, name), bytes, { flag: 'wx' })
  if (!slips || !isForPrograms) return
  for (const survey of surveys) {
    const weights = readClassWeights(await textOf(slips, surveyFile(survey.sid, 'class-weights.json')))
    if (!weights.ok) throw new Error(`the weights of ${survey.sid} cannot be read`)
    const file = createWriteStream(join(out, `slips-${survey.group}.csv`), { flags: 'wx' })
    const lines = linesOf(slips, surveyFile(survey.sid, 'slips.ndjson'))
    for await (const piece of slipsCsv(plan, survey, weights.value, lines)) {
      if (!file.write(piece)) await once(file, 'drain')
    }
    file.end()
    await finished(file)
  }
}

async function textOf(files: BundleFiles, path: string): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of files.read(path)) text += decoder.decode(piece, { stream: true })
  return text + decoder.decode()
}

/** The lines of a file, as many at a time as a piece of it holds. */
async function* linesOf(files: BundleFiles, path: string): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of files.read(path)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop()!
    yield lines
  }
}

function read(words: readonly string[]) {
  try {
    const text = { type: 'string' } as const
    return parseArgs({ args: [...words], allowPositionals: true, options: { format: text, out: text, lang: text } })
  } catch {
    return null
  }
}

function say(what: string, code: 0 | 1 | 2): number {
  const to = code === 0 ? process.stdout : process.stderr
  to.write(`${what}\n`)
  return code
}
