/**
 * What stands in the documents of a bundle, each in its one spelling. In words: docs/publication.md.
 */
import { z } from 'zod'
import { amendmentSchema } from './amendment.ts'
import { canonicalJson, fromBase64url } from './canonical.ts'
import { code, name } from './internal/definition.ts'
import { deductionSchema, type LineageDocument, lineageSchema } from './lineage.ts'
import { organClassNames } from './plan.ts'
import { readRational } from './rational.ts'
import { err, ok, type Result } from './result.ts'

const count = z.int().min(0)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const bytesOf = (length: number) => z.string().refine((text) => fromBase64url(text)?.length === length)
const exact = z.string().refine((text) => readRational(text).ok)
/** A double in the shortest digits that read back as itself. */
const float = z.string().refine((text) => text !== '' && Number.isFinite(Number(text)) && String(Number(text)) === text)
const printed = z.string().regex(/^-?[0-9]{1,6}(\.[0-9]{1,12})?$/)
const groupId = z.enum(['leaders', 'recipients', 'public'])
const cell = z.string().regex(/^[a-z0-9-]{1,24}$/)
const version = z.literal(1)

const cycleSchema = z.strictObject({
  v: version,
  jurisdiction: z.strictObject({ code, nameZh: z.string(), nameEn: z.string() }),
  cycle: z.strictObject({ code, titleZh: z.string(), titleEn: z.string() }),
  /** The canonical text of the plan is this value as canonical JSON. */
  plan: z.unknown(),
  organs: z
    .array(z.strictObject({ code, class: z.enum(organClassNames), nameZh: z.string(), nameEn: z.string() }))
    .min(1),
  surveys: z
    .array(
      z.strictObject({
        sid: code,
        manifest: hash,
        /** When it closed, UTC milliseconds, whatever its manifest had planned; absent in what was published before it was told. */
        closed: z.int().exactOptional(),
        /** What two persons changed after it had opened, in the order of its log; absent where nothing was. */
        amendments: z.array(amendmentSchema).min(1).exactOptional(),
      }),
    )
    .min(1),
  /** Of a version after the first: its number, the bundle that it corrects, and what was wrong there. */
  correction: z
    .strictObject({ version: z.int().min(2), corrects: hash, zh: z.string().min(1), en: z.string().min(1) })
    .exactOptional(),
  /** The key that signs the heads of the audit log; null where there are none. */
  auditKey: bytesOf(32).nullable(),
})

const countsSchema = z.strictObject({
  v: version,
  /** By verified cell of the tickets. */
  cells: z.array(
    z.strictObject({
      cell,
      eligible: count,
      issued: count,
      spent: count,
      valid: count,
      invalid: count,
      withdrawn: count,
      /** In a box that was destroyed unopened, because too few had answered. */
      unopened: count,
      /** Sealed by the server for a device that could not. */
      form: count,
      notEligible: count,
      /** Of those issued, how many came by which way; absent in what was published before it was counted. */
      ways: z.strictObject({ online: count, kiosk: count, phone: count, paper: count }).exactOptional(),
    }),
  ),
  /** All slips and comments of the survey: the leaves of the log of slips between its first and its last. */
  slips: count,
  comments: count,
  /** SHA-256 of cells.json; null for a survey without logs. */
  cellsHash: hash.nullable(),
  /** What the participation audit found; absent where none was held. */
  audit: z
    .strictObject({
      /** By which entries of the roll were drawn. */
      seed: z.string(),
      /** Entries of the roll. */
      rolled: count,
      drawn: count,
      withoutContact: count,
      confirmed: count,
      denied: count,
      notReached: count,
    })
    .exactOptional(),
})

const questionTally = z.union([
  z.strictObject({
    id: name,
    n: count,
    /** null in the group of leaders, who know each other. */
    dontKnow: count.nullable(),
    /** N_q and D_q, exact: the mean is their quotient. */
    points: exact,
    answers: exact,
  }),
  /** So few answered that the mean is not published. */
  z.strictObject({ id: name, withheld: z.literal(true) }),
])

const shortfall = z.enum([
  'n_below_minimum',
  'question_without_valid_answer',
  'stratum_without_response',
  'margin_category_without_response',
  'response_below_minimum',
  'calibration_infeasible',
  'n_eff_below_minimum',
])

