import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { compare, halfUp, parseRational, type Rational } from '../../surveys/rational.ts'

/** The method as it is printed, by language. */
export const documents = ['README.md', 'README.zh-CN.md'] as const
export type Document = (typeof documents)[number]

export function readDocument(document: Document): string {
  return readFileSync(new URL(`../../surveys/${document}`, import.meta.url), 'utf8')
}

/** The numbered sections: '3.5' → its text below the heading, without that of its subsections. */
export function sectionsOf(text: string): Map<string, string> {
  const parts = text.split(/^#{2,3} (\d+(?:\.\d+)?)\.? .*$/m)
  return new Map(parts.flatMap((part, i) => (i % 2 === 1 ? [[part, parts[i + 1]!] as const] : [])))
}

/** Rows of cells below the head of a table; backticks are taken off. */
export type Table = readonly (readonly string[])[]

/** The tables of a section, in order. */
export function tablesOf(document: Document, section: string): Table[] {
  const text = sectionsOf(readDocument(document)).get(section)
  if (text === undefined) throw new Error(`${document} has no section ${section}`)
  const lines = text.split('\n').map((line) => (line.startsWith('|') ? cellsOf(line) : null))
  const tables: string[][][] = []
  lines.forEach((cells, i) => {
    if (cells === null) return
    if (lines[i - 1] == null) tables.push([])
    tables.at(-1)!.push(cells)
  })
  // The first two lines are the head and the rule below it.
  return tables.map((rows) => rows.slice(2))
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim().replaceAll('`', ''))
}

/** A number as we compute it: exact, floating, or the printed text itself. */
export type Computed = Rational | number | string

/**
 * Whether the printed text is the computed value. Exact values must be exact, or repeat beyond six decimals; floating
 * ones must be printed to at least six decimals and be right in the last of them.
 */
export function isPrinted(printed: string, value: Computed): boolean {
  if (typeof value === 'string') return printed === value
  const text = printed.replace('−', '-')
  const decimals = text.split('.')[1]?.length ?? 0
  if (typeof value !== 'number') {
    return compare(parseRational(text), value) === 0 || (decimals >= 6 && halfUp(value, decimals) === text)
  }
  if (Number.isInteger(value)) return Number(text) === value
  return decimals >= 6 && Math.abs(Number(text) - value) <= 0.5000001 * 10 ** -decimals
}

/**
 * The value of arithmetic as it stands in the document: + − · / ² √ and brackets.
 * arithmeticValue('0.6²·(1 − 5/8)·√4') // 0.27
 */
export function arithmeticValue(arithmetic: string): number {
  const tokens = arithmetic.match(/\d+(?:\.\d+)?|\S/g) ?? []
  const sum = (): number => {
    let value = product()
    while (tokens[0] === '+' || tokens[0] === '−') value += tokens.shift() === '+' ? product() : -product()
    return value
  }
  const product = (): number => {
    let value = power()
    while (tokens[0] === '·' || tokens[0] === '/') value = tokens.shift() === '·' ? value * power() : value / power()
    return value
  }
  const power = (): number => {
    const value = atom()
    if (tokens[0] !== '²') return value
    tokens.shift()
    return value * value
  }
  const atom = (): number => {
    const token = tokens.shift() ?? 'the end'
    if (token === '√') return Math.sqrt(atom())
    if (token !== '(') return /^\d/.test(token) ? Number(token) : fail(token)
    const value = sum()
    return tokens.shift() === ')' ? value : fail(arithmetic)
  }
  const fail = (at: string): never => {
    throw new Error(`no arithmetic at ${at}: ${arithmetic}`)
  }
  const value = sum()
  return tokens.length === 0 ? value : fail(tokens[0]!)
}

/**
 * A table of quantities: name, value, arithmetic, remark. Each value must be the computed one, and each arithmetic must
 * give it. The English names say which is which; the other language keeps the order.
 */
export function expectQuantities(document: Document, table: Table, computed: Readonly<Record<string, Computed>>): void {
  const names = Object.keys(computed)
  if (document === 'README.md') expect(table.map(([name]) => name)).toEqual(names)
  expect(table).toHaveLength(names.length)
  table.forEach(([name, printed, arithmetic], i) => {
    const value = computed[names[i]!]!
    const shown = typeof value === 'object' ? halfUp(value, 12) : value
    expect(isPrinted(printed!, value), `${name}: ${printed} is printed, ${shown} computed`).toBe(true)
    if (arithmetic === '') return
    const [n, d = '1'] = printed!.replace('−', '-').split('/')
    const target = Number(n) / Number(d)
    // The factors are printed to nine decimals themselves.
    const decimals = n!.split('.')[1]?.length
    const tolerance = 1e-8 * Math.max(1, Math.abs(target)) + (decimals === undefined ? 0 : 0.5 * 10 ** -decimals)
    expect(Math.abs(arithmeticValue(arithmetic!) - target), `${name}: ${arithmetic}`).toBeLessThanOrEqual(tolerance)
  })
}
