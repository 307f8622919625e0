import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { doctorMessages } from '../../client/messages/doctor.ts'
import { fill } from '../../client/messages/fill.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { readConfig } from '../config.ts'
import { examineInstallation, type Finding } from './doctor.ts'
import { localeOf } from './terminal.ts'

// `npm run gongping -- doctor`: a line for each check, and what to do where something is not as it should be.

const signs = { good: '✓', warning: '!', wrong: '✗' } as const

/** Looks over the installation that the settings name; the words behind `doctor`. */
export async function doctor(
  words: readonly string[],
  byEnvironment: Locale,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const given = read(words)
  const lang = given?.values.lang
  const locale = localeOf(lang, byEnvironment)
  const text = doctorMessages(locale)
  if (!given) {
    process.stderr.write(`${text.usage}\n`)
    return 2
  }
  const findings: Finding[] = []
  const note = (finding: Finding) => {
    findings.push(finding)
    const lines = finding.text.replaceAll('\n', '\n    ')
    if (!given.values.json) process.stdout.write(`${signs[finding.verdict]} ${text.checks[finding.check]}: ${lines}\n`)
  }
  const config = readConfig(environment, (path) => readFileSync(path, 'utf8'))
  note({
    check: 'settings',
    ...(config.ok ? { verdict: 'good', text: text.good } : { verdict: 'wrong', text: config.error }),
  })
  if (config.ok) {
    const backups = given.values.backups ?? null
    const looking = { config: config.value, text, locale, now: Date.now(), backups }
    for await (const finding of examineInstallation(looking)) note(finding)
  }
  const count = (verdict: Finding['verdict']) => findings.filter((each) => each.verdict === verdict).length
  const sum = { wrong: count('wrong'), warnings: count('warning'), good: count('good') }
  process.stdout.write(`${given.values.json ? JSON.stringify({ ...sum, findings }) : fill(text.sum, sum)}\n`)
  return sum.wrong > 0 ? 1 : 0
}

function read(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: { backups: { type: 'string' }, json: { type: 'boolean', default: false }, lang: { type: 'string' } },
    })
  } catch {
    return null
  }
}
