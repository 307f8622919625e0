import { compareBytes } from '../../surveys/canonical.ts'
import { blob, type Lookup, surveyKey } from './batch.ts'
import type { BoxItem, ContactItem, IssueItem, Outcome, SealedItem } from './items.ts'
import {
  byBytes,
  bySurvey,
  countBy,
  countParticipants,
  decidePerson,
  type ItemBatch,
  lookUpDoor,
  lookUpPeople,
  peopleBySurvey,
  type SurveyPart,
  textOf,
} from './people.ts'
import {
  addToRoll,
  countForms,
  findContacts,
  findEnvelopes,
  keepContact,
  keepEnvelope,
  replaceEnvelope,
  spendTicket,
  stillOpen,
} from './statements.ts'

/** Decides a batch of tickets, of envelopes or of contacts, no two of one key. Nothing of it is kept in memory. */
export function sealedBatch(items: readonly SealedItem[]): ItemBatch {
  const [first] = items
  // One kind per batch is the promise of the queue; the filters let the compiler see it.
  if (first?.kind === 'issue') return issueBatch(items.filter((item) => item.kind === 'issue'))
  if (first?.kind === 'contact') return contactBatch(items.filter((item) => item.kind === 'contact'))
  return boxBatch(items.filter((item) => item.kind === 'box'))
}

function issueBatch(items: readonly IssueItem[]): ItemBatch {
  const parts = peopleBySurvey(items)
  let outcomes: Outcome[] = []
  return {
    lookups: [...parts.values()].flatMap((part) => lookUpPeople(part, 'sealed')),
    writes: () => {
      outcomes = items.map((item) => decidePerson(item, parts.get(surveyKey(item))!))
      const accepted = items.filter((_, i) => outcomes[i] === 'accepted')
      const forms = countBy(
        accepted.filter(({ isForm }) => isForm),
        (item) => `${surveyKey(item)}\n${item.cell}`,
      )
      return [
        ...stillOpenFor(accepted),
        ...byBytes(accepted, (item) => item.pseudonym).map(addToRoll),
        ...countParticipants(accepted),
        ...forms.map(({ item, n }) => countForms(item, n)),
      ]
    },
    outcomes: () => outcomes,
    ...withoutMemory,
  }
}

/** What lies in the box for a spent ticket; null once the box was opened. */
interface Envelope {
  readonly version: number
  readonly enc: Uint8Array
  readonly ct: Uint8Array
}

type BoxPart = SurveyPart<BoxItem> & { readonly spent: Map<string, Envelope | null> }

function boxBatch(items: readonly BoxItem[]): ItemBatch {
  const parts = new Map<string, BoxPart>(
    [...bySurvey(items)].map(([key, part]) => [key, { ...part, spent: new Map() }]),
  )
  let outcomes: Outcome[] = []
  return {
    lookups: [...parts.values()].flatMap((part) => [lookUpEnvelopes(part), lookUpDoor(part, 'sealed')]),
    writes: () => {
      outcomes = items.map((item) => decideEnvelope(item, parts.get(surveyKey(item))!))
      const accepted = byBytes(
        items.filter((_, i) => outcomes[i] === 'accepted'),
        (item) => item.tag,
      )
      const isNew = (item: BoxItem) => !parts.get(surveyKey(item))!.spent.has(textOf(item.tag))
      return [
        ...stillOpenFor(accepted),
        ...accepted.filter(isNew).map(spendTicket),
        ...accepted.map((item) => (isNew(item) ? keepEnvelope(item) : replaceEnvelope(item))),
      ]
    },
    outcomes: () => outcomes,
    ...withoutMemory,
  }
}

function lookUpEnvelopes(part: BoxPart): Lookup {
  return {
    statement: findEnvelopes(
      part.jurisdiction,
      part.survey,
      part.items.map(({ tag }) => tag),
    ),
    take: (rows) => {
      for (const { tag, ver, enc, ct } of rows) {
        const envelope = ver === null ? null : { version: Number(ver), enc: blob(enc), ct: blob(ct) }
        part.spent.set(textOf(blob(tag)), envelope)
      }
    },
  }
}

/**
 * A ticket that was spent keeps its receipt for ever, so whatever was in the box before is `replayed`; a change that
 * comes after the close is told that it came too late.
 */
function decideEnvelope(item: BoxItem, { door, spent }: BoxPart): Outcome {
  const before = spent.get(textOf(item.tag))
  // Nothing is withdrawn that was never there.
  if (before === undefined)
    return door === 'open' && item.ct.length === 0 ? 'unknown' : door === 'open' ? 'accepted' : door
  // Opened: whoever sends again gets the receipt, and nothing can be taken out any more.
  if (before === null) return item.ct.length === 0 && door !== 'open' ? door : 'replayed'
  if (item.version < before.version) return 'replayed'
  if (item.version > before.version) return door === 'open' ? 'accepted' : door
  const isSame = compareBytes(item.enc, before.enc) === 0 && compareBytes(item.ct, before.ct) === 0
  return isSame ? 'replayed' : 'version_conflict'
}

/** Whoever hands over a contact has seen the person on the roll; nothing of a response is read or written here. */
function contactBatch(items: readonly ContactItem[]): ItemBatch {
  const kept = new Set<string>()
  let outcomes: Outcome[] = []
  const nameOf = (item: ContactItem) => `${surveyKey(item)}/${textOf(item.pseudonym)}`
  return {
    lookups: [...bySurvey(items).values()].map((part) => ({
      statement: findContacts(
        part.jurisdiction,
        part.survey,
        part.items.map(({ pseudonym }) => pseudonym),
      ),
      take: (rows) => {
        for (const { p } of rows) kept.add(`${surveyKey(part)}/${textOf(blob(p))}`)
      },
    })),
    writes: () => {
      outcomes = items.map((item) => (kept.has(nameOf(item)) ? 'replayed' : 'accepted'))
      const accepted = items.filter((_, i) => outcomes[i] === 'accepted')
      return byBytes(accepted, (item) => item.pseudonym).map(keepContact)
    },
    outcomes: () => outcomes,
    ...withoutMemory,
  }
}

function stillOpenFor(accepted: readonly (IssueItem | BoxItem)[]) {
  return [...bySurvey(accepted).values()].map(({ jurisdiction, survey }) => stillOpen(jurisdiction, survey))
}

const withoutMemory = { committed: () => {}, failed: () => {} }
