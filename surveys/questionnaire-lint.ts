// Advice about the wording of a questionnaire, for what no schema can see: questions that ask for a good rating, that ask
// two things at once, that ask who somebody is. A finding of level E keeps a survey from being opened; one of level W may
// stand when somebody has written down why. Every other text that an office writes to respondents is read by the same
// rules for leading and personal words.

import { pathOf } from './internal/definition.ts'
import type { GroupId, LocaleText, Question, Questionnaire } from './questionnaire.ts'

export type LintCode =
  | 'lead-zh'
  | 'lead-en'
  | 'double'
  | 'absolute'
  | 'negative'
  | 'personal'
  | 'length'
  | 'count'
  | 'wording'
  | 'punctuation'

/** E keeps a survey closed, W needs a written reason. */
export const lintLevels: Readonly<Record<LintCode, 'E' | 'W'>> = {
  'lead-zh': 'E',
  'lead-en': 'E',
  double: 'W',
  absolute: 'W',
  negative: 'W',
  personal: 'E',
  length: 'W',
  count: 'W',
  wording: 'W',
  punctuation: 'W',
}

export interface LintFinding {
  readonly code: LintCode
  readonly level: 'E' | 'W'
  /** Place in the questionnaire, `pages[0].questions[1].title.en`; of a single text ''. */
  readonly path: string
  /** The whole text in question; of a count what was counted. */
  readonly text: string
  /** The words in it, or the number, that the rule stumbled over. */
  readonly found: string
}

/** Why a finding may stand, by `findingKey`. */
export type LintReasons = Readonly<Record<string, string>>

/**
 * What a reason is about: the rule and the very text, wherever it stands. A text that is changed needs a new reason, one
 * that is moved does not.
 */
export const findingKey = ({ code, text }: Pick<LintFinding, 'code' | 'text'>): string => `${code} ${text}`

/** Those findings that keep a survey from being opened: of level E, or of level W without a reason. */
export function openFindings(findings: readonly LintFinding[], reasons: LintReasons): LintFinding[] {
  return findings.filter((finding) => finding.level === 'E' || !Object.hasOwn(reasons, findingKey(finding)))
}

/** Every finding in a questionnaire, in the order of its texts. */
export function lintQuestionnaire(questionnaire: Questionnaire): LintFinding[] {
  const findings: LintFinding[] = []
  for (const { texts, steps, kind } of textsOf(questionnaire)) {
    for (const [locale, text] of Object.entries(texts)) {
      const language = locale.startsWith('zh') ? 'zh' : locale.startsWith('en') ? 'en' : null
      if (language === null) continue
      const path = pathOf([...steps, locale])
      for (const { code, found } of wordsFound(text, kind, language))
        findings.push({ code, level: lintLevels[code], path, text, found })
    }
  }
  return [...findings, ...renamedLevels(questionnaire), ...tooMany(questionnaire)]
}

/** Leading and personal words in one text to respondents: an invitation, a poster, a page. */
export function lintText(text: string, language: 'zh' | 'en'): LintFinding[] {
  const found = [...leading(text, language), ...personal(text, language, 'hint')]
  return found.map((each) => ({ ...each, level: lintLevels[each.code], path: '', text }))
}

type Language = 'zh' | 'en'
type Found = { code: LintCode; found: string }

/** What a text is for: some rules are about questions only. */
type Kind = 'sentence' | 'heading' | 'rating' | 'question' | 'hint' | 'option'

interface Placed {
  readonly texts: LocaleText
  readonly steps: readonly PropertyKey[]
  readonly kind: Kind
}

function* textsOf({ title, intro, thanks, dimensions, scales, pages }: Questionnaire): Generator<Placed> {
  yield { texts: title, steps: ['title'], kind: 'heading' }
  yield { texts: intro, steps: ['intro'], kind: 'sentence' }
  yield { texts: thanks, steps: ['thanks'], kind: 'sentence' }
  for (const [at, { label }] of dimensions.entries())
    yield { texts: label, steps: ['dimensions', at, 'label'], kind: 'heading' }
  for (const [s, scale] of scales.entries()) {
    for (const [at, { label }] of scale.options.entries())
      yield { texts: label, steps: ['scales', s, 'options', at, 'label'], kind: 'option' }
  }
  for (const [p, page] of pages.entries()) {
    if (page.title) yield { texts: page.title, steps: ['pages', p, 'title'], kind: 'heading' }
    for (const [q, question] of page.questions.entries()) yield* textsOfQuestion(question, ['pages', p, 'questions', q])
  }
}

function* textsOfQuestion(question: Question, steps: readonly PropertyKey[]): Generator<Placed> {
  yield {
    texts: question.title,
    steps: [...steps, 'title'],
    kind: question.type === 'rating' ? 'rating' : 'question',
  }
  if (question.hint) yield { texts: question.hint, steps: [...steps, 'hint'], kind: 'hint' }
  if (question.type !== 'choice') return
  for (const [at, { label }] of question.options.entries())
    yield { texts: label, steps: [...steps, 'options', at, 'label'], kind: 'option' }
}

function wordsFound(text: string, kind: Kind, language: Language): Found[] {
  const isQuestion = kind === 'rating' || kind === 'question'
  return [
    ...leading(text, language),
    ...(kind === 'rating' ? double(text, language) : []),
    ...(isQuestion || kind === 'option' ? matches('absolute', text, absolutes[language]) : []),
    ...(isQuestion ? negative(text, language) : []),
    ...personal(text, language, kind),
    ...length(text, kind, language),
    ...matches('wording', text, /点击这里|点这里|\bclick here\b/i),
    ...punctuation(text, kind, language),
  ]
}

