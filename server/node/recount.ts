import { existsSync, readFileSync } from 'node:fs'
import type { Database } from '../../db/database.ts'
import { pathOf } from '../../db/node/connection.ts'
import { openDatabase } from '../../db/node/open.ts'
import { readConfig } from '../config.ts'
import { type RecountedSurvey, recountAll, type Verdict } from './recounting.ts'

// `npm run recount`: counts every survey again from its single slips and compares with everything that was added up.
// Ends with 0 when all agrees, 1 at a difference or where there is no survey at all, as after the wrong file was restored,
// 2 when the database cannot be read. It changes nothing and may run beside the server; what it says about a survey that
// takes answers at that moment is said in its line.

async function recount(): Promise<number> {
  const asJson = process.argv.includes('--json')
  const read = readConfig(process.env, (path) => readFileSync(path, 'utf8'))
  if (!read.ok) throw new Error(read.error)
  const db = await openReading(read.value.databaseUrl, read.value.databaseToken)
  const lines: RecountedSurvey[] = []
  for await (const line of recountAll(db)) {
    lines.push(line)
    if (!asJson) process.stdout.write(`${textOf(line)}\n`)
  }
  db.$client.close()
  const equal = lines.length > 0 && lines.every(({ verdict }) => verdict !== 'different')
  if (asJson) process.stdout.write(`${JSON.stringify({ equal, surveys: lines })}\n`)
  else process.stdout.write(`${sumOf(lines)}\n`)
  return equal ? 0 : 1
}

async function openReading(url: string, token: string): Promise<Database> {
  // Opening a file that is not there would make an empty one.
  if (url.startsWith('file:') && !existsSync(pathOf(url))) throw new Error(`there is no file ${pathOf(url)}`)
  return openDatabase(url, token || undefined, { isPatient: true })
}

const words: Readonly<Record<Verdict, string>> = {
  equal: 'equal',
  behind: 'equal; second moments are behind, the next start counts them again',
  busy: 'answers are coming in, not compared: close the survey or stop the server',
  different: 'DIFFERENT',
}

function textOf({ survey, state, responses, slips, seconds, verdict, differences, first }: RecountedSurvey): string {
  const counts = `${responses} responses, ${slips} slips, ${seconds.toFixed(2)} s`
  const ledger = first?.ledger === 'quarantined' ? ', quarantined' : ''
  const where = first?.organ ? `organ ${first.organ}${ledger}, cell ${first.cell}` : `cell ${first?.cell}`
  const found = first ? `: ${differences} in all, the first is ${first.what}, ${where}` : ''
  return `${survey} (${state}): ${counts}, ${words[verdict]}${found}`
}

function sumOf(lines: readonly RecountedSurvey[]): string {
  if (lines.length === 0) return 'nothing to recount: the database holds no survey. Is it the right one?'
  const different = lines.filter(({ verdict }) => verdict === 'different').length
  return `${lines.length} surveys recounted, ${different} different`
}

/** The words of the first cause: what stands above it quotes statements. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}

recount().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`recount cannot read the database: ${reasonOf(error)}\n`)
    process.exitCode = 2
  },
)
