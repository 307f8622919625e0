import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { propose, surveySubject } from '../../db/approvals.ts'
import {
  countJurisdictions,
  findChannel,
  findCycle,
  findJurisdiction,
  findManifest,
  findSurvey,
  findTicket,
  listCyclesOf,
  listDue,
  listJurisdictions,
  listKeyedSurveys,
  listSurveys,
  readCycle,
} from '../../db/platform.ts'
import { createCycle, importChannels, moveSurvey } from '../../db/setup.ts'
import { importInvites, importReceiptCodes } from '../../db/tickets.ts'
import { canonicalJson, hex, utf8 } from '../../surveys/canonical.ts'
import { canonicalPlan } from '../../surveys/plan.ts'
import { canonicalQuestionnaire } from '../../surveys/questionnaire.ts'
import {
  addSurvey,
  agreeToOpen,
  createTestDatabase,
  currentHeads,
  good,
  hour,
  makeOffice,
  noon,
  type Office,
  openSurvey,
  sha256,
  type TestDatabase,
} from '../support/database.ts'
import { shippedForm, shippedPlan } from '../surveys/definition-files.ts'

let database: TestDatabase
let office: Office
let survey: number

beforeAll(async () => {
  database = await createTestDatabase()
  office = await makeOffice(database)
  survey = await openSurvey(database, office, 'leaders')
})
afterAll(() => database.close())

describe('findTicket', () => {
  test('finds whose code it is, or nobody', async () => {
    const invites = [{ h: sha256('code'), member: 'm1', cell: 'all' }]
    good(await importInvites(database.writer, office.system, { survey, invites, now: noon }))
    const recipients = await addSurvey(database, office, 'recipients')
    const codes = [{ h: sha256('receipt'), organ: 'c' }]
    good(await importReceiptCodes(database.writer, office.system, { survey: recipients, codes, now: noon }))
    const place = { jid: office.jid, sid: 'leaders-2025' }
    expect(await findTicket(database.db, sha256('code'))).toEqual({
      kind: 'invite',
      ...place,
      member: 'm1',
      cell: 'all',
    })
    const receipt = { kind: 'receipt', jid: office.jid, sid: 'recipients-2025', organ: 'c' }
    expect(await findTicket(database.db, sha256('receipt'))).toEqual(receipt)
    expect(await findTicket(database.db, sha256('unknown'))).toBeNull()
  })
})

describe('findSurvey', () => {
  test('gives everything that was set up, organs and channels in their order', async () => {
    const channels = ['hall', 'bus'].map((name) => ({ code: `${office.jid}-${name}`, nameZh: '海报', nameEn: name }))
    good(await importChannels(database.writer, office.system, { survey, channels, now: noon }))
    const file = await findSurvey(database.db, office.jid, 'leaders-2025')
    const [form, rules] = [shippedForm('leaders'), shippedPlan('2025-jiangzhou')]
    const questionnaire = canonicalQuestionnaire(form)
    const plan = canonicalPlan(rules)
    const manifest = canonicalJson({ survey, jurisdiction: office.jid })
    expect(file).toMatchObject({
      jurisdiction: { id: office.jurisdiction, code: office.jid },
      survey: {
        id: survey,
        code: 'leaders-2025',
        cycleId: office.cycle,
        cycle: '2025',
        group: 'leaders',
        mode: 'live',
        counted: true,
        anchor: 'roster',
        adapters: ['roster'],
        state: 'open',
        opensAt: noon,
        closesAt: noon + 240 * hour,
        graceMinutes: 30,
        resultsOn: 20260115,
        expected: 1_000,
        phone: '025-8888-0000',
        manifest,
        manifestHash: sha256(utf8(manifest)),
      },
      questionnaire: { id: form.id, version: form.version, body: questionnaire, hash: sha256(utf8(questionnaire)) },
      plan: { id: rules.id, version: rules.version, body: plan, hash: sha256(utf8(plan)) },
      channels,
    })
    expect(file?.organs.map(({ id, code, class: kind, keywords }) => ({ id, code, kind, keywords }))).toEqual(
      [...office.organs].map(([code, id]) => ({ id, code, kind: 'government', keywords: ['service', code] })),
    )
    expect(file?.organs.map(({ code }) => code)).toEqual(['b', 'a', 'c'])
  })

  test('shows nobody a draft, and nothing under the address of another jurisdiction', async () => {
    const other = await makeOffice(database)
    await addSurvey(database, other, 'public')
    expect(await findSurvey(database.db, other.jid, 'public-2025')).toBeNull()
    expect(await findSurvey(database.db, other.jid, 'leaders-2025')).toBeNull()
    expect(await findSurvey(database.db, office.jid, 'leaders-2026')).toBeNull()
  })
})

