// Conditions as text that an office can read and write: `overall <= 2`, `any(speed <= 2, why = 'rude')`,
// `not(answered(city))`. The same reader takes the conditions of other survey tools, which name a question as ${overall}
// or {overall} and join with `and` and `or`. What is read is data and never run.

import type { Condition } from './questionnaire.ts'
import { err, ok, type Result } from './result.ts'

/** What could not be read: the word at fault, '' for an end that came too early. */
export interface ConditionProblem {
  readonly found: string
}

/** writeCondition({ any: [{ q: 'a', op: 'lte', v: 2 }] }) // 'any(a <= 2)' */
export function writeCondition(condition: Condition): string {
  if ('not' in condition) return `not(${writeCondition(condition.not)})`
  if ('any' in condition) return `any(${condition.any.map(writeCondition).join(', ')})`
  if ('all' in condition) return `all(${condition.all.map(writeCondition).join(', ')})`
  const { q } = condition
  if (condition.op === 'answered') return `answered(${q})`
  if (condition.op === 'in') return `${q} in (${condition.v.map(writeValue).join(', ')})`
  return `${q} ${signs[condition.op]} ${writeValue(condition.v)}`
}

const signs = { eq: '=', ne: '!=', lte: '<=', gte: '>=' } as const
const writeValue = (value: number | string): string => (typeof value === 'number' ? String(value) : `'${value}'`)

/**
 * The same in XPath, as XLSForm has it, for the questions of which several answers may be chosen. "Don't know", stored as 0,
 * is no level there either, and a comparison with an unanswered question is false.
 */
export function writeXPath(condition: Condition, isMultiple: (question: string) => boolean): string {
  const write = (part: Condition): string => writeXPath(part, isMultiple)
  if ('not' in condition) return `not(${write(condition.not)})`
  if ('any' in condition) return `(${condition.any.map(write).join(' or ')})`
  if ('all' in condition) return `(${condition.all.map(write).join(' and ')})`
  const name = `\${${condition.q}}`
  const equals = (value: number | string) =>
    isMultiple(condition.q) ? `selected(${name}, ${writeValue(value)})` : `${name} = ${writeValue(value)}`
  switch (condition.op) {
    case 'answered':
      return `${name} != ''`
    case 'eq':
      return equals(condition.v)
    case 'ne':
      return `(${name} != '' and not(${equals(condition.v)}))`
    case 'in':
      return `(${condition.v.map(equals).join(' or ')})`
    default:
      return `(${name} ${signs[condition.op]} ${writeValue(condition.v)} and ${name} != 0)`
  }
}

/** Reads what either function has written, and what other tools write in the same words. */
export function readCondition(text: string): Result<Condition, ConditionProblem> {
  const tokens = tokensOf(text)
  if (!tokens.ok) return tokens
  try {
    const reader = new Reader(tokens.value)
    const condition = reader.any()
    reader.end()
    return ok(condition)
  } catch (error) {
    if (error instanceof Unreadable) return err({ found: error.found })
    throw error
  }
}

/** The condition with each comparison replaced; null drops it, and whatever it leaves empty. */
export function mapCondition(
  condition: Condition,
  change: (comparison: Extract<Condition, { q: string }>) => Condition | null,
): Condition | null {
  if ('q' in condition) return change(condition)
  if ('not' in condition) {
    const inner = mapCondition(condition.not, change)
    return inner && { not: inner }
  }
  const parts = 'any' in condition ? condition.any : condition.all
  const kept = parts.flatMap((part) => mapCondition(part, change) ?? [])
  // A part less makes `any` narrower and `all` wider than was meant, so the whole goes.
  if (kept.length < parts.length) return null
  return 'any' in condition ? { any: kept } : { all: kept }
}

type Token = { kind: 'name' | 'word' | 'sign'; text: string } | { kind: 'value'; text: string; value: number | string }

const pattern =
  /\s*(?:\$?\{\s*([^{}\s]+)\s*\}|'([^']*)'|"([^"]*)"|(-?\d+)(?![\w.])|([A-Za-z][\w-]*)|(<=|>=|<>|!=|==|&&|\|\||[=<>(),[\]!]))/y

function tokensOf(text: string): Result<Token[], ConditionProblem> {
  const tokens: Token[] = []
  const source = text.trim()
  for (let at = 0; at < source.length; at = pattern.lastIndex) {
    pattern.lastIndex = at
    const found = pattern.exec(source)
    if (!found) return err({ found: source.slice(at).trim().slice(0, 20) })
    const [whole, name, single, double, number, word, sign] = found
    if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (single !== undefined || double !== undefined) {
      tokens.push({ kind: 'value', text: whole.trim(), value: single ?? double ?? '' })
    } else if (number !== undefined) tokens.push({ kind: 'value', text: number, value: Number(number) })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'sign', text: sign ?? '' })
  }
  return ok(tokens)
}