const tallySchema = z.discriminatedUnion('status', [
  z.strictObject({
    organ: code,
    status: z.literal('ok'),
    flags: z.array(z.enum(['lonely_stratum', 'categories_merged', 'weights_bounded', 'dk_share_high'])),
    /** Slips about the organ, those taken out among them. */
    received: count,
    n: count,
    effectiveSampleSize: float,
    variance: float.nullable(),
    degreesOfFreedom: z.int(),
    ciStatus: z.enum(['ok', 'census', 'not_estimable', 'degenerate_no_variation']),
    questions: z.array(questionTally).min(1),
    /** The score as printed, where the mean of a question is withheld and the score cannot be put together from all. */
    score: printed.nullable(),
  }),
  z.strictObject({ organ: code, status: z.literal('insufficient'), flag: shortfall, received: count, n: count }),
  z.strictObject({
    organ: code,
    status: z.literal('unsupported_design'),
    part: z.enum(['kind', 'base_weights_by_stratum']),
    received: count,
  }),
])

const talliesSchema = z.strictObject({
  v: version,
  /** In the order of the papers; none in a survey that is not counted. */
  organs: z.array(tallySchema),
})

const margin = z.strictObject({
  name: z.string(),
  categories: z.array(z.strictObject({ id: z.string(), share: exact, mergeInto: z.string().exactOptional() })),
})

const weightsSchema = z.strictObject({
  v: version,
  method: z.enum(['none', 'poststratify', 'rake']),
  bounds: z.tuple([exact, exact]).nullable(),
  mergeBelow: count.nullable(),
  margins: z.array(margin).nullable(),
  /** People who may answer, as the estimates used it: all of them, and by verified cell where they are on a roster. */
  expected: count,
  roster: z.array(z.strictObject({ cell, people: count })),
})

const classWeightsSchema = z.strictObject({
  v: version,
  organs: z.array(
    z.strictObject({
      organ: code,
      classes: z.array(
        z.strictObject({
          stratum: z.string(),
          baseClass: z.string(),
          margins: z.array(z.string()),
          n: count,
          weight: z.string().regex(/^[0-9]+\.[0-9]{6}$/),
        }),
      ),
    }),
  ),
})

const slipLine = z.union([
  z.strictObject({
    a: z.array(z.int()),
    cell: z.string(),
    id: bytesOf(16),
    o: code,
    /** 1 for a slip that two persons took out of the score. */
    out: z.union([z.literal(0), z.literal(1)]),
    s: bytesOf(16),
  }),
  /** The hash of a comment's salt and text. */
  z.strictObject({ comment: bytesOf(32) }),
])

const interval = z.tuple([printed, printed]).nullable()
const ciStatus = z.enum(['ok', 'census', 'not_estimable', 'degenerate_no_variation'])

const groupFigures = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('ok'),
    n: count,
    score: printed,
    standardError: printed.nullable(),
    interval,
    ciStatus,
    questions: z.array(z.strictObject({ id: name, mean: printed.nullable() })),
  }),
  z.strictObject({ status: z.literal('insufficient'), flag: shortfall, n: count }),
  z.strictObject({ status: z.literal('unsupported_design') }),
])

export const satisfactionFigures = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.enum(['ok', 'renormalised_by_policy']),
    score: printed,
    standardError: printed.nullable(),
    interval,
    ciStatus,
    contributions: z.array(z.strictObject({ group: groupId, weight: exact, score: printed, contribution: printed })),
    missingGroups: z.array(groupId),
  }),
  z.strictObject({ status: z.enum(['insufficient', 'unsupported_design']), missingGroups: z.array(groupId) }),
])

const part = z.strictObject({ id: z.string(), score: printed.nullable(), contribution: printed.nullable() })

const overallFigures = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('ok'),
    score: printed,
    grade: name,
    standardError: printed.nullable(),
    interval,
    ciStatus,
    probabilities: z.array(z.strictObject({ grade: name, probability: printed })).nullable(),
    parts: z.array(part),
  }),
  z.strictObject({
    status: z.enum(['incomplete', 'insufficient']),
    missing: z.array(z.string()),
    parts: z.array(part),
  }),
])

const rankFigures = z.discriminatedUnion('status', [
  z.strictObject({ status: z.enum(['not_ranked', 'unscored']) }),
  z.strictObject({
    status: z.literal('ranked'),
    /** null where only tiers are published. */
    place: count.nullable(),
    interval: z.tuple([count, count]),
    tier: count,
    expectedPlace: printed.nullable(),
    advanced: z.enum(['certain_in', 'certain_out', 'undecided']),
    /** Chance of a place among those that the advanced units are chosen from. */
    amongFirst: printed.nullable(),
  }),
])

