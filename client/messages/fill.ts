type Values = Readonly<Record<string, string | number>>

/**
 * Puts values into a text: fill('第 {n} 题', {n: 2}) // '第 2 题'. A name without a value stays as written. English has
 * two forms of some words: fill('{n} {n:day was|days were}', {n: 1}) // '1 day was'.
 */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)(?::([\w ]+)\|([\w ]+))?\}/g, (whole, name: string, one?: string, many?: string) => {
    if (!(name in values)) return whole
    const value = String(values[name])
    return (value === '1' ? one : many) ?? value
  })
}

/** The names inside a text, in order: placeholders('{n} of {total}') // ['n', 'total'] */
export function placeholders(text: string): string[] {
  return Array.from(text.matchAll(/\{(\w+)\}/g), (match) => match[1] ?? '')
}

/** Texts of one face in one language. Every language has exactly the keys of the Chinese source. */
export type Translation<Source> = {
  readonly [Key in keyof Source]: Source[Key] extends string ? string : Translation<Source[Key]>
}
