// What is fixed and published about a survey before its first answer: who is asked, by which questions and rules, until
// when, and which public keys count. The canonical text is served under its own hash and is the first leaf of both logs.
// A key made for one person only would need another text, and so another hash than the one that everybody was shown.

import { z } from 'zod'
import { base64url, canonicalJson, fromBase64url, hex } from './canonical.ts'
import type { IntakeMode } from './cycle.ts'
import type { Plan } from './plan.ts'
import type { Margin } from './population.ts'
import type { Questionnaire } from './questionnaire.ts'
import { err, ok, type Result } from './result.ts'

/** How the private part of the box key is kept: in shares that `k` of `n` trustees bring, or as a file. */
export type BoxHolding =
  | { readonly kind: 'trustees'; readonly k: number; readonly n: number }
  | { readonly kind: 'file' }

/** What only a sealed survey has. */
export interface SealedTerms {
  readonly box: BoxHolding
  /** Public part of the box key: an uncompressed point of P-256, 65 bytes. */
  readonly boxKey: Uint8Array
  /** Smallest length of an envelope's plaintext, so that all responses without comments have one size. */
  readonly smallestPadding: number
}

export interface ManifestFacts {
  /** "{jid}/{sid}". */
  readonly survey: string
  readonly plan: Plan
  readonly planHash: Uint8Array
  readonly questionnaire: Questionnaire
  readonly questionnaireHash: Uint8Array
  readonly counted: boolean
  readonly anchor: string
  readonly adapters: readonly string[]
  /** Codes, in the order of the papers. */
  readonly organs: readonly string[]
  /** UTC milliseconds. */
  readonly opensAt: number
  readonly closesAt: number
  readonly graceMinutes: number
  /** The verified cells with how many people may answer in each, and the public key of each one's issuer. */
  readonly cells: readonly {
    readonly cell: string
    readonly expected: number
    readonly issuer?: { readonly kid: string; readonly spki: Uint8Array }
    /** The cell that its responses join when they are too few. */
    readonly parent?: string
  }[]
  readonly receiptKey: Uint8Array
  /** Public part of the key that signs this jurisdiction's logs. */
  readonly logKey: Uint8Array
  /** The population that answers are weighted to, and the hash of its canonical text; null for a survey without. */
  readonly population: readonly Margin[] | null
  readonly populationHash: Uint8Array | null
  /** Public part of the auditor's key for contacts, a point as the box key; none where no participation audit is held. */
  readonly auditKey?: Uint8Array | null
  /** null for a live survey. */
  readonly sealed: SealedTerms | null
}

/** Fewer valid responses than these move on: a verified cell to its parent, a combination of attributes to a wider one. */
const MERGE = { min: 50, leaders_min: 10, attr_min: 10 } as const

/** The manifest as canonical JSON, whose SHA-256 names it. */
export function writeManifest(facts: ManifestFacts): string {
  const { plan, questionnaire, sealed } = facts
  const { minimum, margins } = plan.groups[questionnaire.group]
  return canonicalJson({
    v: 1,
    survey: facts.survey,
    cycle: plan.cycle,
    group: questionnaire.group,
    mode: sealed ? 'sealed' : 'live',
    counted: facts.counted,
    anchor: facts.anchor,
    adapters: facts.adapters,
    box_key: sealed?.box.kind ?? null,
    trustees: sealed?.box.kind === 'trustees' ? { k: sealed.box.k, n: sealed.box.n } : null,
    organs: facts.organs,
    questionnaire: { id: questionnaire.id, hash: hex(facts.questionnaireHash) },
    plan_hash: hex(facts.planHash),
    population: facts.population,
    population_hash: facts.populationHash && hex(facts.populationHash),
    opens: facts.opensAt,
    closes: facts.closesAt,
    grace_minutes: facts.graceMinutes,
    cells: facts.cells.map(({ cell, expected, issuer, parent }) => ({
      id: cell,
      kid: issuer?.kid ?? null,
      issuer_spki: issuer ? base64url(issuer.spki) : null,
      parent: parent ?? null,
      eligible: expected,
    })),
    attrs: attributesOf(plan, questionnaire),
    // The last margin is given up first, the first never: by the protocol's own margins city, age, sex that is sex, age.
    merge: { ...MERGE, drop: margins.slice(1).reverse() },
    min_pad: sealed?.smallestPadding ?? null,
    box_pk: sealed ? base64url(sealed.boxKey) : null,
    receipt_pk: base64url(facts.receiptKey),
    log_pk: base64url(facts.logKey),
    audit_pk: facts.auditKey ? base64url(facts.auditKey) : null,
    minimums: {
      n: minimum.n,
      response_percent: minimum.responsePercent ?? null,
      effective_n: minimum.effectiveN ?? null,
    },
  })
}

