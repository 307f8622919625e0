import { canonicalJson, hex } from '../../surveys/canonical.ts'

/** What two administrators agree to when a box is opened whose key is a file. */
export interface OpeningTerms {
  readonly v: 1
  readonly action: 'box.open'
  /** "{jid}/{sid}". */
  readonly survey: string
  /** SHA-256 of the manifest, hexadecimal. */
  readonly manifest: string
  /** When the survey closed, UTC milliseconds. */
  readonly closes: number
}

/** The text of these terms, whose hash is what is agreed to. */
export function openingTerms(
  survey: string,
  { manifestHash, closesAt }: { readonly manifestHash: Uint8Array; readonly closesAt: number },
): string {
  const terms: OpeningTerms = { v: 1, action: 'box.open', survey, manifest: hex(manifestHash), closes: closesAt }
  return canonicalJson(terms)
}

/** A text that `openingTerms` has written. */
export const readOpeningTerms = (text: string): OpeningTerms => JSON.parse(text) as OpeningTerms
