// This file is long because its tests go through one year: each begins where the one before has ended.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noteComment } from '../../db/comment-desk.ts'
import { saveReviews } from '../../db/reviews.ts'
import { saveOrgans } from '../../db/setup.ts'
import { addWebhook, listDeliveries } from '../../db/webhooks.ts'
import { smtpGateway } from '../../server/node/mail.ts'
import { remindOrgans, termReached } from '../../server/reminders.ts'
import { utf8 } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, allLive, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { formOf } from '../support/first-year.ts'
import { type MailServer, replyOf, startMailServer } from '../support/mail-server.ts'
import { bodyOf, signIn } from '../support/respondent.ts'
import { makeStuffedCycle } from '../support/round.ts'
import { sendFiles } from '../support/self-assessment.ts'
import { hireStaff, signInAs, staffPassword } from '../support/staff.ts'
import { good } from '../surveys/definition-files.ts'

// What follows a publication: the organ reads its own results, gets a letter, says how it will do better, and may appeal.

const day = 24 * 3_600_000
let server: MailServer
let gateway: ReturnType<typeof smtpGateway>
let app: TestApp
let cycle: TestCycle
/** The office: who took over the file with the scores, and two more. */
let importer: Desk
let second: Desk
let third: Desk
let officer: Desk
let officerCookie: string
let officerMail: string
let ours: string
let theirs: string
const at = (what: string, organ = ours) => `/office/${cycle.jid}/2026/feedback/${organ}${what}`

beforeAll(async () => {
  server = await startMailServer()
  gateway = smtpGateway(server.url, 'office@example.gov.cn')
  app = await createTestApp({ world: { mail: gateway } })
  const plan = { ...allLive(), followUp: { appeal: 5, rectification: 10, reminders: [2, 0] } }
  cycle = await makeStuffedCycle(app, 0, { plan })
  ;[ours, theirs] = cycle.organs as [string, string]
  const organ = cycle.place.organIds.get(ours)!
  await saveReviews(app.world.writer, cycle.place.proposer, {
    ...{ cycle: cycle.cycle.id, plan, now: app.clock.time },
    reviews: [
      {
        ...{ organ, indicator: 'management.lawful.decisions', lead: '省政府法制办' },
        ...{ score: '92', deduction: '8', reason: '两件规范性文件没有按时备案' },
      },
    ],
  })
  officerMail = await hireStaff(app, cycle, ['organ_officer'])
  await desks()
}, 120_000)
afterAll(async () => {
  gateway?.close()
  await server?.stop()
  await app?.close()
})

/** Everybody signs in: an hour at most passes between two acts of a person. */
async function desks() {
  importer = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
  third = deskOf(app, await signInAs(app, cycle, 'office_admin'))
  officerCookie = await signIn(app, { email: officerMail, password: staffPassword })
  officer = deskOf(app, officerCookie)
}

describe('before the publication', () => {
  test('an organ reads nothing of its results, and nobody can write to it', async () => {
    const page = await officer.page(at(''))
    expect(page.body).toContain('结果还没有公布')
    expect(page.body).not.toContain('80.00')
    const issued = await importer.post(at('/letter/issue'), { seen: '0', text: '' })
    expect(issued.status).toBe(409)
  })
})

/** The first was passed on to the organ, of the second nobody has decided anything. */
const comments = ['请王小明先生回电13800138000', '还没有人看过的意见']

async function keepComment(at: number, text: string) {
  const { id: survey } = cycle.survey('recipients')
  const { proposer, id: place, organIds } = cycle.place
  const id = new Uint8Array(16).fill(at + 1)
  await app.world.writer.transact({
    statements: [
      {
        sql: `INSERT INTO comment (jurisdiction_id, survey_id, id, organ_id, text, salt, state)
          VALUES (?, ?, ?, ?, ?, ?, 'new')`,
        args: [place, survey, id, organIds.get(ours)!, text, new Uint8Array(16)],
      },
    ],
  })
  const note = { survey, id, topic: '', assignee: '', revision: 0, reason: '', now: app.clock.time }
  if (at === 0) await noteComment(app.world.writer, proposer, { ...note, disposal: 'organ' })
}

