// Long because a whole publication is made here, from the answers to the signed logs.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { demoPopulation } from '../../server/node/demo-population.ts'
import { issuerSpki, signTicket } from '../../server/node/issuer.ts'
import { answerQuestions } from '../../surveys/answers.ts'
import {
  boxLeaf,
  commentInput,
  commentLeaf,
  manifestLeaf,
  slipLeaf,
  tagLeaf,
  talliesLeaf,
  ticketMessage,
  ticketTagInput,
  weightingCell,
} from '../../surveys/ballot.ts'
import {
  cycleFile,
  filesOf,
  headsFile,
  resultsFile,
  type SurveyFileName,
  sumsFile,
  surveyFile,
  writeNotes,
  writeSums,
} from '../../surveys/bundle.ts'
import type { PublishedAudit, ResultsDocument } from '../../surveys/bundle-documents.ts'
import { base64url, canonicalJson, compareBytes, hex, utf8 } from '../../surveys/canonical.ts'
import { type CountedCell, cellsText } from '../../surveys/cells.ts'
import { checkpointText, writeCheckpoint } from '../../surveys/checkpoint.ts'
import { estimateGroup } from '../../surveys/estimate.ts'
import {
  classWeights,
  designOfWeights,
  publishQuarantine,
  publishWeights,
  weightedCellOf,
} from '../../surveys/evidence.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { writeManifest } from '../../surveys/manifest.ts'
import { leafHash, rootOf } from '../../surveys/merkle.ts'
import { canonicalPlan, type Plan, parsePlan, publishesReasons } from '../../surveys/plan.ts'
import { canonicalQuestionnaire, type GroupId } from '../../surveys/questionnaire.ts'
import { decimalString, parseRational, rational, subtract } from '../../surveys/rational.ts'
import { type GroupOutcome, outcomeOf, printResults, publishedOutcome, publishTally } from '../../surveys/results.ts'
import { addSlip, addSlipMoments, emptyCell, emptyMoments, tallySpec } from '../../surveys/tally.ts'
import { good, readJson, shippedForm } from '../surveys/definition-files.ts'

// A published bundle of an invented cycle, made by the functions that make every other: four organs, leaders and the
// public sealed, recipients live. Keys are new each time, all else is the same.

export type BundleContent = Map<string, Uint8Array>

export interface MadeBundle {
  /** What anybody may have. */
  readonly files: BundleContent
  /** The same and what only an auditor has. */
  readonly audit: BundleContent
  /** A checkpoint of any size and root, signed as the log would. */
  note(survey: string, log: string, size: number, root: Uint8Array): string
  /** A ticket of a cell, signed by its issuer. */
  ticket(sid: string, cell: string, labelSurvey?: string): { message: Uint8Array; signature: Uint8Array }
}

export const bundleJid = 'jiangzhou'
export const bundleSids: Readonly<Record<GroupId, string>> = {
  leaders: 'leaders-2026',
  recipients: 'recipients-2026',
  public: 'public-2026',
}
const organs = [
  { code: 'jw', class: 'party', nameZh: '甲委', nameEn: 'Committee A' },
  { code: 'fgw', class: 'government', nameZh: '乙委', nameEn: 'Commission B' },
  { code: 'czt', class: 'government', nameZh: '丙厅', nameEn: 'Department C' },
  { code: 'sws', class: 'central', nameZh: '丁局', nameEn: 'Bureau D' },
] as const

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())
export const sha256Hex = (bytes: Uint8Array): string => hex(sha256(bytes))

/** A fixed sequence, so that every bundle holds the same answers. */
export function sequence(seed: number): { below(n: number): number; bytes(length: number): Uint8Array } {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  return {
    below: (n) => next() % n,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
  }
}

/** Puts new hashes into SHA256SUMS, as somebody would who changed a file. */
export function resum(files: BundleContent): BundleContent {
  const sums = [...files].filter(([path]) => path !== sumsFile)
  const text = writeSums(sums.map(([path, bytes]) => ({ path, sha256: sha256Hex(bytes) })))
  return new Map([...files, [sumsFile, utf8(text)]])
}

