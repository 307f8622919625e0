// Long because one survey is followed from its auditor's key to the destruction of its roll.
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Change, Unavailable } from '../../db/database.ts'
import { moveSurvey } from '../../db/setup.ts'
import { recountSurvey } from '../../db/tallies.ts'
import type { Item } from '../../db/writer/items.ts'
import { systemScope } from '../../server/guard.ts'
import { auditKeyText, makeAuditKey } from '../../server/node/audit-key.ts'
import { nodeBundleTools, openBundle } from '../../server/node/bundle-reading.ts'
import { preparePublication, publishBundle } from '../../server/publications.ts'
import { makeReady } from '../../server/ready.ts'
import { retireOldSurveys } from '../../server/retirement.ts'
import { base64url, canonicalJson, fromBase64url, hex } from '../../surveys/canonical.ts'
import { readSample, type Sample } from '../../surveys/participation-audit.ts'
import { verifyBundle } from '../../surveys/publication.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { manifestText, openTheBox, put, putDirectly, withTicket } from '../support/box.ts'
import { allLive, createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { chooseOrgans, enterPhone, receiptOf, sendAnswers, sendJson } from '../support/respondent.ts'
import { slip } from '../support/sealed-respondent.ts'
import { signInAs } from '../support/staff.ts'
import { shippedForm } from '../surveys/definition-files.ts'

const day = 24 * 3_600_000
const seed = '2026-03-20 双色球 03 08 19 22 30 33 + 07'
const answers = [5, 4, 4, 3, 5, 0, 2]

let app: TestApp
let cycle: TestCycle
let folder: string
const key = makeAuditKey('place/public')
/** Phones of those who proved one, as people type them. */
const withScript = ['13800000000', '13800000001', '13800000002', '13800000003', '13800000004', '13800000005']
const withoutScript = ['13912345670', '13912345671']
const unkept = '13912345679'

const run = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'server/node/cli.ts', ...words], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      LANG: 'C',
      DATA_DIR: app.database.folder,
      GONGPING_KEYS: join(app.database.folder, 'keys'),
    },
  })
  return { status, stdout, stderr }
}
const rowsOf = (table: string, what = 'count(*) AS n') =>
  look(app, `SELECT ${what} FROM ${table} WHERE jurisdiction_id = ? AND survey_id = ?`, [
    cycle.place.id,
    cycle.survey('public').id,
  ])
const countOf = async (table: string) => Number((await rowsOf(table))[0]!['n'])
const actsOf = async (action: string) =>
  (await look(app, 'SELECT role, after_hash FROM audit WHERE jurisdiction_id = ? AND action = ? ORDER BY seq', [
    cycle.place.id,
    action,
  ])) as unknown as { role: string; after_hash: ArrayBuffer | null }[]

/** A writer that keeps all but contacts. */
function failing(kind: Item['kind']) {
  const { writer } = app.world
  const broken = {
    submit: async (item: Item) => {
      if (item.kind === kind) throw new Unavailable('the disk is full')
      return writer.submit(item)
    },
    transact: (change: Change) => writer.transact(change),
    compact: () => writer.compact(),
    stop: () => writer.stop(),
    stats: () => writer.stats(),
  }
  Object.assign(app.world, { writer: broken })
  return () => Object.assign(app.world, { writer })
}

async function answerPlain(phone: string, from: string) {
  const place = cycle.path('public')
  const entered = await enterPhone(app, place, phone, { from })
  const chosen = await chooseOrgans(app, place, entered, [cycle.organs[0]!])
  return receiptOf(await sendAnswers(app, place, chosen, [[`q.${cycle.organs[0]}.overall`, '4']], { from }))
}

beforeAll(async () => {
  app = await createTestApp()
  folder = await mkdtemp(join(tmpdir(), 'gongping-audit-'))
  cycle = await createTestCycle(app, { plan: sealedPlan(), organs: 2, auditKey: key.publicKey })
}, 60_000)
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

