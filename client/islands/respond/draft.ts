import { inDatabase, type Place } from '../database.ts'
import { isKiosk } from './dom.ts'

// What was ticked and typed stays on this device until the receipt or the close, in two places, of which browsers clear now
// one and now the other. The request key k belongs to it: a response that is sent again after a lost reply has the same
// key, so the server knows it and counts it once.

export type Draft = {
  k: string
  at: number
  /** From then on the survey takes no answers, so nothing is kept for it. */
  until: number
  /** In the order of the page, which for leaders begins where it was drawn to begin. */
  organs: string[]
  values: Record<string, string[]>
  /** Its owner has pressed the button, and no receipt has come yet. */
  isSent: boolean
}

const database: Place = ['gongping-drafts', 'drafts']
const nameOf = (survey: string) => `gp:${survey}`

export function readDraft(survey: string): Draft | null {
  if (isKiosk) return null
  try {
    return draftOf(JSON.parse(localStorage.getItem(nameOf(survey)) || 'null'))
  } catch {
    return null
  }
}

/** The copy, for when the first place was cleared. */
export async function readCopy(survey: string): Promise<Draft | null> {
  return isKiosk ? null : draftOf(await inDatabase(database, 'readonly', (store) => store.get(survey)))
}

function draftOf(found: unknown): Draft | null {
  const draft = found as Draft | null | undefined
  return draft && typeof draft.k === 'string' && Array.isArray(draft.organs) && draft.values ? draft : null
}

/** False when the device does not keep anything (a kiosk, private mode, storage blocked or full). */
export async function saveDraft(survey: string, draft: Draft): Promise<boolean> {
  if (isKiosk) return false
  let isKept = true
  try {
    localStorage.setItem(nameOf(survey), JSON.stringify(draft))
  } catch {
    isKept = false
    // An older one must not stand in the way of the copy.
    forget(survey)
  }
  return (await inDatabase(database, 'readwrite', (store) => store.put(draft, survey))) !== undefined || isKept
}

const drafts = () => Object.keys(localStorage).filter((name) => /^gp:.+\//.test(name))

/**
 * Removes the answers that were not sent before their survey closed. A survey may have been given more time since they were
 * kept, which the server knows.
 */
export async function dropLateDrafts(): Promise<void> {
  if (isKiosk) return
  const isLate = ({ until = 0 }: Partial<Draft>) => until <= Date.now()
  const late = new Set<string>()
  try {
    for (const name of drafts()) if (isLate(JSON.parse(localStorage.getItem(name) || '{}'))) late.add(name.slice(3))
  } catch {
    // Storage is blocked.
  }
  for (const survey of (await inDatabase(database, 'readonly', (store) => store.getAllKeys())) || []) {
    const copy = await readCopy(String(survey))
    if (copy && isLate(copy)) late.add(String(survey))
  }
  for (const survey of Array.from(late)) {
    const headers = { Accept: 'application/json' }
    const answer = await fetch(`/s/${survey}`, { headers, credentials: 'omit' }).catch(() => null)
    if (answer && (answer.status === 410 || answer.status === 404)) dropDraft(survey)
  }
}

/** Whether this device holds answers to some survey that were not sent. */
export async function hasDraft(): Promise<boolean> {
  if (isKiosk) return false
  try {
    if (drafts().length) return true
  } catch {
    // Storage is blocked; the other place may not be.
  }
  return !!(await inDatabase(database, 'readonly', (store) => store.count()))
}

export function dropDraft(survey: string): void {
  forget(survey)
  if (!isKiosk) inDatabase(database, 'readwrite', (store) => store.delete(survey))
}

function forget(survey: string): void {
  try {
    localStorage.removeItem(nameOf(survey))
  } catch {
    // Nothing was kept.
  }
}

/**
 * A word to the next page of this tab: the question in view, the receipt. Another tab and another day know nothing. At a
 * kiosk the next page may be another person's: only the question in view is passed on, and taken away where it is read.
 */
export function leave(name: string, text: string): void {
  try {
    if (!text) sessionStorage.removeItem(`gp:${name}`)
    else if (!isKiosk || name === 'part') sessionStorage.setItem(`gp:${name}`, text)
  } catch {
    // Storage is blocked: the next page begins as any other.
  }
}

export function left(name: string): string {
  try {
    return sessionStorage.getItem(`gp:${name}`) || ''
  } catch {
    return ''
  }
}
