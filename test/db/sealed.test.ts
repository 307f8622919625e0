import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Writer } from '../../db/database.ts'
import {
  bytesOf,
  contact,
  countRows,
  envelope,
  makeSurvey,
  response,
  runtimes,
  type SmallSurvey,
  type Store,
  sumOf,
  tallyOutcomes,
  ticket,
} from './support.ts'

describe.each(runtimes)('sealed intake on $runtime', ({ open, absent }) => {
  let store: Store
  let writer: Writer
  let survey: SmallSurvey

  beforeAll(async () => {
    if (absent) return
    store = await open()
    writer = await store.openWriter()
    survey = await makeSurvey(writer, { mode: 'sealed' })
  })
  afterAll(async () => {
    await writer?.stop()
    await store?.dispose()
  })

  const move = (at: SmallSurvey, state: string) =>
    writer.transact({
      statements: [
        { sql: 'UPDATE survey SET state = ? WHERE jurisdiction_id = ? AND id = 1', args: [state, at.jurisdiction] },
      ],
    })
  const boxed = async (name: string, at = survey) => {
    const { tag } = envelope(at, { ticket: name })
    const { rows } = await store.look.execute({ sql: 'SELECT ver, ct FROM box WHERE tag = ?', args: [tag] })
    return rows.map((row) => ({ version: row['ver'], ct: bytesOf(row['ct']) }))
  }

  test.skipIf(absent)('a person draws one ticket: the same again is the same, another one is refused', async () => {
    const anna = ticket(survey, { person: 'anna' })
    expect(await writer.submit(anna)).toBe('accepted')
    expect(await writer.submit(anna)).toBe('replayed')
    expect(await writer.submit(ticket(survey, { person: 'anna', body: 'another' }))).toBe('spent')
    const many = await Promise.all(
      Array.from({ length: 64 }, (_, i) => writer.submit(ticket(survey, { person: 'ben', body: `try ${i}` }))),
    )
    expect(tallyOutcomes(many)).toEqual({ accepted: 1, spent: 63 })
    expect(await countRows(store.look, 'roll', survey)).toBe(2)
    // Two people took part, so far as anybody can know.
    expect(await sumOf(store, 'SELECT sum(n) FROM participation WHERE jurisdiction_id = ?', survey)).toBe(2)
  })

  test.skipIf(absent)('whoever is excluded draws none', async () => {
    const { pseudonym } = ticket(survey, { person: 'staff' })
    await writer.transact({
      statements: [
        {
          sql: 'INSERT INTO excluded (jurisdiction_id, survey_id, p) VALUES (?, 1, ?)',
          args: [survey.jurisdiction, pseudonym],
        },
      ],
    })
    expect(await writer.submit(ticket(survey, { person: 'staff' }))).toBe('not_eligible')
  })

  test.skipIf(absent)('those whom the server helps are counted', async () => {
    const before = await countRows(store.look, 'roll', survey)
    for (const person of ['carl', 'dora']) await writer.submit(ticket(survey, { person, isForm: true }))
    await writer.submit(ticket(survey, { person: 'carl', isForm: true }))
    expect(await countRows(store.look, 'roll', survey)).toBe(before + 2)
    const counted = "SELECT n FROM survey_count WHERE jurisdiction_id = ? AND name = 'form' AND cell = 'all'"
    expect(await sumOf(store, counted, survey)).toBe(2)
  })

  test.skipIf(absent)('a higher version takes the place of a lower one, which never comes back', async () => {
    const first = envelope(survey, { ticket: 'emil' })
    const second = envelope(survey, { ticket: 'emil', version: 2, content: 'better' })
    expect(await writer.submit(first)).toBe('accepted')
    expect(await writer.submit(first)).toBe('replayed')
    expect(await writer.submit(envelope(survey, { ticket: 'emil', content: 'other' }))).toBe('version_conflict')
    expect(await writer.submit(second)).toBe('accepted')
    expect(await writer.submit(second)).toBe('replayed')
    expect(await writer.submit(first)).toBe('replayed')
    expect(await boxed('emil')).toEqual([{ version: 2, ct: second.ct }])
    expect(await sumOf(store, 'SELECT count(*) FROM spent WHERE jurisdiction_id = ?', survey)).toBe(1)
  })

  test.skipIf(absent)('a response is withdrawn by an empty envelope, and may be sent again', async () => {
    expect(await writer.submit(envelope(survey, { ticket: 'fritz', content: null }))).toBe('unknown')
    await writer.submit(envelope(survey, { ticket: 'fritz' }))
    expect(await writer.submit(envelope(survey, { ticket: 'fritz', version: 2, content: null }))).toBe('accepted')
    expect(await boxed('fritz')).toEqual([{ version: 2, ct: new Uint8Array(0) }])
    const again = envelope(survey, { ticket: 'fritz', version: 3, content: 'again' })
    expect(await writer.submit(again)).toBe('accepted')
    expect(await boxed('fritz')).toEqual([{ version: 3, ct: again.ct }])
  })

  test.skipIf(absent)('of versions that arrive together in any order the highest stands, once', async () => {
    const versions = [3, 1, 4, 20, 5, 9, 2, 6].map((version) => envelope(survey, { ticket: 'gerd', version }))
    const outcomes = await Promise.all(versions.map((item) => writer.submit(item)))
    expect(outcomes.every((outcome) => outcome === 'accepted' || outcome === 'replayed')).toBe(true)
    expect(await boxed('gerd')).toEqual([{ version: 20, ct: versions[3]!.ct }])
  })

  test.skipIf(absent)(
    'after the close a known ticket keeps its receipt, a change and an unknown one come too late',
    async () => {
      const late = await makeSurvey(writer, { mode: 'sealed' })
      const kept = envelope(late, { ticket: 'hans' })
      await writer.submit(ticket(late, { person: 'hans' }))
      await writer.submit(kept)
      await move(late, 'closed')
      expect(await writer.submit(kept)).toBe('replayed')
      expect(await writer.submit(envelope(late, { ticket: 'hans', version: 2 }))).toBe('closed')
      expect(await writer.submit(envelope(late, { ticket: 'ida' }))).toBe('closed')
      expect(await writer.submit(ticket(late, { person: 'hans' }))).toBe('replayed')
      expect(await writer.submit(ticket(late, { person: 'ida' }))).toBe('closed')
      expect(await boxed('hans', late)).toEqual([{ version: 1, ct: kept.ct }])
      // After the opening there is no box, and the receipt is still good.
      await move(late, 'opening')
      await writer.transact({
        statements: [{ sql: 'DELETE FROM box WHERE jurisdiction_id = ?', args: [late.jurisdiction] }],
      })
      await move(late, 'opened')
      expect(await writer.submit(kept)).toBe('replayed')
    },
  )

  test.skipIf(absent)('of a person the first contact is kept, until a sample is drawn, in either mode', async () => {
    const contactsOf = async (at: SmallSurvey) => {
      const { rows } = await store.look.execute({
        sql: 'SELECT ct FROM audit_contact WHERE jurisdiction_id = ?',
        args: [at.jurisdiction],
      })
      return rows.map((row) => bytesOf(row['ct'])[0])
    }
    for (const at of [await makeSurvey(writer, { mode: 'sealed' }), await makeSurvey(writer)]) {
      expect(await writer.submit(contact(at, { person: 'anna', filling: 1 }))).toBe('accepted')
      expect(await writer.submit(contact(at, { person: 'anna', filling: 2 }))).toBe('replayed')
      const many = Array.from({ length: 64 }, (_, i) => contact(at, { person: `p${i % 32}`, filling: 3 }))
      await Promise.all(many.map((item) => writer.submit(item)))
      expect((await contactsOf(at)).sort()).toEqual([1, ...Array(32).fill(3)])
      await move(at, 'closed')
      // Whoever was put on the roll in the last moment still leaves one.
      expect(await writer.submit(contact(at, { person: 'ben', filling: 4 }))).toBe('accepted')
      const draw = `INSERT INTO audit_draw (jurisdiction_id, survey_id, seed, size, rolled, drawn, contactless, drawn_at)
        VALUES (?, 1, 'a seed', 300, 34, 34, 0, 1)`
      await writer.transact({ statements: [{ sql: draw, args: [at.jurisdiction] }] })
      await writer.submit(contact(at, { person: 'late', filling: 5 }))
      expect(await contactsOf(at)).toHaveLength(34)
    }
    const other = { ...contact(survey, { person: 'x' }), sealed: new Uint8Array(20) }
    await expect(writer.submit(other)).rejects.toThrow('needs a contact that is sealed')
  })

  test.skipIf(absent)('neither mode takes what is meant for the other', async () => {
    const live = await makeSurvey(writer)
    expect(await writer.submit(ticket(live, { person: 'a' }))).toBe('unknown')
    expect(await writer.submit(envelope(live, { ticket: 'a' }))).toBe('unknown')
    expect(await writer.submit(response(survey, { person: 'new' }))).toBe('unknown')
    expect(await countRows(store.look, 'slip', survey)).toBe(0)
  })
})
