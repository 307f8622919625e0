import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicRoutes } from '../../server/app.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { type PublishedBundle, publishBundleOf } from '../support/published-cycle.ts'
import { bodyOf } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
/** Of this year the files of the worked bundle were published: four organs with scores, one of them without satisfaction. */
let full: PublishedBundle
let big: TestCycle
beforeAll(async () => {
  app = await createTestApp()
  const start = app.clock.time
  big = await createTestCycle(app, { organs: 68, receipts: 272 })
  await big.close()
  await big.publish()
  app.clock.time = start
  full = await publishBundleOf(app, { quarantined: 7 })
  cycle = await createTestCycle(app)
})
afterAll(() => app.close())

const pathsOf = (jid: string, organ: string) => [
  `/results/${jid}`,
  `/results/${jid}/2026`,
  `/results/${jid}/2026/organs/${organ}`,
  `/results/${jid}/2026/method`,
  `/results/${jid}/2026/people`,
  `/results/${jid}/2026/files`,
]
/** Every page of the published year, and every other that is the same for everybody, by the routes themselves. */
function everyPage(cycle: TestCycle): string[] {
  const names: Record<string, string> = {
    ...{ jid: cycle.jid, cycle: '2026', organ: cycle.organs[0]!, version: '1', sid: cycle.survey('public').sid },
    ...{ channel: cycle.survey('public').channels[0]!.code, state: 'closed', file: 'SHA256SUMS', hash: '0' },
  }
  return publicRoutes
    .filter(({ method, policy }) => method === 'GET' && policy.cache === 'public')
    .map(({ path }) => path.replace(/:(\w+)(\{[^/]*\})?/g, (_, name: string) => names[name] ?? 'x'))
}
const html = async (path: string) => bodyOf(await (await app.request(path)).text())

