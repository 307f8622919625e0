import { reasonLength } from '../../client/pages/office/screening-batches.ts'
import { canonicalText, visibleLength } from '../../surveys/canonical.ts'

/** A reason as it will be recorded; null where it is too short, too long or no text. */
export function readReason(typed: string | undefined): string | null {
  const text = canonicalText(typed ?? '')
  if (!text.ok) return null
  const reason = text.value
  return visibleLength(reason) >= reasonLength.shortest && [...reason].length <= reasonLength.longest ? reason : null
}
