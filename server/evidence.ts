import type { Result } from '../surveys/result.ts'
import type { EvidenceType } from '../surveys/self-assessment.ts'
import type { Fields } from './body.ts'

/** A file that was read from a form. Until it is kept it lies where nobody finds it, and goes with the request. */
export interface Upload {
  /** Name of the form's field. */
  readonly field: string
  /** As the sender calls it. */
  readonly name: string
  readonly bytes: number
  readonly sha256: Uint8Array
  /** What its bytes say it is; null for anything that is not taken. */
  readonly type: EvidenceType | null
  /** Longer than a file may be: of the bytes beyond nothing was read. */
  readonly isTooLarge: boolean
}

export interface UploadedForm {
  readonly fields: Fields
  readonly uploads: readonly Upload[]
  /** Takes away what was not kept. */
  discard(): Promise<void>
}

/** Files that stand for something, by the hash of their bytes. */
export interface EvidenceFiles {
  /** Reads a form whose files go to the disk while they come. Nothing of it is left when it cannot be read. */
  receive(request: Request): Promise<Result<UploadedForm, 'bad_request' | 'too_large' | 'unsupported_media_type'>>
  /** Puts a file of this request at its place, whole and on the disk; the same content is there once. */
  keep(upload: Upload): Promise<void>
  /** null where there is none of this hash. */
  open(sha256: Uint8Array): Promise<{ readonly bytes: number; readonly stream: ReadableStream<Uint8Array> } | null>
  /**
   * Deletes files that nobody names, but none that came within the last day: its row may be on its way. Answers how many.
   */
  sweep(named: ReadonlySet<string>, now: number): Promise<number>
}
