import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { commandMessages } from '../../client/messages/command.ts'
import { definitionProblemText } from '../../client/messages/definition-problems.ts'
import { fill } from '../../client/messages/fill.ts'
import { questionnaireMessages } from '../../client/messages/questionnaires.ts'
import { groups, questionnaireFileProblemText } from '../../client/pages/office/questionnaire-file-problems.ts'
import { type Locale, parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { lintQuestionnaire } from '../../surveys/questionnaire-lint.ts'
import type { ImportRow } from '../../surveys/xlsform-import.ts'
import {
  questionnaireText,
  questionnaireWorkbook,
  type ReadDraft,
  readQuestionnaireFile,
} from '../questionnaire-file.ts'
import { localeOf } from './terminal.ts'

// `npm run gongping -- questionnaire lint|import|export FILE`: checks, takes and makes questionnaire files, without a database.

/** Does what the words behind `questionnaire` say. */
export async function questionnaire(words: readonly string[], byEnvironment: Locale): Promise<number> {
  const given = read(words)
  const lang = given?.values.lang
  const locale = localeOf(lang, byEnvironment)
  const text = commandMessages(locale)
  const [verb, file, ...more] = given?.positionals ?? []
  const { group = 'public', out, json = false } = given?.values ?? {}
  const chosen = groups.find((each) => each === group)
  const isKnown = verb === 'lint' ? out === undefined : (verb === 'import' || verb === 'export') && out !== undefined
  if (!isKnown || file === undefined || more.length > 0 || !chosen) return say([text.questionnaireUsage], 2)
  const bytes = await readFile(file).catch(() => null)
  if (!bytes) return say([fill(text.noFile, { file })], 2)
  const found = await readQuestionnaireFile(bytes, chosen)
  if (!found.ok) return say([`${file}: ${questionnaireFileProblemText(locale, found.error)}`], 1)
  const { draft, report } = found.value
  const parsed = parseQuestionnaire(draft)
  if (!parsed.ok) return say([...reportLines(report, locale), ...problemLines(found.value, locale)], 1)
  if (out !== undefined) {
    const made = verb === 'export' ? await questionnaireWorkbook(parsed.value) : null
    const content = made ? made.bytes : questionnaireText(parsed.value)
    // Nobody's file is written over.
    const failure = await writeFile(out, content, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => error)
    if (failure) {
      const isThere = failure.code === 'EEXIST'
      const line = isThere
        ? fill(text.exists, { file: out })
        : fill(text.unwritable, { file: out, why: failure.message })
      return say([line], isThere ? 1 : 2)
    }
    return say([...reportLines([...report, ...(made?.report ?? [])], locale), fill(text.written, { file: out })], 0)
  }
  const findings = lintQuestionnaire(parsed.value)
  const isClean = findings.every(({ level }) => level === 'W')
  if (json) {
    process.stdout.write(`${JSON.stringify({ report, findings })}\n`)
    return isClean ? 0 : 1
  }
  const advice = questionnaireMessages(locale)
  const lines = findings.map(({ code, level, path, found }) => {
    const key = `lint_${code.replace('-', '_') as 'double'}` as const
    return `${path}: ${level === 'E' ? advice.lintLevel_E : advice.lintLevel_W}: ${fill(advice[key], { found })}`
  })
  const last = findings.length === 0 ? [advice.lintNone] : lines
  return say([...reportLines(report, locale), ...last], isClean ? 0 : 1)
}

function read(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        group: { type: 'string' },
        out: { type: 'string' },
        lang: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
  } catch {
    return null
  }
}

function reportLines(report: readonly ImportRow[], locale: Locale): string[] {
  const words = questionnaireMessages(locale)
  return report.map(({ place, code, was, now }) => `${place}: ${words[`report_${code}`]}: ${was}${now && ` → ${now}`}`)
}

const problemLines = ({ problems }: ReadDraft, locale: Locale): string[] =>
  problems.map(({ path, message }) => `${path || 'JSON'}: ${definitionProblemText(locale, message)}`)

function say(lines: readonly string[], code: number): number {
  process.stderr.write(`${lines.join('\n')}\n`)
  return code
}
