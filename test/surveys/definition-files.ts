import { readFileSync } from 'node:fs'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'

/** The content of a file of surveys/, as a newcomer would read it. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../surveys/${path}`, import.meta.url), 'utf8'))
}

export function shippedForm(name: 'leaders' | 'recipients' | 'public'): Questionnaire {
  return good(parseQuestionnaire(readJson(`forms/${name}.json`)))
}

export function shippedPlan(name = '2013-provincial'): Plan {
  return good(parsePlan(readJson(`plans/${name}.json`)))
}

/** The value of a result that must have one. */
export function good<T>(read: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value
}

/** A copy with one place changed: `pages[2].questions[0].scale`. The value undefined removes the place. */
export function changed(json: unknown, path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(json)
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '')
  const last = steps.pop()!
  const holder = steps.reduce((at, step) => asRecord(at)[step], copy)
  if (value !== undefined) asRecord(holder)[last] = value
  else if (Array.isArray(holder)) holder.splice(Number(last), 1)
  else delete asRecord(holder)[last]
  return copy
}

/** What stands at a place. */
export function at(json: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .reduce((place, step) => asRecord(place)[step], json)
}

// Objects and arrays alike: both are reached by the steps of a path, and a wrong path must fail loudly.
function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('the path leads nowhere')
  return value as Record<string, unknown>
}
