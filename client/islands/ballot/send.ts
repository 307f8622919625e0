import { slipLeaf, ticketMessage, ticketTagInput } from '../../../surveys/ballot.ts'
import { base64url, fromBase64url, hex } from '../../../surveys/canonical.ts'
import { envelopeContext, envelopeInfo, writePlaintext } from '../../../surveys/envelope.ts'
import { blind, digest, finalise, importIssuerKey, random } from './blind.ts'
import { type Ballot, type Collected, isRest, type Outcome } from './contract.ts'
import { sealEnvelope } from './seal.ts'
import { type Kept, readKept, writeKept } from './store.ts'

// The respondent's half of the protocol. A ticket is drawn when answers are sent and not before, so that none is lost in
// between; it is kept before it is asked for, so that a lost reply costs nothing.

type Bytes = Uint8Array<ArrayBuffer>

/** Of the manifest, what sealing needs. */
type Manifest = {
  survey: string
  cells: { id: string; kid: string; issuer_spki: string }[]
  box_pk: string
  min_pad: number
}

/** Sends one response after the other of one page; what was drawn or sealed before is used again. */
export function createBallot(form: HTMLFormElement): Ballot {
  const value = (name: string) => (form.elements.namedItem(name) as HTMLInputElement | null)?.value || ''
  // The survey as "{jid}/{sid}"; and no other keys are used than those of the manifest that the page was shown with.
  const { survey = '', manifest: shown = '' } = form.dataset
  const shownKid = value('kid')
  // Language, text size and kiosk, which the receipt's address has too.
  const carried = new URL(form.action).search.slice(1)
  let manifest: { facts: Manifest; hash: Bytes } | null = null
  let kept: Kept[] = []
  let mine: Kept | null = null
  let sealed = ''

  async function send(collected: Collected, isRetry?: boolean): Promise<Outcome> {
    const found = manifest || (await fetchManifest(shown))
    const { facts, hash } = found
    // What is no manifest, such as some network's own page, has no cells and throws: nothing has come.
    if (!cellOf(facts, shownKid) || hex(hash) !== shown) return unfit
    manifest = found
    kept = mine ? kept : await readKept(survey)
    if (!mine?.sig) {
      const drawn = await draw(facts)
      if ('kind' in drawn) return drawn
      mine = drawn
    }
    const ticket = mine
    const content = JSON.stringify(collected)
    const isLastWord = !isRetry || sealed !== content
    const put = async (): Promise<Reply> => {
      // The same answers again are the same envelope: whoever has it already knows it.
      if (sealed !== content) {
        await seal(facts, hash, ticket, collected)
        sealed = content
        await save()
      }
      const { kid, msg, sig, ver, enc, ct } = ticket
      return post(`/s/${survey}/submit`, { v: 1, kid, msg, sig, ver, enc, ct })
    }
    let reply = await put()
    if (reply.ver && (isLastWord || !reply.location)) {
      // Another page of this device has sent meanwhile.
      ticket.ver = reply.ver
      sealed = ''
      reply = await put()
    }
    if (!reply.location) return outcomeOf(reply)
    ticket.at = Date.now()
    ticket.location = reply.location
    await save()
    return { kind: 'done', location: `${reply.location}&${carried}` }
  }

  const save = () => writeKept(survey, kept)

  /** A signed ticket: a new one, or for somebody who has drawn one on this device, that one. */
  async function draw(facts: Manifest): Promise<Kept | Outcome> {
    const { id: cell, issuer_spki } = cellOf(facts, shownKid)!
    const key = await importIssuerKey(bytesOf(issuer_spki))
    if (!mine) {
      const msg = ticketMessage({ survey, cell }, random(32), random(32))
      const { blinded, inv } = await blind(key, msg)
      mine = { kid: shownKid, msg: base64url(msg), blinded: base64url(blinded), inv: base64url(inv), ver: 0 }
      kept.push(mine)
      await save()
    }
    const reply = await issue(mine)
    if (reply.s) return finish(key, mine, reply.s)
    if (reply.code !== 'spent') return outcomeOf(reply)
    // This person has drawn a ticket before. If it was here, asking for the same once more shows it: the roll knows its
    // hash, and a row that is there is never written again, so nobody else's ticket can be used up by the question.
    kept = kept.filter((each) => each !== mine)
    await save()
    for (const earlier of [...kept].reverse()) {
      const again = await issue(earlier)
      if (again.s) return earlier.sig ? earlier : finish(key, earlier, again.s)
      if (again.code !== 'spent') return outcomeOf(again)
    }
    return { kind: 'refused', code: 'spent' }
  }

  function issue({ kid, blinded }: Kept): Promise<Reply> {
    return post(`/s/${survey}/issue?${carried}`, {
      elig: value('elig'),
      kid,
      blinded,
      ch: value('ch'),
    })
  }

  async function finish(key: Awaited<ReturnType<typeof importIssuerKey>>, ticket: Kept, s: string) {
    const signature = await finalise(key, bytesOf(ticket.msg), bytesOf(s), bytesOf(ticket.inv!))
    // A signature that does not fit would mark this person; it is not used.
    if (!signature) return unfit
    ticket.sig = base64url(signature)
    delete ticket.inv
    await save()
    return ticket
  }

  return send
}

