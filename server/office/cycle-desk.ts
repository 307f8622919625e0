import type { Lock, SetupProblem, SetupValues, StepState } from '../../client/pages/office/cycle-form.tsx'
import type { CommonTerms } from '../../db/cycle-setup.ts'
import { type CycleFile, type FoundCycle, findCycle, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalJson, canonicalText, hex, utf8 } from '../../surveys/canonical.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { dayOf, readDay, readMoment } from '../calendar.ts'
import { readStored } from '../stored.ts'
import type { World } from '../world.ts'

// What the steps by which a year is set up have in common.

export interface SetupDesk {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly plan: Plan
}

/** The cycle of a path `/office/{jid}/{cycle}/setup/…`; null where there is none. */
export async function openSetup(
  { db }: World,
  scope: Scope,
  { jid, cycle }: { readonly jid: string; readonly cycle: string },
): Promise<SetupDesk | null> {
  const found = await findCycle(db, jid, cycle)
  if (!found?.planId) return null
  const file = await readCycle(db, scope, found.cycle.id)
  return { found, file, plan: readStored(parsePlan(JSON.parse(file.plan.body))) }
}

/** Whether a survey of the cycle has opened: from then on plan, organs and questionnaires stay. */
export const hasOpened = ({ file }: SetupDesk): boolean =>
  file.surveys.some(({ state }) => state !== 'draft' && state !== 'ready')

/** Why the plan cannot be changed now. */
export function planLock(desk: SetupDesk): Lock | null {
  if (hasOpened(desk)) return 'opened'
  return desk.file.plan.frozenAt === null ? null : 'frozen'
}

/** Why the organs cannot be changed now. */
export function organsLock(desk: SetupDesk): Lock | null {
  if (hasOpened(desk)) return 'opened'
  return desk.file.surveys.some(({ state }) => state !== 'draft') ? 'ready' : null
}

/** Stands for what is stored: a form that brings another one back was made before somebody else's change. */
export async function stampOf({ crypto }: World, stored: unknown): Promise<string> {
  return hex(await crypto.sha256(utf8(canonicalJson(stored)))).slice(0, 32)
}

/** The form as it stands in the tables. */
export async function storedState(world: World, values: SetupValues): Promise<StepState> {
  return { values, problems: [], seen: await stampOf(world, values), stored: null }
}

/** The form as it was typed, with what is wrong with it or what somebody else has stored meanwhile. */
export async function typedState(
  world: World,
  values: SetupValues,
  stored: SetupValues,
  said: { readonly problems?: readonly SetupProblem[]; readonly isChanged?: boolean },
): Promise<StepState> {
  const { problems = [], isChanged = false } = said
  return { values, problems, seen: await stampOf(world, stored), stored: isChanged ? stored : null }
}

/** Collects what was typed, field by field, with what is wrong. */
export class FieldReader {
  readonly problems: SetupProblem[] = []
  readonly #typed: Readonly<Partial<Record<string, string>>>

  constructor(typed: Readonly<Partial<Record<string, string>>>) {
    this.#typed = typed
  }

  no(field: string, code: SetupProblem['code'], values?: SetupProblem['values']): null {
    this.problems.push(values ? { field, code, values } : { field, code })
    return null
  }

  /** One line of text that can be seen. */
  line(field: string, limit: number): string {
    const text = canonicalText(this.#typed[field] ?? '')
    if (!text.ok || text.value.includes('\n')) this.no(field, 'not_text')
    else if (text.value === '') this.no(field, 'required')
    else if ([...text.value].length > limit) this.no(field, 'too_long', { limit })
    return text.ok ? text.value : ''
  }

  whole(field: string, least: number, most: number): number {
    const text = (this.#typed[field] ?? '').trim()
    const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
    if (value < least || value > most) this.no(field, 'whole', { least, most })
    return value
  }

  /** Dates and telephone number of a survey; null where one of them is wrong. */
  commonTerms(): CommonTerms | null {
    const before = this.problems.length
    const opensAt = readMoment(this.#typed['opens'] ?? '') ?? this.no('opens', 'moment')
    const closesAt = readMoment(this.#typed['closes'] ?? '') ?? this.no('closes', 'moment')
    const resultsOn = readDay(this.#typed['results'] ?? '') ?? this.no('results', 'day')
    if (opensAt !== null && closesAt !== null && closesAt <= opensAt) this.no('closes', 'closes_order')
    if (closesAt !== null && resultsOn !== null && resultsOn <= dayOf(closesAt)) this.no('results', 'results_order')
    const phone = this.line('phone', 40)
    if (this.problems.length > before || opensAt === null || closesAt === null || resultsOn === null) return null
    return { opensAt, closesAt, resultsOn, phone }
  }
}