describe('findChannel', () => {
  test('leads from a poster to its survey', async () => {
    const channels = [{ code: 'poster-7', nameZh: '海报', nameEn: 'Poster' }]
    good(await importChannels(database.writer, office.system, { survey, channels, now: noon }))
    expect(await findChannel(database.db, 'poster-7')).toEqual({ jid: office.jid, sid: 'leaders-2025' })
    expect(await findChannel(database.db, 'poster-8')).toBeNull()
  })
})

describe('findManifest', () => {
  test('gives the very text that was hashed', async () => {
    const manifest = canonicalJson({ survey, jurisdiction: office.jid })
    const name = hex(sha256(utf8(manifest)))
    expect(await findManifest(database.db, name)).toBe(manifest)
    for (const wrong of [name.toUpperCase(), name.slice(1), `${name}0`, '', 'x'.repeat(64), '0'.repeat(64)]) {
      expect(await findManifest(database.db, wrong)).toBeNull()
    }
  })
})

describe('listSurveys', () => {
  test('lists what the public may know of, the newest cycle of each jurisdiction first', async () => {
    const fresh = await createTestDatabase()
    try {
      const [one, two] = [await makeOffice(fresh), await makeOffice(fresh)]
      await openSurvey(fresh, two)
      await openSurvey(fresh, one, 'leaders')
      await addSurvey(fresh, one, 'recipients')
      await openSurvey(fresh, one, 'public', { code: 'counter', anchor: 'open', adapters: ['open'], counted: false })
      await openSurvey(fresh, one, 'public', { code: 'trial', counted: false })
      const listed = await listSurveys(fresh.db)
      expect(listed.map(({ jid, sid, state, cycle, cycleState }) => [jid, sid, state, cycle, cycleState])).toEqual([
        [one.jid, 'leaders-2025', 'open', '2025', 'draft'],
        [one.jid, 'counter', 'open', '2025', 'draft'],
        [two.jid, 'public-2025', 'open', '2025', 'draft'],
      ])
      expect(listed[0]?.questionnaire).toBe(canonicalQuestionnaire(shippedForm('leaders')))
    } finally {
      await fresh.close()
    }
  })
})

describe('jurisdictions and cycles', () => {
  test('leave out the platform itself', async () => {
    const all = await listJurisdictions(database.db)
    expect(await countJurisdictions(database.db)).toBe(all.length)
    expect(all.map(({ id }) => id)).not.toContain(0)
    expect(await findJurisdiction(database.db, 'platform')).toBeNull()
    expect(await findJurisdiction(database.db, office.jid)).toMatchObject({ id: office.jurisdiction, level: 'city' })
  })

  test('are found by their addresses, the newest cycle first', async () => {
    const other = await makeOffice(database)
    const newer = { code: '2026', titleZh: '2026年度', titleEn: 'Year 2026', organs: ['a'], now: noon }
    good(await createCycle(database.writer, other.system, newer))
    const found = await findCycle(database.db, other.jid, '2026')
    expect(found).toMatchObject({ jurisdiction: { code: other.jid }, cycle: { code: '2026', state: 'draft' } })
    expect(await findCycle(database.db, office.jid, '2026')).toBeNull()
    const listed = await listCyclesOf(database.db, [other.jurisdiction, office.jurisdiction])
    expect(listed.map(({ jurisdiction, cycle }) => `${jurisdiction.code} ${cycle.code}`)).toEqual([
      `${office.jid} 2025`,
      `${other.jid} 2026`,
      `${other.jid} 2025`,
    ])
    expect(await listCyclesOf(database.db, [])).toEqual([])
  })
})

