import { describe, expect, test } from 'vitest'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { type Difference, differences } from '../../surveys/questionnaire-difference.ts'
import { at, changed, good, readJson } from './definition-files.ts'

const form = readJson('forms/public.json')
const lines = (found: readonly Difference[]) => found.map(({ path, kind }) => `${kind} ${path}`)

describe('differences', () => {
  test('finds none between a questionnaire and itself, whatever the order of its fields and its version', () => {
    const shuffled = JSON.parse(
      JSON.stringify(
        form,
        Object.keys(form as object)
          .reverse()
          .concat(keysOf(form)),
      ),
    )
    expect(differences(form, changed(shuffled, 'version', 9))).toEqual([])
    expect(differences(good(parseQuestionnaire(form)), form)).toEqual([])
  })

  test('names a changed text, a weight and a condition by where they stand', () => {
    const other = changed(
      changed(changed(form, 'pages[1].questions[0].title.en', 'How quick?'), 'pages[0].questions[0].weight', 40),
      'pages[1].questions[0].showIf',
      undefined,
    )
    const found = differences(form, other)
    expect(lines(found).sort()).toEqual([
      'changed pages[p_efficiency].questions[efficiency].title.en',
      'changed pages[p_overall].questions[overall].weight',
      'removed pages[p_efficiency].questions[efficiency].showIf',
    ])
    expect(found.find(({ path }) => path.endsWith('weight'))).toMatchObject({ before: '50', after: '40' })
  })

  test('follows a page that was moved, and an option that was taken out', () => {
    const pages = at(form, 'pages') as unknown[]
    const moved = changed(form, 'pages', [pages[0], pages[2], pages[1], ...pages.slice(3)])
    expect(lines(differences(form, moved))).toEqual(['moved pages'])
    const shorter = changed(form, 'pages[6].questions[0].options[0]', undefined)
    expect(lines(differences(form, shorter))).toEqual(['removed pages[p_why].questions[why].options[slow]'])
    expect(lines(differences(shorter, form))).toContain('added pages[p_why].questions[why].options[slow]')
  })
})

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => [key, ...keysOf(part)])
}
