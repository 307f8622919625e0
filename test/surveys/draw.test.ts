import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hex } from '../../surveys/canonical.ts'
import { openDraw, openFrame, readSizes } from '../../surveys/draw.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const textHash = (text: string) => createHash('sha256').update(text).digest('hex')
const rowsOf = (sizes: Record<string, number>) =>
  Object.entries(sizes).flatMap(([stratum, n]) =>
    Array.from({ length: n }, (_, at) => ({ stratum, number: `N-${at}` })),
  )

async function draw(rows: ReturnType<typeof rowsOf>, seed: string, sizes: Parameters<typeof readSizes>[0]) {
  const strata = [...new Set(rows.map(({ stratum }) => stratum))]
  const wanted = readSizes(sizes, strata)
  if (!wanted.ok) throw new Error('the sizes are wrong')
  const frame = openFrame(sha256)
  for (const row of rows) await frame.add(row)
  const named = await frame.result(wanted.value)
  const lot = openDraw({ survey: 'jiangzhou/leaders-2026', frame: named.hash, seed, strata: named.strata }, sha256)
  for (const row of rows) await lot.add(row)
  const drawn: string[] = []
  for (const row of rows) if (await lot.isDrawn(row)) drawn.push(`${row.stratum}|${row.number}`)
  return { ...named, drawn: drawn.sort() }
}

describe('a draw', () => {
  test('takes of each stratum as many as were said, and all of a smaller one', async () => {
    const { strata, drawn } = await draw(rowsOf({ party: 30, gov: 5 }), 'numbers of a lottery', 'party=10, gov=9')
    expect(strata).toEqual([
      { stratum: 'gov', listed: 5, drawn: 5 },
      { stratum: 'party', listed: 30, drawn: 10 },
    ])
    expect(drawn.filter((row) => row.startsWith('party|'))).toHaveLength(10)
    expect(drawn.filter((row) => row.startsWith('gov|'))).toHaveLength(5)
  })

  test('depends on the list and the seed alone, not on the order of the rows', async () => {
    const rows = rowsOf({ a: 40, b: 20 })
    const once = await draw(rows, 'first seed', '7')
    expect(await draw([...rows].reverse(), 'first seed', '7')).toEqual(once)
    expect((await draw(rows, 'other seed', '7')).drawn).not.toEqual(once.drawn)
    // One row more is another list, and so another draw.
    const more = await draw([...rows, { stratum: 'b', number: 'N-20' }], 'first seed', '7')
    expect(hex(more.hash)).not.toBe(hex(once.hash))
  })

  test('is the one that the definition gives, computed by hand', async () => {
    const rows = rowsOf({ a: 3 })
    const { hash, drawn } = await draw(rows, 'seed-seed', '1')
    const lines = rows.map(({ stratum, number }) => `${stratum}|${number}`)
    const list = textHash(`${lines.map(textHash).sort().join('\n')}\n`)
    expect(hex(hash)).toBe(list)
    const order = lines.map((line) => [textHash(`gp1|draw|jiangzhou/leaders-2026|${list}|seed-seed|${line}`), line])
    expect(drawn).toEqual([order.sort()[0]![1]])
  })

  test('gives every row of a long stratum its chance, however long', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1, max: 50 }), async (listed, wanted) => {
        const { drawn } = await draw(rowsOf({ a: listed }), 'a seed of some kind', String(wanted))
        expect(drawn).toHaveLength(Math.min(listed, wanted))
      }),
      { numRuns: 20 },
    )
    // Over many seeds each of ten rows comes about equally often: 400 draws of 1, expected 40 each, variance 36.
    const times = new Map<string, number>()
    for (let at = 0; at < 400; at++) {
      const { drawn } = await draw(rowsOf({ a: 10 }), `seed number ${at}`, '1')
      times.set(drawn[0]!, (times.get(drawn[0]!) ?? 0) + 1)
    }
    for (const n of times.values()) expect(Math.abs(n - 40)).toBeLessThan(24)
    expect(times.size).toBe(10)
  })
})

test('sizes are one number, or one for every stratum and no other', () => {
  expect(readSizes(' 200 ', [])).toEqual({ ok: true, value: 200 })
  expect(readSizes('party=20，government：30', ['party', 'government'])).toEqual({
    ok: true,
    value: new Map([
      ['party', 20],
      ['government', 30],
    ]),
  })
  for (const wrong of ['', '0', '-1', '1.5', 'party=20', 'party=20,party=30', 'party=20,church=5', 'party=20=30'])
    expect(readSizes(wrong, ['party', 'government']).ok, wrong).toBe(false)
})