describe('readCycle', () => {
  test('reads the cycle of its own scope and no other', async () => {
    const cycle = await readCycle(database.db, office.system, office.cycle)
    expect(cycle).toMatchObject({ cycle: { code: '2025' }, plan: { id: '2025-jiangzhou', frozenAt: noon } })
    expect(cycle.surveys.find(({ id }) => id === survey)).toMatchObject({ sid: 'leaders-2025', state: 'open' })
    expect(cycle.organs.map(({ code }) => code)).toEqual(['b', 'a', 'c'])
    const other = await makeOffice(database)
    await openSurvey(database, other)
    expect((await readCycle(database.db, other.system, other.cycle)).surveys).toHaveLength(1)
    await expect(readCycle(database.db, other.system, 99)).rejects.toThrow(/readCycle needs a cycle/)
  })
})

describe('listDue', () => {
  test('names surveys that two persons agreed to open, from their hour on, and those whose grace is over', async () => {
    const fresh = await createTestDatabase()
    try {
      const at = await makeOffice(fresh)
      const times = { opensAt: noon + hour, closesAt: noon + 2 * hour, graceMinutes: 30 }
      const agreed = await addSurvey(fresh, at, 'public', times)
      const approval = await agreeToOpen(fresh, at, agreed)
      const ready = await addSurvey(fresh, at, 'leaders', times)
      good(await moveSurvey(fresh.writer, at.system, { survey: ready, from: 'draft', to: 'ready', now: noon }))
      const proposed = {
        id: 'p',
        action: 'survey.open',
        subject: surveySubject(ready),
        payloadHash: sha256('p'),
      } as const
      good(await propose(fresh.writer, at.first, { ...proposed, now: noon }))

      expect(await listDue(fresh.db, noon + hour - 1)).toEqual([])
      const due = { jurisdiction: at.jurisdiction, jid: at.jid, survey: agreed, sid: 'public-2025' }
      expect(await listDue(fresh.db, noon + hour)).toEqual([{ ...due, from: 'ready', to: 'open', approval }])
      // A machine that slept through the whole time opens nothing afterwards.
      expect(await listDue(fresh.db, noon + 2 * hour)).toEqual([])

      const logs = await currentHeads(fresh, at, agreed)
      const open = { survey: agreed, from: 'ready', to: 'open', approval, logs, now: noon + hour } as const
      good(await moveSurvey(fresh.writer, at.system, open))
      expect(await listDue(fresh.db, noon + 2.5 * hour - 1)).toEqual([])
      expect(await listDue(fresh.db, noon + 2.5 * hour)).toEqual([
        { ...due, from: 'open', to: 'closed', approval: null },
      ])
    } finally {
      await fresh.close()
    }
  })
})

describe('listKeyedSurveys', () => {
  test('lists whoever cannot do without keys: from ready to opened, of every jurisdiction', async () => {
    const own = await createTestDatabase()
    const [first, second] = [await makeOffice(own), await makeOffice(own)]
    await addSurvey(own, first, 'leaders')
    const ready = await addSurvey(own, first, 'recipients')
    await agreeToOpen(own, first, ready)
    const open = await openSurvey(own, second, 'public')
    const of = async () => (await listKeyedSurveys(own.db)).map(({ jid, sid }) => `${jid}/${sid}`)
    expect(await of()).toEqual([`${first.jid}/recipients-2025`, `${second.jid}/public-2025`])
    const later = noon + 1_000 * hour
    const close = { survey: open, from: 'open', to: 'closed', dueToClose: true, now: later } as const
    good(await moveSurvey(own.writer, second.system, close))
    expect(await of()).toEqual([`${first.jid}/recipients-2025`, `${second.jid}/public-2025`])
    const look = createClient({ url: own.url, concurrency: 1, timeout: 5_000 })
    await look.execute("UPDATE survey SET state = 'published' WHERE state = 'closed'")
    look.close()
    expect(await of()).toEqual([`${first.jid}/recipients-2025`])
    await own.close()
  })
})