const quarantineFigures = z.strictObject({
  groups: z.array(
    z.discriminatedUnion('shown', [
      z.strictObject({ group: groupId, shown: z.literal('both'), slips: count, score: printed.nullable() }),
      z.strictObject({ group: groupId, shown: z.literal('official'), fewerThan: count }),
    ]),
  ),
  /** With everything put back; null where it would tell a few people's answers. */
  all: z
    .strictObject({ satisfaction: printed.nullable(), overall: printed.nullable(), grade: name.nullable() })
    .nullable(),
})

export const resultsSchema = z.strictObject({
  v: version,
  organs: z.array(
    z.strictObject({
      organ: code,
      groups: z.strictObject({
        leaders: groupFigures.nullable(),
        recipients: groupFigures.nullable(),
        public: groupFigures.nullable(),
      }),
      /** Scores that lead departments gave, by indicator, exact. */
      reviews: z.array(
        z.strictObject({ indicator: z.string(), score: exact, deduction: deductionSchema.exactOptional() }),
      ),
      satisfaction: satisfactionFigures.nullable(),
      overall: overallFigures.nullable(),
      rank: rankFigures,
      quarantine: quarantineFigures.nullable(),
    }),
  ),
  ranking: z
    .strictObject({
      scored: count,
      unscored: count,
      pairs: count,
      separatedPairs: count,
      showsPlaces: z.boolean(),
    })
    .nullable(),
  /** What follows from the slips alone, and stands beside the figures; absent in what was published before it was kept. */
  remarks: z
    .strictObject({
      /** What other points for the levels would change. */
      mappings: z.array(
        z.strictObject({ mapping: z.string(), grades: z.array(code), largestMove: count, pairsReversed: count }),
      ),
      /** How many points of satisfaction a handful of slips that were taken out can matter at most; null where nothing bounds it. */
      effects: z.array(
        z.strictObject({
          organ: code,
          group: groupId,
          atMost: z
            .string()
            .regex(/^<?[0-9]{1,3}\.[0-9]{2}$/)
            .nullable(),
        }),
      ),
    })
    .exactOptional(),
})

export type CycleDocument = z.infer<typeof cycleSchema>
export type Correction = NonNullable<CycleDocument['correction']>
export type CountsDocument = z.infer<typeof countsSchema>
export type PublishedAudit = NonNullable<CountsDocument['audit']>
export type TalliesDocument = z.infer<typeof talliesSchema>
export type OrganTally = TalliesDocument['organs'][number]
export type WeightsDocument = z.infer<typeof weightsSchema>
export type ClassWeightsDocument = z.infer<typeof classWeightsSchema>
export type SlipLine = z.infer<typeof slipLine>
export type ResultsDocument = z.infer<typeof resultsSchema>

/** Reads one kind of document of a bundle: the value, or the reason why the text is none. */
export type DocumentReader<T> = (text: string) => Result<T, 'not_json' | 'not_canonical' | { readonly path: string }>

export const readCycleDocument: DocumentReader<CycleDocument> = reader(cycleSchema)
export const readCounts: DocumentReader<CountsDocument> = reader(countsSchema)
export const readTallies: DocumentReader<TalliesDocument> = reader(talliesSchema)
export const readWeights: DocumentReader<WeightsDocument> = reader(weightsSchema)
export const readClassWeights: DocumentReader<ClassWeightsDocument> = reader(classWeightsSchema)
export const readSlipLine: DocumentReader<SlipLine> = reader(slipLine)
export const readResults: DocumentReader<ResultsDocument> = reader(resultsSchema)
export const readLineage: DocumentReader<LineageDocument> = reader(lineageSchema)
/** Any JSON in its canonical spelling. */
export const readAny: DocumentReader<unknown> = reader(z.unknown())

function reader<T>(schema: z.ZodType<T>): DocumentReader<T> {
  return (text) => {
    let value: unknown
    let canonical: string
    try {
      value = JSON.parse(text)
    } catch {
      return err('not_json')
    }
    try {
      canonical = canonicalJson(value)
    } catch {
      return err('not_canonical')
    }
    // One spelling: JSON.parse lets repeated names and other writings of a number pass.
    if (canonical !== text) return err('not_canonical')
    const read = schema.safeParse(value)
    return read.success ? ok(read.data) : err({ path: read.error.issues[0]?.path.join('.') ?? '' })
  }
}