function matches(code: LintCode, text: string, pattern: RegExp): Found[] {
  const found = pattern.exec(text)?.[0]
  return found === undefined ? [] : [{ code, found }]
}

const leads = {
  zh: /好评|五星|满分|返现|红包|抽奖|必须满意|请选满意|给予支持|不要选[“"「]?说不清/,
  en: /\bfive[- ]stars?\b|please rate us highly|give us a good|must be satisfied|\brewards?\b|\bgifts?\b/i,
}

const leading = (text: string, language: Language): Found[] => matches(`lead-${language}`, text, leads[language])

/** Set phrases that name one thing, and words of which 和 or 及 is only a part. */
const single = {
  zh: /廉洁自律|担当创新|和谐|和平|和气|和蔼|和善|温和|平和|缓和|及时|及格|涉及|普及|顾及/g,
  en: /initiative and innovation|decisions and assignments/gi,
}
const doubles = {
  zh: /.?、.?|\p{Script=Han}(?:以及|和|及)[\p{Script=Han}{]/u,
  en: /[\p{L}’'-]+ and [\p{L}’'-]+/u,
}

const double = (text: string, language: Language): Found[] =>
  matches('double', text.replace(single[language], '·'), doubles[language])

const absolutes = { zh: /总是|从不|所有|完全/, en: /\b(?:always|never|all)\b/i }

/** Words that hold 不 or 无 and deny nothing. */
const harmless = /不动产|不过|(\p{Script=Han})不\1|无线|无障碍|非常|未来/gu
const negatives = {
  zh: /不[^，。；？]*吗|(?:不|没|未|无|非)[^，。；？吗]{0,8}(?:不|没|未|无)/,
  en: /\b(?:not|never|no|\w+n[’']t)\b[^.;?]*\b(?:not|never|no|without|unsatisfied|dissatisfied|unhappy|unfair|unclear)\b/i,
}

const negative = (text: string, language: Language): Found[] =>
  matches('negative', language === 'zh' ? text.replace(harmless, '·') : text, negatives[language])

const persons = {
  zh: /姓名|身份证|手机号|住址|单位职务|单位[和及、]职务/,
  en: /\b(?:your|full) name\b|\bnames?, ID\b|\bID (?:card|number)s?\b|\b(?:phone|mobile) numbers?\b|\bhome address\b|\bjob title\b/i,
}
const warnings = { zh: /不要|请勿|勿|不必|不需要|不保存/, en: /\b(?:do not|don[’']t|never|without)\b/i }

// A question that asks for it is none the better for a warning; any other text may speak of it to warn.
function personal(text: string, language: Language, kind: Kind): Found[] {
  const isQuestion = kind === 'rating' || kind === 'question'
  return !isQuestion && warnings[language].test(text) ? [] : matches('personal', text, persons[language])
}

const longest = { han: 34, latin: 110, optionHan: 14 }

function length(text: string, kind: Kind, language: Language): Found[] {
  if (kind === 'sentence' || kind === 'hint') return []
  const bare = text.replace(/\{[a-z]+\}/g, '')
  const han = bare.match(/\p{Script=Han}/gu)?.length ?? 0
  const most = kind === 'option' ? longest.optionHan : longest.han
  if (language === 'zh') return han > most ? [{ code: 'length', found: String(han) }] : []
  const letters = [...bare].length
  return letters > longest.latin ? [{ code: 'length', found: String(letters) }] : []
}

function punctuation(text: string, kind: Kind, language: Language): Found[] {
  // Between digits they belong to a number or a time, in an address to the address.
  const halfWidth = language === 'zh' ? /[,?!:]/.exec(text.replace(/\d[,:]\d|https?:\/\/\S+/g, ''))?.[0] : undefined
  if (halfWidth) return [{ code: 'punctuation', found: halfWidth }]
  if (kind !== 'sentence') return []
  const isEnded = language === 'zh' ? /[。！？…][”’」）]?$/.test(text) : /[.!?…][”’")]?$/.test(text)
  return isEnded ? [] : [{ code: 'punctuation', found: [...text].slice(-1).join('') }]
}

const officialLevels = ['非常满意', '满意', '基本满意', '不满意', '非常不满意']

/** 一般 is no level of the official scale, whose five names stay what they are wherever a scale has five. */
function renamedLevels({ scales }: Questionnaire): LintFinding[] {
  return scales.flatMap((scale, s) => {
    const levels = scale.options.filter(({ score }) => score !== null)
    return levels.flatMap(({ label }, at) => {
      const text = label['zh-CN']
      const isRenamed = levels.length === officialLevels.length && text !== officialLevels[at]
      if (!isRenamed && text !== '一般') return []
      const path = pathOf(['scales', s, 'options', at, 'label', 'zh-CN'])
      return [{ code: 'wording', level: lintLevels.wording, path, text, found: text } as const]
    })
  })
}

/** Most ratings and unconditional choices about one organ. */
export const mostQuestions: Readonly<Record<GroupId, number>> = { public: 7, recipients: 6, leaders: 8 }

function tooMany({ group, pages }: Questionnaire): LintFinding[] {
  const asked = pages
    .flatMap(({ questions }) => questions)
    .filter((each) => each.type === 'rating' || (each.type === 'choice' && each.role !== 'margin' && !each.showIf))
  if (asked.length <= mostQuestions[group]) return []
  const found = String(asked.length)
  return [{ code: 'count', level: lintLevels.count, path: 'pages', text: `${group} ${found}`, found }]
}
