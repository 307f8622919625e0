import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCells } from '../../db/tallies.ts'
import { systemScope } from '../../server/guard.ts'
import publicForm from '../../surveys/forms/public.json' with { type: 'json' }
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countAllRows, createTestCycle, hexOf, look, type TestCycle } from '../support/cycle.ts'
import {
  chooseOrgans,
  type Entered,
  enterCode,
  enterPhone,
  readEntered,
  receiptOf,
  sendAnswers,
  sendForm,
  sendJson,
  sha256,
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

let phones = 0
async function citizen(chosen: readonly string[]): Promise<Entered> {
  phones += 1
  const entered = await enterPhone(app, cycle.path('public'), `139000${String(phones).padStart(5, '0')}`)
  return chooseOrgans(app, cycle.path('public'), entered, chosen)
}

const leaders = () => cycle.path('leaders')
const inPublic = () => cycle.path('public')
const json = (entered: Entered, rest: object) => ({ v: 1, elig: entered.elig, k: entered.k, ...rest })

/** Slips of a survey by organ number, and the people on its roll. */
async function counted(group: 'leaders' | 'recipients' | 'public' | 'open') {
  const { id } = cycle.survey(group)
  const [row] = await look(
    app,
    `SELECT (SELECT count(*) FROM roll WHERE jurisdiction_id = ?1 AND survey_id = ?2) AS people,
      (SELECT count(*) FROM spent WHERE jurisdiction_id = ?1 AND survey_id = ?2) AS tags,
      (SELECT count(*) FROM slip WHERE jurisdiction_id = ?1 AND survey_id = ?2) AS slips,
      (SELECT count(*) FROM comment WHERE jurisdiction_id = ?1 AND survey_id = ?2) AS comments,
      (SELECT coalesce(sum(n), 0) FROM participation WHERE jurisdiction_id = ?1 AND survey_id = ?2) AS counted`,
    [cycle.place.id, id],
  )
  return {
    people: Number(row!['people']),
    tags: Number(row!['tags']),
    slips: Number(row!['slips']),
    comments: Number(row!['comments']),
    counted: Number(row!['counted']),
  }
}

describe('one ticket', () => {
  test('D1: sixty-four simultaneous equal submissions, as form and as JSON, count once and get one receipt', async () => {
    const entered = await enterCode(app, cycle.leader(0))
    const before = await counted('leaders')
    const responses = await Promise.all(
      Array.from({ length: 64 }, (_, at) =>
        at % 2 === 0
          ? sendAnswers(app, leaders(), entered, [
              [`q.${organs[0]}.overall`, '4'],
              [`c.${organs[0]}`, '很好'],
            ])
          : sendJson(
              app,
              `${leaders()}/answer`,
              json(entered, { answers: { [organs[0]!]: { overall: 4 } }, comments: { [organs[0]!]: ' 很好\r\n' } }),
            ),
      ),
    )
    const receipts = new Set<string>()
    const outcomes: string[] = []
    for (const [at, response] of responses.entries()) {
      if (at % 2 === 0) {
        const { tag, signature } = receiptOf(response)
        receipts.add(`${tag}.${signature}`)
      } else {
        expect(response.status).toBe(200)
        const body = (await response.json()) as { outcome: string; receipt: { tag: string; sig: string } }
        outcomes.push(body.outcome)
        receipts.add(`${body.receipt.tag}.${body.receipt.sig}`)
      }
    }
    expect(receipts.size).toBe(1)
    expect(outcomes.filter((outcome) => outcome === 'accepted').length).toBeLessThanOrEqual(1)
    expect(await counted('leaders')).toEqual({
      people: before.people + 1,
      tags: before.tags + 1,
      slips: before.slips + 1,
      comments: before.comments + 1,
      counted: before.counted + 1,
    })
  })

  test('D2: of sixty-four different answers the first stands, the others are spent and leave nothing', async () => {
    const code = cycle.receipt(organs[0]!)
    const entered = await enterCode(app, code)
    const before = await counted('recipients')
    const path = cycle.path('recipients')
    const responses = await Promise.all(
      Array.from({ length: 64 }, (_, at) =>
        at % 2 === 0
          ? sendAnswers(app, path, entered, [
              [`q.${organs[0]}.overall`, '5'],
              [`c.${organs[0]}`, `意见 ${at}`],
            ])
          : sendJson(
              app,
              `${path}/answer`,
              json(entered, { answers: { [organs[0]!]: { overall: 1 } }, comments: { [organs[0]!]: `意见 ${at}` } }),
            ),
      ),
    )
    const won = responses.filter((response) => response.status === 200 || response.status === 303)
    const spent = responses.filter((response) => response.status === 409)
    expect([won.length, spent.length]).toEqual([1, 63])
    expect(await counted('recipients')).toEqual({
      people: before.people + 1,
      tags: before.tags + 1,
      slips: before.slips + 1,
      comments: before.comments + 1,
      counted: before.counted + 1,
    })
    for (const response of spent) {
      const text = await response.text()
      if (response.headers.get('content-type')!.startsWith('text/html')) {
        expect(text).toContain('您已经评价过了')
        expect(text).toContain('12345')
      } else expect(JSON.parse(text)).toMatchObject({ status: 409, code: 'spent' })
      expect(text).not.toContain('意见')
    }
    const kept = await look(app, 'SELECT text FROM comment WHERE jurisdiction_id = ? AND survey_id = ?', [
      cycle.place.id,
      cycle.survey('recipients').id,
    ])
    expect(kept).toHaveLength(1)
    // The code itself says the same, before another form is filled in vain.
    expect((await sendForm(app, '/r', [['code', code]])).status).toBe(409)
  })

  test('D3: whoever gets no reply and sends again gets the same receipt, at once or a day later', async () => {
    const entered = await enterCode(app, cycle.leader(1))
    const answers = organs.map((organ) => [`q.${organ}.overall`, '3'] as const)
    const first = receiptOf(await sendAnswers(app, leaders(), entered, answers))
    const before = await countAllRows(app)
    for (const wait of [0, 1_000, 5 * 3_600_000]) {
      app.clock.time += wait
      expect(receiptOf(await sendAnswers(app, leaders(), entered, answers))).toEqual(first)
    }
    app.clock.time -= 5 * 3_600_000 + 1_000
    expect(await countAllRows(app)).toEqual(before)
  })

  test('the same answers about organs in another order are the same response', async () => {
    const entered = await citizen(organs.slice(0, 3))
    const path = `${inPublic()}/answer`
    const answers = Object.fromEntries(organs.slice(0, 3).map((organ, at) => [organ, { overall: 5 - at }]))
    const turned = Object.fromEntries(Object.entries(answers).reverse())
    const comments = { [organs[0]!]: '一', [organs[1]!]: '二' }
    const send = (body: object) => sendJson(app, path, json(entered, body))
    const first = await (await send({ organs: organs.slice(0, 3), answers, comments })).json()
    expect(first).toMatchObject({ outcome: 'accepted' })
    const again = await (
      await send({
        organs: [...organs.slice(0, 3)].reverse(),
        answers: turned,
        comments: Object.fromEntries(Object.entries(comments).reverse()),
      })
    ).json()
    expect(again).toEqual({ ...(first as object), outcome: 'replayed' })
    // Control: one other answer is another response.
    expect(
      (await send({ organs: organs.slice(0, 3), answers: { ...answers, [organs[0]!]: { overall: 1 } }, comments }))
        .status,
    ).toBe(409)
  })

  test('two people who send the same request key are two people', async () => {
    const [one, two] = [await enterCode(app, cycle.leader(2)), await enterCode(app, cycle.leader(3))]
    const send = (entered: Entered) =>
      sendJson(app, `${leaders()}/answer`, {
        ...json(entered, { answers: { [organs[0]!]: { overall: 4 } } }),
        k: 'A'.repeat(43),
      })
    const [first, second] = [await (await send(one)).json(), await (await send(two)).json()]
    expect(first).toMatchObject({ outcome: 'accepted' })
    expect(second).toMatchObject({ outcome: 'accepted' })
    expect((first as { receipt: { tag: string } }).receipt.tag).not.toBe(
      (second as { receipt: { tag: string } }).receipt.tag,
    )
  })

  test('a receipt of one ticket is no ticket', async () => {
    const entered = await enterCode(app, cycle.leader(4))
    const { tag } = receiptOf(await sendAnswers(app, leaders(), entered, [[`q.${organs[0]}.overall`, '4']]))
    const code = tag.replace(/[-_]/g, '').slice(0, 16)
    expect((await sendForm(app, '/r', [['code', code]])).status).toBe(404)
    expect((await sendJson(app, `${leaders()}/answer`, { v: 1, elig: tag, k: entered.k, answers: {} })).status).toBe(
      404,
    )
  })
})

describe('what is stored', () => {
  test('is the tag that anybody can compute from pseudonym and request key, and the pseudonym of the right person', async () => {
    const entered = await enterCode(app, cycle.leader(5))
    const { tag } = receiptOf(await sendAnswers(app, leaders(), entered, [[`q.${organs[0]}.overall`, '4']]))
    const survey = `${cycle.jid}/${cycle.survey('leaders').sid}`
    const p = Buffer.from(await app.world.keys.pseudonym(survey, 'roster:l006'))
    // SHA-256("gp1|tag|live|" + p + k), ballot-protocol section 7.
    const expected = sha256(Buffer.concat([Buffer.from('gp1|tag|live|'), p, Buffer.from(entered.k, 'base64url')]))
    expect(tag).toBe(expected.toString('base64url'))
    const [row] = await look(app, `SELECT count(*) AS n FROM roll WHERE hex(p) = ?`, [p.toString('hex').toUpperCase()])
    expect(row!['n']).toBe(1)
    const [spent] = await look(app, 'SELECT tag FROM spent WHERE hex(tag) = ?', [
      expected.toString('hex').toUpperCase(),
    ])
    expect(hexOf(spent!['tag'])).toBe(expected.toString('hex'))
  })

  test('the three groups and the open channel each bring their answers into their own survey and class', async () => {
    const citizenForm = await citizen([organs[1]!])
    const answered = await sendAnswers(app, inPublic(), citizenForm, [
      [`q.${organs[1]}.overall`, '5'],
      [`q.${organs[1]}.attitude`, '4'],
      ['m.city', 'yunhu'],
      ['m.age', 'age60'],
    ])
    expect(answered.status).toBe(303)
    const open = await sendForm(app, `${cycle.path('open')}/open`, [['altcha', '']])
    const html = await open.text()
    const fields = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(
      ([, name, value]): [string, string] => [name!, value!],
    )
    const visitor = await sendForm(app, `${cycle.path('open')}/answer`, [
      ...fields,
      ['o', organs[1]!],
      [`q.${organs[1]}.overall`, '1'],
    ])
    expect(visitor.status).toBe(303)
    const slips = async (group: 'public' | 'open') =>
      look(app, 'SELECT cell, answers, day FROM slip WHERE jurisdiction_id = ? AND survey_id = ? ORDER BY cell', [
        cycle.place.id,
        cycle.survey(group).id,
      ])
    // Question order of the form: overall, efficiency, attitude, law, open, clean, why. 2026-03-02 in China.
    expect(await slips('open')).toMatchObject([
      { cell: 'open|all|-|1|__missing|__missing|__missing', answers: '[1,-1,-1,-1,-1,-1,0]', day: 20260302 },
    ])
    expect((await slips('public')).map(({ cell, answers }) => `${cell} ${answers}`)).toContain(
      'sampled|all|-|1|yunhu|age60|__missing [5,-1,4,-1,-1,-1,0]',
    )
    const parsed = parseQuestionnaire(publicForm)
    const spec = tallySpec(parsed.ok ? parsed.value : (undefined as never))
    const [publicId, openId] = [cycle.survey('public').id, cycle.survey('open').id]
    const cells = await readCells(
      app.world.db,
      systemScope(cycle.place.id),
      new Map([
        [publicId, spec],
        [openId, spec],
      ]),
    )
    const organ = cycle.place.organIds.get(organs[1]!)!
    expect(
      cells
        .get(openId)!
        .get(organ)!
        .map(({ cell, sums }) => [cell, sums.slips]),
    ).toEqual([['open|all|-|1|__missing|__missing|__missing', 1]])
  })

  test('a channel is counted only when it belongs to the survey', async () => {
    const own = cycle.survey('public').channels[0]!.code
    const foreign = cycle.survey('open').channels[0]!.code
    const perChannel = async () =>
      Object.fromEntries(
        (
          await look(app, 'SELECT channel, n FROM participation WHERE jurisdiction_id = ? AND survey_id = ?', [
            cycle.place.id,
            cycle.survey('public').id,
          ])
        ).map(({ channel, n }) => [String(channel), Number(n)]),
      )
    const before = await perChannel()
    for (const channel of [own, foreign, 'nonsense', '']) {
      const entered = await citizen([organs[0]!])
      const fields = entered.fields.filter(([name]) => name !== 'ch')
      const sent = await sendForm(app, `${inPublic()}/answer`, [
        ...fields,
        ['ch', channel],
        [`q.${organs[0]}.overall`, '4'],
      ])
      expect(sent.status).toBe(303)
    }
    const after = await perChannel()
    expect(after[own]).toBe((before[own] ?? 0) + 1)
    expect(after['direct']).toBe((before['direct'] ?? 0) + 3)
    expect(Object.keys(after).sort()).toEqual([...new Set([...Object.keys(before), own, 'direct'])].sort())
  })
})

describe('a poster for holders of a code', () => {
  test('is counted as the way in, from the QR code over a mistyped code to the answer', async () => {
    const { id, channels } = cycle.survey('recipients')
    const channel = channels[0]!.code
    const hrefs = (html: string) =>
      [...html.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, address]) => address!.replaceAll('&amp;', '&'))
    const toStart = (await app.request(`/q/${channel}`)).headers.get('location')!
    const startPage = await (await app.request(toStart)).text()
    const toCode = hrefs(startPage).find((href) => href.startsWith('/r?'))!
    const codePage = async (address: string) => (await app.request(address)).text()
    const action = (html: string) =>
      hrefs(html)
        .filter((href) => href.startsWith('/r?'))
        .at(-1)!
    // In the other language the page still knows it, and so does the one that comes back with a problem.
    const inEnglish = hrefs(await codePage(toCode)).find((href) => href.startsWith('/r?lang=en'))!
    const mistyped = await sendForm(app, action(await codePage(inEnglish)), [['code', 'ABC']])
    expect(mistyped.status).toBe(422)
    const entered = await readEntered(
      await sendForm(app, action(await mistyped.text()), [['code', cycle.receipt(organs[0]!)]]),
    )
    const sent = await sendAnswers(app, cycle.path('recipients'), entered, [[`q.${organs[0]}.overall`, '4']])
    expect(sent.status).toBe(303)
    const rows = await look(app, 'SELECT n FROM participation WHERE survey_id = ? AND channel = ?', [id, channel])
    expect(rows.map(({ n }) => Number(n))).toEqual([1])
    // Whoever has no poster, or an invented one, gets the plain page.
    expect(await codePage('/r?lang=en&ch=nowhere')).toBe(await codePage('/r?lang=en'))
  })
})