/** The values that a person may declare, by margin. */
function attributesOf(plan: Plan, questionnaire: Questionnaire): Record<string, string[]> {
  const questions = questionnaire.pages.flatMap((page) => page.questions)
  return Object.fromEntries(
    plan.groups[questionnaire.group].margins.map((margin) => {
      const question = questions.find((each) => each.type === 'choice' && each.margin === margin)
      if (question?.type !== 'choice') throw new Error(`writeManifest needs a question for the margin ${margin}`)
      return [margin, question.options.filter((option) => option.missing !== true).map(({ value }) => value)]
    }),
  )
}

const bytes = (length?: number) =>
  z.string().refine((text) => {
    const read = fromBase64url(text)
    return read !== null && (length === undefined || read.length === length)
  })
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)

const definition = z.strictObject({
  v: z.literal(1),
  survey: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}\/[a-z0-9][a-z0-9-]{0,39}$/),
  cycle: z.string(),
  group: z.enum(['leaders', 'recipients', 'public']),
  mode: z.enum(['live', 'sealed'] satisfies IntakeMode[]),
  counted: z.boolean(),
  anchor: z.string(),
  adapters: z.array(z.string()),
  box_key: z.enum(['trustees', 'file']).nullable(),
  trustees: z.strictObject({ k: count, n: count }).nullable(),
  organs: z.array(z.string()),
  questionnaire: z.strictObject({ id: z.string(), hash: sha256Hex }),
  plan_hash: sha256Hex,
  population: z.array(z.unknown()).nullable(),
  population_hash: sha256Hex.nullable(),
  opens: z.int(),
  closes: z.int(),
  grace_minutes: count,
  cells: z.array(
    z.strictObject({
      id: z.string().regex(/^[a-z0-9-]{1,24}$/),
      kid: bytes(8).nullable(),
      issuer_spki: bytes().nullable(),
      parent: z.string().nullable(),
      eligible: count,
    }),
  ),
  attrs: z.record(z.string(), z.array(z.string())),
  merge: z.strictObject({ min: count, leaders_min: count, attr_min: count, drop: z.array(z.string()) }),
  min_pad: count.nullable(),
  box_pk: bytes(65).nullable(),
  receipt_pk: bytes(32),
  // Surveys that were opened before there were logs have none.
  log_pk: bytes(32).nullable(),
  audit_pk: bytes(65).nullable(),
  minimums: z.strictObject({
    n: count,
    response_percent: count.nullable(),
    effective_n: count.nullable(),
  }),
})

/** A manifest as it is served; binary values are base64url, hashes hexadecimal. */
export type Manifest = z.infer<typeof definition>

/** Reads a manifest; `not_a_manifest` also for a text that is not in its one canonical spelling. */
export function readManifest(text: string): Result<Manifest, 'not_a_manifest'> {
  let value: unknown
  try {
    value = JSON.parse(text)
    if (canonicalJson(value) !== text) return err('not_a_manifest')
  } catch {
    return err('not_a_manifest')
  }
  const read = definition.safeParse(value)
  if (!read.success) return err('not_a_manifest')
  const { mode, box_pk, cells } = read.data
  const isSealed = box_pk !== null && cells.every(({ kid, issuer_spki }) => kid !== null && issuer_spki !== null)
  return (mode === 'sealed') === isSealed ? ok(read.data) : err('not_a_manifest')
}
