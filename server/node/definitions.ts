import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Database } from '../../db/database.ts'
import { listQuestionnaires } from '../../db/node/definitions.ts'
import { hex } from '../../surveys/canonical.ts'
import { parsePlan } from '../../surveys/plan.ts'
import { canonicalQuestionnaire, parseQuestionnaire } from '../../surveys/questionnaire.ts'
import type { Result } from '../../surveys/result.ts'

export interface ShippedForm {
  readonly file: string
  readonly id: string
  readonly version: number
  readonly hash: string
}

/** Shipped definitions are checked at every start: whoever edits one learns at once what is wrong, and where. */
export async function checkDefinitions(root: string): Promise<ShippedForm[]> {
  const problems: string[] = []
  const forms: ShippedForm[] = []
  await eachDefinition(root, 'surveys/plans', parsePlan, problems)
  for (const { file, value } of await eachDefinition(root, 'surveys/forms', parseQuestionnaire, problems)) {
    const hash = createHash('sha256').update(canonicalQuestionnaire(value)).digest('hex')
    forms.push({ file, id: value.id, version: value.version, hash })
  }
  if (problems.length > 0) throw new Error(`These definitions cannot be used:\n  ${problems.join('\n  ')}`)
  return forms
}

async function eachDefinition<T>(
  root: string,
  folder: string,
  parse: (json: unknown) => Result<T, readonly { path: string; message: string }[]>,
  problems: string[],
): Promise<{ file: string; value: T }[]> {
  const read: { file: string; value: T }[] = []
  for (const name of (await readdir(join(root, folder))).filter((each) => each.endsWith('.json')).sort()) {
    const file = join(folder, name)
    try {
      const parsed = parse(JSON.parse(await readFile(resolve(root, file), 'utf8')))
      if (parsed.ok) read.push({ file, value: parsed.value })
      else problems.push(...parsed.error.map(({ path, message }) => `${file}: ${path || 'the whole file'} ${message}`))
    } catch (error) {
      problems.push(`${file}: is not JSON (${(error as Error).message})`)
    }
  }
  return read
}

/** A questionnaire that people have answered keeps its content: a change needs a new version. */
export async function refuseChangedForms(db: Database, forms: readonly ShippedForm[]): Promise<void> {
  const stored = await listQuestionnaires(db)
  for (const { file, id, version, hash } of forms) {
    const same = stored.filter((each) => each.id === id && each.version === version)
    if (same.some((each) => hex(each.hash) !== hash)) {
      throw new Error(
        `${file}: version ${version} of "${id}" is in use with other content; raise "version" to change it`,
      )
    }
  }
}
