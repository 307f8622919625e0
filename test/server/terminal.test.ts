import { describe, expect, test } from 'vitest'
import { progressBar } from '../../server/node/terminal.ts'

/** What stands on a screen after work of 200 pieces, one each 10 ms. */
function shown(isTTY: boolean): string[] {
  const written: string[] = []
  let now = 0
  const screen = { isTTY, write: (text: string) => written.push(text) > 0 }
  const show = progressBar(screen, () => now)
  for (const text of ['checked', 'written'])
    for (let done = 1; done <= 200; done++) {
      now += 10
      show(text, done, 200)
    }
  return written
}

describe('the bar of long work', () => {
  test('is written over on a terminal, five times a second, and each piece of work keeps its last line', () => {
    const written = shown(true)
    expect(written.length).toBeLessThanOrEqual(2 * 12)
    expect(written.every((text) => text.startsWith('\r'))).toBe(true)
    const screen = written.join('').split('\n')
    expect(screen.map((line) => line.slice(line.lastIndexOf('\r')).replace('\r\x1b[K', ''))).toEqual([
      `[${'#'.repeat(20)}] 100 % checked (200/200)`,
      `[${'#'.repeat(20)}] 100 % written (200/200)`,
      '',
    ])
  })

  test('is a line for each quarter in a log', () => {
    expect(shown(false).slice(0, 4)).toEqual([
      `[${'#'.repeat(5)}${'.'.repeat(15)}] 25 % checked (50/200)\n`,
      `[${'#'.repeat(10)}${'.'.repeat(10)}] 50 % checked (100/200)\n`,
      `[${'#'.repeat(15)}${'.'.repeat(5)}] 75 % checked (150/200)\n`,
      `[${'#'.repeat(20)}] 100 % checked (200/200)\n`,
    ])
    expect(shown(false)).toHaveLength(8)
  })

  test('says nothing of no work at all', () => {
    const written: string[] = []
    progressBar({ write: (text: string) => written.push(text) > 0 })('checked', 0, 0)
    expect(written).toEqual([])
  })
})
