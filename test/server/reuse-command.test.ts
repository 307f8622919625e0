import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { commandLine } from '../support/command-line.ts'
import { accountOf, countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { table } from '../support/invitations.ts'

// Files of the 12345 hotline and of 好差评 as their systems write them, taken from the command line.

let app: TestApp
let cycle: TestCycle
let gongping: ReturnType<typeof commandLine>
beforeAll(async () => {
  app = await createTestApp({ time: Date.now() })
  cycle = await createTestCycle(app, { organs: 2 })
  gongping = commandLine(app.database.folder)
  await app.world.writer.stop()
}, 60_000)
afterAll(() => app.close())

const dayOf = (ago: number) => new Date(app.clock.time - ago * 86_400_000).toISOString().slice(0, 10)
const samples = {
  '12345': () => {
    const [first, second] = cycle.place.organs.filter(({ code }) => cycle.organs.includes(code))
    return [
      ['工单编号', '承办单位', '回访日期', '满意度'],
      ['H1', first!.nameZh, dayOf(40), '满意'],
      ['H2', first!.nameZh, dayOf(39), '不满意'],
      ['H3', second!.nameZh, dayOf(38), '满意'],
    ]
  },
  haochaping: () => [
    ['评价编号', '单位代码', '评价日期', '评价等级'],
    ['S1', cycle.organs[0]!, dayOf(40), '非常满意'],
    ['S2', cycle.organs[1]!, dayOf(39), '非常不满意'],
  ],
} as const

describe.each(Object.keys(samples) as (keyof typeof samples)[])('import %s', (kind) => {
  const write = (rows: readonly (readonly string[])[]) => {
    const [heads = [], ...others] = rows
    const path = join(app.database.folder, `${kind}.csv`)
    writeFileSync(path, table([...heads], ...others.map((row) => [...row])))
    return path
  }
  const importing = (rows: readonly (readonly string[])[], ...more: string[]) => {
    const about = ['--title', `${kind} 一季度`, '--mode', '电话回访', '--population', '来电人']
    const period = ['--from', dayOf(60), '--to', dayOf(30)]
    const who = ['--cycle', `${cycle.jid}/2026`, '--as', accountOf(cycle, 'office_admin').email]
    return gongping('import', kind, write(rows), ...about, ...period, ...who, ...more)
  }
  const records = async () =>
    (await look(app, 'SELECT hex(h) AS h, score FROM reused_record ORDER BY h')).map(({ h, score }) => `${h} ${score}`)

  test('registers a sample file once: a trial writes nothing, and the same file again changes nothing', async () => {
    const rows = samples[kind]()
    const before = await countAllRows(app)
    expect(importing(rows, '--dry-run')).toMatchObject({ status: 0, err: '' })
    expect(await countAllRows(app)).toEqual(before)
    const n = (await records()).length
    const done = importing(rows, '--json')
    expect([done.status, done.err]).toEqual([0, ''])
    expect(JSON.parse(done.out)).toMatchObject({ added: rows.length - 1, known: 0, written: true })
    const [kept, all] = [await records(), await countAllRows(app)]
    expect(kept).toHaveLength(n + rows.length - 1)
    const again = importing(rows, '--json')
    expect(again.status).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject({ added: 0, written: false })
    expect([await records(), await countAllRows(app)]).toEqual([kept, all])
  }, 60_000)

  test('refuses a file with wrong rows as a whole, and names each row', async () => {
    const [heads, ...rows] = samples[kind]()
    const before = await countAllRows(app)
    const fresh = rows.map(([number, ...rest]) => [`new-${number}`, ...rest])
    const broken = [
      heads!,
      ...fresh,
      ['X1', '没有这个单位', dayOf(35), '满意'],
      ['X2', cycle.organs[0]!, '昨天', '满意'],
    ]
    const refused = importing(broken)
    expect([refused.status, refused.out]).toEqual([1, ''])
    for (const row of [rows.length + 2, rows.length + 3]) expect(refused.err).toContain(`Row ${row}`)
    const inChinese = importing([heads!, [...fresh[0]!.slice(0, 3), '还行']], '--lang', 'zh')
    expect([inChinese.status, inChinese.err]).toEqual([1, expect.stringContaining('第 2 行')])
    expect(await countAllRows(app)).toEqual(before)
    // Control: without them it is taken.
    expect(importing([heads!, ...fresh]).status).toBe(0)
    expect(await countAllRows(app)).not.toEqual(before)
  }, 60_000)
})
