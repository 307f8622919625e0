import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { demoPopulation } from '../../../server/node/demo-population.ts'
import { issuerSpki } from '../../../server/node/issuer.ts'
import { nodeSha256 as sha256 } from '../../../server/node/platform.ts'
import { answerQuestions } from '../../../surveys/answers.ts'
import {
  boxLeaf,
  manifestLeaf,
  slipLeaf,
  tagLeaf,
  talliesLeaf,
  ticketMessage,
  ticketTagInput,
  weightingCell,
} from '../../../surveys/ballot.ts'
import {
  cycleFile,
  headsFile,
  resultsFile,
  type SurveyFileName,
  sumsFile,
  surveyFile,
  writeNotes,
  writeSums,
} from '../../../surveys/bundle.ts'
import { base64url, canonicalJson, compareBytes, hex, utf8 } from '../../../surveys/canonical.ts'
import { type CountedCell, cellsText } from '../../../surveys/cells.ts'
import { checkpointText, writeCheckpoint } from '../../../surveys/checkpoint.ts'
import { estimateGroup } from '../../../surveys/estimate.ts'
import { classWeights, designOfWeights, publishWeights, weightedCellOf } from '../../../surveys/evidence.ts'
import { writeManifest } from '../../../surveys/manifest.ts'
import { createTree, leafHash, type Tree } from '../../../surveys/merkle.ts'
import { canonicalPlan, parsePlan } from '../../../surveys/plan.ts'
import { canonicalQuestionnaire } from '../../../surveys/questionnaire.ts'
import { outcomeOf, printResults, publishedOutcome, publishTally } from '../../../surveys/results.ts'
import { addSlip, addSlipMoments, emptyCell, emptyMoments, tallySpec } from '../../../surveys/tally.ts'
import { sequence } from '../../support/published.ts'
import { good, readJson, shippedForm } from '../../surveys/definition-files.ts'

// A valid bundle of one large sealed survey, written to a folder: two slips of each citizen, about two of forty organs.

const organCount = 40
const slipsEach = 2

/** Makes the bundle unless it is there: some minutes, most of them for signing tickets. */
export async function bigBundle(
  folder: string,
  people: number,
  kind: 'public' | 'audit',
  say: (text: string) => void,
): Promise<string> {
  const target = join(folder, `${kind}-${people}-heads`)
  if (existsSync(join(target, sumsFile))) return target
  const staging = `${target}.unfinished`
  await rm(staging, { recursive: true, force: true })
  const sums: { path: string; sha256: string }[] = []
  const put = async (path: string, pieces: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>) => {
    const file = join(staging, path)
    await mkdir(dirname(file), { recursive: true })
    const hash = createHash('sha256')
    const stream = createWriteStream(file)
    for await (const piece of pieces) {
      hash.update(piece)
      if (!stream.write(piece)) await once(stream, 'drain')
    }
    stream.end()
    await once(stream, 'finish')
    sums.push({ path, sha256: hash.digest('hex') })
  }
  await write(put, people, kind, say)
  await writeFile(join(staging, sumsFile), writeSums(sums))
  await rename(staging, target)
  return target
}

type Put = (path: string, pieces: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>) => Promise<void>

