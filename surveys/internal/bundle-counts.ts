/**
 * The counts of a bundle: nobody was counted who had no ticket, no ticket without a person, and no slip without a ticket.
 */
import { cycleFile, surveyFile } from '../bundle.ts'
import { accountsForAll, readSeed } from '../participation-audit.ts'
import type { Bundle, BundleSurvey } from '../publication.ts'
import { groupWeightsOf } from '../results.ts'
import type { Participation } from './bundle-logs.ts'
import { Mismatch } from './bundle-reading.ts'

/**
 * Per verified cell eligible ≥ issued ≥ spent = valid + invalid + withdrawn + unopened, and as many tags in the log as tickets were
 * spent; of each organ no more slips than valid responses, of all organs as many as the log of slips holds.
 */
export function checkCounts(bundle: Bundle, survey: BundleSurvey, people: Participation, slipLeaves: number): void {
  const { sid, manifest, counts, tallies } = survey
  const file = surveyFile(sid, 'counts.json')
  const wrong = (entry: string, found: string | number, expected: string) =>
    new Mismatch('count', file, entry, String(found), expected)
  checkCells(survey, file)
  const tagsOf = new Map(people.tagsByCell)
  const isLogged = manifest.log_pk !== null
  let spent = 0
  let valid = 0
  let unopened = 0
  for (const each of counts.cells) {
    const entry = `cell ${each.cell}`
    // The open channel is asked of everybody.
    if (manifest.counted && each.issued > each.eligible) {
      throw wrong(`${entry}, issued`, each.issued, `at most ${each.eligible} eligible`)
    }
    if (each.spent > each.issued) throw wrong(`${entry}, spent`, each.spent, `at most ${each.issued} issued`)
    const sum = each.valid + each.invalid + each.withdrawn + each.unopened
    if (each.spent !== sum)
      throw wrong(`${entry}, spent`, each.spent, `${sum} = valid + invalid + withdrawn + unopened`)
    unopened += each.unopened
    const byWay = each.ways && Object.values(each.ways).reduce((total, n) => total + n, 0)
    if (byWay !== undefined && byWay !== each.issued) throw wrong(`${entry}, ways`, byWay, `${each.issued} issued`)
    if (each.form > each.issued) throw wrong(`${entry}, form`, each.form, `at most ${each.issued} issued`)
    if (manifest.mode === 'live' && each.invalid + each.withdrawn + each.unopened + each.form > 0) {
      throw wrong(entry, 'invalid, withdrawn, unopened or form', 'none in a live survey')
    }
    const tags = tagsOf.get(each.cell) ?? 0
    if (isLogged && tags !== each.spent) throw wrong(`${entry}, spent`, each.spent, `${tags}, the tags of the log`)
    tagsOf.delete(each.cell)
    spent += each.spent
    valid += each.valid
  }
  for (const [cell, tags] of tagsOf) throw wrong(`cell ${cell}, spent`, 'none', `${tags}, the tags of the log`)
  checkAudit(survey, file)
  // A box is opened as a whole or not at all.
  if (unopened > 0 && (valid > 0 || counts.slips > 0)) throw wrong('unopened', unopened, 'none beside valid responses')
  if (people.box !== null && people.box !== spent) throw wrong('spent', spent, `${people.box} envelopes in the box`)
  if (isLogged) {
    // Between the manifest and the sums stand one line for each slip and each comment.
    const lines = counts.slips + counts.comments + 2
    if (slipLeaves !== lines) throw wrong('slips', counts.slips + counts.comments, `${slipLeaves - 2}, as in the log`)
  }
  if (!manifest.counted) {
    if (tallies.organs.length > 0) {
      throw new Mismatch('count', surveyFile(sid, 'tallies.json'), null, 'sums', 'none: this survey counts in no score')
    }
    return
  }
  checkOrgans(bundle, survey)
  const received = tallies.organs.reduce((sum, organ) => sum + organ.received, 0)
  if (received !== counts.slips) throw wrong('slips', counts.slips, `${received}, the sum over the organs`)
  for (const organ of tallies.organs) {
    const place = `organ ${organ.organ}, received`
    if (organ.received > valid) {
      throw new Mismatch('count', surveyFile(sid, 'tallies.json'), place, `${organ.received}`, `at most ${valid} valid`)
    }
    if ('n' in organ && organ.n > organ.received) {
      throw new Mismatch('count', surveyFile(sid, 'tallies.json'), place, `${organ.received}`, `at least ${organ.n}`)
    }
  }
}

function checkCells({ manifest, counts }: BundleSurvey, file: string): void {
  const names = counts.cells.map(({ cell }) => cell)
  const planned = manifest.cells.map(({ id }) => id)
  if (manifest.counted && names.join() !== planned.join()) {
    throw new Mismatch('count', file, 'cells', names.join(', '), planned.join(', '))
  }
  if (new Set(names).size < names.length) throw new Mismatch('count', file, 'cells', names.join(', '), 'each cell once')
  for (const { id, eligible } of manifest.cells) {
    const own = counts.cells.find(({ cell }) => cell === id)
    if (own && own.eligible !== eligible) {
      throw new Mismatch('count', file, `cell ${id}, eligible`, `${own.eligible}`, `${eligible}, as in the manifest`)
    }
  }
}

/** A participation audit has drawn from the roll that the counts tell of, and accounts for everybody who was drawn. */
function checkAudit({ manifest, counts }: BundleSurvey, file: string): void {
  const { audit } = counts
  if (!audit) return
  const wrong = (entry: string, found: number | string, expected: string) =>
    new Mismatch('count', file, `audit, ${entry}`, `${found}`, expected)
  if (manifest.audit_pk === null) throw wrong('seed', audit.seed, 'no audit: the manifest names no key for contacts')
  const issued = counts.cells.reduce((sum, cell) => sum + cell.issued, 0)
  if (audit.rolled !== issued) throw wrong('rolled', audit.rolled, `${issued} issued`)
  if (audit.drawn > issued) throw wrong('drawn', audit.drawn, `at most ${issued} issued`)
  if (readSeed(audit.seed) !== audit.seed) throw wrong('seed', audit.seed, 'a seed in one line of 8 to 200 characters')
  if (!accountsForAll(audit, audit)) {
    const { confirmed, denied, notReached, withoutContact } = audit
    const sum = confirmed + denied + notReached + withoutContact
    throw wrong('drawn', audit.drawn, `${sum} = confirmed + denied + notReached + withoutContact`)
  }
}

/** Every organ that the group is asked about has an entry, in the order of the papers. */
function checkOrgans({ plan, cycle }: Bundle, { sid, manifest, tallies }: BundleSurvey): void {
  const asked = cycle.organs
    .filter((organ) => groupWeightsOf(plan, organ.class)[manifest.group] !== undefined)
    .map((organ) => organ.code)
  const entries = tallies.organs.map(({ organ }) => organ)
  const at = asked.findIndex((organ, i) => entries[i] !== organ)
  if (at < 0 && entries.length === asked.length) return
  const expected = at < 0 ? 'no further organ' : `${asked[at]}, as in ${cycleFile}`
  const found = entries[at < 0 ? asked.length : at] ?? 'none'
  throw new Mismatch('count', surveyFile(sid, 'tallies.json'), `organs.${at < 0 ? asked.length : at}`, found, expected)
}
