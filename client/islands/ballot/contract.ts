// What the page's script and the sealing chunk say to each other: neither loads the other's code.

/** One response as it stands on the page: what is sealed, without ids and salts. */
export type Collected = {
  attrs: Record<string, string>
  /** 1: under two seconds a question, for screening when the box is opened. */
  pace: 0 | 1
  slips: { o: string; a: number[] }[]
  comments: { o: string; t: string }[]
}

/** What became of one try to send. `refused`: nothing more can be sent for this reason; the page says which. */
export type Outcome =
  | { kind: 'done'; location: string }
  | { kind: 'problems'; errors: { path: string; code: string }[] }
  | { kind: 'lost' }
  /** `why` says that nothing failed: the survey is paused, or the system is maintained. */
  | { kind: 'failed'; reference: string; isTemporary: boolean; seconds: number; why?: string | undefined }
  | { kind: 'busy'; seconds: number }
  | { kind: 'page'; code: string }
  | { kind: 'refused'; code: string }

/** Whether an answer says that nothing is taken for a while; its title is the sentence for people. */
export const isRest = (code: string | undefined): boolean => code === 'paused' || code === 'maintenance'

/**
 * Seals and sends. Whoever presses the button says the last word, whatever another page has sent meanwhile; a retry that
 * comes by itself does not.
 */
export type Ballot = (collected: Collected, isRetry?: boolean) => Promise<Outcome>

/** The sealing chunk puts itself on the form that it was loaded for. */
export type SealedForm = HTMLFormElement & { ballot?: Ballot }
