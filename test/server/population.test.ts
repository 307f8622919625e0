import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyAudit } from '../../db/audit.ts'
import { readPopulations } from '../../db/population.ts'
import { systemScope } from '../../server/guard.ts'
import { canonicalJson, hex } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { bodyOf, sendForm, sha256, signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'
import { shippedForm } from '../surveys/definition-files.ts'

let app: TestApp
/** Before its opening: its population can be replaced. */
let ready: TestCycle
/** Takes answers: its population is fixed. */
let open: TestCycle
let cookie: string
beforeAll(async () => {
  app = await createTestApp()
  open = await createTestCycle(app, { organs: 2 })
  ready = await createTestCycle(app, { organs: 2, state: 'ready' })
  cookie = await signIn(app, accountOf(ready, 'office_admin'))
})
afterAll(() => app.close())

const cities = ['yunhu', 'pingchuan', 'shiqiao', 'qingxi', 'dongping', 'nanling', 'beiyuan']
const others = ['shuanghe', 'bailu', 'changdi', 'meigang', 'zhuxi', 'songtai']
/** 700,000 people in one city and 25,000 in each of the twelve others, a million together: 70% and 2.5%. */
const cityLines = [...cities, ...others].map((city) => `city,${city},${city === 'yunhu' ? '"700,000"' : '25000'},`)
const goodTable = [
  'margin,category,count,merge_into',
  ...cityLines.map((line) => (line.startsWith('city,songtai') ? `${line}nanling` : line)),
  'age,age18_44,0.5',
  'age,age45_59,0.3',
  'age,age60,0.2',
  'sex,male,51,',
  'sex,female,49,',
].join('\n')
const source = '江州市统计年鉴 2024，表 3-2'

const address = (cycle = ready, what = '') => `/office/${cycle.jid}/2026/population${what}`
const page = async (path = address(), of = cookie) => {
  const response = await app.request(path, { headers: { cookie: of } })
  return { status: response.status, html: await response.text() }
}
/** The page of a form after it was sent, with the hidden fields of the form about the survey. */
async function send(fields: Record<string, string>, { cycle = ready, of = cookie } = {}) {
  const { html } = await page(address(cycle), of)
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const all = { csrf, survey: cycle.survey('public').sid, source, table: '', press: 'read', ...fields }
  const response = await sendForm(app, address(cycle, '?lang=zh-CN'), Object.entries(all), { headers: { cookie: of } })
  const text = await response.text()
  const seen = /name="seen" value="([^"]+)"/.exec(text)?.[1] ?? ''
  return { status: response.status, location: response.headers.get('location'), body: bodyOf(text), seen }
}
const stored = async (cycle = ready) => {
  const { id } = cycle.survey('public')
  return (await readPopulations(app.world.db, systemScope(cycle.place.id), [id])).get(id)!
}

