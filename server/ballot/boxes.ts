import type { Moment } from '../../db/audit.ts'
import type { Scope } from '../../db/scope.ts'
import type { Result } from '../../surveys/result.ts'

/** Opens the boxes of sealed surveys, where the office runs: private keys never come to the edge. */
export interface Boxes {
  /**
   * Begins the opening of a closed survey, or goes on with one that was interrupted. Answers as soon as the key has been
   * found to be the right one; the work goes on beside the requests of people.
   */
  open(scope: Scope, request: OpeningRequest): Promise<Result<void, OpeningRefusal>>
  /**
   * Finishes the destruction of keys and envelopes wherever an opening came as far as that and no further; none that is
   * opened here at the moment. What cannot be destroyed is logged, once an hour at most, and found again by the next call.
   */
  finishDestructions(): Promise<void>
  /** How far the opening of a survey is; null when none was begun since this process started. */
  progress(scope: Scope, survey: number): OpeningProgress | null
}

export interface OpeningRequest extends Moment {
  readonly survey: number
  /** The scalar that k trustees put together, 32 bytes; null for a key file. It stays in memory. */
  readonly privateKey: Uint8Array | null
}

/**
 * `wrong_key`: its public part is not the one of the manifest. `not_closed`: still open, or opened already. `not_agreed`:
 * its key is a file, and two administrators have not agreed yet.
 */
export type OpeningRefusal = 'not_closed' | 'not_sealed' | 'not_agreed' | 'wrong_key' | 'no_key_file' | 'running'

export interface OpeningProgress {
  readonly step: 'opening' | 'writing' | 'destroying' | 'done' | 'failed'
  /** Envelopes, and how many of them are read so far. */
  readonly total: number
  readonly done: number
  readonly valid: number
  readonly invalid: number
  readonly withdrawn: number
  /** Fewer valid responses than anything may be shown of: nothing was opened, box and key are destroyed. */
  readonly belowMinimum: boolean
}
