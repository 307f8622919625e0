/**
 * Whether the published results of a cycle are true to what was published with them.
 *
 * Everything is done again from the beginning, by whoever wants to: the files are those that were announced, the rules are
 * those that were fixed before the first answer, the logs only ever grew, every response was backed by one ticket, the
 * counts add up, and every figure follows from the published sums to its last digit, none of them telling more than is
 * allowed. An auditor, who also has the slips, counts them again and makes the sums from them. The first thing that does
 * not agree ends the verification and is named, with the file and the entry. The command, the page and the tests run
 * this one program; reading, hashing and checking of signatures are given to it.
 */

import { type BundleKind, lineageFile, resultsFile } from './bundle.ts'
import {
  type Correction,
  type CountsDocument,
  type CycleDocument,
  type PublishedAudit,
  readLineage,
  readResults,
  type TalliesDocument,
  type WeightsDocument,
} from './bundle-documents.ts'
import { checkAmendments } from './internal/bundle-amendments.ts'
import { checkCounts } from './internal/bundle-counts.ts'
import { checkDisclosure } from './internal/bundle-disclosure.ts'
import { checkFiles, readBundle } from './internal/bundle-documents.ts'
import { checkFigures } from './internal/bundle-figures.ts'
import { checkLineage } from './internal/bundle-lineage.ts'
import {
  type Participation,
  readCheckpoints,
  readHeads,
  readParticipation,
  readSlipHashes,
  type SurveyLogs,
} from './internal/bundle-logs.ts'
import { Mismatch, readingOf, Unreadable } from './internal/bundle-reading.ts'
import { checkSlips } from './internal/bundle-slips.ts'
import { checkTallies } from './internal/bundle-tallies.ts'
import { checkTicketLines, checkTickets } from './internal/bundle-tickets.ts'
import type { Manifest } from './manifest.ts'
import type { Sha256 } from './merkle.ts'
import type { Plan } from './plan.ts'
import type { Questionnaire } from './questionnaire.ts'

/** Where the files of a bundle come from: a folder, an address, files that somebody chose. */
export interface BundleFiles {
  /** The paths of all files that are there; null where that cannot be known, as of an address. */
  list(): Promise<readonly string[] | null>
  /** The bytes of a file in pieces, from its beginning each time it is asked for. Fails where there is none. */
  read(path: string): AsyncIterable<Uint8Array>
}

