import { inDatabase, type Place } from '../database.ts'

// What the device keeps of sealed responses, so that a lost reply, a change or a withdrawal finds its ticket. After the
// receipt there is no answer in it, no slip id and no salt: the envelope is closed to this device too.

export type Kept = {
  kid: string
  /** All binary values as base64url. */
  msg: string
  blinded: string
  /** Until the ticket is signed. */
  inv?: string
  sig?: string
  /** Of the last envelope that was made. */
  ver: number
  enc?: string
  ct?: string
  /** Hashes of its slips' leaves, for the check after publication. */
  leaves?: string[]
  /** When the receipt came, and where it is shown. */
  at?: number
  location?: string
  /** A published log holds it: nothing is ever sent again. */
  logged?: boolean
}

const ballots: Place = ['gongping', 'ballots']
const nameOf = (survey: string) => `gpb:${survey}`

// Many use a kiosk: a ticket stays with the page that drew it, and is gone with it.
export const isKiosk = 'kiosk' in document.documentElement.dataset

/** The tickets drawn on this device for a survey, the newest last: a family shares a phone. */
export async function readKept(survey: string): Promise<Kept[]> {
  if (isKiosk) return []
  try {
    const text = localStorage.getItem(nameOf(survey))
    if (text) return JSON.parse(text) as Kept[]
  } catch {
    // Storage is blocked; the other place may not be.
  }
  return (await inDatabase<Kept[]>(ballots, 'readonly', (store) => store.get(survey))) || []
}

/** In both places, of which browsers clear now one and now the other. Without any the visit itself must be enough. */
export async function writeKept(survey: string, kept: readonly Kept[]): Promise<void> {
  if (isKiosk) return
  try {
    localStorage.setItem(nameOf(survey), JSON.stringify(kept))
  } catch {
    // As above.
  }
  await inDatabase(ballots, 'readwrite', (store) => store.put(kept, survey))
}
