// The self-assessment table 自评表 of one organ: for each item of the plan on which organs assess themselves, what was
// aimed at, what was reached, the score that the organ proposes out of 100, and an explanation; for the whole table the
// problems and weak points, which nobody may leave out. Lead departments review it; for organs assessed by reference it
// prevails as it is.
import { canonicalText } from './canonical.ts'
import { type Indicator, indicatorsOf, type Plan } from './plan.ts'
import { add, multiply, parseRational, type Rational, rational } from './rational.ts'
import { err, ok, type Result } from './result.ts'
import { leadOf, type OrganNames } from './review.ts'

/** One line of the table, as the plan of the cycle has it. */
export interface SelfItem {
  readonly indicator: string
  readonly title: Indicator['title']
  /** Titles of what it is part of, the highest first. */
  readonly above: readonly Indicator['title'][]
  /** What its target is taken from. */
  readonly basis: Indicator['basis']
  /** Which evidence the plan asks for. */
  readonly asked: Indicator['evidence']
  /** The lead departments, which review it. */
  readonly leads: readonly Indicator['title'][]
}

/**
 * The items of the table of organs of one class: the lowest parts of whatever the plan has them assess themselves. The one
 * place from which everything else takes them.
 */
export function selfItems(plan: Pick<Plan, 'indicators'>, organClass: string): SelfItem[] {
  const items: SelfItem[] = []
  const visit = (node: Indicator, above: SelfItem['above'], inherited: SelfItem['leads']) => {
    const leads = node.lead ?? inherited
    for (const child of node.children ?? []) visit(child, [...above, node.title], leads)
    if (node.children) return
    const { id: indicator, title, basis, evidence: asked } = node
    items.push({ indicator, title, above, basis, asked, leads })
  }
  for (const top of indicatorsOf(plan, organClass)) if (top.scoredBy === 'reviewed_self_assessment') visit(top, [], [])
  return items
}

/** Whether a lead department of an item is the organ of these names. */
export const isLedBy = ({ leads }: Pick<SelfItem, 'leads'>, organ: OrganNames): boolean =>
  leadOf(leads, [organ]) !== null

/** What an organ writes in one line; '' for what it has not written yet. */
export interface SelfEntry {
  readonly target: string
  readonly done: string
  /** Decimal text from 0 to 100 with at most two places. */
  readonly score: string
  readonly note: string
}

export const entryFields = ['target', 'done', 'score', 'note'] as const
export const remarkFields = ['problems', 'weaknesses'] as const

/** What an organ writes in its table. */
export interface SelfSheet {
  /** By indicator; without those of which nothing was written. */
  readonly entries: Readonly<Record<string, SelfEntry>>
  readonly problems: string
  readonly weaknesses: string
}

export const emptyEntry: SelfEntry = { target: '', done: '', score: '', note: '' }
export const emptySheet: SelfSheet = { entries: {}, problems: '', weaknesses: '' }

/** Most characters of each text. */
export const longestText = {
  target: 500,
  done: 2_000,
  score: 6,
  note: 2_000,
  problems: 2_000,
  weaknesses: 2_000,
} as const

/** Where something is wrong: a line and its field, or one of the remarks, and what. */
export interface SheetProblem {
  /** '' for the remarks. */
  readonly indicator: string
  readonly field: (typeof entryFields)[number] | (typeof remarkFields)[number]
  readonly code: 'required' | 'too_long' | 'not_text' | 'not_a_score'
}

/** The table as it will be stored, or everything that keeps it from being. What is missing may come later. */
export function readSheet(items: readonly SelfItem[], typed: SelfSheet): Result<SelfSheet, SheetProblem[]> {
  const problems: SheetProblem[] = []
  const read = (text: string, indicator: string, field: SheetProblem['field']): string => {
    const canonical = canonicalText(text)
    if (!canonical.ok) problems.push({ indicator, field, code: 'not_text' })
    else if (field === 'score' && canonical.value !== '' && !isScore(canonical.value))
      problems.push({ indicator, field, code: 'not_a_score' })
    else if ([...canonical.value].length > longestText[field]) problems.push({ indicator, field, code: 'too_long' })
    return canonical.ok ? canonical.value : ''
  }
  const entries: Record<string, SelfEntry> = {}
  for (const { indicator } of items) {
    const given = typed.entries[indicator] ?? emptyEntry
    const entry = {
      target: read(given.target, indicator, 'target'),
      done: read(given.done, indicator, 'done'),
      score: read(given.score, indicator, 'score'),
      note: read(given.note, indicator, 'note'),
    }
    if (entryFields.some((field) => entry[field] !== '')) entries[indicator] = entry
  }
  const weaknesses = read(typed.weaknesses, '', 'weaknesses')
  const sheet = { entries, problems: read(typed.problems, '', 'problems'), weaknesses }
  return problems.length === 0 ? ok(sheet) : err(problems)
}

/** What a table still lacks before it can be submitted; an explanation is free. */
export function missingIn(items: readonly SelfItem[], sheet: SelfSheet): SheetProblem[] {
  const missing: SheetProblem[] = items.flatMap(({ indicator }) => {
    const entry = sheet.entries[indicator] ?? emptyEntry
    return (['target', 'done', 'score'] as const)
      .filter((field) => entry[field] === '')
      .map((field) => ({ indicator, field, code: 'required' as const }))
  })
  for (const field of remarkFields) if (sheet[field] === '') missing.push({ indicator: '', field, code: 'required' })
  return missing
}

/**
 * How many points of the overall score the table proposes, and how many there are to be had. `shares`: what each part of the
 * plan counts of the overall score, which has 100 points. Lines without a score, or with what is none, propose nothing.
 */
export function selfTotal(
  items: readonly SelfItem[],
  { entries }: SelfSheet,
  shares: ReadonlyMap<string, Rational>,
): { readonly proposed: Rational; readonly full: Rational; readonly scored: number } {
  let proposed = rational(0)
  let full = rational(0)
  let scored = 0
  for (const { indicator } of items) {
    const share = shares.get(indicator) ?? rational(0)
    const score = entries[indicator]?.score ?? ''
    full = add(full, multiply(share, rational(100)))
    if (!isScore(score)) continue
    proposed = add(proposed, multiply(share, parseRational(score)))
    scored += 1
  }
  return { proposed, full, scored }
}

const isScore = (text: string): boolean => /^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/.test(text)

// ---- evidence ----------------------------------------------------------------------------------------------------------

/**
 * What evidence an organ may keep: bytes of one file and of all files of a cycle, and files of one line. What the office keeps
 * about an organ counts apart, by the same limits.
 */
export const evidenceLimits = { fileBytes: 20 * 1024 * 1024, organBytes: 500 * 1024 * 1024, perItem: 10 } as const

export const evidenceTypes = ['pdf', 'jpg', 'png', 'docx', 'xlsx', 'ofd'] as const
export type EvidenceType = (typeof evidenceTypes)[number]

/** Most characters of a file's name. */
export const longestFileName = 120

/** What the end of a name says: typeOfName('照片.JPEG') // 'jpg'; null for what is not taken. */
export function typeOfName(name: string): EvidenceType | null {
  const end = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase()
  return evidenceTypes.find((type) => type === (end === 'jpeg' ? 'jpg' : end)) ?? null
}
