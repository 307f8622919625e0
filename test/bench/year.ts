// What it costs to sum a year up in a province, its cities and its counties: 17 places with 68 organs each. Summed up are
// satisfaction and confirmed scores, to the total, grade and place of every organ with its interval. Beside it what comes
// before, the same from the tallies in the tables with nothing remembered, and what comes after, the text that is locked:
// all that is published about it, and its hash.
// `--places=17 --citizens=12000 --rounds=5`, `--json`, `--gate`.

import { systemScope } from '../../server/guard.ts'
import type { Standing } from '../../server/standing.ts'
import { overallOf, rankingOf } from '../../server/standing-order.ts'
import { gatherSum } from '../../server/summing.ts'
import type { World } from '../../server/world.ts'
import { utf8 } from '../../surveys/canonical.ts'
import { sumText } from '../../surveys/summing.ts'
import { fillProvince } from './support/bulk.ts'
import { closeYear, forms } from './support/closed-year.ts'
import { buildProduct, createInstallation, withWorld } from './support/installation.ts'
import { openProvince, type Province } from './support/open-survey.ts'
import { gate, type Measured, median, option, runBenchmark, say } from './support/report.ts'

const places = option('places', 17)
const citizens = option('citizens', 12_000)
const rounds = option('rounds', 5)
const leaders = 40
const recipients = 68 * 70

await runBenchmark('bench:year', async (): Promise<Measured> => {
  buildProduct()
  const installation = createInstallation()
  const provinces: Province[] = []
  let slips = 0
  let cells = 0
  for (let at = 1; at <= places; at++) {
    say(`a year of place ${at} of ${places}`)
    const province = await withWorld(installation, (world) =>
      openProvince(world, { code: `place${at}`, citizens, leaders, receipts: recipients, opensIn: -40, closesIn: -5 }),
    )
    const filled = fillProvince(installation.databaseFile, province, { leaders, recipients, public: citizens }, forms())
    slips += filled.slips
    cells += filled.cells
    await withWorld(installation, (world) => closeYear(world, province))
    provinces.push(province)
  }
  say('summing up')
  const measured = await withWorld(installation, async (world) => {
    const scored = await world.standing(systemScope(provinces[0]!.place.id), provinces[0]!.cycle.id)
    const totals = scored.organs.filter(({ overall }) => overall?.status === 'ok').length
    const standings: Standing[] = []
    for (const { place, cycle } of provinces) standings.push(await world.standing(systemScope(place.id), cycle.id))
    const summed = await timeOf(rounds, async () => sumUp(standings))
    const standing = await timeOf(rounds, () => standAll(world, provinces))
    let bytes = 0
    const locked = await timeOf(1, async () => {
      bytes = await lockAll(world, provinces)
    })
    const floor = await timeOf(rounds, () => readAll(world, provinces))
    return { summed, standing, locked, floor, bytes, totals }
  })
  installation.remove()
  return {
    conditions: {
      places,
      'organs of each': 68,
      'of which with a total, in the first place': measured.totals,
      'citizens of each': citizens,
      slips,
      cells,
      rounds,
    },
    figures: {
      'totals, grades and places of all, ms': measured.summed,
      'the same from the tallies, ms': measured.standing,
      'the texts to be locked, ms': measured.locked,
      'bytes of these texts': measured.bytes,
    },
    floor: { 'reading the tallies from the table, ms': measured.floor },
    ratio: { 'from the tallies, to reading them': measured.standing / measured.floor },
    gates: [gate('at most', 'totals, grades and places of all, ms', measured.summed, 1_000)],
  }
})

function sumUp(standings: readonly Standing[]): void {
  for (const { plan, organs } of standings) {
    const summed = organs.map((organ) => {
      if (!organ.satisfaction) throw new Error(`${organ.code} has open surveys`)
      return { ...organ, overall: overallOf(plan, organ.class, organ.satisfaction, organ.reviews) }
    })
    if (!rankingOf(plan, summed)) throw new Error('nobody has a total')
  }
}

async function standAll(world: World, provinces: readonly Province[]): Promise<void> {
  for (const { place, cycle } of provinces) {
    const { organs } = await world.standing(systemScope(place.id), cycle.id)
    if (organs.length !== 68) throw new Error(`${place.code} has ${organs.length} organs`)
  }
}

async function lockAll(world: World, provinces: readonly Province[]): Promise<number> {
  let bytes = 0
  for (const { place, cycle } of provinces) {
    const found = { cycle: { id: cycle.id, code: cycle.code }, jurisdiction: { code: place.code } }
    const sum = await gatherSum(world, systemScope(place.id), found, 'AAAAAAAAAAAAAAAAAAAAAA')
    if (!sum.ok) throw new Error(`${place.code} cannot be summed up: ${sum.error}`)
    const text = utf8(sumText(sum.value))
    await world.crypto.sha256(text)
    bytes += text.length
  }
  return bytes
}

async function readAll(world: World, provinces: readonly Province[]): Promise<void> {
  for (const { place } of provinces)
    await world.db.$client.execute({ sql: 'SELECT * FROM tally WHERE jurisdiction_id = ?', args: [place.id] })
}

async function timeOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let at = 0; at < times; at++) {
    const begun = performance.now()
    await work()
    taken.push(performance.now() - begun)
  }
  return median(taken)
}
