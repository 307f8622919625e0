import { writeFile } from 'node:fs/promises'
import { renderToString } from 'preact-render-to-string'
import { commandMessages } from '../../client/messages/command.ts'
import { commandsMessages } from '../../client/messages/commands.ts'
import { fill } from '../../client/messages/fill.ts'
import { boxMessages } from '../../client/messages/office-box.ts'
import { resultsMessages } from '../../client/messages/results.ts'
import { readers } from '../../client/parts/office-shell.tsx'
import { QrCode } from '../../client/parts/qr-code.tsx'
import { type Score, withheldText } from '../../client/parts/withheld.tsx'
import { urls } from '../../client/urls.ts'
import { verifyAudit } from '../../db/audit.ts'
import { listAuditCheckpoints } from '../../db/audit-log.ts'
import { readSurvey } from '../../db/platform.ts'
import { compareBytes, hex } from '../../surveys/canonical.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { gradesOf } from '../figures.ts'
import { systemScope } from '../guard.ts'
import { organRow } from '../office/dashboard.tsx'
import { recomputeSum } from '../summing.ts'
import { type Given, report } from './command.ts'
import { lookingAt } from './installation.ts'
import { actingAs, findNamedCycle, findNamedPlace, findNamedSurvey } from './named.ts'
import { nodeSha256 } from './platform.ts'
import { fail, refuse } from './terminal.ts'

// Commands that read and write nothing into the database, and may run beside the server.

/**
 * The results of a cycle, with what is withheld and why, as the page of results shows them; or with --check, whether what is locked
 * follows once more from the stored facts.
 */
export function computeResults(given: Given<'as', never, 'check' | 'json'>): Promise<number> {
  const { text, flags, locale, environment } = given
  const words = commandsMessages(locale)
  const names = resultsMessages(locale)
  const [name] = given.words as [string]
  return lookingAt(environment, async (world) => {
    const found = await findNamedCycle(world, name, locale)
    if (!found.ok) return refuse(found.error)
    const { jurisdiction, cycle } = found.value
    return actingAs(world, { as: text.as, jid: jurisdiction.code, who: readers.dashboard, locale }, async (scope) => {
      if (flags.check) return checkLocked(given, await recomputeSum(world, scope, found.value))
      const standing = await world.standing(scope, cycle.id)
      const grades = new Map(gradesOf(standing.plan, locale).map(({ id, title }) => [id, title]))
      const shown = (score: Score, what: string) =>
        score.status === 'ok' ? score.score : withheldText(names, score.why, what)
      const rows = standing.organs.map((organ) => {
        const row = organRow(standing, organ, [], locale)
        const interval = row.interval?.status === 'ok' ? { low: row.interval.low, high: row.interval.high } : null
        return {
          organ: row.code,
          name: row.name,
          satisfaction: row.satisfaction,
          interval,
          overall: row.overall,
          grade: row.grade,
          n: Object.fromEntries(groupIds.map((group) => [group, organ.groups[group].sums?.n ?? null])),
        }
      })
      const planHash = hex(standing.planHash)
      const lines = rows.map(({ name: organ, satisfaction, interval, overall, grade, n }) => {
        const score = shown(satisfaction, names.satisfactionScore)
        return fill(words.resultsLine, {
          organ,
          satisfaction: interval ? fill(words.resultsInterval, { score, ...interval }) : score,
          overall: shown(overall, names.overallScore),
          grade: grade === null ? '' : (grades.get(grade) ?? grade),
          n: groupIds.map((group) => `${names[group]} ${n[group] ?? '–'}`).join(', '),
        })
      })
      const head = fill(words.resultsHead, { name, hash: planHash.slice(0, 16) })
      return report(flags.json, { cycle: name, plan: planHash, organs: rows }, head, ...lines)
    })
  })
}

function checkLocked(
  { words: [name = ''], flags, locale }: Given<'as', never, 'check' | 'json'>,
  checked: Awaited<ReturnType<typeof recomputeSum>>,
): number {
  const words = commandsMessages(locale)
  if (!checked.ok) return refuse(boxMessages(locale)[`files_${checked.error}`])
  const { value } = checked
  if (value.status === 'none') return refuse(fill(words.sumNone, { name }))
  const { version, hash } = value.locked
  const verdict = { cycle: name, version, sha256: hex(hash), status: value.status }
  if (value.status === 'same')
    return report(flags.json, verdict, fill(words.sumSame, { name, version, hash: hex(hash) }))
  if (flags.json) report(true, { ...verdict, difference: value.difference })
  else refuse(fill(words.sumDiffers, { name, version, ...value.difference }))
  return 1
}

/** Whether the audit is one chain, and the one that was signed. */
export function verifyAuditLog(given: Given<never, never, 'json'>): Promise<number> {
  const { flags, locale, environment } = given
  const words = commandsMessages(locale)
  return lookingAt(environment, async (world) => {
    const scope = systemScope(0)
    const heads = await listAuditCheckpoints(world.db, scope)
    const { rows, wrong, head } = await verifyAudit(world.db, scope, nodeSha256)
    const sizes = heads.map(({ size }) => size)
    const tree = wrong === null ? await world.trees.root(scope, 'audit', sizes) : null
    const other = tree?.ok
      ? heads.find(({ root }, at) => compareBytes(root, tree.value.earlier[at]!) !== 0)
      : heads.at(-1)
    const isOther = wrong === null && (!tree?.ok || other !== undefined)
    const verdict = { entries: rows, wrong: wrong ?? (isOther ? (other?.size ?? rows) : null), head: hex(head) }
    if (flags.json) report(true, { ...verdict, heads: heads.length })
    else if (wrong !== null) refuse(fill(words.auditBroken, { n: wrong }))
    else if (isOther) refuse(fill(words.auditOtherHead, { n: other?.size ?? rows }))
    else report(false, null, fill(words.auditGood, { n: rows, hash: verdict.head, heads: heads.length }))
    return verdict.wrong === null ? 0 : 1
  })
}

/** The QR code of the entrance of a survey, or of a channel, which names a place and nobody. */
export function makeQr(given: Given<never, 'channel' | 'out', never>): Promise<number> {
  const { text, locale, environment } = given
  const words = commandsMessages(locale)
  const [name] = given.words as [string]
  return lookingAt(environment, async (world) => {
    const named = await findNamedPlace(world, name, locale)
    if (!named.ok) return refuse(named.error)
    const scope = systemScope(named.value.place.id)
    const found = await findNamedSurvey(world, scope, name, locale)
    if (!found.ok) return refuse(found.error)
    const { channel } = text
    const file = await readSurvey(world.db, scope, found.value.survey.id)
    if (channel !== undefined && !file?.channels.some(({ code }) => code === channel))
      return refuse(fill(words.noChannel, { name, channel }))
    const path = channel === undefined ? urls.start(named.value.jid, named.value.name) : urls.channel(channel)
    const address = `${world.config.origins[0]}${path}`
    const svg = renderToString(QrCode({ text: address, label: address, correction: 'Q' }))
    const whole = `${svg.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')}\n`
    if (text.out === undefined) {
      process.stdout.write(whole)
      return 0
    }
    const failure = await writeFile(text.out, whole, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => error)
    if (!failure) return report(false, null, fill(words.written, { file: text.out }))
    const said = commandMessages(locale)
    if (failure.code === 'EEXIST') return refuse(fill(said.exists, { file: text.out }))
    return fail(fill(said.unwritable, { file: text.out, why: failure.message }))
  })
}
