import { describe, expect, test } from 'vitest'
import { envelopeOpener } from '../../server/node/envelopes.ts'
import { base64url, hex, joinBytes, utf8 } from '../../surveys/canonical.ts'
import { envelopeContext, envelopeInfo } from '../../surveys/envelope.ts'
import { withoutServer } from '../runtime/targets.ts'
import { sha256 } from '../support/database.ts'
import {
  type Attempt,
  byNearness,
  byOrder,
  correlationBound,
  type Evidence,
  isBeyondChance,
  placesOf,
  poissonQuantile,
  rankCorrelation,
} from './support/linking-attack.ts'
import type { Known } from './support/linking-crowd.ts'
import { bytesIn, commentEvidence, distinctSlips, slipEvidence } from './support/linking-evidence.ts'
import { houseWithFile, houseWithServer } from './support/linking-house.ts'
import { countFound, findInLog } from './support/linking-loot.ts'
import { naiveEvidence } from './support/linking-naive.ts'
import { liveScene, type Scene, sealedScene } from './support/linking-scene.ts'

// The promise of the sealed box, held against a thief who has everything but its key: the database, its log with every page
// that was ever written, three copies from before the opening, the public logs and the proxy's list of who came when. Four
// hundred people answer through the real server, each unlike everybody else, and afterwards the thief tries to say who
// said what. The same attack on naive tables and on live surveys must succeed, else it would prove nothing.

const people = 400

/** A survey that is acted out once, and once more with other people where a first look needs a second. */
interface Setting {
  readonly name: string
  readonly absent: boolean
  readonly group: 'leaders' | 'public'
  scene(seed: number): Promise<Scene>
}

function settingOf(name: string, absent: boolean, group: Setting['group'], house: typeof houseWithFile): Setting {
  const scenes = new Map<number, Promise<Scene>>()
  return {
    name,
    absent,
    group,
    scene(seed) {
      const made = scenes.get(seed) ?? sealedScene(house, { group, people, seed })
      scenes.set(seed, made)
      return made
    },
  }
}

const settings = [
  settingOf('citizens with phones, an embedded file', false, 'public', houseWithFile),
  settingOf(
    `leaders with codes, a libSQL server${withoutServer ? ' (skipped: its binary is not installed)' : ''}`,
    withoutServer,
    'leaders',
    houseWithServer,
  ),
]

const patience = 600_000

/**
 * The attempts that know more than chance. One in a thousand does by chance alone, and there are hundreds: what one has
 * found must be found again among other people by the very same method.
 */
async function beyondChance({ scene }: Setting, attack: (scene: Scene) => readonly Attempt[]): Promise<string[]> {
  const first = attack(await scene(1)).filter(isBeyondChance)
  if (first.length === 0) return []
  const again = new Set(
    attack(await scene(2))
      .filter(isBeyondChance)
      .map(({ method }) => method),
  )
  return first.filter(({ method }) => again.has(method)).map(inWords)
}

const inWords = ({ method, hits, expected, most, correlation }: Attempt): string =>
  `${method}: ${hits} of ${expected.toFixed(1)} expected and ${most} at most, correlation ${correlation.toFixed(2)}`

/** Every pair of places that can be near to one another: bytes of one file, bytes or commits of one log. */
function byEveryNearness(evidence: Evidence): Attempt[] {
  const spaceOf = (place: string) => /in the log$|in the file$|commit$/.exec(place)?.[0]
  return placesOf(evidence.people).flatMap((ofPeople) =>
    placesOf(evidence.things)
      .filter((ofThings) => spaceOf(ofPeople) !== undefined && spaceOf(ofThings) === spaceOf(ofPeople))
      .map((ofThings) => byNearness(evidence, ofPeople, ofThings)),
  )
}

const slipsIn = ({ crowd, tables, disk }: Scene) => slipEvidence(crowd, tables, disk)
const commentsIn = ({ crowd, tables, disk }: Scene) => commentEvidence(crowd, tables, disk)

