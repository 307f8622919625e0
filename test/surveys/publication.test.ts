// Long because every way to tamper with published files stands in one list.
import { describe, expect, test } from 'vitest'
import { checkText } from '../../client/parts/verdict-text.ts'
import { readNotes, sumsFile, surveyFile, writeNotes } from '../../surveys/bundle.ts'
import { base64url, canonicalJson, hex } from '../../surveys/canonical.ts'
import { readCheckpoint } from '../../surveys/checkpoint.ts'
import { type BundleContent, bundleJid, bundleSids, makeBundle, resum, sequence, sha256 } from '../support/published.ts'
import { foundIn, problemOf, verifyContent } from '../support/published-tools.ts'

const made = makeBundle({ quarantined: 6 })
const { files } = made
const leaders = bundleSids.leaders
const citizens = bundleSids.public
const recipients = bundleSids.recipients

type Editable = { [key: string]: Editable } & Editable[]
/** Changes a canonical document in one place. */
const edit = (change: (document: Editable) => void) => (text: string) => {
  const document = JSON.parse(text) as Editable
  change(document)
  return canonicalJson(document)
}
const set = (holder: unknown, key: string, value: unknown) => {
  ;(holder as Record<string, unknown>)[key] = value
}
const lines = (change: (lines: string[]) => string[]) => (text: string) =>
  change(text.slice(0, -1).split('\n'))
    .map((line) => `${line}\n`)
    .join('')