/** A new envelope under the next version. Slip ids and salts exist in here and nowhere else. */
async function seal(facts: Manifest, hash: Bytes, ticket: Kept, collected: Collected): Promise<void> {
  const { id: cell } = cellOf(facts, ticket.kid)!
  const { attrs, pace, slips, comments } = collected
  const name = () => ({ id: random(16), s: random(16) })
  const response = {
    survey: facts.survey,
    cell,
    attrs,
    pace,
    slips: slips.map((slip) => ({ ...name(), ...slip })),
    comments: comments.map((comment) => ({ ...name(), ...comment })),
  }
  ticket.ver++
  const tag = await digest('SHA-256', ticketTagInput(bytesOf(ticket.msg)))
  const { enc, ct } = await sealEnvelope(
    bytesOf(facts.box_pk),
    envelopeInfo(facts.survey, hash),
    envelopeContext(facts.survey, cell, tag, ticket.ver),
    writePlaintext(response, facts.min_pad),
  )
  ticket.leaves = []
  for (const { id, o, a, s } of response.slips) {
    const leaf = slipLeaf(facts.survey, { id, organ: o, answers: a, salt: s })
    ticket.leaves.push(base64url(await digest('SHA-256', new Uint8Array(1), leaf)))
  }
  ticket.enc = base64url(enc)
  ticket.ct = base64url(ct)
  ticket.logged = false
}

/** The keys are not those that were promised: with them nothing is sealed, and nothing is sent. */
const unfit: Outcome = { kind: 'refused', code: 'unfit' }

/** What comes as the manifest behind a hash, with the hash that it has: whoever asked compares the two. */
async function fetchManifest(hash: string): Promise<{ facts: Manifest; hash: Bytes }> {
  const response = await fetch(`/m/${hash}.json`, { credentials: 'omit' })
  const text = new Uint8Array(await response.arrayBuffer())
  return { facts: JSON.parse(new TextDecoder().decode(text)) as Manifest, hash: await digest('SHA-256', text) }
}

/** The cell whose tickets a key signs, if the manifest has one. */
const cellOf = ({ cells }: Manifest, kid: string) => cells.find((each) => each.kid === kid)

type Reply = {
  status: number
  code?: string
  s?: string
  ver?: number
  location?: string
  title?: string
  req?: string
  seconds: number
}

/** One request without cookies, and without a referrer as the page's header says; rejects when nothing came back. */
async function post(path: string, body: unknown): Promise<Reply> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
  })
  const reply = (await response.json().catch(() => ({}))) as Partial<Reply>
  return { ...reply, status: response.status, seconds: Number(response.headers.get('Retry-After')) || 2 }
}

function outcomeOf({ status, code = '', title, req = '', seconds }: Reply): Outcome {
  if (status === 429) return { kind: 'busy', seconds }
  if (status >= 500)
    return { kind: 'failed', reference: req, isTemporary: code !== 'failed', seconds, why: isRest(code) ? title : '' }
  // What our server did not say came from some network on the way: nothing has arrived.
  return code ? { kind: 'refused', code } : { kind: 'lost' }
}

const bytesOf = (text: string): Bytes => fromBase64url(text)!
