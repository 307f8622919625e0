import { describe, expect, test } from 'vitest'
import { parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import {
  findingKey,
  type LintCode,
  lintLevels,
  lintQuestionnaire,
  lintText,
  openFindings,
} from '../../surveys/questionnaire-lint.ts'
import { at, changed, good, readJson } from './definition-files.ts'

const publicForm = readJson('forms/public.json')

function formWith(...changes: [path: string, value: unknown][]): Questionnaire {
  return good(parseQuestionnaire(changes.reduce((form, [path, value]) => changed(form, path, value), publicForm)))
}

/** What is found after some places of the public form were changed. */
const foundWith = (...changes: [path: string, value: unknown][]): string[] =>
  lintQuestionnaire(formWith(...changes)).map(({ code, path, found }) => `${code} ${path} ${found}`)

const RATING = 'pages[1].questions[0].title'
const WHY = 'pages[6].questions[0]'
const COMMENT = 'pages[6].questions[1]'
const LEVELS = 'scales[0].options'
const LABEL = `${WHY}.options[0].label`

describe('lintQuestionnaire', () => {
  test('finds nothing in the questionnaires that come with the platform', () => {
    for (const name of ['public', 'recipients', 'leaders'])
      expect(lintQuestionnaire(good(parseQuestionnaire(readJson(`forms/${name}.json`)))), name).toEqual([])
  })

  const flagged: readonly [code: LintCode, place: string, text: string, found: string][] = [
    ['lead-zh', 'intro.zh-CN', '请给{share}好评。', '好评'],
    ['lead-zh', `${RATING}.zh-CN`, '您给{organ}打五星吗？', '五星'],
    ['lead-zh', 'thanks.zh-CN', '参加抽奖。', '抽奖'],
    ['lead-zh', `${COMMENT}.hint.zh-CN`, '请不要选“说不清”', '不要选“说不清'],
    ['lead-en', 'thanks.en', 'Please rate us highly.', 'Please rate us highly'],
    ['lead-en', `${RATING}.en`, 'Does {organ} deserve five stars?', 'five stars'],
    ['lead-en', 'thanks.en', 'A gift awaits you.', 'gift'],
    ['double', `${RATING}.zh-CN`, '您对{organ}的效率和态度满意吗？', '率和态'],
    ['double', `${RATING}.zh-CN`, '您对{organ}的效率、态度满意吗？', '率、态'],
    ['double', `${RATING}.en`, 'How satisfied are you with the speed and attitude of {organ}?', 'speed and attitude'],
    ['absolute', `${RATING}.zh-CN`, '{organ}总是让您满意吗？', '总是'],
    ['absolute', `${RATING}.en`, 'Does {organ} always satisfy you?', 'always'],
    ['absolute', `${LABEL}.en`, 'Never in time', 'Never'],
    ['negative', `${RATING}.zh-CN`, '您不满意{organ}吗？', '不满意·吗'],
    ['negative', `${WHY}.title.zh-CN`, '有没有不想说的？', '没有不'],
    ['negative', `${RATING}.en`, 'Are you not dissatisfied with {organ}?', 'not dissatisfied'],
    ['personal', `${COMMENT}.title.zh-CN`, '您的姓名？', '姓名'],
    ['personal', `${COMMENT}.title.zh-CN`, '请不要忘记写手机号', '手机号'],
    ['personal', `${COMMENT}.title.en`, 'What is your name?', 'your name'],
    ['personal', `${COMMENT}.hint.zh-CN`, '请填写手机号', '手机号'],
    ['length', `${WHY}.title.zh-CN`, '问'.repeat(35), '35'],
    ['length', `${WHY}.title.en`, 'a'.repeat(111), '111'],
    ['length', `${LABEL}.zh-CN`, '答'.repeat(15), '15'],
    ['wording', `${LEVELS}[2].label.zh-CN`, '一般', '一般'],
    ['wording', `${LEVELS}[1].label.zh-CN`, '比较满意', '比较满意'],
    ['wording', `${COMMENT}.hint.en`, 'Click here', 'Click here'],
    ['wording', `${COMMENT}.hint.zh-CN`, '点击这里', '点击这里'],
    ['punctuation', `${WHY}.title.zh-CN`, '为什么?', '?'],
    ['punctuation', 'thanks.zh-CN', '谢谢', '谢'],
    ['punctuation', 'thanks.en', 'Thank you', 'u'],
  ]

  test.each(flagged)('%s: %s “%s”', (code, place, text, found) => {
    // The placeholders of both languages have to agree, and the other language is not what is looked at here.
    const other = place.endsWith('.en') ? place.replace(/en$/, 'zh-CN') : place.replace(/zh-CN$/, 'en')
    const holders = (text.match(/\{[a-z]+\}/g) ?? []).join('')
    const twin = `${other.endsWith('en') ? 'x' : '某'}${holders}${other.endsWith('en') ? '.' : '。'}`
    expect(foundWith([place, text], [other, twin])).toContain(`${code} ${place} ${found.replace('·', '{organ}')}`)
  })

  const innocent: readonly [code: LintCode, place: string, text: string][] = [
    ['lead-zh', `${LABEL}.zh-CN`, '评价渠道太少'],
    ['lead-en', `${LABEL}.en`, 'Staff are not gifted'],
    ['double', `${RATING}.zh-CN`, '您对{organ}担当创新的和谐氛围满意吗？'],
    ['double', `${LABEL}.zh-CN`, '多次往返、重复提交'],
    ['double', `${RATING}.en`, 'How satisfied are you with the initiative and innovation of {organ}?'],
    ['absolute', `${RATING}.en`, 'Overall, how satisfied are you with {organ}?'],
    ['absolute', 'intro.zh-CN', '所有评价占{share}。'],
    ['negative', `${RATING}.zh-CN`, '您对{organ}的不动产登记满意吗？'],
    ['negative', `${WHY}.title.zh-CN`, '您不满意的主要原因是什么？'],
    ['negative', `${WHY}.title.en`, 'What were the main reasons you were not satisfied?'],
    ['personal', `${COMMENT}.hint.zh-CN`, '请不要填写姓名、身份证号'],
    ['personal', `${COMMENT}.hint.en`, 'Do not include your name'],
    ['length', `${WHY}.title.zh-CN`, '问'.repeat(34)],
    ['length', `${WHY}.title.en`, 'a'.repeat(110)],
    ['length', `${LABEL}.zh-CN`, '答'.repeat(14)],
    ['wording', `${LABEL}.zh-CN`, '一般'],
    ['punctuation', `${WHY}.title.zh-CN`, '9:30 到 10,000 人，见 https://example.org/?a'],
    ['punctuation', 'thanks.en', 'Thank you.'],
    ['punctuation', `${LABEL}.zh-CN`, '不收句号'],
  ]

  test.each(innocent)('not %s: %s “%s”', (code, place, text) => {
    const other = place.endsWith('.en') ? place.replace(/en$/, 'zh-CN') : place.replace(/zh-CN$/, 'en')
    const twin = `x${(text.match(/\{[a-z]+\}/g) ?? []).join('')}`
    const about = foundWith([place, text], [other, twin]).filter((line) => line.includes(` ${place} `))
    expect(about.filter((line) => line.startsWith(`${code} `))).toEqual([])
  })

  test('counts ratings and choices that everybody is asked, up to the number for the group', () => {
    const { showIf: _, ...asked } = at(publicForm, WHY) as Record<string, unknown>
    const choice = { ...asked, role: 'other' }
    const added = (...ids: string[]): [string, unknown] => [
      'pages[6].questions',
      [...(at(publicForm, 'pages[6].questions') as unknown[]), ...ids.map((id) => ({ ...choice, id }))],
    ]
    expect(foundWith(added('seventh'))).toEqual([])
    expect(foundWith(added('seventh', 'eighth'))).toEqual(['count pages 8'])
  })

  test('has a flagged case of every rule, in both languages where it knows both', () => {
    const tried = new Set<string>([...flagged.map(([code]) => code), 'count'])
    expect([...tried].sort()).toEqual(Object.keys(lintLevels).sort())
  })
})

describe('openFindings', () => {
  test('an error stays whatever is written; a warning goes with a reason, and comes back when its text changes', () => {
    const double = formWith([`${RATING}.zh-CN`, '您对{organ}的效率和态度满意吗？'])
    const findings = lintQuestionnaire(double)
    const reasons = Object.fromEntries(findings.map((each) => [findingKey(each), '两者在本市是一个指标']))
    expect(openFindings(findings, {})).toHaveLength(1)
    expect(openFindings(findings, reasons)).toEqual([])
    const changedAgain = formWith([`${RATING}.zh-CN`, '您对{organ}的效率和作风满意吗？'])
    expect(openFindings(lintQuestionnaire(changedAgain), reasons)).toHaveLength(1)

    const leading = lintQuestionnaire(formWith(['thanks.en', 'Rate us with five stars.']))
    const excuses = Object.fromEntries(leading.map((each) => [findingKey(each), 'we want it']))
    expect(openFindings(leading, excuses)).toHaveLength(1)
  })
})

describe('lintText', () => {
  test('reads an invitation for leading and personal words only', () => {
    expect(lintText('请给好评, 并填写手机号', 'zh').map(({ code }) => code)).toEqual(['lead-zh', 'personal'])
    expect(lintText('请评价本次服务，不要填写手机号', 'zh')).toEqual([])
    expect(lintText('Please rate us highly', 'en').map(({ code, level }) => [code, level])).toEqual([['lead-en', 'E']])
  })
})