describe('from the publication on', () => {
  beforeAll(async () => {
    await cycle.publish()
    for (const [at, text] of comments.entries()) await keepComment(at, text)
    await desks()
  }, 60_000)

  test('an organ reads its own results and not a word of another', async () => {
    const page = (await officer.page(at(''))).body
    expect(page).toContain('80.00')
    expect(page).toContain('两件规范性文件没有按时备案')
    expect(page).toContain('请〔姓名〕先生回电〔手机号〕')
    expect(page).not.toContain('还没有人看过的意见')
    // Of one other organ there is no median.
    expect(page).toContain('单位太少')
    const other = cycle.place.organs.find(({ code }) => code === theirs)!
    expect(page).not.toContain(other.nameZh)
    for (const what of ['', '/letter', '/rectification', '/appeals'])
      expect((await officer.page(at(what, theirs))).status).toBe(404)
  })

  test('the office issues a letter with number, problems and term, and the organ confirms it once', async () => {
    const draft = (await importer.page(at('/letter'))).body
    const form = hiddenOf(draft, 'letter/issue')
    const long = await importer.post(at('/letter/issue'), { ...form, text: '字'.repeat(2_001) })
    expect([long.status, long.body.includes('补充说明最多 2000 字')]).toEqual([422, true])
    const text = '请重点改进 <备案> 工作'
    expect((await importer.post(at('/letter/issue'), { ...form, text })).location).toContain('done=issued')
    expect((await second.post(at('/letter/issue'), { ...form, text })).status).toBe(409)
    const letter = (await officer.page(at('/letter'))).body
    for (const words of ['〔2026〕1号', '请重点改进 &lt;备案> 工作', '扣 8 分', '签收反馈函'])
      expect(letter).toContain(words)
    expect((await officer.post(at('/letter/receive'), { number: '1' })).location).toContain('done=received')
    expect((await officer.post(at('/letter/receive'), { number: '1' })).status).toBe(409)
    const list = `/office/${cycle.jid}/2026/feedback`
    expect((await importer.page(list)).body).toContain('第 1 号，已签收')
    const tooLong = await importer.post(list, { text: '字'.repeat(2_001) })
    expect([tooLong.status, tooLong.body.includes('补充说明最多 2000 字')]).toEqual([422, true])
    expect((await importer.page(list)).body).toContain('向还没有反馈函的 1 个单位发出')
    for (let press = 0; press < 2; press++)
      expect((await importer.post(list, { text: '' })).location).toContain('done=issued')
    expect((await look(app, 'SELECT number FROM feedback_letter ORDER BY number')).length).toBe(2)
  })

  const publicPage = async () => {
    const response = await app.request(`/results/${cycle.jid}/2026/rectification?lang=zh-CN`)
    expect(response.status).toBe(200)
    return bodyOf(await response.text())
  }
  const card = { problem: '备案不及时', cause: '人手不足', measure: '每月核对', person: '李四', due: '2026-06-30' }

  test('a measure without an owner or a deadline is kept and not reported; its evidence stays', async () => {
    const pdf = utf8('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n')
    const unowned = { ...card, person: '', due: '', n: '0', version: '0', do: 'submit' }
    const refused = await sendFiles(app, officerCookie, at('/rectification'), unowned, [['file', '台账.pdf', pdf]])
    expect(refused.status).toBe(422)
    for (const words of ['请填写第 1 项的责任人', '请填写第 1 项的期限', '没有报送', '备案不及时', '台账.pdf'])
      expect(refused.body).toContain(words)
    // The office sees no draft.
    expect((await importer.page(at('/rectification'))).body).not.toContain('备案不及时')
    const [file] = /\/office\/[^"?]*\/evidence\/[0-9a-f]{64}/.exec((await officer.page(at('/rectification'))).body)!
    expect([(await officer.page(file!)).status, (await importer.page(file!)).status]).toEqual([200, 404])
    const wrong = await officer.post(at('/rectification'), {
      ...card,
      due: '六月底',
      n: '1',
      version: '1',
      do: 'submit',
    })
    expect([wrong.status, wrong.body.includes('第 1 项的期限应写成日期')]).toEqual([422, true])
    const sent = await officer.post(at('/rectification'), { ...card, n: '1', version: '1', do: 'submit' })
    expect(sent.location).toContain('done=moved')
  })

  test('the office returns it with a note, accepts it, and looks again when it is done', async () => {
    const review = (fields: Record<string, string>) =>
      importer.post(at('/rectification/review'), { n: '1', note: '', ...fields })
    const silent = await review({ version: '2', do: 'return' })
    expect([silent.status, silent.body.includes('请写明意见')]).toEqual([422, true])
    expect((await review({ version: '2', do: 'return', note: '措施要写明谁核对' })).location).toContain('done=moved')
    expect((await officer.page(at('/rectification'))).body).toContain('绩效办意见：措施要写明谁核对')
    const better = { ...card, measure: '法制处每月核对', n: '1', version: '3', do: 'submit' }
    expect((await officer.post(at('/rectification'), better)).status).toBe(303)
    expect((await review({ version: '4', do: 'accept' })).status).toBe(303)
    // What was accepted stays; only the progress is open.
    const changed = await officer.post(at('/rectification'), {
      measure: '不做了',
      progress: '',
      n: '1',
      version: '5',
      do: 'finish',
    })
    expect([changed.status, changed.body.includes('请填写第 1 项的进展')]).toEqual([422, true])
    const stored = (await officer.page(at('/rectification'))).body
    expect(stored).toContain('法制处每月核对')
    expect(stored).not.toContain('不做了')
    const done = { progress: '已核对三个月', n: '1', version: '6', do: 'finish' }
    expect((await officer.post(at('/rectification'), done)).status).toBe(303)
    // What the organ says of its progress is the public's once the office has looked.
    expect(await publicPage()).not.toContain('已核对三个月')
    expect((await review({ version: '7', do: 'reopen', note: '还缺六月的核对记录' })).status).toBe(303)
    expect((await officer.post(at('/rectification'), { ...done, version: '8' })).status).toBe(303)
    expect((await review({ version: '9', do: 'verify' })).status).toBe(303)
    const paper = (await importer.page(at('/rectification/print'))).body
    for (const words of ['整改报告', '法制处每月核对', '李四', '复查通过', '台账.pdf']) expect(paper).toContain(words)
    const rows = await look(app, `SELECT action FROM audit WHERE action LIKE 'rectification.%' ORDER BY seq`)
    expect(rows.map((row) => row['action'])).toEqual([
      ...['rectification.submit', 'rectification.return', 'rectification.submit', 'rectification.accept'],
      ...['rectification.finish', 'rectification.reopen', 'rectification.finish', 'rectification.verify'],
    ])
  })

  test('the public reads what was accepted, and not who answers for it', async () => {
    const open = { ...card, problem: '只写了草稿', n: '0', version: '0', do: 'save' }
    expect((await officer.post(at('/rectification'), open)).status).toBe(303)
    const page = await publicPage()
    for (const words of ['法制处每月核对', '已核对三个月', '进展在复查通过以后公布']) expect(page).toContain(words)
    expect(page).toContain('共 1 项：已完成 1 项，其中复查通过 1 项；逾期 0 项')
    for (const hidden of ['李四', '人手不足', '只写了草稿']) expect(page).not.toContain(hidden)
  })
})

describe('cards', () => {
  const fresh = { problem: '再写一项', cause: '', measure: '', person: '', due: '', n: '0', version: '0', do: 'save' }
  const cards = () => look(app, 'SELECT n, version, state, body FROM rectification ORDER BY n')

  test('of one that was taken away neither the number nor the text comes back', async () => {
    expect((await officer.post(at('/rectification'), fresh)).status).toBe(303)
    const [card] = (await cards()).slice(-1)
    const own = { ...fresh, n: String(card!['n']), version: String(card!['version']) }
    expect((await officer.post(at('/rectification'), { ...own, do: 'remove' })).location).toContain('done=removed')
    expect((await officer.page(at('/rectification'))).body).not.toContain('再写一项')
    expect((await officer.post(at('/rectification'), { ...fresh, problem: '另一项' })).status).toBe(303)
    // A page that was open all the while writes on nothing.
    expect((await officer.post(at('/rectification'), own)).status).toBe(409)
    const [gone, next] = (await cards()).slice(-2)
    expect([gone!['n'], gone!['body'], next!['n']]).toEqual([card!['n'], 'null', Number(card!['n']) + 1])
  })

  test('are at most fifty, with a deadline in three years at most', async () => {
    const late = await officer.post(at('/rectification'), { ...fresh, due: '9999-12-31' })
    expect([late.status, late.body.includes('期限最多在 3 年以内')]).toEqual([422, true])
    await app.world.writer.transact({
      statements: [
        {
          sql: `WITH RECURSIVE more (i) AS (VALUES (100) UNION ALL SELECT i + 1 FROM more WHERE i < 147)
            INSERT INTO rectification
            SELECT jurisdiction_id, cycle_id, organ_id, i, state, version, body, saved_by, saved_at, indicator
            FROM rectification, more WHERE n = 1`,
          args: [],
        },
      ],
    })
    const full = await officer.post(at('/rectification'), fresh)
    expect([full.status, full.body.includes('最多 50 项'), full.body.includes('再写一项')]).toEqual([409, true, true])
    await app.world.writer.transact({ statements: [{ sql: 'DELETE FROM rectification WHERE n >= 100', args: [] }] })
  })
})

describe('the next year', () => {
  test('is offered what was accepted, as an indicator that says where it comes from', async () => {
    const next = {
      ...{ from: '2026', code: '2027', titleZh: '2027年度绩效评估', titleEn: '2027 assessment', phone: '12345' },
      ...{ opens: '2027-03-10T09:00', closes: '2027-03-31T18:00', results: '2027-04-20' },
    }
    expect((await importer.post(`/office/${cycle.jid}/cycles`, next)).status).toBe(303)
    const path = `/office/${cycle.jid}/2027/indicators`
    const page = (await importer.page(path)).body
    expect(page).toContain('法制处每月核对')
    expect(page).not.toContain('只写了草稿')
    const before = `/office/${cycle.jid}/2027/feedback/${ours}`
    for (const [desk, seesDrafts] of [
      [importer, false],
      [officer, true],
    ] as const) {
      const { body } = await desk.page(before)
      expect([body.includes('法制处每月核对'), body.includes('只写了草稿')]).toEqual([true, seesDrafts])
    }
    const added = await importer.post(path, { ...formOf(page, path), do: `offer:${ours}/1` })
    expect(added.status).toBe(200)
    const organ = cycle.place.organs.find(({ code }) => code === ours)!
    expect(Object.values(formOf(added.body, path))).toEqual(
      expect.arrayContaining(['法制处每月核对', `2026年${organ.nameZh}整改措施第 1 项`]),
    )
    expect((await importer.post(path, { ...formOf(page, path), do: `offer:${theirs}/1` })).status).toBe(400)
  })
})

describe('an appeal', () => {
  const reason = '两件文件已按时报备，系统登记有误，附回执'
  const about = 'deduction/management.lawful.decisions'

  test('needs something that it is about and reasons; the same is not filed twice', async () => {
    const empty = await officer.post(at('/appeals'), { seen: '0', about: '', reason: '不服' })
    expect(empty.status).toBe(422)
    expect(empty.body).toContain('请选择申诉事项')
    expect(empty.body).toContain('请写明理由，至少 10 字')
    expect((await officer.post(at('/appeals'), { seen: '0', about, reason })).location).toContain('done=filed')
    expect((await officer.post(at('/appeals'), { seen: '1', about, reason })).status).toBe(409)
  })

  test('is not decided by whoever took over the score, and accepted by two others', async () => {
    const involved = await importer.page(at('/appeals'))
    expect(involved.body).toContain('您参与过这次扣分')
    const accept = { n: '1', do: 'accept', reason: '回执属实，其中一件按时报备', points: '4' }
    const refused = await importer.post(at('/appeals/decide'), accept)
    expect([refused.status, refused.body.includes('您参与过这次扣分')]).toEqual([403, true])
    const more = await second.post(at('/appeals/decide'), { ...accept, points: '9' })
    expect([more.status, more.body.includes('改后的扣分应少于 8 分')]).toEqual([422, true])
    expect((await second.post(at('/appeals/decide'), accept)).location).toContain('done=proposed')
    expect((await third.page(`/office/${cycle.jid}/approvals`)).body).toContain(at('/appeals'))
    // Nor is the proposal sent back on the page of all decisions, by whoever had a part in it.
    const [waits] = await look(
      app,
      "SELECT id, lower(hex(payload_hash)) AS hash FROM approvals WHERE state = 'proposed'",
    )
    const back = { id: String(waits!['id']), hash: String(waits!['hash']), decision: 'return', reason: accept.reason }
    expect((await importer.post(`/office/${cycle.jid}/approvals/decide`, back)).status).toBe(400)
    expect(await look(app, 'SELECT state FROM approvals WHERE id = ?', [back.id])).toMatchObject([
      { state: 'proposed' },
    ])
    const own = await second.post(at('/appeals/decide'), { n: '1', do: 'agree' })
    expect([own.status, own.body.includes('不能同意自己提出的决定')]).toEqual([403, true])
    expect((await officer.page(at('/appeals'))).body).not.toContain('其中一件按时报备')
    expect((await third.post(at('/appeals/decide'), { n: '1', do: 'agree' })).location).toContain('done=decided')
    expect((await third.post(at('/appeals/decide'), { n: '1', do: 'agree' })).status).toBe(409)
    const [row] = await look(app, 'SELECT score, deduction FROM review WHERE organ_id = ? AND indicator = ?', [
      cycle.place.organIds.get(ours)!,
      'management.lawful.decisions',
    ])
    expect(row).toMatchObject({ score: '96', deduction: '4' })
    const told = (await officer.page(at('/appeals'))).body
    expect(told).toContain('扣分由 8 改为 4')
    expect(told).toContain('公布的结果还没有更正')
  })

  test('is called corrected by a version that has the new score, and by no other', async () => {
    const decidedAt = async (time: number) =>
      app.world.writer.transact({ statements: [{ sql: 'UPDATE appeal SET decided_at = ? WHERE n = 1', args: [time] }] })
    const time = app.clock.time
    // As if it had been decided before the first version, which has the old score.
    await decidedAt(1)
    expect((await officer.page(at('/appeals'))).body).toContain('公布的结果还没有更正')
    await decidedAt(time)
    app.clock.time += 1_000
    const erratum = { zh: '一件申诉得到支持，扣分由 8 改为 4', en: 'An appeal was accepted: 4 points off instead of 8' }
    const proposed = await second.post(`/office/${cycle.jid}/2026/publication/act`, { act: 'correct', ...erratum })
    expect(proposed.location).toContain('done=correct')
    const [waits] = await look(
      app,
      "SELECT id, lower(hex(payload_hash)) AS hash FROM approvals WHERE state = 'proposed'",
    )
    const yes = { id: String(waits!['id']), hash: String(waits!['hash']), decision: 'approve' }
    expect((await third.post(`/office/${cycle.jid}/approvals/decide`, yes)).location).toContain('done=approved')
    expect((await officer.page(at('/appeals'))).body).toContain('已在第 2 版结果中更正')
  })

  test('against ratings is turned down by one person, with the decision on record', async () => {
    const { sid } = cycle.survey('recipients')
    const rated = { seen: '1', about: `rating/${sid}`, reason: '三月五日集中出现二十五份最低评价' }
    expect((await officer.post(at('/appeals'), rated)).status).toBe(303)
    const decision = '筛查没有发现异常，评价分布与往日相同'
    expect((await second.post(at('/appeals/decide'), { n: '2', do: 'reject', reason: decision })).status).toBe(303)
    expect((await officer.page(at('/appeals'))).body).toContain(decision)
    const [row] = await look(app, `SELECT reason FROM audit WHERE action = 'appeal.reject'`)
    expect(row?.['reason']).toBe(decision)
  })

  test('is not filed where an organ has filed twenty', async () => {
    await app.world.writer.transact({
      statements: [
        {
          sql: `WITH RECURSIVE more (i) AS (VALUES (3) UNION ALL SELECT i + 1 FROM more WHERE i < 20)
            INSERT INTO appeal SELECT jurisdiction_id, cycle_id, organ_id, i, kind, indicator, lead, deduction, survey_id, reason,
              filed_by, filed_at, state, new_deduction, decision, decided_by, agreed_by, decided_at
            FROM appeal, more WHERE n = 2 AND i > (SELECT max(n) FROM appeal)`,
          args: [],
        },
      ],
    })
    const more = await officer.post(at('/appeals'), { seen: '20', about, reason })
    expect([more.status, more.body.includes('最多提出 20 件申诉')]).toEqual([409, true])
    await app.world.writer.transact({
      statements: [{ sql: "DELETE FROM appeal WHERE n > 2 AND kind = 'rating'", args: [] }],
    })
  })

  test('after its last day is refused with a sentence', async () => {
    app.clock.time += 14 * day
    await desks()
    const late = await officer.post(at('/appeals'), { seen: '2', about, reason: '过了期限才想起来要申诉' })
    expect(late.status).toBe(409)
    expect(late.body).toContain('申诉期限已过')
    expect((await look(app, 'SELECT 1 FROM appeal')).length).toBe(2)
  })
})

describe('reminders', () => {
  const sentTo = () => server.taken.filter(({ to }) => to === officerMail).length
  const told = async () =>
    (await listDeliveries(app.world.db, cycle.place.proposer, 50)).filter(({ type }) => type === 'rectification.due')
  const nine = (yyyymmdd: number) =>
    Date.UTC(Math.floor(yyyymmdd / 10_000), (Math.floor(yyyymmdd / 100) % 100) - 1, yyyymmdd % 100, 1)

  test('come once on each of their days, by mail, message and task list, and programs are told on the last', async () => {
    const hook = { url: 'https://example.gov.cn/', events: ['rectification.due'] as const, salt: new Uint8Array(16) }
    await addWebhook(app.world.writer, cycle.place.proposer, { ...hook, now: app.clock.time })
    const wrong = await officer.post('/office/account/act', { act: 'phone', phone: '12345' })
    expect([wrong.status, wrong.body.includes('请填写 11 位手机号'), wrong.body.includes('12345')]).toEqual([
      422,
      true,
      true,
    ])
    expect((await officer.post('/office/account/act', { act: 'phone', phone: '138 0013 8000' })).status).toBe(303)
    // A new letter, due in ten working days.
    const form = hiddenOf((await importer.page(at('/letter'))).body, 'letter/issue')
    expect((await importer.post(at('/letter/issue'), { ...form, text: '' })).status).toBe(303)
    await officer.post(at('/letter/receive'), { number: '3' })
    const [letter] = await look(app, 'SELECT due FROM feedback_letter WHERE number = 3')
    const due = Number(letter!['due'])
    const before = sentTo()
    await remindOrgans(app.world)
    expect(sentTo()).toBe(before)
    // Of the other organ, whose day is over.
    const late = (await told()).length
    expect(late).toBe(1)
    app.clock.time = nine(due) - 3_600_000
    await remindOrgans(app.world)
    // Not before nine.
    expect(sentTo()).toBe(before)
    app.clock.time = nine(due)
    for (let round = 0; round < 3; round++) await remindOrgans(app.world)
    expect(sentTo()).toBe(before + 1)
    // Nobody's account names a language: Chinese, and English below it.
    const inBoth = expect.stringMatching(/报送整改措施[\s\S]*\n[\s\S]*Report the rectification/)
    expect(app.messages.filter(({ phone }) => phone === '+8613800138000').map(({ text }) => text)).toEqual([inBoth])
    const mail = server.taken.filter(({ to }) => to === officerMail).at(-1)!
    expect(mail.body).toEqual(inBoth)
    expect(mail.body).toContain('<div lang="en">')
    expect((await told()).length).toBe(late + 1)
    await desks()
    const home = (await officer.page('/office')).body
    expect(home).toContain('报送整改措施')
    expect(home).toContain('今天到期')
    app.clock.time += day
    await remindOrgans(app.world)
    expect(sentTo()).toBe(before + 1)
    await desks()
    expect((await officer.page('/office')).body).toContain('▲ 已逾期')
  })

  test('wait while the mail server takes none, and one whose fate is unknown is not sent again', async () => {
    const form = hiddenOf((await importer.page(at('/letter'))).body, 'letter/issue')
    await importer.post(at('/letter/issue'), { ...form, text: '' })
    await officer.post(at('/letter/receive'), { number: '4' })
    const [letter] = await look(app, 'SELECT due FROM feedback_letter WHERE number = 4')
    const due = Number(letter!['due'])
    app.clock.time = Date.UTC(Math.floor(due / 10_000), (Math.floor(due / 100) % 100) - 1, due % 100, 1)
    const before = sentTo()
    server.onMessage = () => {
      throw replyOf(451, 'try later')
    }
    await remindOrgans(app.world)
    expect(sentTo()).toBe(before)
    server.onMessage = () => {}
    await remindOrgans(app.world)
    expect(sentTo()).toBe(before + 1)
    await app.world.writer.transact({
      statements: [{ sql: `UPDATE reminder SET state = 'claimed' WHERE via = 'mail' AND due = ?`, args: [due] }],
    })
    await remindOrgans(app.world)
    expect(sentTo()).toBe(before + 1)
    expect(await look(app, `SELECT state FROM reminder WHERE via = 'mail' AND due = ?`, [due])).toEqual([
      expect.objectContaining({ state: 'unknown' }),
    ])
  })

  /** Issues another letter and answers the day until which it is to be answered. */
  const issue = async (number: number): Promise<number> => {
    await desks()
    const form = hiddenOf((await importer.page(at('/letter'))).body, 'letter/issue')
    expect((await importer.post(at('/letter/issue'), { ...form, text: '' })).status).toBe(303)
    const [letter] = await look(app, 'SELECT due FROM feedback_letter WHERE number = ?', [number])
    return Number(letter!['due'])
  }

  test('that had to wait are not sent once what they ask for is done, at night, or after the last day', async () => {
    app.clock.time = nine(await issue(5))
    const before = sentTo()
    server.onMessage = () => {
      throw replyOf(451, 'try later')
    }
    await remindOrgans(app.world)
    server.onMessage = () => {}
    await desks()
    expect((await officer.post(at('/letter/receive'), { number: '5' })).status).toBe(303)
    app.clock.time -= 2 * 3_600_000
    await remindOrgans(app.world)
    expect(sentTo()).toBe(before)
    app.clock.time += 2 * 3_600_000
    await remindOrgans(app.world)
    // Of the letter that is confirmed nothing is said any more.
    expect(sentTo()).toBe(before + 1)
    app.clock.time = nine(await issue(6))
    server.onMessage = () => {
      throw replyOf(451, 'try later')
    }
    await remindOrgans(app.world)
    server.onMessage = () => {}
    app.clock.time += day
    await remindOrgans(app.world)
    expect(sentTo()).toBe(before + 1)
  })

  test('of programs come once, also when nothing ran on the last day', async () => {
    const before = (await told()).length
    app.clock.time = nine(await issue(7)) + day
    for (let round = 0; round < 3; round++) await remindOrgans(app.world)
    expect((await told()).length).toBe(before + 1)
  })

  test('say that a Sunday is the last day on that Sunday and not on the Friday before', async () => {
    expect([termReached([5, 1, 0], 20260830, 20260828), termReached([5, 1, 0], 20260830, 20260830)]).toEqual([1, 0])
    await desks()
    const [latest] = await look(app, 'SELECT max(n) AS n FROM rectification')
    const n = String(Number(latest!['n']) + 1)
    const card = { problem: '周日到期', cause: '原因', measure: '周日完成', person: '李四', due: '2026-08-30' }
    const sent = await officer.post(at('/rectification'), { ...card, n: '0', version: '0', do: 'submit' })
    expect(sent.status).toBe(303)
    const accept = { n, version: '1', do: 'accept', note: '' }
    expect((await importer.post(at('/rectification/review'), accept)).status).toBe(303)
    const before = (await told()).length
    for (const [date, isDue] of [
      [20260828, false],
      [20260830, true],
    ] as const) {
      app.clock.time = nine(date)
      await remindOrgans(app.world)
      await desks()
      const home = (await officer.page('/office')).body
      expect([home.includes('今天到期'), (await told()).length - before]).toEqual([isDue, Number(isDue)])
    }
  })
})

describe('a measure about an indicator', () => {
  const indicator = 'management.efficient.staffing'
  const card = {
    problem: '超编进人',
    cause: '计划不严',
    measure: '按季核编',
    person: '李四',
    due: '2026-10-30',
    indicator,
  }
  const publicPage = async () =>
    bodyOf(await (await app.request(`/results/${cycle.jid}/2026/rectification?lang=zh-CN`)).text())
  const queue = () => `/office/${cycle.jid}/2026/rectification`
  let lead: Desk
  let stranger: Desk
  let n: string
  const stored = async () => (await look(app, 'SELECT state, version FROM rectification WHERE n = ?', [Number(n)]))[0]!
  /** The office's move on the card as it is now. */
  const office = async (move: string, note = '') =>
    importer.post(at('/rectification/review'), { n, version: String((await stored())['version']), do: move, note })
  const organ = async (fields: Record<string, string>) =>
    officer.post(at('/rectification'), { ...fields, n, version: String((await stored())['version']) })

  beforeAll(async () => {
    await desks()
    const [latest] = await look(app, 'SELECT max(n) + 1 AS n FROM rectification')
    n = String(latest!['n'])
    // Two departments that nobody assesses here; the first leads the indicator.
    const departments = ['省编办', '省财政厅'].map((nameZh, i) => ({
      ...{ code: `department-${i}`, class: 'government' as const, initials: '', keywords: [] },
      ...{ nameZh, nameEn: nameZh, shortZh: nameZh, shortEn: nameZh },
    }))
    const ids = good(
      await saveOrgans(app.world.writer, cycle.place.proposer, { organs: departments, now: app.clock.time }),
    )
    const hire = async (code: string) =>
      deskOf(
        app,
        await signIn(app, {
          email: await hireStaff(app, cycle, ['reviewer'], ids.get(code)!),
          password: staffPassword,
        }),
      )
    lead = await hire('department-0')
    stranger = await hire('department-1')
  }, 30_000)

  test('is reviewed by its lead department before the office accepts it', async () => {
    const odd = await officer.post(at('/rectification'), {
      ...card,
      indicator: 'nothing',
      n: '0',
      version: '0',
      do: 'submit',
    })
    expect(odd.status).toBe(400)
    const sent = await officer.post(at('/rectification'), { ...card, n: '0', version: '0', do: 'submit' })
    expect(sent.location).toContain('done=moved')
    const early = await office('accept')
    expect([early.status, early.body.includes('等牵头部门（省编办）审核')]).toEqual([409, true])
    expect((await stranger.page(queue())).body).not.toContain('按季核编')
    const own = { organ: ours, n, version: '1', note: '' }
    expect((await stranger.post(queue(), { ...own, do: 'agree' })).status).toBe(409)
    expect((await officer.page(queue())).status).toBe(403)
    expect((await lead.page(queue())).body).toContain('按季核编')
    const silent = await lead.post(queue(), { ...own, do: 'object' })
    expect([silent.status, silent.body.includes('请写明意见')]).toEqual([422, true])
    expect((await lead.post(queue(), { ...own, do: 'object', note: '要写明核编的部门' })).location).toContain('done=1')
    expect((await officer.page(at('/rectification'))).body).toContain('牵头部门（省编办）有意见：要写明核编的部门')
    expect((await office('return', '按牵头部门意见补充')).status).toBe(303)
    // What it said was about the earlier plan.
    expect((await organ({ ...card, measure: '人事处按季核编', do: 'submit' })).status).toBe(303)
    expect((await office('accept')).status).toBe(409)
    const version = String((await stored())['version'])
    expect((await lead.post(queue(), { ...own, version, do: 'agree' })).status).toBe(303)
    expect((await office('accept')).status).toBe(303)
    expect((await lead.page(queue())).body).toContain('没有等你单位审核的整改措施')
    expect(await publicPage()).toContain('人事处按季核编')
  })

  test('that is put right or withdrawn leaves a note for everybody, and nothing that is not accepted', async () => {
    expect((await office('correct')).status).toBe(422)
    expect((await office('correct', '期限写错')).status).toBe(303)
    expect((await organ({ ...card, measure: '尚未通过的新写法', due: '2026-10-16', do: 'save' })).status).toBe(303)
    const meanwhile = await publicPage()
    expect(meanwhile).toMatch(/正在更正[\s\S]*退回更正：期限写错/)
    for (const hidden of ['人事处按季核编', '尚未通过的新写法']) expect(meanwhile).not.toContain(hidden)
    expect((await organ({ ...card, due: '2026-10-16', do: 'submit' })).status).toBe(303)
    // Nobody of the lead department says anything for five working days.
    app.clock.time += 8 * day
    await desks()
    expect((await office('accept')).status).toBe(303)
    expect(await publicPage()).toMatch(/2026-10-16[\s\S]*退回更正：期限写错/)
  })

  test('is late by working days, for everybody to see, also once it is done', async () => {
    const friday = Date.UTC(2026, 9, 16, 2)
    for (const [days, isLate] of [
      [1, false],
      [3, true],
    ] as const) {
      app.clock.time = friday + days * day
      await desks()
      for (const page of [await publicPage(), (await importer.page(at('/rectification'))).body])
        expect([days, page.includes('已逾期 1 个工作日')]).toEqual([days, isLate])
    }
    app.clock.time = friday + 4 * day
    await desks()
    expect((await organ({ progress: '已核编', do: 'finish' })).status).toBe(303)
    app.clock.time += 30 * day
    await desks()
    expect(await publicPage()).toContain('逾期 2 个工作日完成')
    expect((await office('withdraw', '并入第一项一起整改')).status).toBe(303)
    expect(await stored()).toMatchObject({ state: 'withdrawn' })
    expect(await publicPage()).toContain('撤回：并入第一项一起整改')
    expect((await organ({ progress: '再写', do: 'save' })).status).toBe(409)
  })
})
