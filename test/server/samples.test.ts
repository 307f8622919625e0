import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemScope } from '../../server/guard.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { temporaryFolder } from '../db/support.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, allLive, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { emptyRosters, sendFile, table } from '../support/invitations.ts'
import { bodyOf, enterCode, sendJson, signIn } from '../support/respondent.ts'

// A sample is drawn from a list that was named before there was a seed, and anybody who has the list draws it again.

/** Leaders of two strata that count by the people in them. */
function stratifiedPlan(): Plan {
  const stratum = (zh: string, en: string) => ({ title: { 'zh-CN': zh, en } })
  const plan = allLive()
  const strata = { committee: stratum('省委', 'Committee'), congress: stratum('省人大', 'Congress') }
  const leaders = { ...plan.groups.leaders, design: { kind: 'stratified', fpc: true, weightBy: 'population', strata } }
  const read = parsePlan({ ...plan, groups: { ...plan.groups, leaders } })
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value
}

let app: TestApp
let cycle: TestCycle
let cookie: string
let desk: Desk
let path: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 1, leaders: 20, plan: stratifiedPlan() })
  await emptyRosters(app, cycle)
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  desk = deskOf(app, cookie)
  path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}/invitations`
}, 60_000)
afterAll(() => app.close())

const listed = { committee: 8, congress: 12 }
const rows = Object.entries(listed).flatMap(([cell, n]) =>
  Array.from({ length: n }, (_, at) => [`${cell.slice(0, 3)}-${at}`, cell]),
)
const list = table(['编号', '层级'], ...rows)
const seed = '双色球 2026001 期 03 09 14 21 27 33 + 08'
const framing = (fields: Record<string, string>, file: string) => sendFile(app, cookie, `${path}/frame`, fields, file)
const publicPage = async () => bodyOf(await (await app.request(`${cycle.path('leaders')}/draws?lang=zh-CN`)).text())

test('the list is named first, with how many of each stratum; sizes that are none and samples too small are refused', async () => {
  expect(await publicPage()).toContain('本测评没有抽样')
  const none = await framing({ press: 'register', sizes: 'committee=6' }, list)
  expect([none.status, none.body.includes('每个层级都要有'), none.body.includes('value="committee=6"')]).toEqual([
    422,
    true,
    true,
  ])
  const few = await framing({ press: 'register', sizes: '2' }, list)
  expect([few.status, few.body.includes('方案要求应答率达到 50%')]).toEqual([422, true])
  const unnamed = await framing(
    { press: 'register', sizes: '6' },
    table(['姓名', '手机', '层级'], ['李', '13800138000', 'committee']),
  )
  expect([unnamed.status, unnamed.body.includes('第 2 行，编号：没有填写')]).toEqual([422, true])
  const done = await framing({ press: 'register', sizes: '6' }, list)
  expect([done.status, done.body.includes('已登记')]).toEqual([200, true])
  expect(await look(app, 'SELECT 1 FROM invite WHERE jurisdiction_id = ?', [cycle.place.id])).toEqual([])
  expect(await publicPage()).toMatch(/<code>[0-9a-f]{64}<\/code>.*还没有抽取/)
})

test('the seed draws from that list and from no other, once, and nobody else is kept', async () => {
  const short = await framing({ press: 'draw', seed: '7' }, list)
  expect([short.status, short.body.includes('种子要有 8 到 200 个字')]).toEqual([422, true])
  const other = await framing({ press: 'draw', seed }, table(['编号', '层级'], ...rows.slice(1)))
  expect([other.status, other.body.includes('与登记的抽样框不同'), other.body.includes('双色球')]).toEqual([
    422,
    true,
    true,
  ])
  const done = await framing({ press: 'draw', seed }, list)
  expect([done.status, done.body.includes('已抽取并导入 12 行')]).toEqual([200, true])
  const cells = await look(app, 'SELECT cell, count(*) AS n FROM invite WHERE jurisdiction_id = ? GROUP BY cell', [
    cycle.place.id,
  ])
  expect(cells.map((row) => [row['cell'], row['n']])).toEqual([
    ['committee', 6],
    ['congress', 6],
  ])
  expect((await look(app, 'SELECT 1 FROM addressee')).length).toBe(12)
  expect((await framing({ press: 'draw', seed }, list)).status).toBe(409)
  const mixed = await sendFile(
    app,
    cookie,
    `${path}/import`,
    { press: 'import' },
    table(['编号', '层级'], ['X-1', 'congress']),
  )
  expect([mixed.status, mixed.body.includes('不能混在一起')]).toEqual([409, true])
  const acts = await look(app, "SELECT action, reason FROM audit WHERE action LIKE 'frame.%' ORDER BY seq")
  expect(acts.map((row) => row['action'])).toEqual(['frame.register', 'frame.draw'])
  expect(acts[1]!['reason']).toBe(seed)
  expect(await publicPage()).toContain(seed)
})

test('the script of the documentation draws the same people from the list', async () => {
  const script = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/draws.md', 'utf8'))![1]!
  const { path: folder, dispose } = await temporaryFolder()
  writeFileSync(join(folder, 'draw.mjs'), script)
  writeFileSync(join(folder, 'list.txt'), `${rows.map(([number, cell]) => `${cell}|${number}`).join('\n')}\n`)
  const survey = `${cycle.jid}/${cycle.survey('leaders').sid}`
  const words = [join(folder, 'draw.mjs'), survey, seed, 'committee=6,congress=6', join(folder, 'list.txt')]
  const [name, ...drawn] = execFileSync(process.execPath, words, { encoding: 'utf8' }).trim().split('\n')
  await dispose()
  expect(await publicPage()).toContain(name!.replace('list ', '<code>'))
  const letters = await desk.post(`${path}/file`, { which: 'all', sure: '1' })
  const numbers = letters.body
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(',')[1])
  expect(numbers.filter(Boolean).sort()).toEqual(drawn.map((row) => row.split('|')[1]).sort())
  const codes = letters.body.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g)!
  const organ = cycle.organs[0]!
  const questions = ['overall', 'delivery', 'law', 'efficiency', 'cooperation', 'initiative', 'clean']
  for (const code of codes) {
    const entered = await enterCode(app, code)
    const answers = { [organ]: Object.fromEntries(questions.map((question) => [question, 4])) }
    const body = { v: 1, elig: entered.elig, k: entered.k, answers }
    expect((await sendJson(app, `${cycle.path('leaders')}/answer`, body)).status).toBe(200)
  }
  await cycle.close()
  const standing = await app.world.standing(systemScope(cycle.place.id), cycle.cycle.id)
  const { estimate } = standing.organs[0]!.groups.leaders
  if (estimate?.status !== 'ok') throw new Error(`no score: ${JSON.stringify(estimate)}`)
  // N_h/n_h is 8/6 and 12/6, scaled to twelve answers: 8/20·12/6 = .8 and 12/20·12/6 = 1.2.
  expect(estimate.weights.map(({ stratum, n, units }) => [stratum, n, units])).toEqual([
    ['committee', 6, 800_000n],
    ['congress', 6, 1_200_000n],
  ])
})

test('a sample of services for which the survey has no room is refused before the list is registered', async () => {
  const own = await createTestCycle(app, { organs: 1 })
  await emptyRosters(app, own)
  const office = await signIn(app, accountOf(own, 'office_admin'))
  const desk = `/office/${own.jid}/2026/surveys/${own.survey('recipients').sid}/invitations/frame`
  const send = (fields: Record<string, string>, file: string) => sendFile(app, office, desk, fields, file)
  const { nameZh } = own.place.organs[0]!
  const services = (from: number, n: number) =>
    table(
      ['编号', '单位', '日期', '事项', '手机'],
      ...Array.from({ length: n }, (_, at) => [
        `S-${from + at}`,
        nameZh,
        '2026-02-26',
        '办证',
        String(13_900_000_000 + from + at),
      ]),
    )
  const first = services(0, 250)
  const many = await send({ press: 'register', sizes: '201' }, first)
  expect([many.status, many.body.includes('导入后名册有 201 人，超过了测评的应答人数 200')]).toEqual([422, true])
  expect(await look(app, 'SELECT 1 FROM frame WHERE jurisdiction_id = ?', [own.place.id])).toEqual([])
  expect((await send({ press: 'register', sizes: '195' }, first)).body).toContain('已登记')
  expect((await send({ press: 'draw', seed }, first)).body).toContain('已抽取并导入 195 行')
  // Those who were drawn before count too.
  const more = await send({ press: 'register', sizes: '6' }, services(250, 10))
  expect([more.status, more.body.includes('导入后名册有 201 人')]).toEqual([422, true])
  expect((await send({ press: 'register', sizes: '5' }, services(250, 10))).body).toContain('已登记')
})