describe.each(settings)('a sealed survey, $name', (setting) => {
  const { absent } = setting

  test.skipIf(absent)(
    'is answered by four hundred people, whose answers are all there after the opening and nowhere before',
    async () => {
      const { crowd, tables, before, backups, public: published, disk } = await setting.scene(1)
      const counted = crowd.people.filter(({ isWithdrawn }) => !isWithdrawn)
      expect(crowd.people).toHaveLength(people)
      expect(tables.slips).toHaveLength(counted.reduce((sum, { slips }) => sum + slips.length, 0))
      expect(tables.comments).toHaveLength(counted.reduce((sum, { comments }) => sum + comments.length, 0))
      expect(slipsIn(await setting.scene(1)).people.filter(({ own }) => own === null)).toEqual([])

      const names = [...tables.slips, ...tables.comments].flatMap(({ id, salt }) => [id, salt])
      const texts = [
        ...names.map((name) => utf8(base64url(name))),
        // Marks that are like nobody else's.
        ...crowd.people.map(({ slips }) => utf8(JSON.stringify(slips[0]!.answers))),
        ...tables.comments.map(({ text }) => utf8(text)),
      ]
      const pages = before.map(({ bytes }) => bytes)
      expect(countFound([...pages, ...backups, ...published], [...names, ...texts])).toBe(0)
      // Control: afterwards the same look finds every name.
      expect(countFound([...disk.pages.map(({ bytes }) => bytes), disk.file], names)).toBe(names.length)
      // And before, everybody who took part and every ticket.
      const keys = crowd.people.flatMap(({ p, tag }) => [p, tag])
      expect(countFound(pages, keys)).toBe(2 * people)
    },
    patience,
  )

  test.skipIf(absent)(
    'gives away by no order and no nearness whose slip is whose',
    async () => {
      const evidence = slipsIn(await setting.scene(1))
      // Nothing has quietly stayed away: so many places of people and of slips there are.
      expect(placesOf(evidence.people)).toHaveLength(13)
      expect(placesOf(evidence.things)).toHaveLength(18)
      expect(await beyondChance(setting, (scene) => byOrder(slipsIn(scene)))).toEqual([])
      expect(await beyondChance(setting, (scene) => byEveryNearness(slipsIn(scene)))).toEqual([])
    },
    patience,
  )

  test.skipIf(absent)(
    'gives away by no order and no nearness whose comment is whose',
    async () => {
      expect(await beyondChance(setting, (scene) => byOrder(commentsIn(scene)))).toEqual([])
      expect(await beyondChance(setting, (scene) => byEveryNearness(commentsIn(scene)))).toEqual([])
    },
    patience,
  )

  test.skipIf(absent)(
    'has envelopes of one size, whatever was said and however much',
    async () => {
      const { crowd, rows } = await setting.scene(1)
      const sizes = new Set(crowd.requests.filter(({ kind }) => kind === 'submit').map(({ sent }) => sent))
      expect([...sizes]).toHaveLength(1)
      const lengths = rows.box.map((row) => bytesIn(row['ct']).length).filter((length) => length > 0)
      expect(new Set(lengths).size).toBe(1)
      const answers = new Set(crowd.requests.filter(({ kind }) => kind === 'submit').map(({ received }) => received))
      expect([...answers]).toHaveLength(1)
    },
    patience,
  )

  test.skipIf(absent)(
    'joins no row of a person with a ticket, nor either with a slip, by any value or its hash',
    async () => {
      const { rows, tables } = await setting.scene(1)
      const column = (name: keyof Scene['rows'], field: string) => rows[name].map((row) => bytesIn(row[field]))
      const message = column('spent', 'msg')
      const joined = joins([
        { p: column('roll', 'p'), bh: column('roll', 'bh'), h: column('invite', 'h') },
        {
          tag: column('spent', 'tag'),
          msg: message,
          // What a message is made of: the preparation, and the ticket.
          'msg, first 32': message.map((bytes) => bytes.subarray(0, 32)),
          'msg, last 32': message.map((bytes) => bytes.subarray(-32)),
          sig: column('spent', 'sig'),
          enc: column('box', 'enc'),
          ct: column('box', 'ct'),
        },
        {
          id: [...tables.slips, ...tables.comments].map(({ id }) => id),
          salt: [...tables.slips, ...tables.comments].map(({ salt }) => salt),
        },
      ])
      expect(joined).toEqual([])
      // Control: a ticket's message does lead to its tag, beside which it stands.
      const own = joins([{ msg: message }, { tag: column('spent', 'tag') }])
      expect(own).toEqual([`msg – gp1|tag| – tag: ${message.length}`])
    },
    patience,
  )
})

