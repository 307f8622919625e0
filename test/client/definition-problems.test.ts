import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { definitionProblemText } from '../../client/messages/definition-problems.ts'

test('every message about a questionnaire has its words in Chinese', () => {
  const sources = ['internal/questionnaire-rules.ts', 'internal/definition.ts', 'questionnaire.ts']
  const messages = sources.flatMap((file) => {
    const source = readFileSync(`surveys/${file}`, 'utf8')
    const quoted = [
      ...source.matchAll(/'((?:must|needs|is not) [^']+)'/g),
      ...source.matchAll(/`((?:must|needs) [^`]+)`/g),
    ]
    // What the core fills in stands there as a number.
    return quoted.map(([, message]) => message!.replace(/\$\{[^}]*\}/g, '5'))
  })
  expect(messages.length).toBeGreaterThan(40)
  const untranslated = messages.filter((text) => !/\p{Script=Han}/u.test(definitionProblemText('zh-CN', text)))
  expect(untranslated).toEqual([])
  expect(definitionProblemText('en', 'must be text')).toBe('must be text')
})