/** What the runtime must bring. */
export interface BundleTools {
  readonly sha256: Sha256
  /** The same for long files, a piece at a time. */
  createSha256(): { update(bytes: Uint8Array): void; digest(): Uint8Array }
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
  /** RSA-PSS with SHA-384 and a salt of 48 bytes; the same bytes are given for the same key, so that it is parsed once. */
  verifyTicket(spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
  /** Where there are threads: checkTicketLines in one of them. The piece may be taken away. */
  checkTicketLines?(facts: TicketFacts, piece: Uint8Array): Promise<CheckedTickets>
}

/** Which tickets a sealed survey can have. */
export interface TicketFacts {
  /** "{jid}/{sid}". */
  readonly survey: string
  /** The issuer of each cell. */
  readonly issuers: readonly { readonly cell: string; readonly spki: Uint8Array }[]
}

/** Tickets that are good by themselves, up to the first that is not. */
export interface CheckedTickets {
  /** 32 bytes each. */
  readonly tags: Uint8Array
  /** Place of the cell of each among the issuers. */
  readonly cells: Uint16Array
  readonly problem: {
    readonly code: 'ticket_malformed' | 'ticket_label' | 'ticket_signature'
    readonly found: string
    readonly expected: string
  } | null
}

/** What a thread does that is handed a piece of tickets. */
export { checkTicketLines }

/**
 * What is checked, in this order; audits only where one was held, lineage only where it was written. The last needs the files
 * of an auditor.
 */
export const checkNames = [
  'files',
  'definitions',
  'checkpoints',
  'logs',
  'tickets',
  'counts',
  'audits',
  'figures',
  'lineage',
  'disclosure',
  'heads',
  'slips',
] as const
export type CheckName = (typeof checkNames)[number]

/** A check that found nothing wrong, with how much it went through. */
export interface PassedCheck {
  readonly name: CheckName
  readonly counts: Readonly<Record<string, number>>
}

export type BundleProblemCode =
  | 'sums_malformed'
  | 'file_set'
  | 'file_changed'
  | 'too_large'
  | 'malformed'
  | 'definition'
  | 'hash'
  | 'does_not_fit'
  | 'checkpoint_malformed'
  | 'checkpoint_missing'
  | 'checkpoint_origin'
  | 'checkpoint_order'
  | 'checkpoint_signature'
  | 'manifest_leaf'
  | 'leaf_malformed'
  | 'tag_repeated'
  | 'root'
  | 'log_size'
  | 'tallies_leaf'
  | 'ticket_malformed'
  | 'ticket_label'
  | 'ticket_order'
  | 'ticket_signature'
  | 'ticket_not_logged'
  | 'tag_without_ticket'
  | 'count'
  | 'figure'
  | 'below_minimum'
  | 'suppression'
  | 'contradiction'
  | 'unfounded'
  | 'slip_malformed'
  | 'slip_leaf'
  | 'cells'
  | 'tally'

export interface BundleProblem {
  readonly code: BundleProblemCode
  readonly file: string
  /** The line, note or place in the document; null for the file as a whole. */
  readonly entry: string | null
  readonly found: string
  readonly expected: string
}

/** The outcome of a verification, with the checks that were passed before it ended. */
export type Verdict = { readonly checks: readonly PassedCheck[] } & (
  | {
      readonly outcome: 'good'
      readonly kind: BundleKind
      readonly jurisdiction: string
      readonly cycle: string
      /** SHA-256 of SHA256SUMS: the bundle's name, to which two persons agreed. */
      readonly hash: string
      /** What it corrects, of a version after the first. */
      readonly correction: Correction | null
    }
  | { readonly outcome: 'mismatch'; readonly check: CheckName; readonly problem: BundleProblem }
  | { readonly outcome: 'unreadable'; readonly file: string; readonly reason: string }
)

/** One survey of a bundle with what was read of it. */
export interface BundleSurvey {
  readonly sid: string
  readonly manifest: Manifest
  readonly questionnaire: Questionnaire
  readonly counts: CountsDocument
  readonly tallies: TalliesDocument
  readonly weights: WeightsDocument
}

/** A bundle whose documents were read and fit together. */
export interface Bundle {
  readonly kind: BundleKind
  readonly cycle: CycleDocument
  readonly plan: Plan
  readonly surveys: readonly BundleSurvey[]
}

/**
 * Verifies a bundle from its files. `onPassed` hears of each check as soon as it is done, `onFile` of each file whose bytes
 * are about to be read for the first time.
 */
export async function verifyBundle(
  files: BundleFiles,
  tools: BundleTools,
  {
    onPassed,
    onFile,
  }: { readonly onPassed?: (check: PassedCheck) => void; readonly onFile?: (path: string) => void } = {},
): Promise<Verdict> {
  const checks: PassedCheck[] = []
  let check: CheckName = 'files'
  const passed = (name: CheckName, counts: PassedCheck['counts'], next: CheckName) => {
    checks.push({ name, counts })
    onPassed?.({ name, counts })
    check = next
  }
  const reading = readingOf(files)
  try {
    const announced = await checkFiles(files, reading, tools, onFile ?? (() => {}))
    passed('files', { files: announced.sums.length, bytes: announced.bytes }, 'definitions')

    const bundle = await readBundle(reading, tools, announced)
    const { surveys } = bundle
    passed('definitions', { surveys: surveys.length, organs: bundle.cycle.organs.length }, 'checkpoints')

    const logs: SurveyLogs[] = []
    for (const { sid, manifest } of surveys) logs.push(await readCheckpoints(reading, tools, sid, manifest))
    const checkpoints = logs.reduce((sum, each) => sum + each.participation.length + each.slips.length, 0)
    passed('checkpoints', { checkpoints }, 'logs')

    const people: Participation[] = []
    const slipHashes: Uint8Array[] = []
    for (const [i, { sid, manifest, counts }] of surveys.entries()) {
      const { participation, slips } = logs[i]!
      people.push(await readParticipation(reading, tools, sid, manifest, participation))
      slipHashes.push(await readSlipHashes(reading, tools, sid, manifest, slips, counts.cellsHash))
    }
    for (const [i, survey] of surveys.entries()) checkAmendments(bundle, survey, people[i]!.amendments)
    const leaves = people.reduce((sum, each) => sum + each.leaves, 0)
    passed('logs', { leaves, slipLeaves: slipHashes.reduce((sum, each) => sum + each.length / 32, 0) }, 'tickets')

    const tags = people.reduce((sum, each) => sum + each.tags.size, 0)
    let tickets = 0
    for (const [i, { sid, manifest }] of surveys.entries()) {
      if (manifest.mode === 'sealed') tickets += await checkTickets(reading, tools, sid, manifest, people[i]!.tags)
    }
    passed('tickets', { tickets, tags }, 'counts')

    for (const [i, survey] of surveys.entries()) checkCounts(bundle, survey, people[i]!, slipHashes[i]!.length / 32)
    const spent = surveys.reduce((sum, { counts }) => sum + counts.cells.reduce((own, { spent: n }) => own + n, 0), 0)
    passed('counts', { spent, slips: surveys.reduce((sum, { counts }) => sum + counts.slips, 0) }, 'figures')
    const audits = surveys.flatMap(({ counts }) => counts.audit ?? [])
    if (audits.length > 0) passed('audits', totalOf(audits), 'figures')

    const results = await reading.document(resultsFile, readResults)
    passed('figures', checkFigures(bundle, results), 'lineage')
    if (announced.sums.some(({ path }) => path === lineageFile)) {
      const lineage = await reading.document(lineageFile, readLineage)
      passed('lineage', checkLineage(bundle, results, lineage), 'disclosure')
    } else check = 'disclosure'

    const disclosed = checkDisclosure(bundle, results)
    checkTallies(bundle, results)
    passed('disclosure', disclosed, 'heads')

    passed('heads', { heads: await readHeads(reading, tools, bundle) }, 'slips')

    if (bundle.kind === 'audit') {
      passed('slips', await checkSlips(reading, tools, bundle, results, slipHashes), 'slips')
    }
    const { jurisdiction, cycle } = bundle.cycle
    const { kind } = bundle
    const correction = bundle.cycle.correction ?? null
    const place = { jurisdiction: jurisdiction.code, cycle: cycle.code }
    return { outcome: 'good', checks, kind, ...place, hash: announced.hash, correction }
  } catch (error) {
    if (error instanceof Mismatch) return { outcome: 'mismatch', checks, check, problem: error.problem }
    if (error instanceof Unreadable) return { outcome: 'unreadable', checks, file: error.file, reason: error.message }
    throw error
  }
}

/** What the participation audits say, all surveys together; their sums were checked with the other counts. */
function totalOf(audits: readonly PublishedAudit[]): PassedCheck['counts'] {
  const total = (name: Exclude<keyof PublishedAudit, 'seed'>) => audits.reduce((sum, each) => sum + each[name], 0)
  return {
    audits: audits.length,
    rolled: total('rolled'),
    drawn: total('drawn'),
    withoutContact: total('withoutContact'),
    confirmed: total('confirmed'),
    denied: total('denied'),
    notReached: total('notReached'),
  }
}
