import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auditSuppression, type CountTable, type HiddenPattern, suppressTable } from '../../surveys/disclosure.ts'
import { suppressionInput, suppressionResult } from '../vectors/suppression.ts'

const vector = JSON.parse(readFileSync(new URL('../vectors/shared/suppression-01.json', import.meta.url), 'utf8'))
const shared: CountTable = vector.input.table
const table = (text: string): number[][] => text.split('/').map((row) => row.trim().split(' ').map(Number))
const onlySmall = (counts: CountTable, threshold: number): boolean[][] =>
  counts.map((row) => row.map((count) => count > 0 && count < threshold))
const all = (counts: CountTable): boolean[][] => counts.map((row) => row.map(() => true))
const none = (counts: CountTable): boolean[][] => counts.map((row) => row.map(() => false))
const transposed = <T>(rows: readonly (readonly T[])[]): T[][] => rows[0]!.map((_, j) => rows.map((row) => row[j]!))

/** The outside check: every table of counts ≥ 0 with the shown cells and the totals, tried one by one. */
function enumerated(counts: CountTable, hidden: HiddenPattern): { min: number; max: number }[] {
  const cells = counts.flatMap((row, i) => row.flatMap((count, j) => (hidden[i]![j] ? [{ i, j, count }] : [])))
  const left = {
    rows: counts.map((_, i) => cells.filter((cell) => cell.i === i).reduce((sum, { count }) => sum + count, 0)),
    columns: counts[0]!.map((_, j) => cells.filter((cell) => cell.j === j).reduce((sum, { count }) => sum + count, 0)),
  }
  const range = cells.map(() => ({ min: Infinity, max: -Infinity }))
  const values: number[] = []
  const fill = (at: number): void => {
    const cell = cells[at]
    if (!cell) {
      if ([...left.rows, ...left.columns].some((rest) => rest !== 0)) return
      values.forEach((value, k) => {
        range[k] = { min: Math.min(range[k]!.min, value), max: Math.max(range[k]!.max, value) }
      })
      return
    }
    const { i, j } = cell
    const most = Math.min(left.rows[i]!, left.columns[j]!)
    const isLastOfRow = cells[at + 1]?.i !== i
    for (let value = isLastOfRow ? left.rows[i]! : 0; value <= most; value++) {
      values[at] = value
      left.rows[i]! -= value
      left.columns[j]! -= value
      fill(at + 1)
      left.rows[i]! += value
      left.columns[j]! += value
    }
  }
  fill(0)
  return range
}

const sizes = fc.record({ rows: fc.integer({ min: 1, max: 3 }), columns: fc.integer({ min: 1, max: 3 }) })
const tableOf = <T>(cell: fc.Arbitrary<T>) =>
  sizes.chain(({ rows, columns }) =>
    fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
  )
const audited = tableOf(
  fc.record({ count: fc.integer({ min: 0, max: 4 }), isHidden: fc.constantFrom(true, true, false) }),
).map((rows) => ({
  counts: rows.map((row) => row.map(({ count }) => count)),
  hidden: rows.map((row) => row.map(({ isHidden }) => isHidden)),
}))
/** Small tables in which most rows and columns hold enough for a threshold of 3. */
const published = tableOf(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 3, max: 9 })))