describe('the contact of somebody who proved a phone', () => {
  test('is kept after the person is on the roll, once, of one size for all, whatever way they answer', async () => {
    const path = cycle.path('public')
    for (const [n, phone] of withScript.entries()) {
      const { elig } = await enterPhone(app, path, phone, { from: `192.0.2.${n}` })
      expect(await countOf('audit_contact')).toBe(n)
      // A phone is sent one code a minute.
      app.clock.time += 61_000
      const device = await withTicket(app, cycle, 'public', n)
      expect(await countOf('audit_contact')).toBe(n + 1)
      await put(app, cycle, 'public', device, { slips: [slip(cycle.organs[0]!, answers)] })
      // Proved a second time with the same ticket, the first contact stays.
      expect((await sendJson(app, `${path}/issue`, device.issueBody(elig))).status).toBe(200)
    }
    const before = await rowsOf('audit_contact', 'hex(ct) AS ct')
    for (const [n, phone] of withoutScript.entries()) await answerPlain(phone, `198.51.100.${n}`)
    app.clock.time += 61_000
    await answerPlain(withoutScript[0]!, '198.51.100.20')
    const kept = await rowsOf('audit_contact', 'hex(p) AS p, hex(ct) AS ct, length(ct) AS bytes')
    expect(kept).toHaveLength(8)
    expect(new Set(kept.map(({ bytes }) => bytes))).toEqual(new Set([145]))
    for (const { ct } of before) expect(kept.map((row) => row['ct'])).toContain(ct)
    const roll = (await rowsOf('roll', 'hex(p) AS p')).map(({ p }) => p)
    for (const { p } of kept) expect(roll).toContain(p)
  })

  test('costs nobody an answer where it cannot be kept, and the log says so without a person', async () => {
    const repair = failing('contact')
    app.lines.length = 0
    try {
      await answerPlain(unkept, '198.51.100.30')
      const device = await withTicket(app, cycle, 'public', 60)
      await put(app, cycle, 'public', device, { slips: [slip(cycle.organs[0]!, answers)] })
    } finally {
      repair()
    }
    expect(await countOf('roll')).toBe(10)
    expect(await countOf('audit_contact')).toBe(8)
    const said = app.lines.filter(({ event }) => event === 'contact-not-kept')
    expect(said).toEqual([
      {
        at: expect.any(String),
        event: 'contact-not-kept',
        survey: `${cycle.jid}/${cycle.survey('public').sid}`,
        error: 'Unavailable',
      },
    ])
    // One more who has proved no phone here.
    await putDirectly(app, cycle, 'public', 1, { slips: [slip(cycle.organs[1]!, answers)] })
  })

  test('never stands in the clear in the database, its log of writes or the lines of the log', async () => {
    const files = readdirSync(app.database.folder).filter((name) => statSync(join(app.database.folder, name)).isFile())
    expect(files.some((name) => name.endsWith('.db'))).toBe(true)
    const texts = [
      ...files.map((name) => readFileSync(join(app.database.folder, name)).toString('latin1')),
      app.lines.map((line) => JSON.stringify(line)).join('\n'),
    ]
    for (const phone of [...withScript, ...withoutScript, unkept])
      for (const text of texts)
        for (const written of [phone, Buffer.from(phone).toString('hex'), base64url(Buffer.from(`+86${phone}`))])
          expect(text.includes(written), phone).toBe(false)
  })

  test('is named by the pages before it is asked for, and no page of another survey speaks of it', async () => {
    const page = async (path: string) => (await app.request(`${path}?lang=en`)).text()
    expect(await page(cycle.path('public'))).toContain('a contact that only the auditor can open')
    const privacy = await page(`${cycle.path('public')}/privacy`)
    expect(privacy).toContain('never how you rated')
    expect(privacy).not.toContain('keeps no contact data')
    expect(await page(`${cycle.path('leaders')}/privacy`)).toContain('keeps no contact data')
  })
})

describe('in live mode', () => {
  test('the contact comes after the answer too, where the manifest names a key', async () => {
    const live = await createTestCycle(app, { plan: allLive(), organs: 2, auditKey: key.publicKey })
    const place = live.path('public')
    const at = [live.place.id, live.survey('public').id]
    const contacts = async () =>
      Number(
        (
          await look(app, 'SELECT count(*) AS n FROM audit_contact WHERE jurisdiction_id = ? AND survey_id = ?', at)
        )[0]!['n'],
      )
    const entered = await enterPhone(app, place, '13700000001', { from: '203.0.113.9' })
    const chosen = await chooseOrgans(app, place, entered, [live.organs[0]!])
    expect(await contacts()).toBe(0)
    const pairs = [[`q.${live.organs[0]}.overall`, '4']] as const
    receiptOf(await sendAnswers(app, place, chosen, pairs))
    receiptOf(await sendAnswers(app, place, chosen, pairs))
    expect(await contacts()).toBe(1)
    expect(JSON.parse(await manifestText(app, live, 'public'))).toMatchObject({ audit_pk: base64url(key.publicKey) })
  })
})

