import { normaliseCode } from '../surveys/ballot.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import type { Exchange } from './route.ts'

/** Why a typed code opens nothing. */
export type CodeProblem =
  | { readonly code: 'required' | 'malformed'; readonly status: 422 }
  | { readonly code: 'none'; readonly status: 404 }
  | { readonly code: 'too_many_requests'; readonly seconds: number }

/** What a typed code opens, with the code as 16 characters. Only wrong ones count against the limit of a network. */
export async function openByCode<Found>(
  { world, network }: Exchange,
  typed: string,
  find: (code: string) => Promise<Found | null>,
): Promise<Result<{ readonly code: string; readonly found: Found }, CodeProblem>> {
  if (typed.trim() === '') return err({ code: 'required', status: 422 })
  const code = normaliseCode(typed)
  if (code === null) return err({ code: 'malformed', status: 422 })
  const seconds = await world.limiter.take('code', network)
  if (seconds > 0) return err({ code: 'too_many_requests', seconds })
  const found = await find(code)
  if (found === null) return err({ code: 'none', status: 404 })
  await world.limiter.give('code', network)
  return ok({ code, found })
}