async function write(put: Put, people: number, kind: 'public' | 'audit', say: (text: string) => void): Promise<void> {
  const jid = 'jiangzhou'
  const sid = 'public-2026'
  const survey = `${jid}/${sid}`
  const preset = readJson('plans/2025-jiangzhou.json') as { groups: Record<string, object> }
  const groups = { ...preset.groups, public: { ...preset.groups['public'], intake: 'sealed' } }
  const plan = good(parsePlan({ ...preset, groups, cycle: '2026' }))
  const form = shippedForm('public')
  const spec = tallySpec(form)
  const population = demoPopulation(plan, form)
  const organs = Array.from({ length: organCount }, (_, i) => ({
    code: `o${i}`,
    class: 'government',
    nameZh: `第${i}厅`,
    nameEn: `Department ${i}`,
  }))
  const log = generateKeyPairSync('ed25519')
  const logKey = new Uint8Array(Buffer.from(log.publicKey.export({ format: 'jwk' }).x!, 'base64url'))
  const issuer = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 0x10001 })
  const spki = issuerSpki(issuer.privateKey)
  const draw = sequence(1)
  const manifest = writeManifest({
    survey,
    plan,
    planHash: sha256(utf8(canonicalPlan(plan))),
    questionnaire: form,
    questionnaireHash: sha256(utf8(canonicalQuestionnaire(form))),
    counted: true,
    anchor: 'phone',
    adapters: ['sms'],
    organs: organs.map(({ code }) => code),
    opensAt: 1,
    closesAt: 2,
    graceMinutes: 15,
    cells: [{ cell: 'all', expected: people, issuer: { kid: base64url(sha256(spki).subarray(0, 8)), spki } }],
    receiptKey: draw.bytes(32),
    logKey,
    population,
    populationHash: sha256(utf8(canonicalJson(population))),
    sealed: { box: { kind: 'file' }, boxKey: draw.bytes(65), smallestPadding: 2_048 },
  })
  const name = (file: SurveyFileName) => surveyFile(sid, file)
  const note = (which: string, size: number, root: Uint8Array) => {
    const origin = `assess.example/${survey}/${which}`
    const checkpoint = { origin, size, root }
    const signature = new Uint8Array(sign(null, checkpointText(checkpoint), log.privateKey))
    return writeCheckpoint(checkpoint, { name: origin, publicKey: logKey, signature }, sha256)
  }

  const tickets = await drawTickets(survey, issuer.privateKey, people, say)
  tickets.sort((a, b) => compareBytes(a.tag, b.tag))
  await put(name('tokens.ndjson'), ticketLines(tickets))
  const participation = createTree(sha256)
  const participationNotes: string[] = []
  await put(
    name('participation.leaves'),
    (function* () {
      const add = (leaf: Uint8Array) => {
        participation.append(leafHash(sha256, leaf))
        return `${new TextDecoder().decode(leaf)}\n`
      }
      yield add(manifestLeaf(manifest))
      participationNotes.push(note('participation', 1, participation.root()))
      // Thirty nights.
      for (const [i, { tag }] of tickets.entries()) {
        yield add(tagLeaf('all', tag))
        if (i % Math.ceil(people / 30) === 17)
          participationNotes.push(note('participation', participation.size, participation.root()))
      }
      yield add(boxLeaf(people, draw.bytes(32)))
      participationNotes.push(note('participation', participation.size, participation.root()))
    })(),
  )
  await put(name('participation.checkpoints'), [writeNotes(participationNotes)])

  const cells = new Map<string, CountedCell>()
  const slips = createTree(sha256)
  const ratings = answerQuestions(form).map((question) => question.type === 'rating')
  const offered = form.pages.flatMap((page) => page.questions)
  const margins = plan.groups.public.margins.map((margin) => {
    const question = offered.find((each) => each.type === 'choice' && each.margin === margin)
    if (question?.type !== 'choice') throw new Error(`no question for ${margin}`)
    return question.options.map((option) => (option.missing ? '__missing' : option.value))
  })
  const slipCount = people * slipsEach
  const slipLines: string[] = []
  const oneSlip = (i: number) => {
    const organ = `o${draw.below(organCount)}`
    const id = draw.bytes(16)
    // In the order of their ids.
    new DataView(id.buffer).setUint32(0, Math.floor((i / slipCount) * 0xffffffff))
    const answers = ratings.map((isRating) => (isRating ? [5, 5, 4, 4, 3, 2, 0][draw.below(7)]! : -1))
    const values = margins.map((options) => options[draw.below(options.length)]!)
    const cell = weightingCell({ channel: 'sampled', cell: 'all', psu: null, baseClass: 1, margins: values })
    const key = `${organ}/${cell}`
    const own = cells.get(key) ?? { organ, cell, sums: emptyCell(spec), moments: emptyMoments(spec) }
    cells.set(key, own)
    addSlip(spec, own.sums, answers)
    addSlipMoments(spec, own.moments, answers)
    const salt = draw.bytes(16)
    const line = { a: answers, cell, id: base64url(id), o: organ, out: 0, s: base64url(salt) }
    if (kind === 'audit') slipLines.push(`${canonicalJson(line)}\n`)
    return leafHash(sha256, slipLeaf(survey, { id, organ, answers, salt }))
  }
  const slipNotes: string[] = []
  let cellsHash = ''
  await put(
    name('slips.leafhashes'),
    (function* () {
      const add = (hash: Uint8Array, tree: Tree) => {
        tree.append(hash)
        return hash
      }
      yield add(leafHash(sha256, manifestLeaf(manifest)), slips)
      slipNotes.push(note('slips', 1, slips.root()))
      for (let i = 0; i < slipCount; i++) yield add(oneSlip(i), slips)
      cellsHash = hex(sha256(utf8(cellsText(survey, spec, [...cells.values()]))))
      yield add(leafHash(sha256, talliesLeaf(cellsHash)), slips)
      slipNotes.push(note('slips', slips.size, slips.root()))
    })(),
  )
  await put(name('slips.checkpoints'), [writeNotes(slipNotes)])

  const weights = publishWeights(plan, 'public', { expected: people, expectedByCell: new Map(), margins: population })
  const design = designOfWeights(plan, 'public', weights)
  const estimates = organs.map(({ code }) => {
    const own = [...cells.values()].filter((cell) => cell.organ === code)
    const estimate = estimateGroup(spec, own.map(weightedCellOf), design)
    const received = own.reduce((sum, cell) => sum + cell.sums.slips, 0)
    return { code, estimate, tally: publishTally(plan, 'public', code, estimate, received) }
  })
  const document = (path: string, value: unknown) => put(path, [canonicalJson(value)])
  await put(name('manifest.json'), [manifest])
  await put(name('questionnaire.json'), [canonicalQuestionnaire(form)])
  await document(name('weights.json'), weights)
  await document(name('tallies.json'), { v: 1, organs: estimates.map(({ tally }) => tally) })
  const one = { cell: 'all', eligible: people, issued: people, spent: people, valid: people }
  const counts = [{ ...one, invalid: 0, withdrawn: 0, unopened: 0, form: 0, notEligible: 0 }]
  await document(name('counts.json'), { v: 1, cells: counts, slips: slipCount, comments: 0, cellsHash })
  await document(cycleFile, {
    v: 1,
    jurisdiction: { code: jid, nameZh: '江州省', nameEn: 'Jiangzhou' },
    cycle: { code: '2026', titleZh: '2026年度', titleEn: 'Year 2026' },
    plan,
    organs,
    surveys: [{ sid, manifest: sha256Hex(manifest) }],
    auditKey: base64url(logKey),
  })
  await put(headsFile, [writeNotes([note('audit', 40, draw.bytes(32))])])
  const outcome = outcomeOf(
    plan,
    estimates.map(({ code, estimate, tally }) => ({
      organ: code,
      class: 'government',
      groups: { leaders: null, recipients: null, public: publishedOutcome(estimate, tally) },
      reviews: [],
    })),
  )
  await document(
    resultsFile,
    printResults(plan, outcome, () => null),
  )
  if (kind !== 'audit') return
  await put(name('slips.ndjson'), slipLines)
  await put(name('cells.json'), [cellsText(survey, spec, [...cells.values()])])
  const classes = estimates.map(({ code, estimate }) => ({ organ: code, classes: classWeights(estimate) }))
  await document(name('class-weights.json'), { v: 1, organs: classes })
}

