import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('D12: two hundred thousand rows come in with less than 100 MB of memory beside the file', () => {
  const script = fileURLToPath(new URL('../support/roster-memory.ts', import.meta.url))
  const output = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', script], { encoding: 'utf8' })
  const { codes, most, control } = JSON.parse(output) as Record<string, number>
  expect(codes).toBe(200_000)
  expect(most).toBeLessThan(100)
  // Control: the same measure sees the rows once they are all kept.
  expect(control).toBeGreaterThan(100)
}, 240_000)