/** Values of one group of columns that stand in another, as they are or behind a hash that anybody can compute. */
function joins(groups: readonly Readonly<Record<string, readonly Uint8Array[]>>[]): string[] {
  const found = new Map<string, number>()
  for (const [at, group] of groups.entries()) {
    const others = groups.filter((_, other) => other !== at).flatMap((other) => Object.entries(other))
    const places = new Map<string, string>()
    for (const [name, values] of others) for (const value of values) if (value.length > 0) places.set(hex(value), name)
    for (const [name, values] of Object.entries(group)) {
      for (const value of values.filter(({ length }) => length > 0)) {
        const images = [value, ...prefixes.map((prefix) => sha256(joinBytes(prefix, value)))]
        for (const [i, image] of images.entries()) {
          const other = places.get(hex(image))
          const way = `${name} – ${i === 0 ? '' : prefixes[i - 1] || 'its hash'} – ${other}`
          if (other !== undefined) found.set(way, (found.get(way) ?? 0) + 1)
        }
      }
    }
  }
  return [...found].map(([way, count]) => `${way}: ${count}`)
}

/** In front of everything that the protocol hashes. */
const prefixes = [
  ...['', 'gp1|tag|', 'gp1|form|', 'gp1|live|', 'gp1|tag|live|', 'gp1|p|', 'gp1|tok|', 'gp1|order|', 'gp1|box|'],
  ...['gp1|env|', 'gp1|slip|', 'gp1|comment|', 'gp1|rcpt|', 'T|', 'r|', 'b|'],
]

describe('limit: a proxy that writes down sizes too', () => {
  test(
    'narrows a citizen who rated one organ down to the slips about it, by the length of the page that asked',
    async () => {
      const scene = await settings[0]!.scene(1)
      const { crowd, tables, pageSizes } = scene
      const { people: suspects } = slipsIn(scene)
      const slips = distinctSlips(tables)
      const present = crowd.people.filter(({ isWithdrawn }) => !isWithdrawn)
      const pages = new Map(
        crowd.requests.filter(({ kind }) => kind === 'form').map((line) => [line.who, line.received]),
      )
      const left = present.flatMap((person, at) => {
        if (person.slips.length !== 1) return []
        const size = pages.get(crowd.people.indexOf(person))
        const organs = [...pageSizes].filter(([, length]) => length === size).map(([organ]) => organ)
        const candidates = [...slips.keys()].filter((slip) => organs.includes(slips[slip]!.organ))
        return [{ own: suspects[at]!.own!, candidates }]
      })
      expect(left.length).toBeGreaterThan(people / 3)
      expect(left.filter(({ own, candidates }) => !candidates.includes(own))).toEqual([])
      const total = left.reduce((sum, { candidates }) => sum + candidates.length, 0)
      expect(total / left.length).toBeLessThan(slips.length / 5)
    },
    patience,
  )
})

describe('limit: a thief who has the key of the box', () => {
  /** Whose slips lie in the envelope that came when they came. */
  function openByArrival({ crowd, rows, disk, boxKey, manifestHash, survey }: Scene): { hits: number; opened: number } {
    const open = envelopeOpener(boxKey, envelopeInfo(survey, manifestHash))
    const tags = rows.box.map((row) => bytesIn(row['tag']))
    const places = findInLog(disk.pages, tags)
    const inOrder = [...rows.box.keys()].sort((a, b) => places[a]!.first - places[b]!.first)
    const arrivals = new Set(
      crowd.requests.filter(({ kind }) => kind === 'submit' || kind === 'answer').map(({ who }) => who),
    )
    const visitors = [...arrivals].map((who) => crowd.people[who]!)
    let [hits, opened] = [0, 0]
    for (const [rank, at] of inOrder.entries()) {
      const { ver, enc, ct } = rows.box[at]!
      const aad = envelopeContext(survey, 'all', tags[at]!, Number(ver))
      const text = open(bytesIn(enc), aad, bytesIn(ct))
      if (text === null) continue
      opened += 1
      if (says(text, visitors[rank]!)) hits += 1
    }
    return { hits, opened }
  }

  const says = (text: Uint8Array, { slips }: Known) =>
    slips.every(
      ({ organ, answers }) =>
        new TextDecoder().decode(text).includes(`{"a":${JSON.stringify(answers)},"id":"`) && organ !== '',
    )

  for (const { name, absent, scene } of settings) {
    test.skipIf(absent)(
      `and copies of the envelopes reads by arrival what most people said: ${name}`,
      async () => {
        const { hits, opened } = openByArrival(await scene(1))
        expect(opened).toBeGreaterThan(people * 0.9)
        expect(hits).toBeGreaterThan(opened * 0.7)
      },
      patience,
    )
  }

  test(
    'but came after the envelopes were destroyed finds none in the file, and no order in it',
    async () => {
      const setting = settings[0]!
      const { rows, disk } = await setting.scene(1)
      const sealed = rows.box.flatMap(({ enc, ct }) => [bytesIn(enc), bytesIn(ct)]).filter(({ length }) => length > 0)
      expect(countFound([disk.file], sealed)).toBe(0)
      // Control: in the log of all pages they were.
      expect(
        countFound(
          disk.pages.map(({ bytes }) => bytes),
          sealed,
        ),
      ).toBeGreaterThan(0)
      const alone = ({ crowd, tables, disk }: Scene) => slipEvidence(crowd, tables, { pages: [], file: disk.file })
      expect(placesOf(alone(await setting.scene(1)).things)).toHaveLength(6)
      expect(
        await beyondChance(setting, (scene) => [...byOrder(alone(scene)), ...byEveryNearness(alone(scene))]),
      ).toEqual([])
    },
    patience,
  )
})

