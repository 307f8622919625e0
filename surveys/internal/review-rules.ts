// How a plan has innovation projects reviewed and organs heard who may have to answer for something, as a file says it.

import { z } from 'zod'
import { localeText, name, wholeNumber } from './definition.ts'

const points = z
  .string('must be text')
  .regex(/^(100|[0-9]{1,2}(\.[0-9]{1,2})?)$/, 'must be points from 0 to 100, such as "87.5"')

export const innovationRule = z.strictObject({
  /** The indicator that the result fills; the first that the performance office scores unless said. */
  indicator: z.string('must be text').exactOptional(),
  /** What every project is rated by, each out of 100; the weights sum to 100. */
  criteria: z
    .array(z.strictObject({ id: name, title: localeText, weight: wholeNumber(1, 100) }))
    .min(1, 'must hold at least one criterion')
    .max(10, 'must hold at most 10 criteria'),
  /** How many projects an organ may submit. */
  perOrgan: wholeNumber(1, 20),
  /** What an organ has of its projects: the points of the best one, or the mean of all. */
  rule: z.enum(['best', 'mean'], 'must be best or mean'),
  /** What an organ has that submitted none. */
  withoutProject: points,
  /** Fewest ratings by which a project has a result. */
  ratings: wholeNumber(1, 50),
  /** A project is marked when its highest and lowest rating lie so many points apart. */
  dispersion: wholeNumber(1, 100),
})

export const accountabilityRule = z.strictObject({
  /** Working days from the notice until which an organ may be heard. */
  hearingDays: wholeNumber(1, 60).exactOptional(),
  /** The proposed score below which a target counts as missed. */
  missedBelow: points.exactOptional(),
})
