import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareEntries, settleEntries } from '../../surveys/double-entry.ts'
import { channelOf, countWays, isPosterCode, readChannel, ways } from '../../surveys/ways.ts'

describe('the channel of a response', () => {
  const poster = fc.oneof(
    fc.constant(''),
    fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/).filter((code) => isPosterCode(code)),
  )

  test('says by which way it came and which poster led there, and both are read back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ways), poster, (way, code) => {
        const kept = way === 'online' || way === 'kiosk' ? code : ''
        expect(readChannel(channelOf(way, code))).toEqual({ way, poster: kept })
      }),
    )
  })

  test('is no name that a poster may have', () => {
    for (const code of ['direct', 'kiosk', 'phone', 'paper']) expect(isPosterCode(code), code).toBe(false)
    for (const code of ['online', 'phones', 'hall26']) expect(isPosterCode(code), code).toBe(true)
  })

  test('counts once: the ways add up to all responses', () => {
    const rows = [
      { channel: 'direct', n: 5 },
      { channel: 'hall26', n: 4 },
      { channel: 'kiosk', n: 3 },
      { channel: 'kiosk:hall26', n: 2 },
      { channel: 'phone', n: 6 },
      { channel: 'paper', n: 1 },
    ]
    expect(countWays(rows)).toEqual({ online: 9, kiosk: 5, phone: 6, paper: 1 })
  })
})

describe('two entries of a sheet', () => {
  const entry = (fields: Record<string, string[]>) => new Map(Object.entries(fields))
  const first = entry({ 'q.a.overall': ['4'], 'q.a.why': ['slow', 'rude'], 'c.a': [' schön '], 'q.a.law': ['3'] })

  test('are alike whatever the order of choices and the blanks around a text', () => {
    const second = entry({ 'c.a': ['schön'], 'q.a.why': ['rude', 'slow'], 'q.a.law': ['3'], 'q.a.overall': ['4'] })
    expect(compareEntries(first, second)).toEqual([])
    expect(settleEntries(second, [], new Map())).toEqual(second)
  })

  test('differ by item, also where one has nothing, and nothing is settled before everything is', () => {
    const second = entry({
      'q.a.overall': ['2'],
      'q.a.why': ['slow'],
      'c.a': [''],
      'q.a.clean': ['5'],
      'q.a.law': ['3'],
    })
    const differing = compareEntries(first, second)
    expect(differing.map(({ field, first, second }) => [field, first, second])).toEqual([
      ['q.a.overall', ['4'], ['2']],
      ['q.a.why', ['rude', 'slow'], ['slow']],
      ['c.a', ['schön'], []],
      ['q.a.clean', [], ['5']],
    ])
    const chosen = new Map([
      ['q.a.overall', 'first'],
      ['q.a.why', 'second'],
      ['c.a', 'first'],
    ] as const)
    expect(settleEntries(second, differing, chosen)).toBeNull()
    expect(settleEntries(second, differing, new Map([...chosen, ['q.a.clean', 'first']] as const))).toEqual(
      entry({ 'q.a.overall': ['4'], 'q.a.why': ['slow'], 'c.a': ['schön'], 'q.a.law': ['3'] }),
    )
  })
})
