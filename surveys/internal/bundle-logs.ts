/**
 * The public logs of a bundle: that every checkpoint was signed by the survey's own key, and that the lines give the root of
 * every checkpoint, from the first to the last.
 */
import { manifestLeaf, talliesLeaf } from '../ballot.ts'
import { cycleFile, headsFile, readNotes, surveyFile } from '../bundle.ts'
import { canonicalJson, compareBytes, fromBase64url, hex } from '../canonical.ts'
import { checkpointText, ownSignature, readCheckpoint, type SignedCheckpoint } from '../checkpoint.ts'
import type { Manifest } from '../manifest.ts'
import { createTree, leafHash, type Tree } from '../merkle.ts'
import type { Bundle, BundleTools } from '../publication.ts'
import { decoded, Mismatch, type Reading } from './bundle-reading.ts'

const HASH_BYTES = 32
export interface SurveyLogs {
  readonly participation: readonly SignedCheckpoint[]
  readonly slips: readonly SignedCheckpoint[]
}

/** What the participation log holds. */
export interface Participation {
  readonly leaves: number
  /** Every tag, base64url, with its verified cell; those of a sealed survey are taken out as their tickets are found. */
  readonly tags: Map<string, string>
  /** How many there are of each cell. */
  readonly tagsByCell: ReadonlyMap<string, number>
  /** Envelopes in the box, by its leaf; null without one. */
  readonly box: number | null
  /** Lines that announce an amendment. */
  readonly amendments: readonly Uint8Array[]
}

/** The checkpoints of both logs of a survey, each signed by the key of its manifest. */
export async function readCheckpoints(
  reading: Reading,
  tools: BundleTools,
  sid: string,
  manifest: Manifest,
): Promise<SurveyLogs> {
  const read = async (log: 'participation' | 'slips') => {
    const file = surveyFile(sid, `${log}.checkpoints`)
    const notes = await signedNotes(reading, tools, file, manifest.log_pk)
    if (manifest.log_pk === null) return notes
    if (notes.length === 0) throw new Mismatch('checkpoint_missing', file, null, 'none', 'at least one checkpoint')
    const [{ origin, size }] = notes as [SignedCheckpoint]
    const ending = `/${manifest.survey}/${log}`
    if (!origin.endsWith(ending)) throw new Mismatch('checkpoint_origin', file, 'note 1', origin, `…${ending}`)
    // Signed at the opening: without it whoever was shown the log on its first day could not be compared with.
    if (size !== 1) {
      throw new Mismatch('checkpoint_missing', file, 'note 1', `${size} lines`, '1 line, the manifest, signed first')
    }
    return notes
  }
  const logs = { participation: await read('participation'), slips: await read('slips') }
  const [host, other] = [logs.participation[0]?.origin, logs.slips[0]?.origin]
  if (host && other && host.slice(0, -'participation'.length) !== other.slice(0, -'slips'.length)) {
    throw new Mismatch('checkpoint_origin', surveyFile(sid, 'slips.checkpoints'), 'note 1', other, host)
  }
  return logs
}

/**
 * The heads of the audit log, one after the other, all of one log and signed by its key; at least one where the surveys
 * have logs, before which there was none of the audit either.
 */
export async function readHeads(
  reading: Reading,
  tools: BundleTools,
  { cycle: { auditKey }, surveys }: Bundle,
): Promise<number> {
  const heads = await signedNotes(reading, tools, headsFile, auditKey)
  if (auditKey === null && surveys.some(({ manifest }) => manifest.log_pk !== null)) {
    throw new Mismatch(
      'checkpoint_missing',
      cycleFile,
      'auditKey',
      'null',
      'the key of the audit log, beside other logs',
    )
  }
  if (auditKey !== null && heads.length === 0) {
    throw new Mismatch('checkpoint_missing', headsFile, null, 'none', 'at least one head, signed by auditKey')
  }
  return heads.length
}