describe('control: the same attack', () => {
  const hitsOf = (attempts: readonly Attempt[], method: string) => attempts.find((each) => each.method === method)!.hits

  test('links in tables of numbered rows every code with its answers, and people through the log', () => {
    const evidence = naiveEvidence('numbered rows', people)
    const attempts = byOrder(evidence)
    expect(hitsOf(attempts, 'row – row, forwards')).toBe(people)
    expect(hitsOf(attempts, 'arrival – answers, first in the log, forwards')).toBeGreaterThanOrEqual(people / 4)
    expect(attempts.filter(isBeyondChance).length).toBeGreaterThan(2)
  })

  test('links through the log people whose answers have random keys and no numbers, but are written at once', () => {
    const evidence = naiveEvidence('random keys', people)
    expect(
      byOrder(evidence)
        .filter(({ method }) => method.startsWith('row – row'))
        .some(isBeyondChance),
    ).toBe(false)
    const [attempt] = [byNearness(evidence, 'person, commit', 'answers, commit')]
    expect(attempt.hits).toBeGreaterThanOrEqual(people / 4)
    expect(isBeyondChance(attempt)).toBe(true)
  })

  test(
    'links in a live survey nearly everybody who came alone, and one in eight of those who came eight at a time',
    async () => {
      const [alone, size] = [people / 2, 8]
      const scene = await liveScene(houseWithFile, { people, alone, seed: 1, size })
      const evidence = slipEvidence(scene.crowd, scene.tables, scene.disk)
      const part = (from: number, to: number) => ({ ...evidence, people: evidence.people.slice(from, to) })
      const byCommit = (of: Evidence) => byNearness(of, 'person, commit', 'id, commit')
      expect(byCommit(part(0, alone)).hits).toBeGreaterThan(alone * 0.9)
      const { hits } = byCommit(part(alone, people))
      // 25 commits of eight, of whom one each is met by chance: outside these bounds once in a million times on each side.
      const expected = (people - alone) / size
      expect(hits).toBeGreaterThanOrEqual(poissonQuantile(expected, 0.000_001))
      expect(hits).toBeLessThanOrEqual(poissonQuantile(expected, 0.999_999))
    },
    patience,
  )
})

describe('the measures of the attack', () => {
  test('are those of the textbooks', () => {
    // e⁻¹(1 + 1 + 1/2 + 1/6 + 1/24) = 0.9963 and with 1/120 more 0.9994.
    expect(poissonQuantile(1, 0.999)).toBe(5)
    // e⁻² · 1 = 0.135; with 2 and 2 more 0.677: half of all trials have two at most.
    expect(poissonQuantile(2, 0.5)).toBe(2)
    // 1 − 6·(0 + 1 + 1) / (3·8)
    expect(
      rankCorrelation([
        [1, 10],
        [2, 30],
        [3, 20],
      ]),
    ).toBeCloseTo(0.5, 12)
    expect(
      rankCorrelation([
        [1, 4],
        [2, 3],
        [3, 2],
        [4, 1],
      ]),
    ).toBeCloseTo(-1, 12)
    // 3.29 / √399
    expect(correlationBound(400)).toBeCloseTo(0.1647, 4)
  })
})
