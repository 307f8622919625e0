// What was ticked and typed stays on this device until the receipt. The request key k belongs to it: a response that
// is sent again after a lost reply has the same key, so the server knows it and counts it once.

export type Draft = {
  k: string
  at: number
  organs: string[]
  values: Record<string, string[]>
}

const nameOf = (survey: string) => `gp:${survey}`

export function readDraft(survey: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(nameOf(survey)) || 'null') as Draft | null
    return draft && typeof draft.k === 'string' && Array.isArray(draft.organs) && draft.values ? draft : null
  } catch {
    return null
  }
}

/** False when the device does not keep anything (private mode, storage blocked or full). */
export function saveDraft(survey: string, draft: Draft): boolean {
  try {
    localStorage.setItem(nameOf(survey), JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

/** Whether this device holds answers to some survey that were not sent. */
export function hasDraft(): boolean {
  try {
    return Object.keys(localStorage).some((name) => /^gp:.+\//.test(name))
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

/** A word to the next page of this tab: the question in view, the receipt. Another tab and another day know nothing. */
export function leave(name: string, text: string): void {
  try {
    sessionStorage.setItem(`gp:${name}`, text)
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