describe('auditSuppression', () => {
  test('gives the intervals of the reference software for the shared table', () => {
    expect(suppressionResult(suppressionInput.parse(vector.input))).toEqual(vector.expected)
  })

  test('a file whose table or pattern does not fit is malformed', () => {
    const changes = [{ table: [[1, 2], [3]] }, { table: [] }, { patterns: { short: [[true]] } }, { threshold: 0 }]
    for (const change of changes) expect(suppressionInput.safeParse({ ...vector.input, ...change }).success).toBe(false)
  })

  test('small cells hidden alone can be calculated back, and the audit says so', () => {
    // Row 0 is printed as 50 = 12 + ? + 20 + 15; row 1 as 68 = ? + 9 + 30 + 25.
    const audit = auditSuppression(shared, onlySmall(shared, 5), 5)
    expect(audit.intervals).toEqual([
      { row: 0, column: 1, count: 3, min: 3, max: 3 },
      { row: 1, column: 0, count: 4, min: 4, max: 4 },
    ])
    expect(audit.isSafe).toBe(false)
  })

  // Two blocks of hidden cells and one cell, 3, that joins them. All of rows 0 and 1 that is hidden is 19, all of columns 0
  // and 1 that is hidden is 16: the joining cell is 19 − 16 = 3, although every row and column hides two or three.
  const joined = table('4 4 50 60 / 4 4 3 70 / 80 90 4 4 / 85 95 4 4')

  test('two hidden cells in every row and column are not enough', () => {
    const hidden = onlySmall(joined, 5)
    for (const line of [...hidden, ...transposed(hidden)]) {
      expect(line.filter(Boolean).length).toBeGreaterThanOrEqual(2)
    }
    const audit = auditSuppression(joined, hidden, 5)
    expect(audit.isSafe).toBe(false)
    expect(audit.intervals.filter(({ min, max }) => max - min < 5)).toEqual([
      { row: 1, column: 2, count: 3, min: 3, max: 3 },
    ])
    const repaired = suppressTable(joined, 5)
    expect(repaired.shown).toBe('cells')
    expect(auditSuppression(joined, repaired.hidden, 5).isSafe).toBe(true)
  })

  test('equals the enumeration of all tables that are possible', () => {
    fc.assert(
      fc.property(audited, ({ counts, hidden }) => {
        const { intervals } = auditSuppression(counts, hidden, 3)
        expect(intervals.map(({ min, max }) => ({ min, max }))).toEqual(enumerated(counts, hidden))
      }),
      { numRuns: 500 },
    )
  })

  test('finds the extreme that moves many cells at once', () => {
    // All but the 2 in the middle are hidden. The last cell, 0, can be 2 only if six others move with it:
    // 0 1 0 / 1 2 1 / 0 0 2 has the same totals.
    const counts = table('0 0 1 / 0 2 2 / 1 1 0')
    const hidden = counts.map((_, i) => [true, i !== 1, true])
    expect(auditSuppression(counts, hidden, 3).intervals.at(-1)).toEqual({
      row: 2,
      column: 2,
      count: 0,
      min: 0,
      max: 2,
    })
  })

  test('a hidden table tells of each cell what its totals tell', () => {
    // Fréchet: max(0, row + column − all) ≤ cell ≤ min(row, column).
    const rows = [50, 68, 87]
    const columns = [24, 52, 72, 57]
    const expected = rows.flatMap((row, i) =>
      columns.map((column, j) => ({
        row: i,
        column: j,
        count: shared[i]![j],
        min: Math.max(0, row + column - 205),
        max: Math.min(row, column),
      })),
    )
    expect(auditSuppression(shared, all(shared), 5).intervals).toEqual(expected)
  })

  test('turning the table over turns its intervals over', () => {
    fc.assert(
      fc.property(audited, ({ counts, hidden }) => {
        const upright = auditSuppression(counts, hidden, 3)
        const turned = auditSuppression(transposed(counts), transposed(hidden), 3)
        const back = turned.intervals.map(({ row, column, ...rest }) => ({ ...rest, row: column, column: row }))
        expect(back.sort((a, b) => a.row - b.row || a.column - b.column)).toEqual(upright.intervals)
        expect(turned.isSafe).toBe(upright.isSafe)
      }),
    )
  })

  test('a small cell left in sight is not safe, a 0 in sight is', () => {
    const [small, zero] = [table('7 4 / 6 0'), table('7 5 / 6 0')]
    expect(auditSuppression(small, none(small), 5).isSafe).toBe(false)
    expect(auditSuppression(zero, none(zero), 5).isSafe).toBe(true)
  })

  test('a 0 that a pattern hides must stay unknown too', () => {
    const counts = table('7 0 / 6 8')
    const onlyZero = counts.map((row) => row.map((count) => count === 0))
    expect(auditSuppression(counts, onlyZero, 5)).toEqual({
      intervals: [{ row: 0, column: 1, count: 0, min: 0, max: 0 }],
      isSafe: false,
    })
    // With all hidden it could be as much as the 7 of its row.
    expect(auditSuppression(counts, all(counts), 5).isSafe).toBe(true)
  })

  test('the width may differ from the threshold', () => {
    const { hidden } = suppressTable(shared, 5)
    // Both small cells of the shared table have an interval of width 12.
    expect(auditSuppression(shared, hidden, 5, 12).isSafe).toBe(true)
    expect(auditSuppression(shared, hidden, 5, 13).isSafe).toBe(false)
  })

  test('what is no table or no pattern for it is refused', () => {
    const bad: [CountTable, HiddenPattern, string][] = [
      [[], [], 'needs a table'],
      [[[]], [[]], 'needs a table'],
      [[[1, 2], [3]], [[true, true], [true]], 'needs a table'],
      [[[1, -2]], [[true, true]], 'needs counts'],
      [[[1, 0.5]], [[true, true]], 'needs counts'],
      [[[1, Number.NaN]], [[true, true]], 'needs counts'],
      [[[1, 2]], [[true]], 'needs a pattern'],
      [
        [[1, 2]],
        [
          [true, true],
          [true, true],
        ],
        'needs a pattern',
      ],
    ]
    for (const [counts, hidden, message] of bad) expect(() => auditSuppression(counts, hidden, 5)).toThrow(message)
    expect(() => suppressTable([[1, 2], [3]], 5)).toThrow('suppressTable needs a table')
    expect(() => suppressTable([[1, 2]], 0)).toThrow('suppressTable needs a threshold of at least 1')
  })
})