describe('after the close', () => {
  test('the first response still gets its receipt again, and nobody else gets in', async () => {
    const closing = await createTestCycle(app)
    const path = closing.path('leaders')
    const answers = [[`q.${closing.organs[0]}.overall`, '4']] as const
    const entered = await enterCode(app, closing.leader(0))
    const late = await enterCode(app, closing.leader(1))
    const first = receiptOf(await sendAnswers(app, path, entered, answers))
    await closing.close()
    // Within the six hours of the forms that were opened before the end.
    app.clock.time = closing.opensAt + 2 * 3_600_000
    expect(receiptOf(await sendAnswers(app, path, entered, answers))).toEqual(first)
    const page = await sendAnswers(app, path, late, answers)
    expect(page.status).toBe(410)
    expect(await page.text()).toContain('提交时测评已经结束')
    const answer = { [closing.organs[0]!]: { overall: 4 } }
    const refused = await sendJson(app, `${path}/answer`, json(late, { answers: answer }))
    expect(refused.status).toBe(410)
    expect(await refused.json()).toMatchObject({ code: 'closed' })
    // Another response of somebody who has answered: the state is decided before the ticket.
    expect((await sendAnswers(app, path, entered, [[`q.${closing.organs[0]}.overall`, '1']])).status).toBe(410)
  })
})