describe('the auditor\u2019s key', () => {
  test('is entered before the opening, refused where it is no point, and stands in the manifest', async () => {
    const other = await createTestCycle(app, { plan: sealedPlan(), organs: 2, state: 'ready' })
    const { sid, id } = other.survey('public')
    const path = `/office/${other.jid}/2026/surveys/${sid}`
    const admin = deskOf(app, await signInAs(app, other, 'office_admin'))
    const pk = base64url(makeAuditKey('x/y').publicKey)
    const save = (typed: string) => admin.post(`${path}/key/audit`, { pk: typed })
    // The manifest of a survey that is ready names its keys.
    expect((await save(pk)).status).toBe(409)
    await admin.post(`${path}/act`, { act: 'back_to_draft' })
    const offCurve = base64url(new Uint8Array([4, ...new Uint8Array(64).fill(1)]))
    for (const wrong of ['abc', offCurve, pk.slice(0, -1), base64url(randomBytes(65))]) {
      const refused = await save(wrong)
      expect([refused.status, refused.body.includes('这不是曲线 P-256 上的一个点')], wrong).toEqual([422, true])
    }
    expect((await save(`${pk.slice(0, 40)} ${pk.slice(40)}\n`)).location).toContain('done=contact_key_saved')
    const scope = systemScope(other.place.id)
    const manifestNow = async () => {
      const made = await makeReady(app.world, scope, { survey: id, now: app.clock.time })
      if (!made.ok) throw new Error('not ready')
      await moveSurvey(app.world.writer, scope, { survey: id, from: 'ready', to: 'draft', now: app.clock.time })
      return (JSON.parse(made.value.manifest) as { audit_pk: string | null }).audit_pk
    }
    expect(await manifestNow()).toBe(pk)
    expect((await save('')).location).toContain('done=contact_key_saved')
    expect(await manifestNow()).toBeNull()
    const acts = await look(
      app,
      "SELECT action, role FROM audit WHERE jurisdiction_id = ? AND action LIKE 'audit_key.%' ORDER BY seq",
      [other.place.id],
    )
    expect(acts.map(({ action, role }) => [action, role])).toEqual([
      ['audit_key.save', 'office_admin'],
      ['audit_key.remove', 'office_admin'],
    ])
    // Leaders and recipients are on lists that can be compared.
    expect(
      (await admin.post(`/office/${other.jid}/2026/surveys/${other.survey('leaders').sid}/key/audit`, { pk })).status,
    ).toBe(409)
  }, 60_000)

  test('is made offline, for its owner alone, and never in the place of another file', async () => {
    const file = join(folder, 'key.json')
    const made = run('audit', 'key', 'place/public', '--out', file)
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[\w-]{87}\n$/) })
    expect(fromBase64url(made.stdout.trim())).toHaveLength(65)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(made.stderr).not.toContain(JSON.parse(await readFile(file, 'utf8')).sk)
    const before = await readFile(file, 'utf8')
    expect(run('audit', 'key', 'place/public', '--out', file)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('is there already'),
    })
    expect(await readFile(file, 'utf8')).toBe(before)
    for (const words of [
      ['audit'],
      ['audit', 'key', 'nowhere', '--out', 'x'],
      ['audit', 'key', 'a/b'],
      ['audit', 'open', 'x'],
    ])
      expect(run(...words).status, words.join(' ')).toBe(2)
  }, 60_000)
})

