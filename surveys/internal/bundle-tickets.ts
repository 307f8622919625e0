/**
 * The tickets of a sealed survey: each of this survey and of one of its cells, signed by the issuer of that cell, and all of
 * them together those of the participation log.
 */
import { readTicketMessage, ticketTagInput } from '../ballot.ts'
import { surveyFile } from '../bundle.ts'
import { base64url, compareBytes, fromBase64url } from '../canonical.ts'
import type { Manifest } from '../manifest.ts'
import type { BundleTools, CheckedTickets, TicketFacts } from '../publication.ts'
import type { Participation } from './bundle-logs.ts'
import { shortened } from './bundle-logs.ts'
import { linesIn, Mismatch, type Reading } from './bundle-reading.ts'

/** Pieces that are checked at the same time: enough for every processor, few enough for the memory. */
const AT_ONCE = 4
const TAG_BYTES = 32

/** Every ticket of a sealed survey, in the order of their tags, against the log, whose tags are used up. Gives their number. */
export async function checkTickets(
  reading: Reading,
  tools: BundleTools,
  sid: string,
  manifest: Manifest,
  logged: Participation['tags'],
): Promise<number> {
  const file = surveyFile(sid, 'tokens.ndjson')
  const facts: TicketFacts = {
    survey: manifest.survey,
    issuers: manifest.cells.flatMap(({ id, issuer_spki }) =>
      issuer_spki === null ? [] : [{ cell: id, spki: fromBase64url(issuer_spki)! }],
    ),
  }
  const check = tools.checkTicketLines ?? ((own, piece) => checkTicketLines(own, piece, tools))
  const running: Promise<CheckedTickets>[] = []
  let count = 0
  let before: Uint8Array | null = null
  const settle = async () => {
    const { tags, cells, problem } = await running.shift()!
    for (const [i, cell] of cells.entries()) {
      const tag = tags.subarray(i * TAG_BYTES, (i + 1) * TAG_BYTES)
      const entry = () => `line ${count + i + 1}`
      if (before && compareBytes(before, tag) >= 0) {
        throw new Mismatch('ticket_order', file, entry(), base64url(tag), `more than ${base64url(before)}`)
      }
      before = tag
      const text = base64url(tag)
      const { cell: own } = facts.issuers[cell]!
      const loggedCell = logged.get(text)
      if (loggedCell !== own) {
        throw new Mismatch('ticket_not_logged', file, entry(), `${own}|${text}`, loggedCell ?? 'a tag of the log')
      }
      logged.delete(text)
    }
    count += cells.length
    if (problem) throw new Mismatch(problem.code, file, `line ${count + 1}`, problem.found, problem.expected)
  }
  try {
    for await (const piece of reading.wholeLines(file)) {
      running.push(check(facts, piece))
      if (running.length >= AT_ONCE) await settle()
    }
    while (running.length > 0) await settle()
  } finally {
    // Whatever is still running is waited for, so that nothing fails after the answer was given.
    await Promise.allSettled(running)
  }
  for (const [tag, cell] of logged) {
    const leaves = surveyFile(sid, 'participation.leaves')
    throw new Mismatch('tag_without_ticket', leaves, `${cell}|${tag}`, 'no ticket', 'a ticket for every tag')
  }
  return count
}

/** What each line of a piece of tokens.ndjson says by itself, up to the first that is wrong. */
export async function checkTicketLines(
  { survey, issuers }: TicketFacts,
  piece: Uint8Array,
  tools: Pick<BundleTools, 'sha256' | 'verifyTicket'>,
): Promise<CheckedTickets> {
  const lines = linesIn(piece)
  const tags = new Uint8Array(lines.length * TAG_BYTES)
  const cells = new Uint16Array(lines.length)
  const places = new Map(issuers.map(({ cell }, at) => [cell, at]))
  const upTo = (count: number, problem: CheckedTickets['problem']): CheckedTickets => ({
    tags: tags.subarray(0, count * TAG_BYTES),
    cells: cells.subarray(0, count),
    problem,
  })
  for (const [i, line] of lines.entries()) {
    const ticket = readTicket(line)
    if (ticket === null) {
      const expected = '{"cell":…,"msg":…,"sig":…}'
      return upTo(i, { code: 'ticket_malformed', found: shortened(line), expected })
    }
    const { cell, message, signature } = ticket
    const label = readTicketMessage(message)
    const place = places.get(cell)
    if (!label.ok || label.value.survey !== survey || label.value.cell !== cell || place === undefined) {
      const found = label.ok ? `${label.value.survey}|${label.value.cell}` : label.error
      return upTo(i, { code: 'ticket_label', found, expected: `${survey}|${cell}` })
    }
    const isSigned = tools.verifyTicket(issuers[place]!.spki, message, signature)
    if (!(typeof isSigned === 'boolean' ? isSigned : await isSigned)) {
      const expected = `a signature of the cell ${cell}`
      return upTo(i, { code: 'ticket_signature', found: 'no such signature', expected })
    }
    tags.set(tools.sha256(ticketTagInput(message)), i * TAG_BYTES)
    cells[i] = place
  }
  return upTo(lines.length, null)
}

const ascii = new TextDecoder('utf-8')
const TICKET_LINE = /^\{"cell":"([a-z0-9-]{1,24})","msg":"([A-Za-z0-9_-]{1,256})","sig":"([A-Za-z0-9_-]{342})"\}$/

// Read by its one spelling: a million lines would take JSON.parse and a schema several times as long.
function readTicket(line: Uint8Array): { cell: string; message: Uint8Array; signature: Uint8Array } | null {
  const [, cell, msg, sig] = TICKET_LINE.exec(ascii.decode(line)) ?? []
  if (cell === undefined || msg === undefined || sig === undefined) return null
  const message = fromBase64url(msg)
  const signature = fromBase64url(sig)
  return message && signature && { cell, message, signature }
}
