import { urls } from '../client/urls.ts'
import { cellsOf, type SurveyContext } from './surveys.ts'
import type { World } from './world.ts'

/** The verified cell for which a receipt was signed, which no address says; null for a receipt that never was. */
export async function receiptCell(
  { keys }: World,
  context: SurveyContext,
  tag: Uint8Array,
  signature: Uint8Array,
): Promise<string | null> {
  for (const cell of cellsOf(context)) if (await keys.verifyReceipt(context.name, cell, tag, signature)) return cell
  return null
}

/** Where anybody who holds a receipt can check it: the whole address, as it is printed and drawn. */
export function checkAddress({ config }: World, { jid, sid }: SurveyContext, tag: string, signature: string): string {
  return `${config.origins[0]}${urls.checkReceipt(jid, sid, tag, signature)}`
}
