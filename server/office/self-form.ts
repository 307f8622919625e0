import { fill } from '../../client/messages/fill.ts'
import { selfMessages } from '../../client/messages/self-assessment.ts'
import { selfField, selfFields } from '../../client/pages/office/self-form.tsx'
import type { EvidenceFile } from '../../db/evidence.ts'
import { hex } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import {
  entryFields,
  longestText,
  remarkFields,
  type SelfItem,
  type SelfSheet,
  type SheetProblem,
} from '../../surveys/self-assessment.ts'
import type { Fields } from '../body.ts'
import type { Upload } from '../evidence.ts'
import { localized } from '../surveys.ts'
import { isSameFile, judgeFiles, type TakenFile } from './evidence-form.ts'
import { type SelfDesk, selfSubject } from './self-desk.ts'

// What an organ's form says: the texts of its lines, what is to go, and the files that came with it.

export interface TypedSelf {
  readonly version: number
  readonly submits: boolean
  readonly sheet: SelfSheet
  readonly removed: readonly Pick<EvidenceFile, 'subject' | 'sha256'>[]
}

/** The form as it came; null for one that is not ours: a field is missing, there twice or unknown. */
export function readTyped(desk: SelfDesk, fields: Fields): TypedSelf | null {
  const { items, files } = desk
  const entryNames = items.flatMap(({ indicator }) => entryFields.map((field) => selfField(field, indicator)))
  const needed = [...entryNames, ...remarkFields, selfFields.version, selfFields.act]
  // Without a file, a form that is not multipart sends an empty text in its place.
  const allowed = [...needed, 'csrf', ...items.map(({ indicator }) => selfField(selfFields.file, indicator))]
  for (const [name, given] of fields)
    if (name !== selfFields.remove && (given.length !== 1 || !allowed.includes(name))) return null
  if (needed.some((name) => !fields.has(name))) return null
  const one = (name: string) => fields.get(name)![0]!
  const removed = (fields.get(selfFields.remove) ?? []).map((value) =>
    files.find(({ subject, sha256 }) => `${subject}/${hex(sha256)}` === selfSubject(value)),
  )
  const version = one(selfFields.version)
  const act = one(selfFields.act)
  if (!/^\d{1,9}$/.test(version) || (act !== 'save' && act !== 'submit')) return null
  const entries = items.map(({ indicator }) => [
    indicator,
    Object.fromEntries(entryFields.map((field) => [field, one(selfField(field, indicator))])),
  ])
  return {
    version: Number(version),
    submits: act === 'submit',
    sheet: { entries: Object.fromEntries(entries), problems: one('problems'), weaknesses: one('weaknesses') },
    // What somebody else has removed meanwhile is gone as wished.
    removed: removed.filter((file) => file !== undefined),
  }
}

/** What is wrong, by the name of its field. */
export type Said = Readonly<Record<string, string>>

/** What is wrong with the texts of a form, in words. */
export function textsSaid(items: readonly SelfItem[], problems: readonly SheetProblem[], locale: Locale): Said {
  return Object.fromEntries(
    problems.map((problem) => [selfField(problem.field, problem.indicator), sheetProblemText(items, problem, locale)]),
  )
}

/** What is wrong with one text, in a sentence that says where. */
export function sheetProblemText(
  items: readonly SelfItem[],
  { indicator, field, code }: SheetProblem,
  locale: Locale,
): string {
  const words = selfMessages(locale)
  const item = items.find((each) => each.indicator === indicator)
  const text = {
    required: item ? words.required : words.remarkRequired,
    too_long: words.tooLong,
    not_text: words.notText,
    not_a_score: words.notScore,
  }[code]
  return fill(text, {
    item: item ? localized(item.title, locale) : words.remarks,
    field: { ...words, note: words.explanation }[field],
    n: longestText[field],
  })
}

export interface JudgedFiles {
  readonly said: Said
  readonly added: readonly TakenFile[]
}

/** Which files of a form can be taken, and why others cannot; null where one belongs to no line. */
export function judgeUploads(
  desk: SelfDesk,
  uploads: readonly Upload[],
  removed: TypedSelf['removed'],
  locale: Locale,
): JudgedFiles | null {
  const said: Record<string, string> = {}
  const added: TakenFile[] = []
  const stays = desk.files.filter((file) => !removed.some((gone) => isSameFile(gone, file)))
  for (const item of desk.items) {
    const field = selfField(selfFields.file, item.indicator)
    const subject = selfSubject(item.indicator)
    const kept = stays.filter((file) => file.subject === subject)
    const own = uploads.filter((each) => each.field === field)
    const judged = judgeFiles(own, { subject, kept, title: localized(item.title, locale) }, locale)
    added.push(...judged.added)
    if (judged.problems.length > 0) said[field] = judged.problems.join(' ')
  }
  if (uploads.some(({ field }) => !desk.items.some(({ indicator }) => selfField(selfFields.file, indicator) === field)))
    return null
  return { said, added }
}

/** What stands in the tables now where it is not what was typed, by the name of its field. */
export function differencesOf(items: readonly SelfItem[], typed: SelfSheet, stored: SelfSheet): Said {
  const differing: Record<string, string> = {}
  const compare = (name: string, own: string, theirs: string) => {
    if (own.replaceAll('\r\n', '\n').trim() !== theirs) differing[name] = theirs
  }
  for (const { indicator } of items)
    for (const field of entryFields)
      compare(
        selfField(field, indicator),
        typed.entries[indicator]?.[field] ?? '',
        stored.entries[indicator]?.[field] ?? '',
      )
  for (const field of remarkFields) compare(field, typed[field], stored[field])
  return differing
}
