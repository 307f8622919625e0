import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConstraintFailed, Unavailable } from '../../db/database.ts'
import { packFailure, packItems, unpackFailure, unpackItems } from '../../db/node/messages.ts'
import { GuardFailed, WriterReplaced } from '../../db/writer/executor.ts'
import type { BoxItem, ContactItem, IssueItem, LiveItem } from '../../db/writer/items.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const item: fc.Arbitrary<LiveItem> = fc.record({
  kind: fc.constant('live' as const),
  jurisdiction: fc.nat(),
  survey: fc.nat(),
  pseudonym: bytes(32),
  bodyHash: bytes(32),
  tag: bytes(32),
  cell: text,
  channel: text,
  assistant: text,
  day: fc.nat(),
  slips: fc.array(
    fc.record({ id: bytes(16), salt: bytes(16), organ: fc.nat(), cell: text, answers: fc.array(fc.integer()) }),
    { maxLength: 4 },
  ),
  comments: fc.array(fc.record({ id: bytes(16), salt: bytes(16), organ: fc.nat(), text }), { maxLength: 3 }),
})

describe('between the threads', () => {
  test('responses arrive as they were sent, in one buffer', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), (items) => {
        const { bytes, facts } = structuredClone(packItems(items))
        expect(unpackItems('live', { bytes, facts })).toEqual(items)
      }),
    )
  })

  test('tickets, envelopes and contacts arrive as they were sent', () => {
    const issue: fc.Arbitrary<IssueItem> = fc.record({
      kind: fc.constant('issue' as const),
      jurisdiction: fc.nat(),
      survey: fc.nat(),
      pseudonym: bytes(32),
      bodyHash: bytes(32),
      cell: text,
      channel: text,
      day: fc.nat(),
      isForm: fc.boolean(),
    })
    const box: fc.Arbitrary<BoxItem> = fc.record({
      kind: fc.constant('box' as const),
      jurisdiction: fc.nat(),
      survey: fc.nat(),
      tag: bytes(32),
      cell: text,
      message: bytes(120),
      signature: bytes(256),
      version: fc.nat(),
      enc: fc.oneof(bytes(65), bytes(0)),
      ct: fc.uint8Array({ maxLength: 100 }),
    })
    const contact: fc.Arbitrary<ContactItem> = fc.record({
      kind: fc.constant('contact' as const),
      jurisdiction: fc.nat(),
      survey: fc.nat(),
      pseudonym: bytes(32),
      sealed: bytes(145),
    })
    const batches = fc.oneof(
      fc.array(contact, { minLength: 1, maxLength: 6 }),
      fc.array(issue, { minLength: 1, maxLength: 6 }),
      fc.array(box, { minLength: 1, maxLength: 6 }),
    )
    fc.assert(
      fc.property(batches, (items) => {
        const { bytes, facts } = structuredClone(packItems(items))
        expect(unpackItems(items[0]!.kind, { bytes, facts })).toEqual(items)
      }),
    )
  })

  test('a failure is of the same kind on the other side', () => {
    const across = (error: Error) => unpackFailure(structuredClone(packFailure(error)))
    expect(across(new Unavailable('SQLITE_FULL', 7))).toMatchObject({ name: 'Unavailable', retryAfterSeconds: 7 })
    expect(across(new Unavailable('SQLITE_FULL'))).not.toBeInstanceOf(WriterReplaced)
    expect(across(new WriterReplaced())).toBeInstanceOf(WriterReplaced)
    expect(across(new ConstraintFailed('UNIQUE constraint failed: user.email'))).toEqual(
      new ConstraintFailed('UNIQUE constraint failed: user.email'),
    )
    expect(across(new GuardFailed())).toBeInstanceOf(GuardFailed)
    expect(across(new RangeError('addSlip needs a level'))).not.toBeInstanceOf(Unavailable)
  })
})