describe('the page of the population', () => {
  test('shows what is on record, in the words of the questionnaire beside the codes', async () => {
    const body = bodyOf((await page(address(ready, '?lang=zh-CN'))).html)
    for (const word of ['云湖市', 'yunhu', '60 岁及以上', 'age60', '您的性别是？']) expect(body).toContain(word)
    expect(body).toContain(hex((await stored()).hash))
    expect(bodyOf((await page(address(ready, '?lang=en'))).html)).toContain('Which city do you live in?')
  })

  test('is for the office: its analyst reads, the others do not', async () => {
    const analyst = await page(address(), await signIn(app, accountOf(ready, 'analyst')))
    expect(analyst.status).toBe(200)
    expect(bodyOf(analyst.html)).not.toContain('name="table"')
    for (const role of ['auditor', 'organ_officer', 'reviewer'] as const)
      expect((await page(address(), await signInAs(app, ready, role))).status, role).toBe(403)
  })

  test('has no note about a plan whose scales end at 0 points', async () => {
    expect(bodyOf((await page(address(ready, '?lang=zh-CN'))).html)).not.toContain('掩盖不满意')
  })

  test('points out a scale whose lowest level earns points, in the words of the questionnaire', async () => {
    const other = await createTestApp()
    const cycle = await createTestCycle(other, { organs: 2, state: 'ready' })
    const [row] = await look(other, 'SELECT body FROM plan')
    const plan = JSON.parse(String(row!['body']))
    plan.scales.satisfaction5['1'] = '50'
    plan.scales.satisfaction5['2'] = '50'
    // A frozen plan is never changed; this one stands for a plan that was set up like that.
    const client = createClient({ url: other.database.url, timeout: 5_000 })
    await client.execute('DROP TRIGGER plan_frozen_stays')
    await client.execute({ sql: 'UPDATE plan SET body = ?', args: [canonicalJson(plan)] })
    client.close()
    const own = await signIn(other, accountOf(cycle, 'office_admin'))
    const read = async (lang: string) =>
      bodyOf(await (await other.request(address(cycle, `?lang=${lang}`), { headers: { cookie: own } })).text())
    expect(await read('zh-CN')).toContain('最低一级“非常不满意”仍得 50 分')
    expect(await read('en')).toContain('still earns 50 of 100 points')
    await other.close()
  })
})

