// What differs between two versions of a questionnaire, place by place. Pages, questions, scales and dimensions are followed
// by their names and options by their values, so that a question that was moved is one that was moved and no other.

export interface Difference {
  /** Names of fields, and in brackets the names of entries: `pages[why].questions[reason].title.en`. */
  readonly path: string
  readonly kind: 'changed' | 'added' | 'removed' | 'moved'
  /** As text, '' where there was nothing; of what was moved the names in their order. */
  readonly before: string
  readonly after: string
}

/** From one version to another, in the order of the later one; the number of the version itself is no difference. */
export function differences(before: unknown, after: unknown): Difference[] {
  const found: Difference[] = []
  compare(before, after, '', found)
  return found
}

function compare(before: unknown, after: unknown, path: string, found: Difference[]): void {
  if (path === 'version' || textOf(before) === textOf(after)) return
  if (before === undefined || after === undefined) {
    const kind = before === undefined ? 'added' : 'removed'
    found.push({ path, kind, before: textOf(before), after: textOf(after) })
  } else if (isNamed(before) && isNamed(after)) compareLists(before, after, path, found)
  else if (isRecord(before) && isRecord(after)) {
    for (const field of new Set([...Object.keys(after), ...Object.keys(before)]))
      compare(before[field], after[field], path === '' ? field : `${path}.${field}`, found)
  } else found.push({ path, kind: 'changed', before: textOf(before), after: textOf(after) })
}

function compareLists(before: readonly Entry[], after: readonly Entry[], path: string, found: Difference[]): void {
  const byName = (list: readonly Entry[]) => new Map(list.map((entry) => [nameOf(entry) ?? '', entry]))
  const [earlier, later] = [byName(before), byName(after)]
  for (const [name, entry] of later) compare(earlier.get(name), entry, `${path}[${name}]`, found)
  for (const [name, entry] of earlier) if (!later.has(name)) compare(entry, undefined, `${path}[${name}]`, found)
  const stayed = (list: ReadonlyMap<string, Entry>, other: ReadonlyMap<string, Entry>) =>
    [...list.keys()].filter((name) => other.has(name)).join(', ')
  const [was, is] = [stayed(earlier, later), stayed(later, earlier)]
  if (was !== is) found.push({ path, kind: 'moved', before: was, after: is })
}

type Entry = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Lists whose entries have names of their own, each once; a list of languages or of values in a condition is one value. */
function isNamed(value: unknown): value is readonly Entry[] {
  if (!Array.isArray(value) || value.length === 0) return false
  const names = value.map((entry) => (isRecord(entry) ? nameOf(entry) : undefined))
  return names.every((name) => name !== undefined) && new Set(names).size === names.length
}

function nameOf(entry: Entry): string | undefined {
  const name = entry['id'] ?? entry['value']
  return typeof name === 'string' || typeof name === 'number' ? String(name) : undefined
}

/** Keys in alphabetical order, so that files that say the same are the same. */
function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value, (_, part) => (isRecord(part) ? sorted(part) : part))
}

const sorted = (record: Entry): Entry =>
  Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)))