describe('a bundle that nobody has touched', () => {
  test('is good for everybody, with every check that needs no slips', async () => {
    const verdict = await verifyContent(files)
    expect(verdict).toMatchObject({ outcome: 'good', kind: 'public', jurisdiction: bundleJid, cycle: '2026' })
    expect(verdict.checks.map(({ name }) => name).join(' ')).toBe(
      'files definitions checkpoints logs tickets counts figures disclosure heads',
    )
    // 17 leaders, 3 × 45 + 20 recipients and 150 citizens answered; 2 × 2 withdrew, 2 × 1 was invalid.
    const counts = Object.assign({}, ...verdict.checks.map((each) => each.counts)) as Record<string, number>
    expect(counts).toMatchObject({ spent: 17 + 155 + 150 + 6, tickets: 20 + 153, surveys: 3, organs: 4 })
    // 17 leaders about four organs, 155 recipients about one each, 150 citizens about three.
    expect(counts['slips']).toBe(17 * 4 + 155 + 150 * 3)
  })

  test('is good for the auditor, who counts every slip again', async () => {
    const verdict = await verifyContent(made.audit)
    expect(verdict).toMatchObject({ outcome: 'good', kind: 'audit' })
    expect(verdict.checks.at(-1)).toMatchObject({ name: 'slips', counts: { slips: 673 } })
  })

  test('is good where nobody can say which files are there', async () => {
    expect(await verifyContent(files, false)).toMatchObject({ outcome: 'good' })
  })

  test('has the hash of SHA256SUMS as its name', async () => {
    expect(await verifyContent(files)).toMatchObject({ hash: hex(sha256(files.get(sumsFile)!)) })
  })

  test('is good with a handful of slips taken out, of which no second score is shown', async () => {
    const few = makeBundle({ quarantined: 3 })
    expect(problemOf(await verifyContent(few.audit))).toBeNull()
    expect(JSON.parse(new TextDecoder().decode(few.files.get('results.json')))).toMatchObject({
      organs: [
        { quarantine: { groups: [{ group: 'recipients', shown: 'official', fewerThan: 5 }], all: null } },
        {},
        {},
        {},
      ],
    })
  })

  test('is good where means of too few answers are withheld and scores known only as printed', async () => {
    // Of 17 leaders 8 do not know: 9 answers to two questions.
    const withheld = makeBundle({ unknowing: 8 })
    const verdict = await verifyContent(withheld.audit)
    expect(problemOf(verdict)).toBeNull()
    expect(verdict.checks.find(({ name }) => name === 'figures')?.counts).toMatchObject({ bounded: 4 })
    const tallies = surveyFile(leaders, 'tallies.json')
    expect(
      await foundIn(withheld.files, tallies, (text) => text.replace(/"score":"[^"]+"/, '"score":"12.34"')),
    ).toMatchObject({ code: 'figure', file: 'results.json' })
  })
})

describe('one flipped bit', () => {
  const flipped = (content: BundleContent, path: string, bit: number): BundleContent => {
    const bytes = new Uint8Array(content.get(path)!)
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    return new Map([...content, [path, bytes]])
  }

  test('is found in every file, which is named', async () => {
    for (const [path, bytes] of made.audit) {
      const problem = problemOf(await verifyContent(flipped(made.audit, path, bytes.length * 4 + 3)))
      if (path !== sumsFile) expect(problem).toMatchObject({ code: 'file_changed', file: path })
      else expect(problem).not.toBeNull()
    }
  })

  test('is found wherever it is: 1,000 places over the whole bundle', async () => {
    const draw = sequence(1_000)
    const paths = [...files.keys()].sort()
    const whole = paths.reduce((sum, path) => sum + files.get(path)!.length, 0)
    for (let i = 0; i < 1_000; i++) {
      let bit = draw.below(whole * 8)
      const path = paths.find((each) => {
        const bits = files.get(each)!.length * 8
        if (bit < bits) return true
        bit -= bits
        return false
      })!
      expect(problemOf(await verifyContent(flipped(files, path, bit))), `${path}, bit ${bit}`).not.toBeNull()
    }
  })
})

describe('the files', () => {
  test('that are missing make a bundle unreadable, not wrong', async () => {
    for (const path of ['SHA256SUMS', 'results.json', surveyFile(citizens, 'tokens.ndjson')]) {
      const without = new Map(files)
      without.delete(path)
      expect(await verifyContent(without)).toMatchObject({ outcome: 'unreadable', file: path })
    }
  })

  test('must all be listed, and no other may be there or listed', async () => {
    const dropped = new Map([...files].filter(([path]) => path !== surveyFile(citizens, 'counts.json')))
    expect(problemOf(await verifyContent(resum(dropped)))).toMatchObject({ code: 'file_set', file: sumsFile })
    const extra = new Map([...files, ['notes.txt', new Uint8Array(3)]])
    expect(problemOf(await verifyContent(extra))).toMatchObject({ code: 'file_set', file: 'notes.txt' })
    expect(problemOf(await verifyContent(resum(extra)))).toMatchObject({ code: 'file_set', entry: 'notes.txt' })
    const slips = new Map([...files, [surveyFile(citizens, 'slips.ndjson'), new Uint8Array(0)]])
    expect(problemOf(await verifyContent(resum(slips)))).toMatchObject({ code: 'file_set' })
  })
})

describe('the definitions', () => {
  test('must be those whose hashes were published before the first answer', async () => {
    const cheaper = edit((cycle) => set(cycle['plan']!['advancedUnits'], 'count', 3))
    expect(await foundIn(files, 'cycle.json', cheaper)).toMatchObject({ code: 'hash', entry: 'plan_hash' })
    const otherWords = edit((form) => set(form['title'], 'en', 'Another title'))
    expect(await foundIn(files, surveyFile(leaders, 'questionnaire.json'), otherWords)).toMatchObject({ code: 'hash' })
    const later = edit((manifest) => set(manifest, 'closes', 1))
    expect(await foundIn(files, surveyFile(leaders, 'manifest.json'), later)).toMatchObject({ code: 'hash' })
  })

  test('must stand in their one spelling', async () => {
    for (const path of ['cycle.json', 'results.json', surveyFile(leaders, 'counts.json')]) {
      expect(await foundIn(files, path, (text) => `${text} `)).toMatchObject({ code: 'malformed', file: path })
      expect(await foundIn(files, path, (text) => text.replace('"v":1', '"v":1,"v":1'))).toMatchObject({
        code: 'malformed',
        found: 'not_canonical',
      })
    }
  })

  test('must not weigh by another population or roster rule than was fixed', async () => {
    const moved = edit((weights) => set(weights['margins']![0]!['categories']![0], 'share', '1/3'))
    expect(await foundIn(files, surveyFile(citizens, 'weights.json'), moved)).toMatchObject({ code: 'does_not_fit' })
  })
})

describe('the logs', () => {
  const participation = surveyFile(citizens, 'participation.checkpoints')
  const notes = (change: (notes: string[]) => string[]) => (text: string) => writeNotes(change(readNotes(text)!))

  test('refuse swapped checkpoints, one of another log, and one by another key', async () => {
    const swapped = notes(([first, second, ...rest]) => [second!, first!, ...rest])
    expect(await foundIn(files, participation, swapped)).toMatchObject({ code: 'checkpoint_order', entry: 'note 2' })
    const foreign = readNotes(new TextDecoder().decode(files.get(surveyFile(leaders, 'participation.checkpoints'))))!
    expect(await foundIn(files, participation, () => writeNotes(foreign))).toMatchObject({ code: 'checkpoint_origin' })
    const other = makeBundle().files.get(participation)!
    expect(await foundIn(files, participation, () => other)).toMatchObject({ code: 'checkpoint_signature' })
  })

  test('show a split view: a signed head of which the lines do not give the root', async () => {
    const survey = `${bundleJid}/${citizens}`
    const split = made.note(survey, 'participation', 20, sha256(new Uint8Array(1)))
    const problem = await foundIn(
      files,
      participation,
      notes(([first, second, ...rest]) => [first!, second!, split, ...rest]),
    )
    expect(problem).toMatchObject({ code: 'root', file: participation, entry: 'note 3' })
  })

  test('refuse a line changed, left out or added', async () => {
    const path = surveyFile(recipients, 'participation.leaves')
    expect(
      await foundIn(
        files,
        path,
        lines((all) => all.filter((_, i) => i !== 70)),
      ),
    ).toMatchObject({
      code: 'log_size',
    })
    const swapped = lines((all) => all.with(5, all[6]!).with(6, all[5]!))
    expect(await foundIn(files, path, swapped)).toMatchObject({ code: 'root', entry: 'note 2' })
    const twice = lines((all) => [...all, all[9]!])
    expect(await foundIn(files, path, twice)).toMatchObject({ code: 'tag_repeated', entry: 'line 157' })
    const unknown = lines((all) => all.with(7, 'gp1|tag|all|short'))
    expect(await foundIn(files, path, unknown)).toMatchObject({ code: 'leaf_malformed', entry: 'line 8' })
  })

  test('begin with the manifest and end with the hash of the sums', async () => {
    const path = surveyFile(recipients, 'participation.leaves')
    const other = lines((all) => all.with(0, all[0]!.replace('"v":1', '"v":2')))
    expect(await foundIn(files, path, other)).toMatchObject({ code: 'manifest_leaf', entry: 'line 1' })
    const hash = edit((counts) => set(counts, 'cellsHash', 'ab'.repeat(32)))
    expect(await foundIn(files, surveyFile(recipients, 'counts.json'), hash)).toMatchObject({ code: 'tallies_leaf' })
  })

  test('of slips refuse one changed hash', async () => {
    const path = surveyFile(recipients, 'slips.leafhashes')
    const bytes = new Uint8Array(files.get(path)!)
    bytes[32 * 40]! ^= 1
    expect(await foundIn(files, path, () => bytes)).toMatchObject({ code: 'root' })
  })

  test('of the audit refuse a head that is not signed, or smaller than the one before', async () => {
    const [first, second] = readNotes(new TextDecoder().decode(files.get('audit/heads.txt')))! as [string, string]
    expect(await foundIn(files, 'audit/heads.txt', () => writeNotes([second, first]))).toMatchObject({
      code: 'checkpoint_order',
      file: 'audit/heads.txt',
    })
    const { root } = readCheckpoint(first).ok ? { root: first.split('\n')[2]! } : { root: '' }
    const moved = first.replace(root, second.split('\n')[2]!)
    expect(await foundIn(files, 'audit/heads.txt', () => writeNotes([moved, second]))).toMatchObject({
      code: 'checkpoint_signature',
    })
  })
})

describe('the tickets', () => {
  const path = surveyFile(citizens, 'tokens.ndjson')
  const line = ({ message, signature }: { message: Uint8Array; signature: Uint8Array }, cell = 'all') =>
    canonicalJson({ cell, msg: base64url(message), sig: base64url(signature) })
  /** Puts a ticket in the place where its tag belongs. */
  const inserted = (added: string) =>
    lines((all) => {
      const tagOf = (each: string) => {
        const message = Buffer.from((JSON.parse(each) as { msg: string }).msg, 'base64url')
        return hex(sha256(new Uint8Array(Buffer.concat([Buffer.from('gp1|tag|'), message]))))
      }
      return [...all, added].sort((a, b) => (tagOf(a) < tagOf(b) ? -1 : 1))
    })

  test('refuse one of another survey, one of another cell, and one that was never spent', async () => {
    const foreign = made.ticket(citizens, 'all', `${bundleJid}/${leaders}`)
    expect(await foundIn(files, path, inserted(line(foreign)))).toMatchObject({ code: 'ticket_label' })
    const unspent = made.ticket(citizens, 'all')
    expect(await foundIn(files, path, inserted(line(unspent)))).toMatchObject({ code: 'ticket_not_logged' })
    const elsewhere = lines((all) => all.map((each) => each.replace('"cell":"all"', '"cell":"yunhu"')))
    expect(await foundIn(files, path, elsewhere)).toMatchObject({ code: 'ticket_label', entry: 'line 1' })
  })

  test('refuse a signature by the issuer of another survey', async () => {
    const other = makeBundle().ticket(citizens, 'all')
    const forged = lines((all) => {
      const { msg } = JSON.parse(all[3]!) as { msg: string }
      return all.with(3, canonicalJson({ cell: 'all', msg, sig: base64url(other.signature) }))
    })
    expect(await foundIn(files, path, forged)).toMatchObject({ code: 'ticket_signature', entry: 'line 4' })
  })

  test('must stand for every tag of the log, each once', async () => {
    expect(
      await foundIn(
        files,
        path,
        lines((all) => all.slice(1)),
      ),
    ).toMatchObject({ code: 'tag_without_ticket' })
    expect(
      await foundIn(
        files,
        path,
        lines((all) => [all[0]!, ...all]),
      ),
    ).toMatchObject({ code: 'ticket_order' })
  })
})

describe('the counts', () => {
  const path = surveyFile(citizens, 'counts.json')
  test.each([
    ['more issued than eligible', 'issued', 401],
    ['more spent than issued', 'issued', 152],
    ['another sum of valid, invalid and withdrawn', 'valid', 149],
    ['another number of spent tickets than the log has', 'spent', 152],
    ['other people eligible than the manifest says', 'eligible', 399],
    ['ways that do not add up to those issued', 'ways', { online: 150, kiosk: 0, phone: 2, paper: 1 }],
  ])('refuse %s', async (_, name, value) => {
    const problem = await foundIn(
      files,
      path,
      edit((counts) => set(counts['cells']![0], name, value)),
    )
    expect(problem).toMatchObject({ code: 'count', file: path })
  })

  test('refuse another number of slips than the log has or the organs have together', async () => {
    const more = edit((counts) => set(counts, 'slips', 451))
    expect(await foundIn(files, path, more)).toMatchObject({ code: 'count', entry: 'slips' })
    const received = edit((tallies) => set(tallies['organs']![0], 'received', 151))
    expect(await foundIn(files, surveyFile(citizens, 'tallies.json'), received)).toMatchObject({ code: 'count' })
  })

  describe('of a participation audit', () => {
    // 154 people drew a ticket; 120 of them were drawn by the seed, and 100 + 1 + 15 + 4 = 120.
    const audit = {
      seed: 'a public seed',
      rolled: 154,
      drawn: 120,
      withoutContact: 4,
      confirmed: 100,
      denied: 1,
      notReached: 15,
    }
    const audited = makeBundle({ audit }).files

    test('agree where everybody who was drawn is accounted for, and are told', async () => {
      const verdict = await verifyContent(audited)
      expect(verdict).toMatchObject({ outcome: 'good' })
      const { seed: _, ...counts } = audit
      const told = verdict.checks.find(({ name }) => name === 'audits')
      expect(told).toEqual({ name: 'audits', counts: { audits: 1, ...counts } })
    })

    test.each([
      ['one more who confirmed', { confirmed: 101 }, 'audit, drawn'],
      ['one more who denied', { denied: 2 }, 'audit, drawn'],
      ['one less without a contact', { withoutContact: 3 }, 'audit, drawn'],
      ['another number of entries than was issued', { rolled: 153 }, 'audit, rolled'],
      ['more drawn than issued', { drawn: 155, confirmed: 135 }, 'audit, drawn'],
      ['a seed that is none', { seed: 'a|b' }, 'audit, seed'],
    ])('refuse %s', async (_, change, entry) => {
      const changed = edit((counts) => set(counts, 'audit', { ...audit, ...change }))
      expect(await foundIn(audited, path, changed)).toMatchObject({ code: 'count', file: path, entry })
    })

    test('refuse an audit of a survey whose manifest names no key for contacts', async () => {
      const invented = edit((counts) => set(counts, 'audit', audit))
      expect(await foundIn(files, path, invented)).toMatchObject({ code: 'count', entry: 'audit, seed' })
    })
  })

  test('refuse an organ left out', async () => {
    const fewer = edit((tallies) => (tallies['organs'] as unknown as unknown[]).splice(1, 1))
    expect(await foundIn(files, surveyFile(citizens, 'tallies.json'), fewer)).toMatchObject({
      code: 'count',
      expected: 'fgw, as in cycle.json',
    })
  })
})

describe('the figures', () => {
  /** Adds one to the last digit. */
  const up = (value: unknown) => String(value).replace(/[0-9]$/, (digit) => String((Number(digit) + 1) % 10))

  test('refuse any printed number that is off in its last digit', async () => {
    const results = JSON.parse(new TextDecoder().decode(files.get('results.json'))) as unknown
    const places: string[][] = []
    const visit = (value: unknown, path: string[]) => {
      if (typeof value === 'object' && value !== null) {
        for (const [key, part] of Object.entries(value)) visit(part, [...path, key])
      } else if (typeof value === 'string' && /^\d+\.\d+$/.test(value)) places.push(path)
    }
    visit(results, [])
    expect(places.length).toBeGreaterThan(200)
    // Each takes a verification: every eleventh figure.
    for (const place of places.filter((_, i) => i % 11 === 0)) {
      const change = edit((document) => {
        const holder = place.slice(0, -1).reduce<Editable>((at, key) => at[key]!, document)
        set(holder, place.at(-1)!, up(holder[place.at(-1)!]))
      })
      const problem = await foundIn(files, 'results.json', change)
      // What is said of quarantined slips follows from them alone: the auditor finds it.
      if (place.includes('quarantine')) expect(problem).toBeNull()
      else expect(problem, place.join('.')).toMatchObject({ code: 'figure', file: 'results.json' })
    }
  })

  test('are every overall score with each of its parts, and how many of these were computed again is said', async () => {
    const results = JSON.parse(decode(files, 'results.json')) as Editable
    const organs = results['organs'] as unknown as Editable[]
    const totals = organs.map((organ) => organ['overall']!['score']).filter((score) => score !== undefined)
    const { parts } = organs[0]!['overall'] as unknown as { parts: Editable[] }
    const told = (await verifyContent(files)).checks.find(({ name }) => name === 'figures')!
    expect(told.counts).toMatchObject({ totals: totals.length })
    expect(checkText(told, 'en')).toContain(`${totals.length} overall scores with ${told.counts['parts']} parts`)
    const wrong = [
      ...organs.flatMap((organ, at) => (organ['overall']!['score'] ? [[at, (own: Editable) => own] as const] : [])),
      ...parts.map((_, at) => [0, (own: Editable) => own['parts']![at]!] as const),
    ]
    for (const [at, pick] of wrong)
      for (const key of ['score', 'contribution']) {
        const changed = edit((document) => {
          const holder = pick(document['organs']![at]!['overall']!)
          if (holder[key] !== undefined) set(holder, key, up(holder[key]))
        })
        if (changed(decode(files, 'results.json')) === decode(files, 'results.json')) continue
        expect(await foundIn(files, 'results.json', changed)).toMatchObject({ code: 'figure', file: 'results.json' })
      }
  })

  test('refuse a deduction that does not make the score, and any where the plan tells the organ alone', async () => {
    const review = (document: Editable) => document['organs']![0]!['reviews'] as unknown as Editable[]
    const lost = (document: Editable) => review(document).find((each) => each['deduction'] !== undefined)!
    const entry = expect.stringMatching(/^organ jw, review management/)
    const more = edit((document) => set(lost(document)['deduction'], 'points', '50'))
    expect(await foundIn(files, 'results.json', more)).toMatchObject({ code: 'figure', entry })
    const unsaid = edit((document) => void delete (lost(document) as Record<string, unknown>)['deduction'])
    expect(await foundIn(files, 'results.json', unsaid)).toMatchObject({ code: 'figure', entry })
    const { files: quiet } = makeBundle({ reasons: 'organ' })
    expect(decode(quiet, 'results.json')).not.toContain('deduction')
    const told = edit((document) => set(review(document)[0], 'deduction', { points: '1', reason: '未按期完成' }))
    expect(await foundIn(quiet, 'results.json', told)).toMatchObject({ code: 'suppression', file: 'results.json' })
  })

  test('follow from the published sums: a changed sum is found though SHA256SUMS was made to fit', async () => {
    const path = surveyFile(recipients, 'tallies.json')
    const points = edit((tallies) => {
      const question = tallies['organs']![1]!['questions']![0]!
      set(question, 'points', String(Number(question['points']) + 20))
    })
    expect(await foundIn(files, path, points)).toMatchObject({ code: 'figure', entry: expect.stringMatching(/fgw/) })
    const narrower = edit((tallies) => set(tallies['organs']![1], 'variance', '0.25'))
    expect(await foundIn(files, path, narrower)).toMatchObject({ code: 'figure' })
  })

  test('refuse another grade, place or status', async () => {
    const grade = edit((results) => set(results['organs']![0]!['overall'], 'grade', 'excellent'))
    const found = await foundIn(files, 'results.json', grade)
    expect(found).toMatchObject({ code: 'figure', entry: 'organ jw, overall.grade', found: 'excellent' })
    const place = edit((results) => set(results['ranking'], 'separatedPairs', 2))
    expect(await foundIn(files, 'results.json', place)).toMatchObject({ code: 'figure' })
  })

  test('are never a failure of the program, whatever the documents hold', async () => {
    const path = surveyFile(recipients, 'tallies.json')
    const nobody = edit((tallies) => {
      for (const question of tallies['organs']![1]!['questions']! as Editable[]) set(question, 'answers', '0')
    })
    expect(await foundIn(files, path, nobody)).toMatchObject({ code: 'figure' })
    const twice = edit((results) => {
      const reviews = results['organs']![0]!['reviews'] as unknown as unknown[]
      reviews.push(reviews[0])
    })
    expect(await foundIn(files, 'results.json', twice)).toMatchObject({ code: 'figure' })
  })
})

describe('the disclosure rules', () => {
  /** Changes sums and figures so that they agree: only the minimums can tell. */
  test('refuse a score of too few', async () => {
    const path = surveyFile(citizens, 'tallies.json')
    const changed = await foundBoth(path, 'n', 99)
    expect(changed).toMatchObject({ code: 'below_minimum', file: path, expected: 'at least 100' })
  })

  async function foundBoth(path: string, key: string, value: number) {
    const tallies = edit((document) => set(document['organs']![0], key, value))(decode(files, path))
    const results = edit((document) => set(document['organs']![0]!['groups']!['public'], key, value))(
      decode(files, 'results.json'),
    )
    const encode = (text: string) => new TextEncoder().encode(text)
    const both = new Map([...files, [path, encode(tallies)], ['results.json', encode(results)]])
    return problemOf(await verifyContent(resum(both)))
  }

  test('refuse a mean of too few answers, and what would give one away', async () => {
    const path = surveyFile(recipients, 'tallies.json')
    const few = edit((tallies) => set(tallies['organs']![1]!['questions']![0], 'n', 9))
    expect(await foundIn(files, path, few)).toMatchObject({ code: 'below_minimum' })
    const dontKnow = edit((tallies) => set(tallies['organs']![1]!['questions']![0], 'dontKnow', 2))
    expect(await foundIn(files, surveyFile(leaders, 'tallies.json'), dontKnow)).toMatchObject({ code: 'suppression' })
  })

  test('refuse both scores of a handful of quarantined slips', async () => {
    const four = edit((results) => set(results['organs']![0]!['quarantine']!['groups']![0], 'slips', 4))
    expect(await foundIn(files, 'results.json', four)).toMatchObject({ code: 'suppression' })
    const few = makeBundle({ quarantined: 3 })
    const told = edit((results) =>
      set(results['organs']![0]!['quarantine'], 'all', { satisfaction: '80.00', overall: '80.00', grade: 'good' }),
    )
    expect(await foundIn(few.files, 'results.json', told)).toMatchObject({ code: 'suppression' })
  })
})

describe('the auditor', () => {
  const slips = surveyFile(recipients, 'slips.ndjson')
  const found = (path: string, change: (text: string) => string) => foundIn(made.audit, path, change)

  test('finds an answer that was changed, and a slip in another place', async () => {
    const other = lines((all) =>
      all.with(
        3,
        all[3]!.replace(/"a":\[(\d)/, (_, a) => `"a":[${6 - Number(a)}`),
      ),
    )
    expect(await found(slips, other)).toMatchObject({ code: 'slip_leaf', entry: 'line 4' })
    const swapped = lines((all) => all.with(3, all[4]!).with(4, all[3]!))
    expect(await found(slips, swapped)).toMatchObject({ code: 'slip_leaf', entry: 'line 4' })
    expect(
      await found(
        slips,
        lines((all) => all.slice(0, -1)),
      ),
    ).toMatchObject({ code: 'count' })
  })

  test('finds a slip counted in another cell, out of the score, or back in it', async () => {
    const cell = lines((all) => all.with(3, all[3]!.replace('sampled|all|-|1', 'sampled|all|-|2')))
    expect(await found(slips, cell)).toMatchObject({ code: 'cells' })
    const taken = lines((all) => all.with(3, all[3]!.replace('"out":0', '"out":1')))
    expect(await found(slips, taken)).toMatchObject({ code: 'tally' })
  })

  test('finds sums, weights and scores of quarantined slips that were changed', async () => {
    const cells = surveyFile(citizens, 'cells.json')
    expect(await found(cells, (text) => text.replace(/"dontKnow":0/, '"dontKnow":1'))).toMatchObject({ code: 'cells' })
    const weights = surveyFile(citizens, 'class-weights.json')
    expect(await found(weights, (text) => text.replace(/"weight":"0/, '"weight":"1'))).toMatchObject({ code: 'tally' })
    const restored = edit((results) => set(results['organs']![0]!['quarantine']!['all'], 'satisfaction', '12.00'))
    expect(await found('results.json', restored)).toMatchObject({ code: 'tally', file: 'results.json' })
  })
})

const decode = (content: BundleContent, path: string): string => new TextDecoder().decode(content.get(path)!)