async function signedNotes(
  reading: Reading,
  tools: BundleTools,
  file: string,
  key: string | null,
): Promise<SignedCheckpoint[]> {
  const texts = readNotes(await reading.text(file))
  if (texts === null) throw new Mismatch('checkpoint_malformed', file, null, 'another form', 'notes and empty lines')
  const publicKey = key === null ? null : fromBase64url(key)
  const notes: SignedCheckpoint[] = []
  for (const [i, text] of texts.entries()) {
    const entry = `note ${i + 1}`
    const read = readCheckpoint(text)
    if (!read.ok) throw new Mismatch('checkpoint_malformed', file, entry, read.error, 'a signed checkpoint')
    const note = read.value
    const before = notes.at(-1)
    if (before && note.origin !== before.origin) {
      throw new Mismatch('checkpoint_origin', file, entry, note.origin, before.origin)
    }
    if (before && note.size <= before.size) {
      throw new Mismatch('checkpoint_order', file, entry, `${note.size} lines`, `more than ${before.size} lines`)
    }
    const signature = publicKey && ownSignature(note, note.origin, publicKey, tools.sha256)
    if (!publicKey || !signature || !(await tools.verifyEd25519(publicKey, checkpointText(note), signature))) {
      throw new Mismatch('checkpoint_signature', file, entry, 'no such signature', `a signature by ${key}`)
    }
    notes.push(note)
  }
  return notes
}

/** The participation log, read once: its tree at every checkpoint, and the tags in it. */
export async function readParticipation(
  reading: Reading,
  tools: BundleTools,
  sid: string,
  manifest: Manifest,
  checkpoints: readonly SignedCheckpoint[],
): Promise<Participation> {
  const file = surveyFile(sid, 'participation.leaves')
  const tree = createTree(tools.sha256)
  const roots = rootChecker(tree, checkpoints, surveyFile(sid, 'participation.checkpoints'))
  const cells = new Map(manifest.cells.map(({ id }) => [id, id]))
  const tags = new Map<string, string>()
  const tagsByCell = new Map<string, number>()
  const first = manifestLeaf(canonicalJson(manifest))
  const amendments: Uint8Array[] = []
  let box: number | null = null
  for await (const lines of reading.lines(file)) {
    for (const line of lines) {
      const isFirst = tree.size === 0
      if (isFirst && compareBytes(line, first) !== 0) {
        throw new Mismatch('manifest_leaf', file, 'line 1', shortened(line), 'the manifest')
      }
      if (box !== null)
        throw new Mismatch('leaf_malformed', file, `line ${tree.size + 1}`, shortened(line), 'nothing after the box')
      const leaf = isFirst ? null : readLeaf(file, line, tree.size + 1, cells, !manifest.counted)
      if (leaf?.kind === 'tag') {
        if (tags.has(leaf.tag))
          throw new Mismatch('tag_repeated', file, `line ${tree.size + 1}`, leaf.tag, 'each tag once')
        tags.set(leaf.tag, leaf.cell)
        tagsByCell.set(leaf.cell, (tagsByCell.get(leaf.cell) ?? 0) + 1)
      }
      if (leaf?.kind === 'box') box = leaf.count
      if (leaf?.kind === 'amendment') amendments.push(line.slice())
      tree.append(leafHash(tools.sha256, line))
      roots.check()
    }
  }
  roots.finish(file)
  if (manifest.mode === 'sealed' && box === null) {
    throw new Mismatch('leaf_malformed', file, `line ${tree.size}`, 'no box', 'the box of a sealed survey')
  }
  return { leaves: tree.size, tags, tagsByCell, box, amendments }
}

type Leaf =
  | { readonly kind: 'tag'; readonly cell: string; readonly tag: string }
  | { readonly kind: 'box'; readonly count: number }
  | { readonly kind: 'amendment' }
  | { readonly kind: 'other' }

/** 32 bytes have 43 letters, the last of which carries four bits. */
const TAG = '[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]'
const TAG_LEAF = new RegExp(`^gp1\\|tag\\|([a-z0-9-]{1,24})\\|${TAG}$`)
const BOX_LEAF = new RegExp(`^gp1\\|box\\|(0|[1-9][0-9]{0,9})\\|${TAG}$`)
const OTHER_LEAF = /^gp1\|(?!tag\||box\||manifest\|)[a-z]+\|/
const TAG_LETTERS = 43

