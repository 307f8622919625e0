import type { EarlyClose } from '../client/pages/respond/views.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { momentText } from './calendar.ts'

// A survey that two persons have closed before its time: what one proposed and the other agreed to, word for word, and what
// everybody is told of it.

/** What is proposed when a survey is to close early. */
export interface Closing {
  readonly v: 1
  readonly action: 'survey.close'
  /** "{jid}/{sid}" */
  readonly survey: string
  /** When it would close by itself, UTC milliseconds. */
  readonly closes: number
  /** As the office wrote it; public once it is agreed to. */
  readonly reason: string
}

/** A payload of `survey.close` that `proposeClosing` has written. */
export const readClosing = (payload: string): Closing => JSON.parse(payload) as Closing

/** Since when the survey is closed, until when it should have been open, and why; undefined where it closed in time. */
export function earlyClose(
  { closing, closesAt }: { readonly closing: string | null; readonly closesAt: number },
  locale: Locale,
): EarlyClose | undefined {
  if (closing === null) return undefined
  const { closes, reason } = readClosing(closing)
  return { closedOn: momentText(closesAt, locale), planned: momentText(closes, locale), reason }
}
