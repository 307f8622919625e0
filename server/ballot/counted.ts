import { channelOf } from '../../surveys/ways.ts'
import type { Eligibility } from '../keys.ts'
import type { SurveyContext } from '../surveys.ts'

/** What a form says of itself: the code of the address that led to it, and whether many use its device. */
export interface Came {
  readonly channel: string
  readonly isKiosk?: boolean
}

/**
 * How a response is counted. That it was written down by somebody of the staff is part of the right to answer, so no form
 * can claim or hide it.
 */
export function countedAs(
  { channels }: Pick<SurveyContext, 'channels'>,
  { assisted }: Pick<Eligibility, 'assisted'>,
  { channel, isKiosk = false }: Came,
): { readonly channel: string; readonly assistant?: string } {
  if (assisted) return { channel: channelOf(assisted.way, ''), assistant: assisted.by }
  return { channel: channelOf(isKiosk ? 'kiosk' : 'online', channels.has(channel) ? channel : '') }
}