function readLeaf(file: string, line: Uint8Array, at: number, cells: Map<string, string>, isOpen: boolean): Leaf {
  const entry = `line ${at}`
  const text = decoded(file, entry, line)
  const malformed = (expected: string) => new Mismatch('leaf_malformed', file, entry, shortened(line), expected)
  const cell = TAG_LEAF.exec(text)?.[1]
  if (cell !== undefined) {
    // The open channel has no verified cells.
    if (isOpen && !cells.has(cell)) cells.set(cell, cell)
    const known = cells.get(cell)
    if (known === undefined) throw malformed('a cell of the manifest')
    // Decoded by itself: a part of a longer text would keep all of it in memory.
    return { kind: 'tag', cell: known, tag: decoded(file, entry, line.subarray(-TAG_LETTERS)) }
  }
  const count = BOX_LEAF.exec(text)?.[1]
  if (count !== undefined) return { kind: 'box', count: Number(count) }
  if (!OTHER_LEAF.test(text)) throw malformed('a line of this log')
  return { kind: text.startsWith('gp1|amendment|') ? 'amendment' : 'other' }
}

/** The log of slips: packed hashes of its lines, whose tree has the root of every checkpoint. */
export async function readSlipHashes(
  reading: Reading,
  tools: BundleTools,
  sid: string,
  manifest: Manifest,
  checkpoints: readonly SignedCheckpoint[],
  cellsHash: string | null,
): Promise<Uint8Array> {
  const file = surveyFile(sid, 'slips.leafhashes')
  const hashes = await reading.bytes(file)
  if (hashes.length % HASH_BYTES !== 0) {
    throw new Mismatch('malformed', file, null, `${hashes.length} bytes`, 'whole hashes of 32 bytes')
  }
  const tree = createTree(tools.sha256)
  const roots = rootChecker(tree, checkpoints, surveyFile(sid, 'slips.checkpoints'))
  for (let at = 0; at < hashes.length; at += HASH_BYTES) {
    tree.append(hashes.subarray(at, at + HASH_BYTES))
    roots.check()
  }
  roots.finish(file)
  if (manifest.log_pk === null) return hashes
  const first = leafHash(tools.sha256, manifestLeaf(canonicalJson(manifest)))
  if (compareBytes(hashes.subarray(0, HASH_BYTES), first) !== 0) {
    throw new Mismatch('manifest_leaf', file, 'hash 1', hex(hashes.subarray(0, HASH_BYTES)), hex(first))
  }
  const last = cellsHash === null ? null : leafHash(tools.sha256, talliesLeaf(cellsHash))
  if (last === null || compareBytes(hashes.subarray(-HASH_BYTES), last) !== 0) {
    const entry = `hash ${hashes.length / HASH_BYTES}`
    throw new Mismatch('tallies_leaf', file, entry, hex(hashes.subarray(-HASH_BYTES)), last ? hex(last) : 'no log')
  }
  return hashes
}

/** Compares the tree with the checkpoint of its size, whenever there is one; the last must be of the whole. */
function rootChecker(tree: Tree, checkpoints: readonly SignedCheckpoint[], file: string) {
  let next = 0
  const check = () => {
    const checkpoint = checkpoints[next]
    if (checkpoint?.size !== tree.size) return
    next += 1
    const root = tree.root()
    if (compareBytes(root, checkpoint.root) !== 0) {
      throw new Mismatch('root', file, `note ${next}`, hex(checkpoint.root), hex(root))
    }
  }
  // An empty log may have a checkpoint, too.
  check()
  return {
    check,
    finish(leaves: string) {
      const last = checkpoints.at(-1)?.size ?? 0
      if (next < checkpoints.length || tree.size !== last) {
        throw new Mismatch('log_size', leaves, null, `${tree.size} lines`, `${last}, as the last checkpoint says`)
      }
    },
  }
}

/** Enough of a line to find it again. */
export function shortened(line: Uint8Array): string {
  let text = ''
  for (const byte of line.subarray(0, 80)) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'
  return line.length > 80 ? `${text}…` : text
}
