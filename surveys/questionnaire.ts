// What a questionnaire is: the questions one group is asked about each organ, in every language, with the points of
// each level and the weight of each question. A questionnaire is a file that an office can read, change and hash.
// This page checks such a file and says, for every mistake, where it stands and what is needed; how answers to it are
// read stands in answers.ts.

import { z } from 'zod'
import { canonicalJson } from './canonical.ts'
import {
  type DefinitionProblem,
  localeText,
  name,
  readableEntries,
  readDefinition,
  version,
  wholeNumber,
} from './internal/definition.ts'
import { questionnaireProblems, referenceProblems } from './internal/questionnaire-rules.ts'
import { err, ok, type Result } from './result.ts'

// One address for readers of a questionnaire; answers.ts itself stays free of zod for the respondent's device.
export type { AnswerProblem, Fields, ResponseAnswers } from './answers.ts'
export { answerQuestions, ratingQuestions, readAnswers } from './answers.ts'
export type { DefinitionProblem } from './internal/definition.ts'

export type Locale = 'zh-CN' | 'en'
/** A text in every language of its file; the two languages of the interface are always there. */
export type LocaleText = z.infer<typeof localeText>
export type GroupId = 'leaders' | 'recipients' | 'public'

/** When a question is shown: data, never code. A comparison with an unanswered question is false. */
export type Condition =
  | { q: string; op: 'eq' | 'ne' | 'lte' | 'gte'; v: number | string }
  | { q: string; op: 'in'; v: (number | string)[] }
  | { q: string; op: 'answered' }
  | { any: Condition[] }
  | { all: Condition[] }
  | { not: Condition }

const operand = z.union([z.int(), z.string().min(1)])
const condition: z.ZodType<Condition> = z.lazy(() =>
  z.union(
    [
      z.strictObject({ q: name, op: z.enum(['eq', 'ne', 'lte', 'gte']), v: operand }),
      z.strictObject({ q: name, op: z.literal('in'), v: z.array(operand).min(1) }),
      z.strictObject({ q: name, op: z.literal('answered') }),
      z.strictObject({ any: z.array(condition).min(1) }),
      z.strictObject({ all: z.array(condition).min(1) }),
      z.strictObject({ not: condition }),
    ],
    'must be {q, op, v} with op eq, ne, in, lte, gte or answered (without v), or {any: […]}, {all: […]}, {not: …}',
  ),
)

const common = {
  id: name,
  title: localeText,
  hint: localeText.exactOptional(),
  required: z.boolean('must be true or false').exactOptional(),
  showIf: condition.exactOptional(),
}

const rating = z.strictObject({
  type: z.literal('rating'),
  role: z.enum(['overall', 'dimension'], 'must be overall or dimension'),
  dimension: name.exactOptional(),
  scale: name,
  weight: wholeNumber(1, 1000),
  ...common,
})

const option = z.strictObject({
  value: name,
  label: localeText,
  exclusive: z.boolean('must be true or false').exactOptional(),
  pinned: z.boolean('must be true or false').exactOptional(),
  missing: z.boolean('must be true or false').exactOptional(),
})

const choice = z.strictObject({
  type: z.literal('choice'),
  role: z.enum(['reason', 'margin', 'other'], 'must be reason, margin or other'),
  margin: name.exactOptional(),
  multiple: z.boolean('must be true or false'),
  max: wholeNumber(1, 8).exactOptional(),
  shuffle: z.boolean('must be true or false'),
  options: z.array(option).min(2, 'must hold at least 2 options').max(20, 'must hold at most 20 options'),
  ...common,
})

const comment = z.strictObject({
  type: z.literal('text'),
  role: z.literal('comment', 'must be comment'),
  maxLength: wholeNumber(1, 500),
  rows: wholeNumber(1, 20),
  ...common,
})

const page = z.strictObject({
  id: name,
  per: z.enum(['organ', 'response'], 'must be organ or response'),
  part: z.enum(['core', 'detail'], 'must be core or detail'),
  title: localeText.exactOptional(),
  questions: z
    .array(z.discriminatedUnion('type', [rating, choice, comment], 'must have type rating, choice or text'))
    .min(1, 'must hold at least one question'),
})

// Fractional scores are text: canonical JSON, and so the hash, knows whole numbers only.
const score = z.union(
  [z.int().min(0).max(100), z.string().regex(/^[0-9]{1,2}\.[0-9]{1,2}$/), z.null()],
  'must be a whole number from 0 to 100, text such as "66.67", or null for not counted',
)

const scale = z.strictObject({
  id: name,
  options: z
    .array(
      z.strictObject({
        value: wholeNumber(0, 100),
        label: localeText,
        score,
        glyph: z.string().min(1).max(4).exactOptional(),
      }),
    )
    .min(2, 'must hold at least 2 levels'),
})

const order = z.enum(['fixed', 'seeded', 'rotate'], 'must be fixed, seeded or rotate')
const detail = z.enum(['all', 'first'], 'must be all or first')

const definition = z.strictObject({
  formatVersion: z.literal(1, 'must be 1'),
  id: name,
  version,
  group: z.enum(['leaders', 'recipients', 'public'], 'must be leaders, recipients or public'),
  defaultLocale: z.enum(['zh-CN', 'en'], 'must be zh-CN or en'),
  locales: z.array(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as zh-CN')),
  minutes: wholeNumber(1, 240),
  title: localeText,
  intro: localeText,
  thanks: localeText,
  subject: z.discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('one'), order, detail }),
      z.strictObject({ kind: z.literal('each'), order, detail }),
      z.strictObject({ kind: z.literal('pick'), min: wholeNumber(1, 20), max: wholeNumber(1, 20), order, detail }),
    ],
    'must have kind one, each or pick',
  ),
  dimensions: z.array(z.strictObject({ id: name, label: localeText })),
  scales: z.array(scale).min(1, 'must hold at least one scale'),
  pages: z.array(page).min(1, 'must hold at least one page'),
})

const named = z.object({ id: name })
const reference = z.object({
  type: z.literal('rating'),
  role: rating.shape.role,
  scale: name,
  dimension: name.exactOptional(),
})

/** As much of a questionnaire as is needed to follow its references. */
const references = z.object({
  scales: readableEntries(named),
  dimensions: readableEntries(named),
  pages: readableEntries(z.object({ questions: readableEntries(reference) })),
})

export type Questionnaire = z.infer<typeof definition>
export type Page = Questionnaire['pages'][number]
export type Scale = Questionnaire['scales'][number]
export type RatingQuestion = z.infer<typeof rating>
export type ChoiceQuestion = z.infer<typeof choice>
export type TextQuestion = z.infer<typeof comment>
export type Question = RatingQuestion | ChoiceQuestion | TextQuestion

/** Checks a questionnaire file: the questionnaire, or every problem with its place in the file. */
export function parseQuestionnaire(json: unknown): Result<Questionnaire, DefinitionProblem[]> {
  const read = readDefinition(definition, json)
  if ('problems' in read) return err([...read.problems, ...brokenReferences(json)])
  const problems = questionnaireProblems(read.data)
  return problems.length === 0 ? ok(read.data) : err(problems)
}

// A reference must not hide behind the mistakes of other places until these are corrected.
function brokenReferences(json: unknown): DefinitionProblem[] {
  const read = references.safeParse(json)
  return read.success ? referenceProblems(read.data) : []
}

/** The text whose SHA-256 is the questionnaire hash that a plan freezes. */
export function canonicalQuestionnaire(questionnaire: Questionnaire): string {
  return canonicalJson(questionnaire)
}