const planOfBundle = (reasons: 'organ' | 'public'): Plan => {
  const preset = readJson('plans/2025-jiangzhou.json') as { groups: Record<GroupId, object>; disclosure: object }
  const groups = {
    leaders: { ...preset.groups.leaders, intake: 'sealed' },
    recipients: preset.groups.recipients,
    public: { ...preset.groups.public, intake: 'sealed' },
  }
  return good(parsePlan({ ...preset, groups, cycle: '2026', disclosure: { ...preset.disclosure, reasons } }))
}

export interface BundleOptions {
  /** Leaders who do not know how an organ keeps the law, of 20: with more than 10 that mean is withheld. */
  readonly unknowing?: number
  /** Slips of recipients about the first organ that were taken out. */
  readonly quarantined?: number
  /** Who reads why points were taken off; everybody unless said. */
  readonly reasons?: 'organ' | 'public'
  /** What an audit of the public has found, whose manifest then names a key for contacts. */
  readonly audit?: PublishedAudit
}

interface Person {
  readonly slips: readonly Slip[]
}

interface Slip {
  readonly organ: string
  readonly cell: string
  readonly answers: readonly number[]
  readonly id: Uint8Array
  readonly salt: Uint8Array
  readonly isOut: boolean
}

export function makeBundle(options: BundleOptions = {}): MadeBundle {
  const plan = planOfBundle(options.reasons ?? 'public')
  const planHash = sha256(utf8(canonicalPlan(plan)))
  const log = generateKeyPairSync('ed25519')
  const logKey = rawPublic(log.publicKey)
  const issuers = new Map<string, KeyObject>()
  const draw = sequence(20_260_301)
  const common: BundleContent = new Map()
  const extra: BundleContent = new Map()
  const put = (into: BundleContent, path: string, content: string | Uint8Array) =>
    into.set(path, typeof content === 'string' ? utf8(content) : content)

  const note: MadeBundle['note'] = (survey, name, size, root) => {
    const origin = `assess.example/${survey}/${name}`
    const checkpoint = { origin, size, root }
    const signature = new Uint8Array(sign(null, checkpointText(checkpoint), log.privateKey))
    return writeCheckpoint(checkpoint, { name: origin, publicKey: logKey, signature }, sha256)
  }
  const ticket: MadeBundle['ticket'] = (sid, cell, labelSurvey = `${bundleJid}/${sid}`) => {
    const message = ticketMessage({ survey: labelSurvey, cell }, draw.bytes(32), draw.bytes(32))
    return { message, signature: new Uint8Array(signTicket(issuers.get(`${sid}/${cell}`)!, message)) }
  }

  const estimates = new Map<GroupId, ReturnType<typeof estimated>>()
  const documents = groupIds.map((group) => {
    const sid = bundleSids[group]
    const survey = `${bundleJid}/${sid}`
    const form = shippedForm(group)
    const isSealed = plan.groups[group].intake === 'sealed'
    const population = plan.groups[group].calibration === 'none' ? null : demoPopulation(plan, form)
    const expected = { leaders: 20, recipients: 200, public: 400 }[group]
    if (isSealed) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 0x10001 })
      issuers.set(`${sid}/all`, privateKey)
    }
    const spki = isSealed ? issuerSpki(issuers.get(`${sid}/all`)!) : null
    const manifest = writeManifest({
      survey,
      plan,
      planHash,
      questionnaire: form,
      questionnaireHash: sha256(utf8(canonicalQuestionnaire(form))),
      counted: true,
      anchor: plan.groups[group].anchor,
      adapters: [plan.groups[group].adapter],
      organs: organs.map(({ code }) => code),
      opensAt: Date.UTC(2026, 2, 1),
      closesAt: Date.UTC(2026, 2, 31),
      graceMinutes: 15,
      cells: [
        {
          cell: 'all',
          expected,
          ...(spki ? { issuer: { kid: base64url(sha256(spki).subarray(0, 8)), spki } } : {}),
        },
      ],
      receiptKey: draw.bytes(32),
      logKey,
      population,
      populationHash: population && sha256(utf8(canonicalJson(population))),
      ...(group === 'public' && options.audit ? { auditKey: new Uint8Array(65).fill(4) } : {}),
      sealed: isSealed ? { box: { kind: 'file' }, boxKey: draw.bytes(65), smallestPadding: 2_048 } : null,
    })
    const people = peopleOf(plan, group, draw, options)
    const [withdrawn, invalid, form1] = isSealed ? [2, 1, 3] : [0, 0, 0]
    const spent = people.length + withdrawn + invalid
    const name = (file: SurveyFileName) => surveyFile(sid, file)

    // Who took part: two nights, then the rest and the box.
    const tickets = Array.from({ length: spent }, () => (isSealed ? ticket(sid, 'all') : null))
    const tags = tickets.map((each) => (each ? sha256(ticketTagInput(each.message)) : draw.bytes(32)))
    const nights = [tags.slice(0, 15), tags.slice(15, 60), tags.slice(60)].map((some) => some.toSorted(compareBytes))
    const leaves = [manifestLeaf(manifest)]
    const notes = [note(survey, 'participation', 1, rootOf(sha256, hashesOf(leaves)))]
    nights.forEach((night, at) => {
      leaves.push(...night.map((tag) => tagLeaf('all', tag)))
      if (at === 2 && isSealed) leaves.push(boxLeaf(spent, draw.bytes(32)))
      if (night.length > 0 || at === 2)
        notes.push(note(survey, 'participation', leaves.length, rootOf(sha256, hashesOf(leaves))))
    })
    put(common, name('participation.leaves'), leaves.map((leaf) => `${new TextDecoder().decode(leaf)}\n`).join(''))
    put(common, name('participation.checkpoints'), writeNotes(notes))
    if (isSealed) {
      const lines = tickets
        .map((each, at) => ({ tag: tags[at]!, ...each! }))
        .sort((a, b) => compareBytes(a.tag, b.tag))
        .map(({ message, signature }) =>
          canonicalJson({ cell: 'all', msg: base64url(message), sig: base64url(signature) }),
        )
      put(common, name('tokens.ndjson'), `${lines.join('\n')}\n`)
    }

    // What they said.
    const slips = people.flatMap((person) => person.slips).sort((a, b) => compareBytes(a.id, b.id))
    const comments = [draw.bytes(16), draw.bytes(16)].map((salt) => sha256(commentInput(salt, '很好')))
    const spec = tallySpec(form)
    const all = countCells(spec, slips)
    const cells = cellsText(survey, spec, all)
    const cellsHash = sha256Hex(utf8(cells))
    const slipLeaves = [
      manifestLeaf(manifest),
      ...slips.map((slip) => slipLeaf(survey, slip)),
      ...comments.map(commentLeaf),
      talliesLeaf(cellsHash),
    ]
    put(common, name('slips.leafhashes'), hashesOf(slipLeaves))
    put(
      common,
      name('slips.checkpoints'),
      writeNotes([
        note(survey, 'slips', 1, rootOf(sha256, hashesOf(slipLeaves.slice(0, 1)))),
        note(survey, 'slips', slipLeaves.length, rootOf(sha256, hashesOf(slipLeaves))),
      ]),
    )
    put(extra, name('cells.json'), cells)
    put(
      extra,
      name('slips.ndjson'),
      [
        ...slips.map(({ answers: a, cell, id, organ: o, isOut, salt: s }) =>
          canonicalJson({ a, cell, id: base64url(id), o, out: isOut ? 1 : 0, s: base64url(s) }),
        ),
        ...comments.map((comment) => canonicalJson({ comment: base64url(comment) })),
      ]
        .map((line) => `${line}\n`)
        .join(''),
    )

    // What follows from it.
    const roster = new Map(group === 'leaders' ? [['all', expected]] : [])
    const weights = publishWeights(plan, group, { expected, expectedByCell: roster, margins: population })
    const own = estimated(plan, group, spec, slips, designOfWeights(plan, group, weights))
    estimates.set(group, own)
    put(common, name('manifest.json'), manifest)
    put(common, name('questionnaire.json'), canonicalQuestionnaire(form))
    put(common, name('weights.json'), canonicalJson(weights))
    put(common, name('tallies.json'), canonicalJson({ v: 1, organs: own.map(({ tally }) => tally) }))
    put(
      extra,
      name('class-weights.json'),
      canonicalJson({
        v: 1,
        organs: own.map(({ tally, estimate }) => ({ organ: tally.organ, classes: classWeights(estimate) })),
      }),
    )
    const issued = spent + (isSealed ? 1 : 0)
    put(
      common,
      name('counts.json'),
      canonicalJson({
        v: 1,
        cells: [
          {
            cell: 'all',
            eligible: expected,
            issued: Math.min(issued, expected),
            spent,
            valid: people.length,
            invalid,
            withdrawn,
            unopened: 0,
            form: form1,
            notEligible: 1,
          },
        ],
        slips: slips.length,
        comments: comments.length,
        cellsHash,
        ...(group === 'public' && options.audit ? { audit: options.audit } : {}),
      }),
    )
    return { sid, manifest: sha256Hex(utf8(manifest)), isSealed }
  })

  put(
    common,
    cycleFile,
    canonicalJson({
      v: 1,
      jurisdiction: { code: bundleJid, nameZh: '江州省', nameEn: 'Jiangzhou' },
      cycle: { code: plan.cycle, titleZh: '2026年度', titleEn: 'Year 2026' },
      plan,
      organs,
      surveys: documents.map(({ sid, manifest }) => ({ sid, manifest })),
      auditKey: base64url(logKey),
    }),
  )
  put(common, headsFile, writeNotes([40, 71].map((size) => note('audit', 'log', size, draw.bytes(32)))))
  const reviews = reviewsOf(plan)
  const outcomes = (of: 'estimate' | 'all', index: number) => {
    const outcome = (group: GroupId): GroupOutcome => {
      const each = estimates.get(group)![index]!
      return of === 'all' ? each.all : publishedOutcome(each.estimate, each.tally)
    }
    const { code: organ, class: organClass } = organs[index]!
    const groups = { leaders: outcome('leaders'), recipients: outcome('recipients'), public: outcome('public') }
    return { organ, class: organClass, groups, reviews }
  }
  const outcome = outcomeOf(
    plan,
    organs.map((_, i) => outcomes('estimate', i)),
  )
  const results = printResults(plan, outcome, (code) => {
    const i = organs.findIndex((organ) => organ.code === code)
    const groups = groupIds.map((group) => ({ group, ...estimates.get(group)![i]! }))
    return publishQuarantine(plan, groups, outcomeOf(plan, [outcomes('all', i)]).organs[0]!)
  })
  put(common, resultsFile, canonicalJson(results))

  const listed = (kind: 'public' | 'audit', content: BundleContent) => {
    if (filesOf(documents, kind).join() !== [...content.keys()].sort().join()) throw new Error('files are missing')
    return resum(content)
  }
  return {
    files: listed('public', new Map(common)),
    audit: listed('audit', new Map([...common, ...extra])),
    note,
    ticket,
  }
}

