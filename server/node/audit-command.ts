import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { commandMessages } from '../../client/messages/command.ts'
import { fill } from '../../client/messages/fill.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { readSample, type Sample } from '../../surveys/participation-audit.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { fingerprint } from '../../surveys/shares.ts'
import { makeAuditKey, openSample, readAuditKey, writeAuditKey } from './audit-key.ts'
import { nodeSha256 } from './platform.ts'
import { fail, localeOf, refuse } from './terminal.ts'

// `npm run gongping -- audit key|open`: the auditor's part of a participation audit, on a computer of their own. Neither
// asks the network or a database.

/** Makes a key or opens a sample, by the words behind `audit`. */
export function audit(words: readonly string[], byEnvironment: Locale): number {
  let given: ReturnType<typeof read>
  try {
    given = read(words)
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${commandMessages(byEnvironment).audit}`)
  }
  const { values, positionals } = given
  const locale = localeOf(values.lang, byEnvironment)
  const [verb, object, ...more] = positionals
  const isSurvey = /^[a-z0-9][a-z0-9-]{0,39}\/[a-z0-9][a-z0-9-]{0,39}$/.test(object ?? '')
  if (verb === 'key' && object && isSurvey && values.out && !values.key && more.length === 0)
    return makeKey(object, values.out, locale)
  if (verb === 'open' && object && values.key && !values.out && more.length === 0)
    return open(object, values.key, locale)
  return fail(commandMessages(locale).audit)
}

const read = (words: readonly string[]) =>
  parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { out: { type: 'string' }, key: { type: 'string' }, lang: { type: 'string' } },
  })

function makeKey(survey: string, file: string, locale: Locale): number {
  const text = commandMessages(locale)
  const key = makeAuditKey(survey)
  const written = writeAuditKey(file, key)
  if (!written.ok) {
    const why = written.error
    process.stderr.write(
      `${why === 'exists' ? fill(text.exists, { file }) : fill(text.unwritable, { file, ...why })}\n`,
    )
    return why === 'exists' ? 1 : 2
  }
  process.stderr.write(`${fill(text.keyMade, { file, survey, print: printOf(key.publicKey) })}\n`)
  // Standard output is the key to be handed over, and nothing else.
  process.stdout.write(`${base64url(key.publicKey)}\n`)
  return 0
}

function open(file: string, keyFile: string, locale: Locale): number {
  const text = commandMessages(locale)
  const key = readAuditKey(keyFile)
  if (!key) return fail(fill(text.noKeyFile, { file: keyFile }))
  const sample = sampleIn(file)
  if (!sample) return fail(fill(text.noSample, { file }))
  const { survey, seed, m, rolled, rows } = sample
  const opened = openSample(sample, key)
  if (!opened.ok) {
    const print = printOf(fromBase64url(sample.audit_pk) ?? new Uint8Array(0))
    const why = key.survey === survey ? fill(text.wrongKey, { print, own: printOf(key.publicKey) }) : null
    return refuse(why ?? fill(text.otherSurvey, { own: key.survey, survey }))
  }
  const lines = opened.value.map((row, at) => {
    const n = String(at + 1).padStart(String(rows.length).length)
    return typeof row === 'string' ? fill(text[row], { n }) : fill(text.line, { n, contact: row.contact })
  })
  const count = (what: 'none' | 'unopened') => opened.value.filter((row) => row === what).length
  const [none, unopened] = [count('none'), count('unopened')]
  const head = fill(text.sample, { survey, seed, rolled, drawn: rows.length, m })
  const total = fill(text.total, { opened: rows.length - none - unopened, none, unopened })
  process.stdout.write(`${[head, '', ...lines, '', total].join('\n')}\n`)
  return 0
}

function sampleIn(file: string): Sample | null {
  try {
    const found = readSample(readFileSync(file, 'utf8'))
    return found.ok ? found.value : null
  } catch {
    return null
  }
}

const printOf = (publicKey: Uint8Array): string => fingerprint(nodeSha256(publicKey))
