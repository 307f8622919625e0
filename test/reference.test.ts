import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { officeMessages } from '../client/messages/office.ts'
import { environment, secretNames } from '../server/config.ts'
import { staffRoles } from '../server/policy.ts'
import { type CycleState, moveCycle, moveSurvey, type SurveyState } from '../surveys/cycle.ts'
import { createTestApp, type TestApp } from './support/app.ts'
import { madeParts, type OpenApi, withMadeParts } from './support/reference.ts'

const root = join(import.meta.dirname, '..')
const pages = [
  { locale: 'en', page: 'docs/reference.md' },
  { locale: 'zh-CN', page: 'docs/reference.zh-CN.md' },
] as const
const read = (page: string) => readFileSync(join(root, page), 'utf8')

/** The cells of each row of the tables below a heading, without the rows of heads. */
const rowsBelow = (page: string, heading: RegExp): string[][] => {
  const section = read(page)
    .split(/^## /m)
    .find((part) => heading.test(part))
  if (section === undefined) throw new Error(`${page} has no section ${heading}`)
  return [...section.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row]) => row!.split(/(?<!\\) \| /))
    .filter(([first]) => first !== '---' && first !== undefined)
}
const codesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

describe.each(pages)('the reference in $locale', ({ locale, page }) => {
  test('has its made parts as the program is now', async () => {
    const openApi = (await (await app.request(`/openapi.json?lang=${locale}`)).json()) as OpenApi
    const made = withMadeParts(read(page), madeParts(locale, openApi))
    for (const name of Object.keys(madeParts(locale, openApi))) expect(made).toContain(`<!-- made: ${name} -->`)
    await expect(made).toMatchFileSnapshot(join(root, page))
  })

  test('has every setting once, with its default', () => {
    const rows = rowsBelow(page, /^1\. /).filter(([first]) => first!.startsWith('`'))
    const names = rows.flatMap(([first]) => codesIn(first!))
    expect(names.toSorted()).toEqual(Object.keys(environment.shape).toSorted())
    for (const [names, byDefault] of rows) expectDefaults(codesIn(names!), byDefault!)
  })

  test('names every secret that may come from a file', () => {
    const section = read(page).split(/^## /m)[1]!
    for (const name of secretNames) expect(section).toContain(`${name}_FILE`)
  })

  test('calls roles and states as the pages do', () => {
    const said: Readonly<Record<string, string>> = officeMessages(locale)
    const rows = [/^2\. /, /^4\. /].flatMap((heading) => rowsBelow(page, heading))
    const named = rows.filter(([, code]) => /^`\w+`$/.test(code!)).map(([word, code]) => [codesIn(code!)[0]!, word!])
    expect(named.map(([code]) => code)).toEqual(expect.arrayContaining([...staffRoles, 'archived', 'opening']))
    expect(named).toEqual(named.map(([code]) => [code, said[code!]]))
  })

  test('has the states of cycles and surveys with every step that is permitted', () => {
    const rows = rowsBelow(page, /^4\. /).filter(([, code]) => code!.startsWith('`'))
    const told = rows.flatMap(([, code, next]) => codesIn(next!).map((to) => `${codesIn(code!)[0]} → ${to}`))
    expect(told.toSorted()).toEqual([...cycleSteps(), ...surveySteps()].toSorted())
  })

  test('has nothing in the glossary that pages do not say', () => {
    const said = messagesOf()
    const rows = rowsBelow(page, /^8\. /).filter(([, , code]) => code!.startsWith('`'))
    expect(rows.length).toBeGreaterThan(20)
    const words = rows.flatMap(([first, second]) => [first!, second!])
    expect(words.filter((word) => !said.includes(word.toLowerCase()))).toEqual([])
  })
})

test('a made part that somebody has changed by hand is made again', () => {
  const page = (part: string) => `# Title\n\n<!-- made: roles -->\n\n${part}\n\n<!-- end -->\n\nafter\n`
  expect(withMadeParts(page('| old |'), { roles: '| new |' })).toBe(page('| new |'))
})

test('READMEs name settings that there are, with their defaults', () => {
  for (const [page, heading] of [
    ['README.md', /^Settings/],
    ['README.zh-CN.md', /^设置/],
  ] as const)
    for (const [names, byDefault] of rowsBelow(page, heading).filter(([first]) => first!.startsWith('`')))
      expectDefaults(codesIn(names!), byDefault!)
})

function expectDefaults(names: readonly string[], cell: string): void {
  for (const name of names) {
    expect(Object.keys(environment.shape)).toContain(name)
    const schema = environment.shape[name as keyof typeof environment.shape]
    const { data } = schema.safeParse(undefined)
    const byDefault = typeof data === 'boolean' ? Number(data) : data
    // Texts of messages are longer than a cell.
    if (typeof byDefault === 'number' || (typeof byDefault === 'string' && byDefault !== '' && byDefault.length < 40))
      expect(cell, name).toContain(String(byDefault))
  }
}

function cycleSteps(): string[] {
  const states: readonly CycleState[] = [
    ...(['draft', 'targets', 'fieldwork', 'closed', 'reviewed', 'published', 'rectification', 'archived'] as const),
  ]
  return states.flatMap((from) =>
    states.filter((to) => moveCycle(from, to, ['published']).ok).map((to) => `${from} → ${to}`),
  )
}

function surveySteps(): string[] {
  const states: readonly SurveyState[] = ['draft', 'ready', 'open', 'closed', 'opening', 'opened', 'published']
  const modes = ['live', 'sealed'] as const
  return states.flatMap((from) =>
    states
      .filter((to) => modes.some((mode) => moveSurvey({ from, to, mode, dueToClose: true }).ok))
      .map((to) => `${from} → ${to}`),
  )
}

/** Everything that pages, forms and plans say, in small letters. */
function messagesOf(): string {
  const folders = ['client/messages', 'surveys/forms', 'surveys/plans']
  const files = folders.flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  return files.map(read).join('\n').toLowerCase()
}
