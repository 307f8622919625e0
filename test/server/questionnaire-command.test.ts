import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { changed, readJson } from '../surveys/definition-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'questionnaire-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = (name: string) => join(folder, name)
const form = readJson('forms/public.json')

function gongping(...words: string[]): { status: number | null; said: string } {
  const given = ['--import', 'tsx', 'server/node/cli.ts', 'questionnaire', ...words]
  const { status, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' })
  return { status, said: stderr }
}

describe('gongping questionnaire', () => {
  test('exports a workbook, imports it again as the same file, and writes over none', () => {
    expect(gongping('export', 'surveys/forms/public.json', '--out', path('a.xlsx')).status).toBe(0)
    expect(gongping('import', path('a.xlsx'), '--out', path('a.json')).status).toBe(0)
    expect(JSON.parse(readFileSync(path('a.json'), 'utf8'))).toEqual(form)
    const again = gongping('import', path('a.xlsx'), '--out', path('a.json'), '--lang', 'en')
    expect([again.status, again.said.includes('is there already')]).toEqual([1, true])
  }, 60_000)

  test('ends with 1 and the place of what must be changed, 0 for what needs a reason, 2 for a wrong usage', () => {
    writeFileSync(path('praise.json'), JSON.stringify(changed(form, 'thanks.zh-CN', '请给好评。')))
    const praise = gongping('lint', path('praise.json'), '--lang', 'zh')
    expect([praise.status, praise.said]).toEqual([1, expect.stringContaining('thanks.zh-CN: 必须改: 引导性用词“好评”')])
    writeFileSync(path('bare.json'), JSON.stringify(changed(form, 'thanks.zh-CN', '谢谢')))
    const bare = gongping('lint', path('bare.json'), '--lang', 'en')
    expect([bare.status, bare.said]).toEqual([0, expect.stringContaining('thanks.zh-CN: Needs a reason')])
    writeFileSync(path('broken.json'), JSON.stringify(changed(form, 'minutes', 0)))
    const broken = gongping('lint', path('broken.json'), '--lang', 'zh')
    expect([broken.status, broken.said]).toEqual([1, expect.stringContaining('minutes: 不能小于 1')])
    expect(gongping('lint').status).toBe(2)
    expect(gongping('lint', path('none.json')).status).toBe(2)
  }, 60_000)
})
