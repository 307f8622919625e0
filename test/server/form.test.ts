import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import {
  bodyOf,
  chooseOrgans,
  type Entered,
  enterCode,
  enterPhone,
  filledFields,
  readEntered,
  receiptOf,
  sendAnswers,
  sendForm,
  sendJson,
} from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let organs: readonly string[]
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  organs = cycle.organs
})
afterAll(() => app.close())

const inPublic = () => cycle.path('public')

let phones = 0
async function citizen(chosen: readonly string[], of: TestApp = app, at: TestCycle = cycle): Promise<Entered> {
  phones += 1
  const from = `203.0.113.${phones}`
  const entered = await enterPhone(of, at.path('public'), `137000${String(phones).padStart(5, '0')}`, { from })
  return chooseOrgans(of, at.path('public'), entered, chosen)
}

const sorted = (fields: Iterable<readonly [string, string]>) =>
  [...fields]
    // Empty texts are what a browser sends for a comment that nobody wrote.
    .flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`]))
    .sort()

describe('a form with a problem', () => {
  test('comes back with 422, the marked question and everything that was typed', async () => {
    const entered = await citizen(organs.slice(0, 2))
    const order = entered.fields.filter(([name]) => name === 'o').map(([, code]) => code)
    const [first, second] = order as [string, string]
    const typed: [string, string][] = [
      [`q.${first}.overall`, '2'],
      [`q.${first}.efficiency`, '1'],
      [`q.${first}.attitude`, '0'],
      [`q.${first}.why`, 'slow'],
      [`q.${first}.why`, 'rude'],
      [`c.${first}`, '第一行 "引号" <b>&amp;\n第二行'],
      [`c.${second}`, '还可以'],
      ['m.city', 'songtai'],
      ['m.age', 'age45_59'],
      ['m.sex', 'unstated'],
    ]
    const before = await countAllRows(app)
    const response = await sendAnswers(app, inPublic(), entered, typed)
    expect(response.status).toBe(422)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const html = await response.text()
    expect(sorted(filledFields(html))).toEqual(sorted([...entered.fields, ...typed]))
    expect(html).toContain('<title>错误：')
    expect(html).toContain('有一处需要修改')
    expect(html).toContain(`href="#q.${second}.overall"`)
    expect(html).toContain(`id="e.q.${second}.overall"`)
    expect(html).toMatch(new RegExp(`id="q\\.${second}\\.overall"`))
    expect(await countAllRows(app)).toEqual(before)
    // The same form, completed, is accepted: nothing was lost on the way.
    const again = await sendForm(app, `${inPublic()}/answer`, [...filledFields(html), [`q.${second}.overall`, '4']])
    expect(again.status).toBe(303)
  })

  test('names every problem, and a program gets them as paths of what it sent', async () => {
    const entered = await citizen(organs.slice(0, 2))
    const [first, second] = entered.fields.filter(([name]) => name === 'o').map(([, code]) => code) as [string, string]
    const fields: [string, string][] = [
      [`q.${first}.overall`, '6'],
      [`q.${second}.overall`, '7'],
      [`c.${first}`, 'x'.repeat(501)],
      ['m.age', 'age17'],
      [`q.${first}.nothing`, '1'],
    ]
    const page = await sendAnswers(app, inPublic(), entered, fields)
    expect(page.status).toBe(422)
    expect(await page.text()).toContain('有 5 处需要修改')
    const answer = {
      v: 1,
      elig: entered.elig,
      k: entered.k,
      organs: [first, second],
      answers: { [first]: { overall: 6, nothing: 1 }, [second]: { overall: 7 } },
      comments: { [first]: 'x'.repeat(501) },
      margins: { age: 'age17' },
    }
    const problem = await sendJson(app, `${inPublic()}/answer`, answer)
    expect(problem.status).toBe(422)
    expect(problem.headers.get('content-type')).toBe('application/problem+json')
    const errorsOf = async (response: Response) => {
      const { code, errors } = (await response.json()) as { code: string; errors: { path: string; code: string }[] }
      expect(code).toBe('invalid_answers')
      return errors.map((error) => `${error.path} ${error.code}`).sort()
    }
    expect(await errorsOf(problem)).toEqual(
      [
        `comments.${first} too_long`,
        'margins.age unknown_option',
        `answers.${first}.nothing unknown_field`,
        `answers.${first}.overall unknown_option`,
        `answers.${second}.overall unknown_option`,
      ].sort(),
    )
    // The page's script sends the form and asks for JSON: its paths are the names of the fields.
    const ofForm = await sendAnswers(app, inPublic(), entered, fields, { headers: { accept: 'application/json' } })
    expect(ofForm.status).toBe(422)
    expect(await errorsOf(ofForm)).toEqual(
      [
        `c.${first} too_long`,
        'm.age unknown_option',
        `q.${first}.nothing unknown_field`,
        `q.${first}.overall unknown_option`,
        `q.${second}.overall unknown_option`,
      ].sort(),
    )
  })

  test('of too many words in all names the limit of them all, on the page and to a program', async () => {
    const many = await createTestCycle(app, { organs: 25 })
    const path = `${many.path('leaders')}/answer`
    const entered = await enterCode(app, many.leader(0))
    // Twenty comments of 300 characters are 6,000; one more letter is too much.
    const comments = many.organs.slice(0, 21).map((organ, at) => [organ, 'x'.repeat(at < 20 ? 300 : 1)] as const)
    const fields = comments.flatMap(([organ, text]): [string, string][] => [
      [`q.${organ}.overall`, '4'],
      [`c.${organ}`, text],
    ])
    const last = many.organs[20]!
    const page = await sendForm(app, path, [...entered.fields, ...fields])
    expect(page.status).toBe(422)
    const html = bodyOf(await page.text())
    expect(html).toContain(`<a href="#c.${last}">全部意见合计最多 6000 字，请缩短一些</a>`)
    expect(html).toContain('有一处需要修改')
    const problem = await sendJson(app, path, {
      v: 1,
      elig: entered.elig,
      k: entered.k,
      answers: Object.fromEntries(comments.map(([organ]) => [organ, { overall: 4 }])),
      comments: Object.fromEntries(comments),
    })
    expect(await problem.json()).toMatchObject({ errors: [{ path: `comments.${last}`, code: 'too_long_together' }] })
    expect((await sendForm(app, path, [...entered.fields, ...fields.slice(0, -1)])).status).toBe(303)
  })

  test('an empty form of a leader asks for at least one answer', async () => {
    const entered = await enterCode(app, cycle.leader(0))
    const response = await sendAnswers(app, cycle.path('leaders'), entered, [])
    expect(response.status).toBe(422)
    expect(sorted(filledFields(await response.text()))).toEqual(sorted(entered.fields))
  })

  test('typed text that looks like the page’s own marks breaks nothing', async () => {
    const entered = await citizen([organs[0]!])
    const strange = "hidden-fields-of-this-form $& $1 $' {organ} {count} </textarea><script>alert(1)</script>"
    const typed: [string, string][] = [
      [`c.${organs[0]}`, strange],
      ['q.hidden-fields-of-this-form.overall', '1'],
    ]
    const html = await (await sendAnswers(app, inPublic(), entered, typed)).text()
    expect(filledFields(html)).toContainEqual([`c.${organs[0]}`, strange])
    for (const field of entered.fields) expect(filledFields(html)).toContainEqual(field)
    expect(html).not.toContain('<script>alert')
  })
})

describe('the choice of organs', () => {
  test('takes one to three of the cycle, each once, and keeps what was chosen when it is wrong', async () => {
    const entered = await enterPhone(app, inPublic(), '13600000001')
    const choose = (codes: readonly string[]) =>
      sendForm(app, `${inPublic()}/form`, [...entered.fields, ...codes.map((code) => ['o', code] as const)])
    const none = await choose([])
    expect(none.status).toBe(422)
    const four = await choose(organs.slice(0, 4))
    expect(four.status).toBe(422)
    const kept = filledFields(await four.text())
      .filter(([name]) => name === 'o')
      .map(([, code]) => code)
    expect(kept.sort()).toEqual([...organs.slice(0, 4)].sort())
    expect((await choose([organs[0]!, organs[0]!])).status).toBe(400)
    expect((await choose(['elsewhere'])).status).toBe(400)
    expect((await choose(['__proto__'])).status).toBe(400)
    for (const n of [1, 2, 3]) expect((await choose(organs.slice(0, n))).status).toBe(200)
  })

  test('cannot be widened when the answers are sent', async () => {
    const entered = await citizen(organs.slice(0, 1))
    const before = await countAllRows(app)
    const more = [
      ...entered.fields,
      ...organs.slice(1, 4).map((code): [string, string] => ['o', code]),
      ...organs.slice(0, 4).map((code): [string, string] => [`q.${code}.overall`, '1']),
    ]
    expect((await sendForm(app, `${inPublic()}/answer`, more)).status).toBe(400)
    // An organ that was not chosen is an unknown field.
    const other: [string, string][] = [
      [`q.${organs[0]}.overall`, '5'],
      [`q.${organs[1]}.overall`, '1'],
    ]
    expect((await sendAnswers(app, inPublic(), entered, other)).status).toBe(422)
    expect(await countAllRows(app)).toEqual(before)
  })

  test('keeps answers already given on the way back and forth', async () => {
    const entered = await citizen(organs.slice(0, 2))
    const typed: [string, string][] = [
      [`q.${organs[0]}.overall`, '4'],
      [`c.${organs[1]}`, '留着'],
      ['m.sex', 'female'],
    ]
    const back = await sendForm(app, `${inPublic()}/form`, [...entered.fields, ...typed, ['show', 'choose']])
    expect(back.status).toBe(200)
    const chosen = filledFields(await back.text())
    for (const field of typed) expect(chosen).toContainEqual(field)
    const forth = await sendForm(app, `${inPublic()}/form`, chosen)
    expect(sorted(filledFields(await forth.text()))).toEqual(sorted([...entered.fields, ...typed]))
  })

  test('a recipient rates the organ of the receipt and no other', async () => {
    const entered = await enterCode(app, cycle.receipt(organs[0]!))
    const path = cycle.path('recipients')
    const own: [string, string] = [`q.${organs[0]}.overall`, '4']
    expect((await sendAnswers(app, path, entered, [[`q.${organs[1]}.overall`, '1']])).status).toBe(422)
    for (const chosen of [[organs[1]!], [organs[0]!, organs[1]!], ['elsewhere']]) {
      const fields = chosen.map((code): [string, string] => ['o', code])
      expect((await sendAnswers(app, path, entered, [own, ...fields])).status, chosen.join()).toBe(400)
      const json = { v: 1, elig: entered.elig, k: entered.k, organs: chosen, answers: { [organs[0]!]: { overall: 4 } } }
      const refused = await sendJson(app, `${path}/answer`, json)
      expect(refused.status, chosen.join()).toBe(400)
      expect(await refused.json()).toMatchObject({ errors: [{ path: 'organs', code: 'unknown_option' }] })
    }
    const sent = await sendAnswers(app, path, entered, [own, ['o', organs[0]!]])
    expect(sent.status).toBe(303)
    const rows = await look(
      app,
      'SELECT o.code FROM slip AS s JOIN organ AS o ON o.jurisdiction_id = s.jurisdiction_id AND o.id = s.organ_id WHERE s.jurisdiction_id = ? AND s.survey_id = ?',
      [cycle.place.id, cycle.survey('recipients').id],
    )
    expect(rows.map(({ code }) => code)).toEqual([organs[0]])
  })
})

test('a leader rates all organs: naming them is allowed, and naming fewer or others is refused', async () => {
  const entered = await enterCode(app, cycle.leader(3))
  const path = `${cycle.path('leaders')}/answer`
  const send = (chosen: readonly string[]) =>
    sendJson(app, path, {
      v: 1,
      elig: entered.elig,
      k: entered.k,
      organs: chosen,
      answers: { [organs[1]!]: { overall: 4 } },
    })
  for (const chosen of [[organs[1]!], [...organs, 'elsewhere'], [...organs, organs[0]!]]) {
    const refused = await send(chosen)
    expect(refused.status, chosen.join()).toBe(400)
    expect(await refused.json()).toMatchObject({ code: 'bad_request', errors: [{ path: 'organs' }] })
  }
  expect((await send([...organs].reverse())).status).toBe(200)
})

test('when nothing can be stored the filled form comes back with 503, and the same form is accepted later', async () => {
  const own = await createTestApp()
  const place = await createTestCycle(own)
  const organ = place.organs[0]!
  const entered = await citizen([organ], own, place)
  const program = await enterCode(own, place.leader())
  const typed: [string, string][] = [
    [`q.${organ}.overall`, '2'],
    [`q.${organ}.why`, 'slow'],
    [`c.${organ}`, '请保留这段文字'],
    ['m.sex', 'male'],
  ]
  const path = place.path('public')
  // A real outage: another writer takes the file over, so ours must not write any more.
  const successor = await openEmbeddedWriter(own.database.url)
  const refused = await sendAnswers(own, path, entered, typed)
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const html = await refused.text()
  expect(html).toContain('没有提交成功')
  expect(html).toContain('也可以拨打 12345，通过电话评价，或到组织单位填写纸质问卷。')
  expect(sorted(filledFields(html))).toEqual(sorted([...entered.fields, ...typed]))
  const answer = { v: 1, elig: program.elig, k: program.k, answers: { [organ]: { overall: 4 } } }
  const problem = await sendJson(own, `${place.path('leaders')}/answer`, answer)
  expect(problem.status).toBe(503)
  const detail = '也可以拨打 12345，通过电话评价，或到组织单位填写纸质问卷。'
  expect(await problem.json()).toMatchObject({ code: 'try_again', detail })
  expect((await look(own, 'SELECT count(*) AS n FROM roll'))[0]!['n']).toBe(0)
  Object.assign(own.world, { writer: successor })
  receiptOf(await sendForm(own, `${path}/answer`, filledFields(html)))
  expect((await sendJson(own, `${place.path('leaders')}/answer`, answer)).status).toBe(200)
  await successor.stop()
  await own.close()
})

test('a form that was opened in another language stays in it to the receipt', async () => {
  const page = await sendForm(app, '/r?lang=en', [['code', cycle.leader(2)]])
  expect(page.headers.get('content-language')).toBe('en')
  const entered = await readEntered(page)
  expect(entered.html).toContain('<html lang="en">')
  const action = /<form id="f"[^>]* action="([^"]+)"/.exec(entered.html)![1]!.replaceAll('&amp;', '&')
  const sent = await sendForm(app, action, [...entered.fields, [`q.${organs[0]}.overall`, '4']])
  const { location } = receiptOf(sent)
  expect(await (await app.request(location)).text()).toContain('<html lang="en">')
})
