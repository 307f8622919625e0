// May this ticket answer this survey now? It is decided here from facts alone: what the ticket says, what the survey is,
// what time it is. The question is asked when somebody enters a code. When the answers arrive, the writer asks the
// tables the same within its commit: only there it is certain whether the survey is open, whether the person was
// excluded meanwhile, and that a ticket counts once.

import type { SurveyState } from './cycle.ts'
import { err, ok, type Result } from './result.ts'

/** What the server wrote, encrypted, into the form of an eligible person. */
export interface Ticket {
  /** Full name of the survey it was issued for: `{jid}/{sid}`. */
  readonly survey: string
  readonly pseudonym: Uint8Array
  /** The verified cell. */
  readonly cell: string
  readonly adapter: string
  /** The organ of a service receipt; null when the ticket names none. */
  readonly organ: string | null
  /** UTC milliseconds after which the person must show the evidence again. */
  readonly expiresAt: number
  /** Staff of rated organs are on the list of the excluded. */
  readonly excluded: boolean
}

export interface AdmissionSurvey {
  readonly name: string
  readonly state: SurveyState
  readonly counted: boolean
  readonly adapters: readonly string[]
  readonly cells: readonly string[]
  readonly organs: readonly string[]
  readonly opensAt: number
  readonly closesAt: number
  readonly graceMinutes: number
  /** The office has stopped it for a while. */
  readonly isPaused: boolean
}

/** `enter`: somebody wants a form, until `closesAt`. `answer`: answers arrive, until the grace time after it. */
export type Step = 'enter' | 'answer'

export interface AdmissionRequest {
  /** Null: the code or token is wrong, forged or for something else. */
  readonly ticket: Ticket | null
  readonly survey: AdmissionSurvey
  readonly now: number
  /** What is asked for; `answer` unless said otherwise. */
  readonly step?: Step
}

export interface Admission {
  readonly pseudonym: Uint8Array
  readonly cell: string
  readonly channel: 'sampled' | 'open'
  /** The only organ this ticket may rate; null: those the questionnaire lets it choose. */
  readonly organ: string | null
}

export type Refusal = 'unknown' | 'not_eligible' | 'closed' | 'not_open' | 'paused' | 'elig_expired'

/**
 * Admits a ticket, or says why not. A ticket that does not fit is `unknown` before anything else is looked at, so that
 * a stranger's code learns nothing about the survey, not even whether it is open.
 */
export function admit({ ticket, survey, now, step = 'answer' }: AdmissionRequest): Result<Admission, Refusal> {
  if (ticket === null || !belongs(ticket, survey)) return err('unknown')
  const closed = refusalByTime(survey, now, step)
  if (closed !== null) return err(closed)
  if (now >= ticket.expiresAt) return err('elig_expired')
  if (ticket.excluded) return err('not_eligible')
  return ok({
    pseudonym: ticket.pseudonym,
    cell: ticket.cell,
    channel: survey.counted ? 'sampled' : 'open',
    organ: ticket.organ,
  })
}

function belongs(ticket: Ticket, survey: AdmissionSurvey): boolean {
  return (
    ticket.survey === survey.name &&
    survey.adapters.includes(ticket.adapter) &&
    survey.cells.includes(ticket.cell) &&
    (ticket.organ === null || survey.organs.includes(ticket.organ))
  )
}

/** Why a survey takes no answers at this moment; null when it does. Both state and time must say yes. */
export function refusalByTime(
  survey: Pick<AdmissionSurvey, 'state' | 'opensAt' | 'closesAt' | 'graceMinutes' | 'isPaused'>,
  now: number,
  step: Step,
): 'closed' | 'not_open' | 'paused' | null {
  if (survey.state === 'draft' || survey.state === 'ready') return 'not_open'
  if (survey.state !== 'open') return 'closed'
  if (now < survey.opensAt) return 'not_open'
  // Who began in time must be able to finish; the form of a slow line may arrive after the hour.
  const grace = step === 'answer' ? survey.graceMinutes * 60_000 : 0
  if (now >= survey.closesAt + grace) return 'closed'
  return survey.isPaused ? 'paused' : null
}