describe('suppressTable', () => {
  test('hides in the shared table the pattern that the reference software found safe', () => {
    const { shown, hidden } = suppressTable(shared, 5)
    expect({ shown, hidden }).toEqual({ shown: 'cells', hidden: vector.input.patterns.withComplementary })
  })

  test('of equal counts the first is hidden', () => {
    const counts = table('3 9 9 / 20 30 30 / 20 40 50')
    expect(suppressTable(counts, 5).hidden).toEqual([
      [true, true, false],
      [true, true, false],
      [false, false, false],
    ])
  })

  test('a table without small cells is shown whole, its zeros too', () => {
    const { shown, hidden, intervals } = suppressTable(table('9 0 5 / 0 7 6'), 5)
    expect(shown).toBe('cells')
    expect(hidden.flat()).not.toContain(true)
    expect(intervals).toEqual([])
  })

  test('hides more until two small cells of one row do not give each other away', () => {
    // The four cells of the corner can move by no more than 1 down and 2 up at 1, and the other way round at 2.
    const counts = table('1 2 40 / 7 30 50 / 60 8 9')
    const corner = counts.map((_, i) => [i < 2, i < 2, false])
    expect(auditSuppression(counts, corner, 5).intervals.slice(0, 2)).toEqual([
      { row: 0, column: 0, count: 1, min: 0, max: 3 },
      { row: 0, column: 1, count: 2, min: 0, max: 3 },
    ])
    const { shown, hidden } = suppressTable(counts, 5)
    expect(shown).toBe('cells')
    expect(auditSuppression(counts, hidden, 5).isSafe).toBe(true)
  })

  test('shows the totals alone where no other count can be hidden', () => {
    // 2 and 3 could only trade places with the two 20 below them, and those stand alone in their rows: 20 = 20 + 0 + 0.
    const counts = table('2 3 0 / 0 0 20 / 20 0 0 / 0 20 0')
    const { shown, hidden, intervals } = suppressTable(counts, 5)
    expect({ shown, hidden }).toEqual({ shown: 'margins', hidden: all(counts) })
    // Row 5, columns 22 and 23 of 65 in all.
    expect(intervals.slice(0, 2)).toEqual([
      { row: 0, column: 0, count: 2, min: 0, max: 5 },
      { row: 0, column: 1, count: 3, min: 0, max: 5 },
    ])
  })

  test('shows nothing where a total is itself too small', () => {
    const column = table('3 / 20')
    expect(suppressTable(column, 5)).toEqual({ shown: 'nothing', hidden: all(column), intervals: [] })
    expect(suppressTable(table('1 20 / 2 30'), 5).shown).toBe('nothing')
  })

  test('of what is shown no small cell can be worked out more closely than the threshold', () => {
    const seen = { cells: 0, margins: 0, nothing: 0 }
    fc.assert(
      fc.property(published, (counts) => {
        const { shown, hidden, intervals } = suppressTable(counts, 3)
        seen[shown] += 1
        counts.forEach((row, i) => {
          row.forEach((count, j) => {
            if (count > 0 && count < 3) expect(hidden[i]![j]).toBe(true)
            if (count === 0 && shown === 'cells') expect(hidden[i]![j]).toBe(false)
          })
        })
        if (shown === 'nothing') return
        const possible = enumerated(counts, hidden)
        expect(intervals.map(({ min, max }) => ({ min, max }))).toEqual(possible)
        intervals.forEach(({ count }, k) => {
          if (count > 0 && count < 3) expect(possible[k]!.max - possible[k]!.min).toBeGreaterThanOrEqual(3)
        })
      }),
      { numRuns: 300 },
    )
    expect(seen.cells).toBeGreaterThan(20)
    expect(seen.nothing).toBeGreaterThan(0)
  })

  test('hiding the small cells alone would have given some of them away', () => {
    const isBetrayed = (counts: CountTable) => {
      const audit = auditSuppression(counts, onlySmall(counts, 3), 3)
      return audit.intervals.length > 0 && !audit.isSafe
    }
    const tables = fc.sample(published, { numRuns: 300, seed: 1 })
    expect(tables.filter(isBetrayed).length).toBeGreaterThan(100)
  })

  test('changes neither table nor totals, and gives the same pattern every time', () => {
    fc.assert(
      fc.property(published, (counts) => {
        const frozen = Object.freeze(counts.map((row) => Object.freeze([...row])))
        const first = suppressTable(frozen, 3)
        expect(suppressTable(counts, 3)).toEqual(first)
        for (const { count, min, max } of first.intervals) {
          expect(min).toBeLessThanOrEqual(count)
          expect(max).toBeGreaterThanOrEqual(count)
        }
      }),
    )
  })
})