describe('a table', () => {
  test('is shown first with its shares, and saved by the second press about the very same', async () => {
    const before = await stored()
    const first = await send({ table: goodTable })
    expect(first.status).toBe(200)
    for (const share of ['70.00%', '2.50%', '50.00%', '30.00%', '20.00%', '51.00%', '49.00%'])
      expect(first.body).toContain(share)
    // Nothing was changed, and nothing typed is lost.
    expect(hex((await stored()).hash)).toBe(hex(before.hash))
    expect(first.body).toContain('"700,000"'.replaceAll('"', '&quot;'))
    expect(first.body).toContain(`value="${source}"`)

    // What was not shown is not saved: another table with the mark of the first one is a first press again.
    const changed = goodTable.replace('sex,male,51,', 'sex,male,50,').replace('sex,female,49,', 'sex,female,50,')
    expect((await send({ table: changed, press: 'save', seen: first.seen })).status).toBe(200)
    expect((await send({ table: goodTable, press: 'save', seen: '' })).status).toBe(200)
    expect((await send({ table: goodTable, source: 'other', press: 'save', seen: first.seen })).status).toBe(200)
    expect(hex((await stored()).hash)).toBe(hex(before.hash))

    const second = await send({ table: goodTable, press: 'save', seen: first.seen })
    expect(second.status).toBe(303)
    const after = await stored()
    expect(after.source).toBe(source)
    const sharesOf = (name: string) => after.margins.find((margin) => margin.name === name)!.categories
    expect(sharesOf('city')[0]).toEqual({ id: 'yunhu', share: '0.7' })
    expect(sharesOf('city').at(-1)).toEqual({ id: 'songtai', share: '0.025', mergeInto: 'nanling' })
    expect(sharesOf('sex').map(({ share }) => share)).toEqual(['0.51', '0.49'])
    const shown = bodyOf((await page(second.location!)).html)
    expect(shown).toContain('已保存人口结构')
    // It is news only to whoever may save, and only for a while.
    const reader = await signIn(app, accountOf(ready, 'analyst'))
    expect(bodyOf((await page(second.location!, reader)).html)).not.toContain('已保存人口结构')
    app.clock.time += 10 * 60_000 + 1
    expect(bodyOf((await page(second.location!)).html)).not.toContain('已保存人口结构')
    expect(shown).toContain(hex(after.hash))
    const [row] = await look(app, "SELECT object FROM audit WHERE action = 'population.save' ORDER BY seq DESC LIMIT 1")
    expect(row!['object']).toBe(`survey/${ready.survey('public').id}`)
    expect((await verifyAudit(app.world.db, systemScope(0), (bytes) => sha256(bytes))).wrong).toBeNull()
  })

  test('is shown again where somebody has replaced the record since', async () => {
    const other = goodTable.replace('sex,male,51,', 'sex,male,48,').replace('sex,female,49,', 'sex,female,52,')
    const [mine, theirs] = [await send({ table: goodTable, source: 'mine' }), await send({ table: other })]
    expect((await send({ table: other, press: 'save', seen: theirs.seen })).status).toBe(303)
    const again = await send({ table: goodTable, source: 'mine', press: 'save', seen: mine.seen })
    expect(again.status).toBe(200)
    expect(again.body).toContain('id="preview"')
    const sexes = async () => (await stored()).margins.find(({ name }) => name === 'sex')!.categories
    expect((await sexes()).map(({ share }) => share)).toEqual(['0.48', '0.52'])
    const saved = await send({ table: goodTable, source: 'mine', press: 'save', seen: again.seen })
    expect(saved.status).toBe(303)
    expect((await sexes()).map(({ share }) => share)).toEqual(['0.51', '0.49'])
  })

  test('ends what was agreed about the opening, and the page has said so', async () => {
    expect(bodyOf((await page(address(ready, '?lang=zh-CN'))).html)).toContain('开启批准作废')
    const [row] = await look(app, 'SELECT manifest FROM survey WHERE jurisdiction_id = ? AND id = ?', [
      ready.place.id,
      ready.survey('public').id,
    ])
    expect(row!['manifest']).toBeNull()
  })

  const chinese = goodTable.replace('margin,category,count,merge_into', '维度,类别,人数,合并到')
  const json = JSON.stringify({
    margins: {
      city: Object.fromEntries(
        [...cities, ...others].map((city) => [
          city,
          city === 'yunhu' ? 700_000 : city === 'songtai' ? { count: 25_000, mergeInto: 'nanling' } : '25,000',
        ]),
      ),
      age: { age18_44: '0.5', age45_59: '0.3', age60: '0.2' },
      sex: { male: 51, female: 49 },
    },
  })
  const ways: [string, string][] = [
    ['with Chinese heads', chinese],
    [
      'with semicolons, where a comma stands inside a number',
      goodTable.replaceAll('"', '').replaceAll(/,(?!000)/g, ';'),
    ],
    ['with tabs, as cells copied from a spreadsheet', goodTable.replaceAll('"', '').replaceAll(/,(?!000)/g, '\t')],
    ['with a byte order mark and Windows line ends', `\ufeff${goodTable.replaceAll('\n', '\r\n')}\r\n`],
    ['with blank lines, empty lines of a spreadsheet and spaces', `\n${goodTable.replaceAll('\n', ' \n\n')}\n,,,\n`],
    ['with every cell in quotation marks', goodTable.replaceAll(/(?<=^|,)([^",\n]+)(?=,|$)/gm, '"$1"')],
    ['with columns in another order and a column of words', reordered(goodTable)],
    ['as JSON', json],
  ]
  for (const [how, table] of ways)
    test(`${how} gives the same population`, async () => {
      const [plain, other] = [await send({ table: goodTable }), await send({ table })]
      expect(other.status).toBe(200)
      expect(plain.seen).toMatch(/^[0-9a-f]{64}$/)
      expect(other.seen).toBe(plain.seen)
    })
})

function reordered(table: string): string {
  return table
    .split('\n')
    .map((line, at) => {
      const [margin = '', category = '', ...rest] = line.split(/,(?!000)/)
      const [count = '', mergeInto = ''] = rest
      return [at === 0 ? '说明' : `第 ${at} 行`, count, mergeInto, category, margin].join(',')
    })
    .join('\n')
}

describe('what cannot be used', () => {
  const line = (from: string, to: string) => goodTable.replace(from, to)
  const cases: [problem: string, table: string, said: RegExp][] = [
    ['nothing', ' \n', /请粘贴人口表/],
    ['heads alone', 'margin,category,count,merge_into', /第一行以下没有内容/],
    ['no heads', goodTable.split('\n').slice(1).join('\n'), /第一行缺少这些栏：维度、类别、人数/],
    ['a head that nobody knows', line('merge_into', 'merge-into'), /不认识的栏“merge-into”/],
    ['a head that stands twice', line('merge_into', 'count'), /“count”写了两次/],
    ['an open quotation mark', line('"700,000"', '"700,000'), /引号没有结束/],
    ['a quotation mark out of place', line('"700,000"', '"700"000'), /第 2 行：引号位置不对/],
    ['a number with a bare comma', line('"700,000"', '700,000'), /第 2 行：比第一行多出了栏/],
    [
      'a margin that nobody asked for',
      line('sex,male', 'gender,male'),
      /第 18 行：没有这个维度。可用的维度：city、age、sex/,
    ],
    [
      'a category that nobody offers',
      line('sex,male', 'sex,m'),
      /第 18 行：维度 sex 没有这个类别。可用的类别：male、female/,
    ],
    ['a neighbour that nobody offers', line('sex,male,51,', 'sex,male,51,none'), /第 18 行：不能合并到这个类别/],
    ['its own neighbour', line('sex,male,51,', 'sex,male,51,male'), /维度 sex 可以合并到：female/],
    ['a percent sign', line('sex,male,51,', 'sex,male,51%,'), /第 18 行：人数要写成不小于 0 的数字/],
    ['a decimal comma', line('sex,male,51,', 'sex,male,"5,1",'), /第 18 行：[^<]*不能当小数点/],
    ['less than nobody', line('sex,male,51,', 'sex,male,-51,'), /第 18 行：人数要写成不小于 0 的数字/],
    ['a category that stands twice', `${goodTable}\nsex,male,51,`, /第 20 行：维度 sex 的类别 male 写了两次/],
    ['a category left out', line('sex,male,51,\n', ''), /维度 sex 缺少类别：male/],
    ['shares that do not add up', line('sex,male,51,', 'sex,male,50,'), /维度 sex 合计是 99/],
    ['JSON with a comma too many', '{"margins": {"sex": {"male": 1,}}}', /JSON 写法有误|JSON 的内容不符合格式/],
    ['JSON with a name that stands twice', '{"margins": {"sex": {"male": 1, "male": 2}}}', /位置：margins\.sex\.male/],
    ['JSON of another form', '{"city": {"yunhu": 1}}', /JSON 的内容不符合格式/],
    ['JSON with a category that nobody offers', '{"margins": {"sex": {"m": 1}}}', /“sex\.m”：维度 sex 没有这个类别/],
  ]
  for (const [problem, table, said] of cases)
    test(`${problem} is named with its place and what to do, and nothing typed is lost`, async () => {
      const before = hex((await stored()).hash)
      const { status, body } = await send({ table, press: 'save' })
      expect(status).toBe(422)
      expect(body.replaceAll('&quot;', '"')).toMatch(said)
      expect(body.replaceAll('&quot;', '"').replaceAll('\r\n', '\n')).toContain(table.trim())
      expect(body).toContain(`value="${source}"`)
      expect(hex((await stored()).hash)).toBe(before)
    })

  test('every problem is told at once', async () => {
    const table = line('sex,male', 'sex,m').replace('age60,0.2', 'age60,a fifth').replace('city,yunhu', 'town,yunhu')
    const { body } = await send({ table })
    for (const said of [
      '第 2 行：没有这个维度',
      '第 17 行：人数要写成',
      '第 18 行：维度 sex 没有这个类别',
      '有 3 处要改',
    ])
      expect(body).toContain(said)
  })

  test('of thousands of problems twenty are listed, and how many more there are', async () => {
    const table = ['margin,category,count', ...Array.from({ length: 30_000 }, () => 'town,a,1')].join('\n')
    const { status, body } = await send({ table })
    expect(status).toBe(422)
    expect(body).toContain('有 30000 处要改')
    expect(body).toContain('另有 29980 处没有列出')
    expect(body).toContain('第 21 行：')
    expect(body).not.toContain('第 22 行：')
    // The page holds the table and little more.
    expect(body.length).toBeLessThan(table.length + 60_000)
  })

  test('a source is needed, in one line that can be read', async () => {
    for (const [typed, said] of [
      ['  ', '请填写数据来源'],
      ['\u200b', '请填写数据来源'],
      ['x'.repeat(301), '最多 300 个字符'],
      ['年鉴\u0007', '看不见的字符'],
      ['年鉴\n表', '一行文字'],
    ] as const) {
      const { status, body } = await send({ table: goodTable, source: typed })
      expect([status, body.includes(said)], said).toEqual([422, true])
      expect(body).toContain('sex,female,49,')
    }
  })

  test('a form with other fields, or about a survey without margins, is no form of this page', async () => {
    expect((await send({ table: goodTable, role: 'platform_admin' })).status).toBe(400)
    expect((await send({ table: goodTable, survey: ready.survey('leaders').sid })).status).toBe(404)
    expect((await send({ table: goodTable, survey: ready.survey('open').sid })).status).toBe(404)
  })
})

describe('once the survey was opened', () => {
  test('the population is shown as fixed, and a form is refused in words', async () => {
    const own = await signIn(app, accountOf(open, 'office_admin'))
    const before = hex((await stored(open)).hash)
    const body = bodyOf((await page(address(open, '?lang=zh-CN'), own)).html)
    expect(body).toContain('人口结构已固定')
    expect(body).toContain(before)
    expect(body).not.toContain('name="table"')
    const refused = await send({ table: goodTable, press: 'save' }, { cycle: open, of: own })
    expect(refused.status).toBe(409)
    expect(refused.body).toContain('没有保存任何改动')
    expect(hex((await stored(open)).hash)).toBe(before)
  })
})

describe('the empty table', () => {
  const download = (lang: string, of = cookie) =>
    app.request(`/office/${ready.jid}/2026/population.csv?survey=${ready.survey('public').sid}&lang=${lang}`, {
      headers: { cookie: of },
    })

  test('lists every margin and category of the questionnaire; with the counts filled in it is a population', async () => {
    for (const lang of ['zh-CN', 'en']) {
      const response = await download(lang)
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
      const [head, ...lines] = (await response.text()).trimEnd().split('\r\n')
      const offered = shippedForm('public')
        .pages.flatMap(({ questions }) => questions)
        .flatMap((question) => (question.type === 'choice' && question.margin ? question.options : []))
        .filter(({ missing }) => missing !== true)
      expect(lines.map((text) => text.split(',')[1])).toEqual(offered.map(({ value }) => value))
      // As it is, nothing is filled in.
      const empty = await send({ table: [head, ...lines].join('\r\n') })
      expect(empty.status).toBe(422)
      expect(empty.body).toContain('人数要写成')
      const filled = lines.map((text) => {
        const [margin, category, , mergeInto, words] = text.split(',')
        return [margin, category, '1000', mergeInto, words].join(',')
      })
      const { status, body } = await send({ table: [head, ...filled].join('\r\n') })
      expect(status).toBe(200)
      // 1 of 13 cities, 1 of 3 ages, 1 of 2 sexes.
      for (const share of ['7.69%', '33.33%', '50.00%']) expect(body).toContain(share)
    }
  })

  test('is for whoever may fill it in', async () => {
    expect((await download('en', await signIn(app, accountOf(ready, 'analyst')))).status).toBe(403)
    const path = `/office/${ready.jid}/2026/population.csv`
    for (const query of ['', '?survey=none', `?survey=${ready.survey('leaders').sid}`])
      expect((await app.request(path + query, { headers: { cookie } })).status, query).toBe(404)
  })
})
