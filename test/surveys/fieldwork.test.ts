import { describe, expect, test } from 'vitest'
import { arrivalPrompts, dispositionsOf, isBehind, progressOf, responseRate } from '../../surveys/fieldwork.ts'
import { shippedPlan } from './definition-files.ts'

describe('responseRate', () => {
  test('is I ÷ ((I + P) + (R + NC + O) + (UH + UO)): 30 ÷ (30 + 15 + 5) is 60 %', () => {
    expect(responseRate({ complete: 30, silent: 15, unreached: 5 })).toBe('60.0')
  })

  test('rounds half-up with one decimal: 1 of 16 is 6.25 %, printed 6.3', () => {
    expect(responseRate({ complete: 1, silent: 15, unreached: 0 })).toBe('6.3')
  })

  test('keeps those in the denominator whom no message reached', () => {
    const people = dispositionsOf({ listed: 40, complete: 10, returned: 6 })
    expect(people).toEqual({ complete: 10, silent: 24, unreached: 6 })
    // 10 ÷ 40, not 10 ÷ 34.
    expect(responseRate(people)).toBe('25.0')
  })

  test('counts whoever answered although a message came back as complete, so that nobody counts twice', () => {
    expect(dispositionsOf({ listed: 10, complete: 8, returned: 5 })).toEqual({ complete: 8, silent: 0, unreached: 2 })
    expect(responseRate(dispositionsOf({ listed: 10, complete: 8, returned: 5 }))).toBe('80.0')
  })

  test('is none where nobody is listed', () => {
    expect(responseRate(dispositionsOf({ listed: 0, complete: 0, returned: 0 }))).toBeNull()
  })
})

describe('progressOf', () => {
  const plan = shippedPlan()
  const people = [{ cell: 'all', expected: 400 }]

  test('holds what was received against all people, or against the quota where the plan has one', () => {
    expect(progressOf(plan, 'public', people, new Map([['all', 90]]))).toEqual([
      { cell: 'all', received: 90, target: 400, isQuota: false, remaining: 310 },
    ])
    const limited = { ...plan, groups: { ...plan.groups, public: { ...plan.groups.public, quota: { all: 120 } } } }
    expect(progressOf(limited, 'public', people, new Map([['all', 90]]))).toEqual([
      { cell: 'all', received: 90, target: 120, isQuota: true, remaining: 30 },
    ])
    expect(progressOf(limited, 'public', people, new Map([['all', 125]]))[0]!.remaining).toBe(0)
  })

  test('names a cell from which nobody has come', () => {
    expect(progressOf(plan, 'public', people, new Map())[0]).toMatchObject({ received: 0, remaining: 400 })
  })
})

describe('isBehind', () => {
  test('begins below four fifths of an even pace: half the time over, 40 of 100 are enough and 39 are not', () => {
    expect(isBehind({ received: 40, target: 100 }, 0.5)).toBe(false)
    expect(isBehind({ received: 39, target: 100 }, 0.5)).toBe(true)
  })

  test('asks nothing before anything is wanted', () => {
    expect(isBehind({ received: 0, target: 0 }, 1)).toBe(false)
    expect(isBehind({ received: 0, target: 100 }, 0)).toBe(false)
  })
})

describe('arrivalPrompts', () => {
  const days = Array.from({ length: 10 }, (_, i) => 20260301 + i)
  /** Ten quiet days: hall, gate and market bring 20, 19 and 21, a little more or less from day to day. */
  const quiet = days.flatMap((day, i) =>
    ['gate', 'hall', 'market'].map((unit, u) => {
      return { kind: 'channel' as const, unit, day, n: [20, 19, 21][u]! + ((i + u) % 3) }
    }),
  )

  test('says nothing of days that are as uneven as chance makes them', () => {
    expect(arrivalPrompts(quiet, '0.01')).toEqual({ tests: 30, prompts: [] })
  })

  test('names the channel and the day on which 60 came where about 20 would be usual', () => {
    const stuffed = quiet.map((each) => (each.unit === 'hall' && each.day === 20260304 ? { ...each, n: 60 } : each))
    const { prompts } = arrivalPrompts(stuffed, '0.01')
    expect(prompts.map(({ kind, unit, day, k }) => [kind, unit, day, k])).toEqual([['channel', 'hall', 20260304, 60]])
    expect(prompts[0]!.q).toBeGreaterThanOrEqual(prompts[0]!.p)
    expect(prompts[0]!.expected).toBeGreaterThan(20)
    expect(prompts[0]!.expected).toBeLessThan(45)
  })

  test('takes a busy day of all channels as given', () => {
    const busy = quiet.map((each) => (each.day === 20260306 ? { ...each, n: each.n * 4 } : each))
    expect(arrivalPrompts(busy, '0.01').prompts).toEqual([])
  })

  test('compares organs with organs and channels with channels', () => {
    const organs = quiet.map(({ day, n, unit }) => {
      return { kind: 'organ' as const, unit, day, n: unit === 'market' && day === 20260309 ? 80 : n }
    })
    const { tests, prompts } = arrivalPrompts([...quiet, ...organs], '0.01')
    expect(tests).toBe(60)
    expect(prompts.map(({ kind, unit, day }) => [kind, unit, day])).toEqual([['organ', 'market', 20260309]])
  })

  test('asks nothing where there is one channel alone, or one day', () => {
    expect(
      arrivalPrompts(
        quiet.filter(({ unit }) => unit === 'hall'),
        '0.01',
      ),
    ).toEqual({ tests: 0, prompts: [] })
    expect(
      arrivalPrompts(
        quiet.filter(({ day }) => day === 20260301),
        '0.01',
      ),
    ).toEqual({ tests: 0, prompts: [] })
    expect(arrivalPrompts([], '0.01')).toEqual({ tests: 0, prompts: [] })
  })
})
