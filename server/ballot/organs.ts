import { orderInput } from '../../surveys/ballot.ts'
import { compareBytes } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { Eligibility } from '../keys.ts'
import type { SurveyContext } from '../surveys.ts'
import type { World } from '../world.ts'

/** Which organs one response rates, in display order, and the only one asked in detail (null = all). */
export interface OrganSelection {
  organs: readonly string[]
  detailFor: string | null
}

export type SelectionProblem = 'required' | 'too_many' | 'unknown_option' | 'repeated'

/**
 * A service receipt fixes one organ, a leader rates them all, a citizen has chosen some; whoever has no choice may name
 * the organs, but no others. Where the questionnaire says `seeded`, the chosen ones stand in the order of
 * SHA-256("gp1|order|" + k + "|" + code): the same on every retry, and the first one, asked in detail, does not depend
 * on how anything was rated.
 */
export async function organsOf(
  world: World,
  context: SurveyContext,
  eligibility: Eligibility,
  chosen: { k: Uint8Array; organs: readonly string[] },
): Promise<Result<OrganSelection, SelectionProblem>> {
  const { subject } = context.questionnaire
  const detail = (organs: readonly string[]): OrganSelection => ({
    organs,
    detailFor: subject.detail === 'first' ? organs[0]! : null,
  })
  if (new Set(chosen.organs).size !== chosen.organs.length) return err('repeated')
  if (subject.kind !== 'pick') {
    const fixed = subject.kind === 'each' ? context.organs.map((organ) => organ.code) : fixedOrgan(context, eligibility)
    if (fixed.length === 0 || !chosen.organs.every((code) => fixed.includes(code))) return err('unknown_option')
    return chosen.organs.length === 0 || chosen.organs.length === fixed.length ? ok(detail(fixed)) : err('required')
  }
  if (!chosen.organs.every((code) => context.organIds.has(code))) return err('unknown_option')
  if (chosen.organs.length < subject.min) return err('required')
  if (chosen.organs.length > subject.max) return err('too_many')
  return ok(detail(subject.order === 'seeded' ? await seededOrder(world, chosen.k, chosen.organs) : chosen.organs))
}

function fixedOrgan({ organIds }: SurveyContext, { organ }: Eligibility): string[] {
  return organ !== undefined && organIds.has(organ) ? [organ] : []
}

/** Organ codes in the order that the request key k gives them. */
export async function seededOrder(world: World, k: Uint8Array, organs: readonly string[]): Promise<string[]> {
  if (organs.length < 2) return [...organs]
  const placed: { code: string; digest: Uint8Array }[] = []
  for (const code of organs) placed.push({ code, digest: await world.crypto.sha256(orderInput(k, code)) })
  return placed.sort((left, right) => compareBytes(left.digest, right.digest)).map((entry) => entry.code)
}