describe('the public site', () => {
  test('has no page of a year, an organ or a file before the publication, but for the place itself', async () => {
    const [place, results, ...others] = pathsOf(cycle.jid, cycle.organs[0]!)
    expect(await html(place!)).toContain('还没有公布过结果')
    expect(await html(results!)).toContain('结果预计')
    for (const path of [...others, `/results/${cycle.jid}/2026/results.csv`])
      expect((await app.request(path)).status, path).toBe(404)
    expect((await app.request('/results/nowhere')).status).toBe(404)
    expect((await app.request(`/results/${full.cycle.jid}/2026/organs/nobody`)).status).toBe(404)
  })

  test('needs no script, sets no cookie and is at most 30 KB compressed with 68 organs, in both languages', async () => {
    const measured = new Map<string, number>()
    for (const path of [...everyPage(big), ...pathsOf(full.cycle.jid, full.organs[0]!)]) {
      for (const lang of ['zh-CN', 'en']) {
        const response = await app.request(`${path}?lang=${lang}`, { headers: { 'accept-encoding': 'gzip' } })
        if (response.status !== 200 || !response.headers.get('content-type')?.startsWith('text/html')) continue
        expect(response.headers.getSetCookie()).toEqual([])
        const bytes = Buffer.from(await response.arrayBuffer())
        measured.set(path, bytes.length)
        // The page that verifies is its whole program in one document, which may be kept and used elsewhere.
        if (path !== '/verify') expect(bytes.length, path).toBeLessThan(30_000)
        // The one small script in the head remembers the size of the text; nothing on the page waits for it.
        if (path.startsWith('/results'))
          expect(bodyOf(gunzipSync(bytes).toString()), path).not.toMatch(/<canvas|data-island/)
      }
    }
    const year = `/results/${big.jid}/2026`
    const others = [`${year}/rectification`, `${year}/versions/1`, '/', '/verify', '/method']
    for (const path of [...pathsOf(big.jid, big.organs[0]!), ...others]) expect([...measured.keys()]).toContain(path)
  })

  test('may be kept by a shared cache: an ETag that answers 304, the languages told apart, the same bytes for whoever is signed in', async () => {
    const { jid } = full.cycle
    const others = [`/results/${jid}/2026/rectification`, `/check/${jid}/${full.cycle.survey('public').sid}`, '/verify']
    for (const path of [...pathsOf(jid, full.organs[0]!), ...others, `/results/${jid}/2026/results.csv`]) {
      const first = await app.request(path)
      expect(first.headers.get('cache-control'), path).toMatch(/^public, max-age=/)
      if (!path.endsWith('.csv')) expect(first.headers.get('vary')).toContain('Accept-Language')
      const etag = first.headers.get('etag')!
      const again = await app.request(path, { headers: { 'if-none-match': etag } })
      expect([again.status, await again.text()], path).toEqual([304, ''])
      const english = await app.request(path, { headers: { 'accept-language': 'en', 'if-none-match': etag } })
      if (!path.endsWith('.csv')) expect(english.status, path).toBe(200)
      const own = await app.request(path, { headers: { cookie: 'gp=somebody' } })
      expect(await own.text(), path).toBe(await first.text())
    }
  })

  test('leads from the table to each organ and from every page to all others', async () => {
    const { jid } = full.cycle
    const [place, results, , ...parts] = pathsOf(jid, full.organs[0]!)
    const table = await html(results!)
    for (const organ of full.organs) expect(table).toContain(`href="/results/${jid}/2026/organs/${organ}?`)
    for (const path of [results!, `${results}/organs/${full.organs[0]}`, ...parts]) {
      const page = await html(path)
      for (const to of [place!, results!, ...parts]) expect(page, `${path} → ${to}`).toContain(`href="${to}?`)
    }
  })

  test('says of an organ what the table says, and below it every group, question and indicator that was published', async () => {
    const { jid } = full.cycle
    const [organ] = full.organs
    const page = await html(`/results/${jid}/2026/organs/${organ}`)
    const figures = full.figures.organs.find((each) => each.organ === organ)!
    for (const group of ['leaders', 'recipients', 'public'] as const) {
      const own = figures.groups[group]!
      if (own.status !== 'ok') continue
      expect(page).toContain(`<b>${own.score}</b>`)
      for (const { mean } of own.questions) if (mean !== null) expect(page).toContain(mean)
    }
    if (figures.overall?.status !== 'ok') throw new Error('the organ needs an overall score')
    expect(page).toContain(figures.overall.score)
    for (const { score } of figures.overall.parts) expect(page).toContain(score!)
    expect(page).toContain('职能工作目标')
    expect(page).toContain('服务对象 7 份')
    // Leaders know each other: how many of them do not know stands nowhere.
    expect(page.split('id="questions-leaders"')[1]!.split('</section>')[0]).toContain('领导人数少，不公布')
  })

  test('leads from the overall score by one click to each group, question and deduction with its reason', async () => {
    const { jid } = full.cycle
    const [organ] = full.organs
    const page = await html(`/results/${jid}/2026/organs/${organ}`)
    const figures = full.figures.organs.find((each) => each.organ === organ)!
    if (figures.overall?.status !== 'ok') throw new Error('the organ needs an overall score')
    expect(page).toMatch(new RegExp(`href="#why">\\s*为什么是 ${figures.overall.score} 分`))
    const [, why = ''] = page.split('id="why"')
    const [stairs = '', tree = ''] = why.split('class="tree"')
    // What is left of a hundred after the last step rounds to the total, which stands below it.
    const [, last] = [...stairs.matchAll(/<td class="n">(\d+\.\d+)<\/td><td class="v">/g)].at(-1)!
    expect(Number(last).toFixed(2)).toBe(figures.overall.score)
    expect(stairs).toContain(`colspan="3">${figures.overall.score}</td>`)
    for (const { deduction, indicator } of figures.reviews) {
      expect(stairs).toContain(`href="#line-${indicator}"`)
      expect(tree).toContain(`id="line-${indicator}"`)
      if (!deduction) continue
      const line = tree.split(`id="line-${indicator}"`)[1]!.split('</details>')[0]!
      expect([line.includes(deduction.points), line.includes(deduction.reason)]).toEqual([true, true])
    }
    // 17 of 20 leaders are valid; two of these know nothing about how the organ keeps the law.
    const [, leaders = ''] = tree.split('id="line-satisfaction/leaders"')
    for (const n of [17, 15]) expect(leaders).toContain(`${n} 份有效作答`)
    expect(tree).not.toContain('<details id="line-satisfaction">')
    const plain = await html(`/results/${jid}/2026/organs/${organ}?lang=en`)
    expect(plain).toContain('Points taken off')
    // From every result to the page that verifies it, which is told where its files are.
    for (const from of [`/results/${jid}/2026`, `/results/${jid}/2026/organs/${organ}`, `/results/${jid}/2026/files`])
      expect(await html(from)).toMatch(
        new RegExp(`href="/verify\\?[^"#]*#https?://[^"]+/results/${jid}/2026/versions/2/bundle/"`),
      )
  })

  test('tells no reason where the plan keeps reasons to the organ, and no count of a withheld question', async () => {
    const quiet = await publishBundleOf(app, { reasons: 'organ', unknowing: 8 })
    const page = await html(`/results/${quiet.cycle.jid}/2026/organs/${quiet.organs[0]}`)
    expect(page).toContain('扣分的理由只告知被评单位，不公布')
    expect(page).not.toContain('未按期完成')
    // Of 17 leaders 8 do not know two of the questions: 9 answers are fewer than may be told.
    const [, law = ''] = page.split('id="line-satisfaction/leaders/law"')
    expect(law.split('</div>')[0]).toContain('作答太少，不显示')
    expect(page).not.toMatch(/>9 份有效作答|>9<\/td>/)
  })

  test('gives in place of a score its reason, never an empty cell', async () => {
    const page = await html(`/results/${full.cycle.jid}/2026/organs/${full.organs.at(-1)}`)
    expect(page).toContain('样本不足：收回 20 份，少于 30 份')
    expect(page).toContain('本群体没有得分，各题不公布')
    expect(page).not.toMatch(/<td[^>]*><\/td>/)
  })

  test('names the rules of the plan itself: weights, minimums, points, rounding, grades', async () => {
    const page = await html(`/results/${full.cycle.jid}/2026/method`)
    for (const said of [
      '领导（占 0.3）',
      '群众（占 0.4）',
      '非常满意 100 分',
      '保留 2 位小数',
      '90',
      '先进单位 10 个',
      '至少 80% 的单位对分得开',
      '不小于 0.3，不大于 5',
      '推广价值',
      '2026年3月15日',
    ])
      expect(page, said).toContain(said)
  })

  test('counts people as the published files count them, and gives the shares to which they were weighted', async () => {
    const page = await html(`/results/${full.cycle.jid}/2026/people`)
    const [, counts] = page.split('<caption class="vh">群众：人数</caption>')
    // 150 valid, 1 invalid and 2 withdrawn of 153 sent, as the bundle is made.
    for (const n of ['400', '153', '150']) expect(counts!.split('</table>')[0]).toContain(`>${n}</td>`)
    expect(page).toMatch(/<caption>群众：人口比例|：人口比例<\/caption>/)
    expect(page).toContain('核对我的回执')
  })

  test('lists every published file with the hash that its bytes have', async () => {
    const page = await html(`/results/${big.jid}/2026/files`)
    const sums = await (await app.request(`/results/${big.jid}/2026/bundle/SHA256SUMS`)).text()
    const lines = sums.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(20)
    for (const line of lines) {
      const [sha256, path] = line.split('  ')
      expect(page).toContain(`<code>${sha256}</code>`)
      expect(page).toContain(`href="/results/${big.jid}/2026/versions/1/bundle/${path}"`)
    }
    const csv = await app.request(`/results/${big.jid}/2026/results.csv`)
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect((await csv.text()).split('\r\n')[0]).toContain('organ,name_zh')
  })
})
