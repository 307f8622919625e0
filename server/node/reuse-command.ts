import { readFile } from 'node:fs/promises'
import { commandMessages } from '../../client/messages/command.ts'
import { fill } from '../../client/messages/fill.ts'
import { reuseMessages } from '../../client/messages/reuse.ts'
import { reuseProblemText } from '../../client/pages/office/reuse.tsx'
import { deciders } from '../../client/parts/office-shell.tsx'
import { readCycle } from '../../db/platform.ts'
import { type ReuseKind, scaleText, usualScales } from '../../surveys/reuse.ts'
import { fileProblems, readFacts, refusalProblems } from '../office/reuse.tsx'
import { importReused } from '../reuse.ts'
import { readTable } from '../table-file.ts'
import { type Given, report } from './command.ts'
import { lookingAt, workingOn } from './installation.ts'
import { actingAs, atCommandLine, findNamedCycle } from './named.ts'
import { fail, refuse } from './terminal.ts'

type Needed = 'cycle' | 'title' | 'mode' | 'population' | 'from' | 'to' | 'as'
type Flag = 'same-population' | 'same-mode' | 'dry-run' | 'json'

/** Most problems that are told. */
const toldProblems = 20

/** Registers a file of existing results of one kind, as the page does: whole or not at all, each result once. */
export async function importResults(given: Given<Needed, 'scale', Flag>, kind: ReuseKind): Promise<number> {
  const { text, flags, locale, environment } = given
  const [path] = given.words as [string]
  const bytes = await readFile(path).catch(() => null)
  if (!bytes) return fail(fill(commandMessages(locale).noFile, { file: path }))
  const table = await readTable(bytes)
  const { title, mode, population, from, to } = text
  // On the command line a scale is one word after the other: '满意=100,不满意=0'.
  const scale = text.scale?.replace(/[,，;；]/g, '\n') ?? scaleText(usualScales[kind])
  const same = (flag: boolean) => (flag ? '1' : '')
  const facts = readFacts({
    ...{ title, mode, population, from, to, scale },
    ...{ samePopulation: same(flags['same-population']), sameMode: same(flags['same-mode']) },
  })
  const problems = [...(facts.ok ? [] : facts.error), ...fileProblems(table)]
  const texts = (list: typeof problems) => list.slice(0, toldProblems).map((each) => reuseProblemText(locale, each))
  if (!facts.ok || !table.ok) return refuse(...texts(problems))
  const isTrial = flags['dry-run']
  return (isTrial ? lookingAt : workingOn)(environment, async (world) => {
    const found = await findNamedCycle(world, text.cycle, locale)
    if (!found.ok) return refuse(found.error)
    const { jurisdiction, cycle } = found.value
    return actingAs(world, { as: text.as, jid: jurisdiction.code, who: deciders, locale }, async (scope) => {
      const { organs } = await readCycle(world.db, scope, cycle.id)
      const act = { found: found.value, organs, kind, facts: facts.value, bytes, table, isTrial }
      const done = await importReused(world, scope, { ...act, ...atCommandLine(world) })
      if (!done.ok) return refuse(...texts(refusalProblems(done.error)))
      const words = reuseMessages(locale)
      const what = done.value.added === 0 ? words.same : isTrial ? words.checked : words.added
      const { added, known, unrated } = done.value
      const written = !isTrial && added > 0
      return report(flags.json, { cycle: text.cycle, ...done.value, written }, fill(what, { added, known, unrated }))
    })
  })
}