function rawPublic(key: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url'))
}

function hashesOf(leaves: readonly Uint8Array[]): Uint8Array {
  const packed = new Uint8Array(32 * leaves.length)
  for (const [i, leaf] of leaves.entries()) packed.set(leafHash(sha256, leaf), 32 * i)
  return packed
}

/** 17 valid leaders about every organ, 45 recipients about three organs and 20 about the last, 150 citizens. */
function peopleOf(plan: Plan, group: GroupId, draw: ReturnType<typeof sequence>, options: BundleOptions): Person[] {
  const form = shippedForm(group)
  const questions = answerQuestions(form)
  const margins = plan.groups[group].margins
  const offered = form.pages.flatMap((page) => page.questions)
  const slipAbout = (organ: number, person: number, cell: string): Slip => ({
    organ: organs[organ]!.code,
    cell,
    answers: questions.map((question) => {
      if (question.type !== 'rating') return -1
      if (group === 'leaders' && question.id === 'law' && person < (options.unknowing ?? 2)) return 0
      if (group === 'leaders' && question.id === 'clean' && person < (options.unknowing ?? 0)) return 0
      // The first organ is liked best.
      return [5, 5, 4, 4, 3, 5, 4, 2, 5, 4][draw.below(10 - 2 * organ)] ?? 3
    }),
    id: draw.bytes(16),
    salt: draw.bytes(16),
    isOut: group === 'recipients' && organ === 0 && person < (options.quarantined ?? 0),
  })
  const cellOf = (): string =>
    weightingCell({
      channel: 'sampled',
      cell: 'all',
      psu: null,
      baseClass: 1,
      margins: margins.map((margin) => {
        const question = offered.find((each) => each.type === 'choice' && each.margin === margin)
        if (question?.type !== 'choice') throw new Error(`no question for ${margin}`)
        const option = question.options[draw.below(question.options.length)]!
        return option.missing ? '__missing' : option.value
      }),
    })
  const people = { leaders: 17, recipients: 3 * 45 + 20, public: 150 }[group]
  return Array.from({ length: people }, (_, person) => {
    const cell = cellOf()
    if (group === 'recipients') {
      const organ = Math.min(3, Math.floor(person / 45))
      return { slips: [slipAbout(organ, person % 45, cell)] }
    }
    const rated = group === 'leaders' ? [0, 1, 2, 3] : [0, 1, 2, 3].filter((organ) => organ !== person % 4)
    return { slips: rated.map((organ) => slipAbout(organ, person, cell)) }
  })
}

