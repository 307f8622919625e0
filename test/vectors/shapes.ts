/**
 * The shapes of the vector files. Numbers are read as the decimals that are printed in the file, never as the nearest
 * double. A key that is not listed here could change the meaning of a file, so it makes the file fail.
 */
import { z } from 'zod'
import { readRational } from '../../surveys/rational.ts'

/** The file has a right shape but asks for something that is not built: it fails. */
export class Unsupported extends Error {}
/** The file is not a vector at all. */
export class Malformed extends Error {}

const decimal = z.union([z.number(), z.string()]).transform((value, context) => {
  // JavaScript prints numbers below 1e-6 with an exponent, which exact fractions do not read.
  const isTiny = typeof value === 'number' && Math.abs(value) < 1e-6
  const read = readRational(isTiny ? value.toFixed(20) : String(value))
  if (read.ok) return read.value
  context.addIssue({ code: 'custom', message: 'must be a decimal number' })
  return z.NEVER
})
const ciLevel = z.number().gt(0).lt(1).default(0.95)
const code = z.union([z.number(), z.string(), z.null()])
const count = z.int().min(0)

export const envelope = z.strictObject({
  id: z.string(),
  kind: z.string(),
  title: z.string().optional(),
  input: z.record(z.string(), z.unknown()),
  expected: z.record(z.string(), z.unknown()),
  tolerance: z.union([
    z.strictObject({ exact: z.literal(true) }),
    z.strictObject({ abs: z.number().min(0).default(0), rel: z.number().min(0).default(0) }),
  ]),
  producedBy: z.unknown().optional(),
  note: z.unknown().optional(),
})
export type Vector = z.infer<typeof envelope>

export const groupInput = z.strictObject({
  params: z.strictObject({
    scale: z.record(z.string(), decimal),
    missing: z.array(code),
    questions: z.array(z.strictObject({ id: z.string(), weight: decimal })).min(1),
    design: z.strictObject({
      kind: z.string(),
      strata: z.record(z.string(), z.strictObject({ N: count.optional(), share: decimal.optional() })).optional(),
      N: count.optional(),
      fpc: z.boolean().default(false),
      expandByN: z.boolean().default(false),
      clustered: z.boolean().default(false),
    }),
    calibration: z
      .strictObject({
        method: z.enum(['poststratify', 'rake']),
        margins: z.record(z.string(), z.record(z.string(), decimal)),
        bounds: z.tuple([decimal, decimal]).optional(),
      })
      .nullish(),
    trim: z.strictObject({ lower: decimal, upper: decimal }).nullish(),
    minimum: z.strictObject({ n: count.default(0) }).optional(),
    ciLevel,
  }),
  rows: z.array(
    z.strictObject({
      id: z.string(),
      stratum: z.string().nullish(),
      cluster: z.string().nullish(),
      w: decimal.nullish(),
      x: z.record(z.string(), z.string().nullable()).nullish(),
      a: z.record(z.string(), code),
    }),
  ),
})

const groups = <T extends z.ZodType>(each: T) =>
  z.strictObject({ leaders: each.optional(), service: each.optional(), public: each.optional() })
const gradeCuts = z.tuple([z.number(), z.number(), z.number()]).default([70, 80, 90])
const policy = z.enum(['block', 'renormalise'])
const compositeGroup = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('insufficient'),
    mean: z.null().optional(),
    se: z.null().optional(),
    df: z.null().optional(),
  }),
  z.strictObject({
    status: z.literal('ok'),
    mean: decimal,
    se: z.number().min(0).nullable(),
    df: z.number().nullable(),
    ciStatus: z.enum(['ok', 'census', 'not_estimable', 'degenerate_no_variation']).optional(),
  }),
])
export const compositeInput = z.strictObject({
  weights: groups(decimal),
  ciLevel,
  gradeCuts,
  cases: z.record(
    z.string(),
    z.strictObject({
      policy,
      groups: groups(compositeGroup),
    }),
  ),
})
export const pipelineInput = z.strictObject({
  weights: groups(decimal),
  ciLevel,
  gradeCuts,
  cases: z.record(z.string(), groups(z.string())),
})

export const roundingInput = z.strictObject({
  decimals: z.array(z.string()).default([]),
  triples: z.array(z.strictObject({ leaders: z.string(), service: z.string(), public: z.string() })).default([]),
  weights: z.tuple([z.string(), z.string(), z.string()]).default(['0.3', '0.3', '0.4']),
  exactScore: z
    .strictObject({
      scale: z.record(z.string(), decimal),
      questionWeights: z.record(z.string(), decimal),
      cells: z.array(z.strictObject({ weight: z.string(), counts: z.record(z.string(), z.record(z.string(), count)) })),
    })
    .optional(),
})

export const distributionsInput = z.strictObject({
  p: z.array(z.number()),
  df: z.array(z.number()).default([]),
  z: z.array(z.number()).default([]),
})

/** Checks a shape: a key we do not know could change the meaning, so the file fails; any other flaw is malformed. */
export function readShape<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues.find((each) => each.code !== 'unrecognized_keys') ?? parsed.error.issues[0]!
  const message = `${[where, ...issue.path].join('.')}: ${issue.message}`
  throw issue.code === 'unrecognized_keys' ? new Unsupported(message) : new Malformed(message)
}
