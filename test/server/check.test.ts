import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findReceipt } from '../../client/receipt-text.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { bodyOf, enterCode, receiptOf, sendAnswers, sendForm } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let path: string
let receipt: { tag: string; signature: string; location: string }
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  path = `/check/${cycle.jid}/${cycle.survey('recipients').sid}`
  receipt = await answer()
})
afterAll(() => app.close())

async function answer() {
  const organ = cycle.organs[0]!
  const entered = await enterCode(app, cycle.receipt(organ))
  const answers = [
    [`q.${organ}.overall`, '1'],
    [`c.${organ}`, '不许泄露的意见'],
  ] as const
  return receiptOf(await sendAnswers(app, cycle.path('recipients'), entered, answers))
}

/** What the page says of a receipt, in Chinese or English. */
async function check(text: string, lang = 'zh-CN'): Promise<{ status: number; said: string; html: string }> {
  const answered = await sendForm(app, `${path}?lang=${lang}`, [['receipt', text]])
  const html = await answered.text()
  const said = /role="status"[^>]*>([\s\S]*?)<\/div>/.exec(html)?.[1] ?? ''
  return {
    status: answered.status,
    said: said
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
    html,
  }
}

const link = () => `http://localhost:8787${path}#t=${receipt.tag}&g=${receipt.signature}`

describe('the receipt page', () => {
  test('offers the link of the check page as text, as a link and as a QR code, and no answer', async () => {
    const html = bodyOf(await (await app.request(receipt.location)).text())
    expect(html).toContain(`href="${path}?lang=zh-CN#t=${receipt.tag}&amp;g=${receipt.signature}"`)
    expect(html).toContain(`http://localhost:8787${path}#t=${receipt.tag}&amp;g=${receipt.signature}`)
    expect(html).toMatch(/<svg class="qr" role="img" aria-label="核对网址的二维码" viewBox="0 0 (\d+) \1"/)
    expect(html).not.toContain('不许泄露的意见')
  })
})

describe('the check page', () => {
  test('is one and the same for everybody, and nothing of a receipt is in its address', async () => {
    const first = await app.request(path)
    expect(first.status).toBe(200)
    const html = await first.text()
    expect(html).toContain('核对回执')
    expect(html).not.toContain(receipt.tag)
    expect(await (await app.request(`${path}?t=${receipt.tag}`)).text()).toBe(html)
    expect((await app.request('/check/nowhere/none')).status).toBe(404)
    const english = await (await app.request(`${path}?lang=en`)).text()
    expect(english).toContain('Check a receipt')
  })

  test('without script says of a pasted receipt yes or no, and never what was chosen', async () => {
    const waiting = await check(link())
    expect(waiting).toMatchObject({ status: 200, said: expect.stringMatching(/^还没有写入日志，次日再查/) })
    expect((await check(link(), 'en')).said).toMatch(/^Not logged yet, try tomorrow/)
    await cycle.close()
    const counted = await check(link())
    expect(counted.said).toMatch(/^已计入，日志第 1 条/)
    expect((await check(link(), 'en')).said).toMatch(/^Counted, log entry 1 /)
    for (const { html } of [waiting, counted]) expect(html).not.toContain('不许泄露的意见')
    // Reading it changes nothing: the same again, and in whatever way it was kept.
    const kept = [
      receipt.location,
      `http://localhost:8787${receipt.location}`,
      JSON.stringify({ v: 1, tag: receipt.tag, sig: receipt.signature }),
      `满意度测评\r\n回执编号: ABCD\r\n${receipt.tag}\r\n${link()}\r\n`,
      link().replace(/.{60}/g, '$&\r\n  '),
    ]
    for (const text of kept) expect((await check(text)).said, text).toMatch(/^已计入，日志第 1 条/)
  })

  test('says of a receipt that was changed, or belongs to another survey, only that it is not valid', async () => {
    const other = await createTestCycle(app)
    const organ = other.organs[0]!
    const entered = await enterCode(app, other.receipt(organ))
    const foreign = receiptOf(await sendAnswers(app, other.path('recipients'), entered, [[`q.${organ}.overall`, '4']]))
    const wrong = [
      link().replace(/t=./, (start) => (start === 't=A' ? 't=B' : 't=A')),
      link().replace(/g=./, (start) => (start === 'g=A' ? 'g=B' : 'g=A')),
      `#t=${receipt.tag}&g=${foreign.signature}`,
      foreign.location,
      receipt.tag,
      'x',
      '<script>',
    ]
    const said = new Set<string>()
    for (const text of wrong) said.add((await check(text)).said)
    expect([...said]).toEqual(['回执不正确 请核对是否完整复制，以及是不是这次测评的回执。'])
    expect((await check('x', 'en')).said).toMatch(/^Receipt not valid/)
  })

  test('asks for a receipt where none was pasted, and refuses what no page of ours sends', async () => {
    const empty = await check('  ')
    expect(empty.status).toBe(422)
    expect(empty.html).toContain('请粘贴回执')
    expect((await sendForm(app, path, [['receipt', 'x'.repeat(70_000)]])).status).toBe(413)
    expect((await sendForm(app, path, [['other', 'x']])).status).toBe(400)
    const foreign = await sendForm(app, path, [['receipt', link()]], {
      headers: { origin: 'https://elsewhere.example' },
    })
    expect(foreign.status).toBe(403)
  })
})

test('findReceipt reads no receipt out of parts of two', () => {
  const [tag, signature] = ['A'.repeat(43), 'B'.repeat(86)]
  expect(findReceipt(`#t=${tag}&g=${signature}`)).toEqual({ tag, signature })
  for (const text of [
    '',
    `#t=${tag}`,
    `#g=${signature}`,
    `#t=${tag.slice(1)}&g=${signature}`,
    `#xt=${tag}&yg=${signature}`,
  ])
    expect(findReceipt(text), text).toBeNull()
})
