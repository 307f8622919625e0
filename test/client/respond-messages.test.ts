import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { fill, placeholders } from '../../client/messages/fill.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'client/messages')
const faces = readdirSync(folder)
  .filter((file) => file.endsWith('.zh-CN.ts'))
  .map((file) => file.slice(0, -'.zh-CN.ts'.length))

type Texts = Map<string, string>

/** The one object of texts in a message file, as path -> text. */
async function textsOf(face: string, locale: string): Promise<Texts> {
  const file: Record<string, unknown> = await import(join(folder, `${face}.${locale}.ts`))
  const source = Object.values(file).find((value) => typeof value === 'object' && value !== null)
  const texts: Texts = new Map()
  const walk = (value: unknown, path: string) => {
    if (typeof value === 'string') texts.set(path, value)
    else for (const [key, part] of Object.entries(value as object)) walk(part, path ? `${path}.${key}` : key)
  }
  walk(source, '')
  return texts
}

function sourcesBelow(path: string): string[] {
  if (statSync(path).isDirectory()) return readdirSync(path).flatMap((name) => sourcesBelow(join(path, name)))
  return /\.tsx?$/.test(path) ? [readFileSync(path, 'utf8')] : []
}

describe('fill', () => {
  test('puts each value in its place and leaves a name without a value as written', () => {
    expect(fill('第 {n} 题，共 {total} 题', { n: 2, total: 6 })).toBe('第 2 题，共 6 题')
    expect(fill('{n} of {total}', { n: 2 })).toBe('2 of {total}')
  })

  test('chooses the form of an English word by its number', () => {
    const text = '{n} {n:agency|agencies} {n:has|have} none'
    expect(fill(text, { n: 1 })).toBe('1 agency has none')
    for (const n of [0, 2, 11, '1,001']) expect(fill(text, { n })).toBe(`${n} agencies have none`)
  })

  test('does not read a value again for further places', () => {
    expect(fill('{organ}', { organ: '{phone}', phone: '1' })).toBe('{phone}')
  })
})

describe.each(faces)('messages of %s', (face) => {
  test('have the same keys in both languages', async () => {
    const chinese = await textsOf(face, 'zh-CN')
    const english = await textsOf(face, 'en')
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  test('leave the same places open in both languages', async () => {
    const chinese = await textsOf(face, 'zh-CN')
    const english = await textsOf(face, 'en')
    for (const [key, text] of chinese) {
      expect(placeholders(english.get(key) ?? '').sort(), key).toEqual(placeholders(text).sort())
    }
  })

  test('are all there: no text is empty', async () => {
    for (const locale of ['zh-CN', 'en']) {
      for (const [key, text] of await textsOf(face, locale)) expect(text.trim(), `${locale} ${key}`).not.toBe('')
    }
  })

  test('are all used by a page, an island or the server', async () => {
    // The states of cycles and surveys are words of the core.
    const sources = ['client/pages', 'client/parts', 'client/islands', 'server', 'surveys/cycle.ts']
      .flatMap((part) => sourcesBelow(join(root, part)))
      // The list of words that travel to the device names them all; what counts is whether the device reads them.
      .filter((source) => !source.includes('export function formWords'))
      .join('\n')
    const words = new Set(sources.match(/\w+/g))
    // Keys put together from a code: `${code}Title`, `problem_${code}`.
    const built = Array.from(sources.matchAll(/`(\w*)\$\{[^`}]*\}(\w*)`/g), ([, start, end]) => [start!, end!] as const)
    const isBuilt = (key: string) =>
      built.some(([start, end]) => (start + end).length > 3 && key.startsWith(start) && key.endsWith(end))
    const keys = [...(await textsOf(face, 'zh-CN')).keys()].map((path) => path.split('.').at(-1)!)
    const unused = keys.filter((key) => !words.has(key) && !isBuilt(key))
    expect(unused).toEqual([])
  })
})

describe('respondents’ words', () => {
  test('use full-width punctuation between Chinese characters', async () => {
    for (const [key, text] of await textsOf('respond', 'zh-CN')) {
      expect(text, key).not.toMatch(/\p{Script=Han}[,;:?!]|[,;:?!]\p{Script=Han}/u)
    }
  })

  test('hold no Chinese in English, except the name of the other language', async () => {
    for (const [key, text] of await textsOf('respond', 'en')) {
      if (key !== 'otherLanguage') expect(text, key).not.toMatch(/\p{Script=Han}/u)
    }
  })

  test('say 您 to everybody', async () => {
    for (const [key, text] of await textsOf('respond', 'zh-CN')) expect(text, key).not.toContain('你')
  })

  test('never praise an answer, promise a reward or claim anonymity for live surveys', async () => {
    const chinese = await textsOf('respond', 'zh-CN')
    for (const [key, text] of chinese) {
      expect(text, key).not.toMatch(/好评|满分|红包|抽奖|必须满意/)
      if (text.includes('匿名')) expect(text, key).toMatch(/并非匿名|不说“匿名”/)
    }
  })
})
