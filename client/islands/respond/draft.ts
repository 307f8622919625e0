import { isKiosk } from './dom.ts'

// What was ticked and typed stays on this device until the receipt. The request key k belongs to it: a response that
// is sent again after a lost reply has the same key, so the server knows it and counts it once.

export type Draft = {
  k: string
  at: number
  /** From then on the survey takes no answers, so nothing is kept for it. */
  until: number
  organs: string[]
  values: Record<string, string[]>
}

const nameOf = (survey: string) => `gp:${survey}`

export function readDraft(survey: string): Draft | null {
  if (isKiosk) return null
  try {
    const draft = JSON.parse(localStorage.getItem(nameOf(survey)) || 'null') as Draft | null
    return draft && typeof draft.k === 'string' && Array.isArray(draft.organs) && draft.values ? draft : null
  } catch {
    return null
  }
}

/** False when the device does not keep anything (a kiosk, private mode, storage blocked or full). */
export function saveDraft(survey: string, draft: Draft): boolean {
  if (isKiosk) return false
  try {
    localStorage.setItem(nameOf(survey), JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

const drafts = () => Object.keys(localStorage).filter((name) => /^gp:.+\//.test(name))

/** Removes the answers that were not sent before their survey closed. */
export function dropLateDrafts(): void {
  try {
    for (const name of drafts()) {
      const { until = 0 } = JSON.parse(localStorage.getItem(name) || '{}') as Partial<Draft>
      if (until <= Date.now()) localStorage.removeItem(name)
    }
  } catch {
    // Storage is blocked.
  }
}

/** Whether this device holds answers to some survey that were not sent. */
export function hasDraft(): boolean {
  try {
    return !isKiosk && drafts().length > 0
  } catch {
    return false
  }
}

export function dropDraft(survey: string): void {
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