function countCells(spec: ReturnType<typeof tallySpec>, slips: readonly Slip[]): CountedCell[] {
  const cells = new Map<string, CountedCell>()
  for (const { organ, cell, answers } of slips) {
    const key = `${organ}/${cell}`
    const own = cells.get(key) ?? { organ, cell, sums: emptyCell(spec), moments: emptyMoments(spec) }
    cells.set(key, own)
    addSlip(spec, own.sums, answers)
    addSlipMoments(spec, own.moments, answers)
  }
  return [...cells.values()]
}

function estimated(
  plan: Plan,
  group: GroupId,
  spec: ReturnType<typeof tallySpec>,
  slips: readonly Slip[],
  design: ReturnType<typeof designOfWeights>,
) {
  return organs.map(({ code }) => {
    const own = slips.filter((slip) => slip.organ === code)
    const clean = own.filter(({ isOut }) => !isOut)
    const estimate = estimateGroup(spec, countCells(spec, clean).map(weightedCellOf), design)
    const all = estimateGroup(spec, countCells(spec, own).map(weightedCellOf), design)
    const tally = publishTally(plan, group, code, estimate, own.length)
    return { estimate, all, tally, taken: own.length - clean.length }
  })
}

/** A score for every lowest part of the plan, all different; lead departments say why theirs are no hundred. */
function reviewsOf(plan: Plan): ResultsDocument['organs'][number]['reviews'] {
  const lowest = (nodes: Plan['indicators']): string[] =>
    nodes.flatMap((node) => (node.scoredBy === 'survey' ? [] : node.children ? lowest(node.children) : [node.id]))
  const byLeads = new Set(lowest(plan.indicators.filter(({ scoredBy }) => scoredBy === 'lead_departments')))
  return lowest(plan.indicators).map((indicator, at) => {
    const score = `${80 + at}.${at % 10}`
    if (!publishesReasons(plan) || !byLeads.has(indicator)) return { indicator, score }
    const points = decimalString(subtract(rational(100), parseRational(score)))
    return { indicator, score, deduction: { points, reason: `第 ${at} 项未按期完成` } }
  })
}