const sha256Hex = (text: string): string => hex(sha256(utf8(text)))

interface Ticket {
  readonly tag: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** Signed on Node's threads. */
async function drawTickets(
  survey: string,
  key: KeyObject,
  count: number,
  say: (text: string) => void,
): Promise<Ticket[]> {
  const draw = sequence(2)
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }
  const tickets: Ticket[] = []
  const signed = (message: Uint8Array) =>
    new Promise<Ticket>((resolve, reject) =>
      sign('sha384', message, options, (error, signature) =>
        error ? reject(error) : resolve({ tag: sha256(ticketTagInput(message)), message, signature }),
      ),
    )
  while (tickets.length < count) {
    const some = Math.min(10_000, count - tickets.length)
    const messages = Array.from({ length: some }, () =>
      ticketMessage({ survey, cell: 'all' }, draw.bytes(32), draw.bytes(32)),
    )
    tickets.push(...(await Promise.all(messages.map(signed))))
    say(`${tickets.length} tickets signed`)
  }
  return tickets
}

function* ticketLines(tickets: readonly Ticket[]): Generator<string> {
  for (const { message, signature } of tickets)
    yield `${canonicalJson({ cell: 'all', msg: base64url(message), sig: base64url(signature) })}\n`
}

/** Bytes of all files of a bundle. */
export async function sizeOf(folder: string): Promise<number> {
  const lines = (await readFile(join(folder, sumsFile), 'utf8')).trim().split('\n')
  let bytes = 0
  for (const line of lines) bytes += (await stat(join(folder, line.slice(66)))).size
  return bytes
}