describe('the draw', () => {
  let path: string
  let admin: Desk
  let auditor: Desk
  let auditorCookie: string
  let sample: Sample
  beforeAll(async () => {
    path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}/audit`
    admin = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    auditorCookie = await signInAs(app, cycle, 'auditor')
    auditor = deskOf(app, auditorCookie)
  })
  const draw = (fields: Record<string, string>) => admin.post(`${path}/draw`, fields)

  test('is refused before the close', async () => {
    expect((await admin.page(path)).body).toContain('测评截止以后才能抽取')
    expect((await draw({ seed, size: '5' })).status).toBe(409)
    expect((await auditor.page(`${path}/sample.json`)).status).toBe(404)
    expect(await countOf('audit_draw')).toBe(0)
  })

  test('is the office\u2019s: nobody else draws, and the auditor alone takes the sample', async () => {
    await cycle.close()
    for (const role of ['auditor', 'analyst', 'reviewer', 'organ_officer'] as const) {
      const desk = deskOf(app, await signInAs(app, cycle, role))
      expect((await desk.post(`${path}/draw`, { seed, size: '5' })).status, role).toBe(403)
    }
    for (const role of ['office_admin', 'analyst', 'reviewer', 'organ_officer'] as const) {
      const desk = deskOf(app, await signInAs(app, cycle, role))
      expect((await desk.page(`${path}/sample.json`)).status, role).toBe(403)
      expect((await desk.post(`${path}/findings`, { seen: '' })).status, role).toBe(403)
    }
  }, 60_000)

  test('takes a public seed of 8 characters or more and a number, says what is wrong, and keeps what was typed', async () => {
    const short = await draw({ seed: '太短<', size: '0' })
    expect([short.status, short.body.includes('种子：8 到 200 个字'), short.body.includes('value="太短&lt;"')]).toEqual(
      [422, true, true],
    )
    expect(short.body).toContain('抽取条数：1 到 10000 的整数')
    expect((await draw({ seed: 'a|b|c|d|e|f', size: '5' })).status).toBe(422)
    expect((await draw({ seed })).status).toBe(400)
    expect(await countOf('audit_draw')).toBe(0)
  })

  test('happens once, is on record, and draws what anybody draws by hand from the roll', async () => {
    expect((await draw({ seed, size: '9' })).location).toContain('done=drawn')
    expect((await draw({ seed: `${seed}!`, size: '9' })).status).toBe(409)
    expect(await countOf('audit_draw')).toBe(1)
    expect((await actsOf('audit.draw')).map(({ role }) => role)).toEqual(['office_admin'])
    const refused = app.database.writer.transact({
      statements: [{ sql: "UPDATE audit_draw SET seed = 'another seed'", args: [] }],
    })
    await expect(refused).rejects.toThrow('a row is never changed')

    const response = await app.request(`${path}/sample.json`, { headers: { cookie: auditorCookie } })
    expect(response.headers.get('cache-control')).toContain('no-store')
    const text = await response.text()
    const read = readSample(text)
    if (!read.ok) throw new Error('no sample')
    sample = read.value
    await writeFile(join(folder, 'sample.json'), text)
    expect((await actsOf('audit.sample_export')).map(({ role }) => role)).toEqual(['auditor'])

    const name = `${cycle.jid}/${cycle.survey('public').sid}`
    const roll = (await rowsOf('roll', 'p')).map(({ p }) =>
      Buffer.from(p as unknown as ArrayBuffer).toString('base64url'),
    )
    const byHand = roll
      .map((p) => ({ p, hash: createHash('sha256').update(`gp1|audit|${name}|${seed}|${p}`).digest('hex') }))
      .sort((a, b) => (a.hash < b.hash ? -1 : 1))
      .slice(0, 9)
      .map(({ p }) => p)
    expect(sample).toMatchObject({ v: 1, survey: name, seed, m: 9, rolled: 11, audit_pk: base64url(key.publicKey) })
    expect(sample.rows.map(({ p }) => p)).toEqual(byHand)
    // Three of the eleven have none.
    const without = sample.rows.filter(({ ct }) => ct === null).length
    expect(without).toBeLessThanOrEqual(3)
    const { body } = await auditor.page(path)
    expect(body).toContain(`其中没有联系方式</dt><dd>${without}</dd>`)
  })

  test('gives the auditor phones to call, and nobody with another key', async () => {
    const [own, other] = [join(folder, 'own.json'), join(folder, 'other.json')]
    await writeFile(own, auditKeyText({ ...key, survey: sample.survey }))
    await writeFile(other, auditKeyText(makeAuditKey(sample.survey)))
    const opened = run('audit', 'open', '--key', own, join(folder, 'sample.json'))
    expect(opened.status).toBe(0)
    const phones = [...opened.stdout.matchAll(/^(\d) {2}\+86(1\d{10})$/gm)].map(([, , phone]) => phone!)
    const withContact = sample.rows.filter(({ ct }) => ct !== null).length
    expect(new Set(phones).size).toBe(withContact)
    for (const phone of phones) expect([...withScript, ...withoutScript]).toContain(phone)
    expect(opened.stdout).toContain(`${withContact} can be asked, ${9 - withContact} have no contact, 0 do not open`)
    const wrong = run('audit', 'open', '--key', other, join(folder, 'sample.json'))
    expect(wrong).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('This key does not open this sample'),
    })

    // A contact that was moved to another entry does not open, and is told apart from one that is missing.
    const [first, second] = sample.rows.filter(({ ct }) => ct !== null)
    const moved = { ...sample, rows: [{ ...first!, ct: second!.ct }] }
    await writeFile(join(folder, 'moved.json'), JSON.stringify(moved))
    expect(run('audit', 'open', '--key', own, join(folder, 'moved.json')).stdout).toContain(
      '0 can be asked, 0 have no contact, 1 do not open',
    )
    expect(run('audit', 'open', '--key', own, own).status).toBe(2)
  }, 60_000)

  test('is followed by findings that account for everybody, changed on record until the publication', async () => {
    const without = sample.rows.filter(({ ct }) => ct === null).length
    const left = 9 - without
    const find = (fields: Record<string, string>) => auditor.post(`${path}/findings`, { seen: '', ...fields })
    const wrong = await find({ confirmed: String(left), denied: '1', notReached: '0' })
    expect(wrong.status).toBe(422)
    expect(wrong.body).toContain(`合计不对：${left} + 1 + 0 + 没有联系方式 ${without} = 10，应为 9`)
    expect((await find({ confirmed: '-1', denied: 'x' })).status).toBe(422)
    expect(await countOf('audit_finding')).toBe(0)
    expect((await find({ confirmed: String(left), denied: '0', notReached: '0' })).location).toContain('done=found')
    // From a page that shows what stood before, nothing is overwritten.
    expect((await find({ confirmed: String(left - 1), denied: '1', notReached: '0' })).status).toBe(409)
    const changed = await find({ seen: `${left}/0/0`, confirmed: String(left - 1), denied: '0', notReached: '1' })
    expect(changed.location).toContain('done=found')
    const acts = await actsOf('audit.find')
    expect(acts.map(({ role }) => role)).toEqual(['auditor', 'auditor'])
    const afterOf = (n: number) => hex(new Uint8Array(acts[n]!.after_hash!))
    const hashOf = (value: unknown) => createHash('sha256').update(canonicalJson(value)).digest('hex')
    expect(afterOf(0)).toBe(hashOf({ confirmed: left, denied: 0, notReached: 0 }))
    expect(afterOf(1)).toBe(hashOf({ confirmed: left - 1, denied: 0, notReached: 1 }))
  })
})

describe('after the publication', () => {
  let findings: { confirmed: number; denied: number; notReached: number; withoutContact: number }
  let bundle: string
  const verified = async (at: string) => verifyBundle(openBundle(at).files, nodeBundleTools())

  beforeAll(async () => {
    await openTheBox(app, cycle, 'leaders')
    await openTheBox(app, cycle, 'public')
    const [draw] = await rowsOf('audit_draw', 'contactless AS n')
    const withoutContact = Number(draw!['n'])
    findings = { confirmed: 8 - withoutContact, denied: 0, notReached: 1, withoutContact }
  }, 60_000)

  test('other findings than those of the prepared files need other files', async () => {
    const scope = cycle.place.proposer
    const prepared = await preparePublication(app.world, scope, { cycle: cycle.cycle.id })
    if (!prepared.ok) throw new Error(prepared.error)
    bundle = prepared.value.folder
    const path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}/audit`
    const auditor = deskOf(app, await signInAs(app, cycle, 'auditor'))
    const { confirmed } = findings
    const swap = (from: string, counts: Record<string, string>) =>
      auditor.post(`${path}/findings`, { seen: from, ...counts })
    const publish = () =>
      publishBundle(app.world, scope, { cycle: cycle.cycle.id, hash: hex(prepared.value.hash), now: app.clock.time })
    expect(await publish()).toMatchObject({ ok: true })
    await swap(`${confirmed}/0/1`, { confirmed: String(confirmed), denied: '1', notReached: '0' })
    expect(await publish()).toEqual({ ok: false, error: 'changed' })
    await swap(`${confirmed}/1/0`, { confirmed: String(confirmed), denied: '0', notReached: '1' })
    expect(await publish()).toMatchObject({ ok: true })
  }, 60_000)

  test('the files say what was found, and do not verify with another count', async () => {
    const file = join(bundle, 'surveys', cycle.survey('public').sid, 'counts.json')
    const counts = JSON.parse(await readFile(file, 'utf8'))
    expect(counts.audit).toEqual({ seed, rolled: 11, drawn: 9, ...findings })
    const verdict = await verified(bundle)
    expect(verdict).toMatchObject({ outcome: 'good' })
    const told = verdict.checks.find(({ name }) => name === 'audits')
    expect(told?.counts).toEqual({ audits: 1, rolled: 11, drawn: 9, ...findings })
  }, 60_000)

  test('the results page says it in plain words, with what the number of people can show', async () => {
    await cycle.publish()
    const page = await (await app.request(`/results/${cycle.jid}/2026?lang=en`)).text()
    const reached = findings.confirmed
    // 1 − 0.99^n for so few: n = 5 … 8 are 4.9, 5.9, 6.8 and 7.7 percent.
    const percent = { 5: '4.9', 6: '5.9', 7: '6.8', 8: '7.7' }[reached]
    expect(page).toContain('An auditor drew 9 of the 11 entries of the roll by the public seed')
    expect(page).toContain(
      `With ${reached} people reached, at least one invented entry would have been found with a probability of ${percent}%`,
    )
    const path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}/audit`
    const auditor = deskOf(app, await signInAs(app, cycle, 'auditor'))
    const late = await auditor.post(`${path}/findings`, {
      seen: `${reached}/0/1`,
      confirmed: String(reached),
      denied: '1',
      notReached: '0',
    })
    expect(late.status).toBe(409)
  }, 60_000)

  test('thirty days later everything that tells who took part is gone, and all pages and files are as they were', async () => {
    const { sid, id } = cycle.survey('public')
    const results = `/results/${cycle.jid}/2026?lang=en`
    const bodyAt = async (path: string) =>
      (await (await app.request(path)).text()).replace(/nonce="[^"]*"/g, '').replace(/^[\s\S]*<body/, '')
    const before = await bodyAt(results)
    const scope = cycle.place.proposer
    const standing = async () =>
      JSON.stringify(await app.world.standing(scope, cycle.cycle.id), (_, value) =>
        typeof value === 'bigint' ? `${value}` : value instanceof Map ? [...value] : value,
      )
    const scores = await standing()
    const auditBefore = await app.world.publications!.build(app.world, scope, cycle.cycle.id, 'audit')

    app.clock.time += 30 * day - 1
    expect(await retireOldSurveys(app.world)).toBe(0)
    expect(await countOf('audit_contact')).toBe(8)
    app.clock.time += 1
    expect(await retireOldSurveys(app.world)).toBe(4)
    for (const table of ['roll', 'invite', 'receipt_code', 'audit_contact']) {
      const [row] = await look(app, `SELECT count(*) AS n FROM ${table} WHERE jurisdiction_id = ?`, [cycle.place.id])
      expect(row!['n'], table).toBe(0)
    }
    const keys = readdirSync(join(app.database.folder, 'keys/surveys', cycle.jid, sid))
    expect(keys).not.toContain('pseudonym.key')

    expect(await bodyAt(results)).toBe(before)
    expect(await standing()).toBe(scores)
    const auditAfter = await app.world.publications!.build(app.world, scope, cycle.cycle.id, 'audit')
    expect(auditAfter.ok && auditBefore.ok && auditAfter.value.sums).toBe(auditBefore.ok && auditBefore.value.sums)
    const counted = await recountSurvey(app.world.db, scope, id, tallySpec(shippedForm('public')))
    expect(counted.responses).toBe(11)
    const published = await (await app.request(`/results/${cycle.jid}/2026/bundle/surveys/${sid}/counts.json`)).json()
    expect(published).toMatchObject({ cells: [{ issued: 11 }], audit: { rolled: 11 } })
    for (const path of [
      `/check/${cycle.jid}/${sid}`,
      `${cycle.path('public')}/privacy`,
      `/office/${cycle.jid}/2026/surveys/${sid}/box`,
    ]) {
      const admin = deskOf(app, await signInAs(app, cycle, 'office_admin'))
      expect((await admin.page(path)).status, path).toBe(200)
    }
    const admin = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    expect((await admin.page(`/office/${cycle.jid}/2026/surveys/${sid}/box`)).body).toContain('发出凭证 11 ≥')
    const auditor = deskOf(app, await signInAs(app, cycle, 'auditor'))
    const path = `/office/${cycle.jid}/2026/surveys/${sid}/audit`
    expect((await auditor.page(path)).body).toContain('样本不能再下载')
    expect((await auditor.page(`${path}/sample.json`)).status).toBe(404)
  }, 120_000)
})