class Unreadable extends Error {
  readonly found: string
  constructor(found: string) {
    super(`readCondition does not know ${found}`)
    this.found = found
  }
}

const joins: Readonly<Record<string, 'and' | 'or'>> = { and: 'and', '&&': 'and', or: 'or', '||': 'or' }
/** Deep enough for any form, and not deep enough to exhaust the stack. */
const deepest = 50

class Reader {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  any(): Condition {
    if (++this.#depth > deepest) throw this.#fault()
    const parts = [this.#all()]
    while (this.#takesJoin('or')) parts.push(this.#all())
    this.#depth--
    return parts.length === 1 ? parts[0]! : { any: parts }
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#fault()
  }

  #all(): Condition {
    const parts = [this.#one()]
    while (this.#takesJoin('and')) parts.push(this.#one())
    return parts.length === 1 ? parts[0]! : { all: parts }
  }

  #one(): Condition {
    if (this.#takes('!')) return { not: this.#one() }
    if (this.#takes('(')) {
      const inner = this.any()
      this.#needs(')')
      return inner
    }
    const next = this.#tokens[this.#at]
    const calls = this.#tokens[this.#at + 1]?.text === '(' && next?.kind === 'word'
    if (!calls) return this.#comparison()
    this.#at += 2
    const condition = this.#call(next.text)
    this.#needs(')')
    return condition
  }

  #call(name: string): Condition {
    switch (name) {
      case 'not':
        return { not: this.any() }
      case 'any':
        return { any: this.#list(() => this.any()) }
      case 'all':
        return { all: this.#list(() => this.any()) }
      case 'answered':
        return { q: this.#name(), op: 'answered' }
      case 'selected': {
        const q = this.#name()
        this.#needs(',')
        return { q, op: 'eq', v: this.#value() }
      }
      default:
        this.#at -= 2
        throw this.#fault()
    }
  }

  #comparison(): Condition {
    const q = this.#name()
    const sign = this.#tokens[this.#at]
    if (!sign) throw this.#fault()
    this.#at++
    switch (sign.text) {
      case 'notempty':
        return { q, op: 'answered' }
      case 'empty':
        return { not: { q, op: 'answered' } }
      case 'in':
      case 'anyof': {
        const close = this.#takes('[') ? ']' : ')'
        if (close === ')') this.#needs('(')
        const v = this.#list(() => this.#value())
        this.#needs(close)
        return { q, op: 'in', v }
      }
      case '=':
      case '==':
      case 'contains':
        return this.#equal(q)
      case '!=':
      case '<>': {
        const equal = this.#equal(q)
        if ('not' in equal) return equal.not
        return 'q' in equal && equal.op === 'eq' ? { q, op: 'ne', v: equal.v } : { not: equal }
      }
      case '<=':
        return { q, op: 'lte', v: this.#value() }
      case '>=':
        return { q, op: 'gte', v: this.#value() }
      case '<':
        return { q, op: 'lte', v: this.#number() - 1 }
      case '>':
        return { q, op: 'gte', v: this.#number() + 1 }
      default:
        this.#at--
        throw this.#fault()
    }
  }

  /** Equal to nothing means unanswered. */
  #equal(q: string): Condition {
    const next = this.#tokens[this.#at]
    if (next?.kind === 'value' && next.value === '') {
      this.#at++
      return { not: { q, op: 'answered' } }
    }
    return { q, op: 'eq', v: this.#value() }
  }

  #list<T>(read: () => T): T[] {
    const list = [read()]
    while (this.#takes(',')) list.push(read())
    return list
  }

  #name(): string {
    const next = this.#tokens[this.#at]
    if (next?.kind !== 'name' && next?.kind !== 'word') throw this.#fault()
    this.#at++
    return next.text
  }

  #value(): number | string {
    const next = this.#tokens[this.#at]
    if (next?.kind !== 'value' || next.value === '') throw this.#fault()
    this.#at++
    return next.value
  }

  #number(): number {
    const value = Number(this.#value())
    if (Number.isInteger(value)) return value
    this.#at--
    throw this.#fault()
  }

  #takes(sign: string): boolean {
    const next = this.#tokens[this.#at]
    if (next?.kind !== 'sign' || next.text !== sign) return false
    this.#at++
    return true
  }

  #takesJoin(join: 'and' | 'or'): boolean {
    const next = this.#tokens[this.#at]
    if (!next || next.kind === 'value' || next.kind === 'name' || joins[next.text.toLowerCase()] !== join) return false
    this.#at++
    return true
  }

  #needs(sign: string): void {
    if (!this.#takes(sign)) throw this.#fault()
  }

  #fault(): Unreadable {
    return new Unreadable(this.#tokens[this.#at]?.text ?? '')
  }
}
