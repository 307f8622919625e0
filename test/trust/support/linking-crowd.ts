import { join } from 'node:path'
import { dayOf } from '../../../server/calendar.ts'
import { keepLogs } from '../../../server/log-keeping.ts'
import { checkpointFiles } from '../../../server/node/checkpoint-files.ts'
import { createRandom, type Random } from '../../../server/node/demo-random.ts'
import { dropExpiredProofs } from '../../../server/schedule.ts'
import { fromBase64url, utf8 } from '../../../surveys/canonical.ts'
import type { SealedResponse } from '../../../surveys/envelope.ts'
import type { TestApp } from '../../support/app.ts'
import { manifestText } from '../../support/box.ts'
import type { TestCycle } from '../../support/cycle.ts'
import {
  chooseOrgans,
  type Entered,
  enterCode,
  enterPhone,
  receiptOf,
  sendAnswers,
  sendJson,
} from '../../support/respondent.ts'
import { createDevice, type Device, slip } from '../../support/sealed-respondent.ts'
import type { House } from './linking-house.ts'

// Simulated people who answer through the real server, each in a way that can be told from everybody else's, while the
// proxy in front writes down who came when and how much went to and fro.

export interface Said {
  readonly organ: string
  readonly answers: readonly number[]
}

export interface Guest {
  /** Phone or ticket code. */
  readonly ticket: string
  readonly way: 'script' | 'form'
  /** The first of them is like nobody else's. */
  readonly slips: readonly Said[]
  readonly comments: readonly { readonly organ: string; readonly text: string }[]
  readonly attrs: Readonly<Record<string, string>>
  /** Says something else first, and what counts so many people later. */
  readonly thinksFor: number
  /** Takes everything back so many people later. */
  readonly regretsAfter: number
  /** Sends the same once more, as after a lost reply. */
  readonly repeats: { readonly issue: boolean; readonly submit: boolean }
  readonly from: string
}

/** Somebody who has answered, with what the writer knows them by. */
export interface Known extends Guest {
  readonly p: Uint8Array
  readonly tag: Uint8Array
  /** Whether what they said was taken back. */
  readonly isWithdrawn: boolean
  /** Which of all requests was the last that brought an envelope. */
  readonly lastSent: number
}

/** A line of the proxy's log, in the order of arrival. The thief knows every address. */
export interface Line {
  readonly who: number
  readonly at: number
  readonly kind: string
  readonly sent: number
  readonly received: number
}

export type Group = 'leaders' | 'public'

export interface CrowdOptions {
  readonly group: Group
  readonly people: number
  readonly seed: number
  /** How many come in the same moment: by their place in the order, 1 for somebody alone. */
  readonly together: (random: Random, place: number) => number
  /** Told after so many have come. */
  readonly onArrival?: (count: number) => void
}

export interface Crowd {
  /** In the order of arrival. */
  readonly people: readonly Known[]
  readonly requests: readonly Line[]
}

/** The number of a person's pattern; anybody else's is another. Marks of 1 and 2 would ask for reasons. */
function pattern(number: number, questions: number): number[] {
  const marks = [-1, 0, 3, 4, 5]
  const answers: number[] = []
  for (let left = number; answers.length < questions; left = Math.floor(left / marks.length)) {
    answers.push(marks[left % marks.length]!)
  }
  return answers
}

const questionsOf = {
  leaders: ['overall', 'delivery', 'law', 'efficiency', 'cooperation', 'initiative', 'clean'],
  public: ['overall', 'efficiency', 'attitude', 'law', 'open', 'clean'],
} as const

const words = ['办事', '很快', '排队', '太久', '态度', '热情', '材料', '重复', '窗口', '网上', '公开', '及时']
const mostCharacters = { leaders: 300, public: 500 }

function invite(cycle: TestCycle, group: Group, people: number, seed: number, isLive: boolean): Guest[] {
  const random = createRandom('linking', group, seed)
  const list = Array.from({ length: people }, (_, n) =>
    group === 'leaders' ? cycle.leader(n) : `13${String(500_000_000 + n * 1_000 + random.below(1_000))}`,
  )
  // Nobody comes in the order of the list.
  const tickets = shuffled(list, random)
  const others = questionsOf[group].length - 1
  const text = (characters: number) => {
    let said = ''
    while (said.length < characters) said += random.pick(words)
    return said.slice(0, characters)
  }
  return tickets.map((ticket, n): Guest => {
    const way = isLive || random.chance(0.05) ? 'form' : 'script'
    const rated =
      way === 'form'
        ? 1
        : random.weighted([
            [1, 60],
            [2, 25],
            [3, 15],
          ])
    const organs = shuffled(cycle.organs, random).slice(0, rated)
    const slips = organs.map((organ, at) => ({
      organ,
      answers: [3 + random.below(3), ...(at === 0 ? pattern(7 * (n + 1), others) : Array(others).fill(-1)), 0],
    }))
    const lengths = random.weighted<() => number>([
      [() => 0, 82],
      [() => 6 + random.below(80), 14],
      [() => mostCharacters[group] - random.below(60), way === 'form' ? 0 : 4],
    ])
    const comments = organs.flatMap((organ) => {
      const characters = lengths()
      return characters === 0 ? [] : [{ organ, text: `${text(characters - 4)}${String(1_000 + n)}` }]
    })
    const attrs = group === 'public' && random.chance(0.6) ? { sex: random.pick(['male', 'female']) } : {}
    const isScript = way === 'script'
    return {
      ticket,
      way,
      slips,
      comments,
      attrs,
      thinksFor: isScript && random.chance(0.1) ? 1 + random.below(40) : 0,
      regretsAfter: isScript && random.chance(0.03) ? 1 + random.below(40) : 0,
      repeats: { issue: random.chance(0.1), submit: random.chance(0.1) },
      from: `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`,
    }
  })
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const order = list.map((entry) => ({ entry, at: random.next() }))
  return order.sort((a, b) => a.at - b.at).map(({ entry }) => entry)
}

/** Lets everybody in, one after the other or some together, and each night what the night does. */
export async function letIn(house: House, cycle: TestCycle, options: CrowdOptions): Promise<Crowd> {
  const { app, together, thief } = house
  const { clock, world } = app
  const { group, people: count, seed, onArrival } = options
  const place = cycle.path(group)
  const { sid } = cycle.survey(group)
  const name = `${cycle.jid}/${sid}`
  const isLive = !(await isSealed(house, cycle, group))
  const manifest = isLive ? '' : await manifestText(app, cycle, group)
  const guests = invite(cycle, group, count, seed, isLive)
  const random = createRandom('arrival', group, seed)
  const files = checkpointFiles({ db: world.db, folder: checkpointsOf(house), now: world.now, log: world.log })

  const requests: Line[] = []
  const known: Known[] = []
  const later: { at: number; act: () => Promise<void> }[] = []

  const night = async () => {
    await keepLogs(world)
    await dropExpiredProofs(world)
    await files.follow()
  }

  const seenFrom = (who: number): TestApp => ({
    ...app,
    async request(path, init) {
      const line = requests.push({
        who,
        at: clock.time,
        kind: path.split('/').at(-1)!,
        sent: sizeOf(init?.body),
        received: 0,
      })
      const response = await app.request(path, init)
      const { byteLength: received } = await response.clone().arrayBuffer()
      requests[line - 1] = { ...requests[line - 1]!, received }
      return response
    },
  })

  const enter = async (who: number): Promise<Entered> => {
    const { ticket, from, slips } = guests[who]!
    const seen = seenFrom(who)
    if (group === 'leaders') return enterCode(seen, ticket, { from })
    const entered = await enterPhone(seen, place, ticket, { from })
    return chooseOrgans(
      seen,
      place,
      entered,
      slips.map(({ organ }) => organ),
    )
  }

  const remember = async (who: number, tag: Uint8Array) => {
    const guest = guests[who]!
    const member = `l${String(cycle.cycle.leaders.indexOf(guest.ticket) + 1).padStart(3, '0')}`
    const cid = group === 'leaders' ? `roster:${member}` : `phone:+86${guest.ticket}`
    const p = new Uint8Array(await world.keys.pseudonym(name, cid))
    known[who] = { ...guest, p, tag, isWithdrawn: false, lastSent: requests.length - 1 }
  }

  const sendForm = async (who: number, entered: Entered) => {
    const { slips, comments, from } = guests[who]!
    const fields = slips.flatMap(({ organ, answers }) =>
      questionsOf[group].flatMap((question, at): [string, string][] =>
        answers[at] === -1 ? [] : [[`q.${organ}.${question}`, String(answers[at])]],
      ),
    )
    const texts = comments.map(({ organ, text }): [string, string] => [`c.${organ}`, text])
    const sent = await sendAnswers(seenFrom(who), place, entered, [...fields, ...texts], { from })
    await remember(who, fromBase64url(receiptOf(sent).tag)!)
  }

  const draw = async (who: number, { elig }: Entered): Promise<Device> => {
    const { repeats, from } = guests[who]!
    const device = await createDevice(manifest)
    const ask = () => sendJson(seenFrom(who), `${place}/issue`, device.issueBody(elig), { from })
    const issued = await ask()
    if (issued.status !== 200) throw new Error(`no ticket was issued: ${issued.status}`)
    await device.takeSignature((await issued.json()).s)
    if (repeats.issue && together.count === 1) await ask()
    return device
  }

  const put = async (who: number, device: Device, response: Partial<SealedResponse>, version: number) => {
    const { repeats, from } = guests[who]!
    const body = await device.submitBody(response, version)
    const send = () => sendJson(seenFrom(who), `${place}/submit`, body, { from })
    const sent = await send()
    if (sent.status !== 200) throw new Error(`a response was refused: ${sent.status}`)
    if (repeats.submit && together.count === 1) await send()
  }

  const seal = async (who: number, device: Device) => {
    const { thinksFor, regretsAfter, from } = guests[who]!
    const after = (people: number, act: () => Promise<void>) => later.push({ at: known.length + people, act })
    const isFinal = thinksFor === 0
    await put(who, device, isFinal ? responseOf(guests[who]!) : firstThoughts(guests[who]!, group, count + who), 1)
    await remember(who, device.tag)
    if (!isFinal) {
      after(thinksFor, async () => {
        await put(who, device, responseOf(guests[who]!), 2)
        known[who] = { ...known[who]!, lastSent: requests.length - 1 }
      })
    }
    if (regretsAfter > 0) {
      after(Math.max(thinksFor, regretsAfter), async () => {
        await sendJson(seenFrom(who), `${place}/withdraw`, device.withdrawBody(3), { from })
        known[who] = { ...known[who]!, isWithdrawn: true }
      })
    }
  }

  const visit = async (who: readonly number[]) => {
    const entered: Entered[] = []
    // One after the other: the code of a text message is read from the last one that was sent.
    for (const each of who) entered.push(await enter(each))
    together.count = who.length
    const inTime = (act: (each: number, at: number) => Promise<void>) => Promise.all(who.map(act))
    if (guests[who[0]!]!.way === 'form') await inTime((each, at) => sendForm(each, entered[at]!))
    else {
      const devices: Device[] = []
      await inTime(async (each, at) => {
        devices[at] = await draw(each, entered[at]!)
      })
      await inTime((each, at) => seal(each, devices[at]!))
    }
    together.count = 1
  }

  for (let next = 0; next < guests.length; ) {
    const { way } = guests[next]!
    const wanted = options.together(random, next)
    let end = next + 1
    while (end < guests.length && end - next < wanted && (isLive || (way === 'script' && guests[end]!.way === way)))
      end++
    await visit(Array.from({ length: end - next }, (_, at) => next + at))
    next = end
    const due = later.filter(({ at }) => at <= next || next === guests.length)
    for (const each of due) {
      later.splice(later.indexOf(each), 1)
      await each.act()
    }
    if (random.chance(0.25)) thief.rest()
    const before = nightOf(clock.time)
    clock.time += 60_000 * (1 + random.below(50))
    if (nightOf(clock.time) !== before) await night()
    onArrival?.(next)
  }
  return { people: known, requests }
}

export const checkpointsOf = ({ app }: House): string => join(app.database.folder, 'checkpoints')

/** The day whose logs are written at three in the morning. */
const nightOf = (time: number): number => dayOf(time - 3 * 3_600_000)

const sizeOf = (body: RequestInit['body']): number => utf8(String(body ?? '')).length

async function isSealed({ thief }: House, cycle: TestCycle, group: Group): Promise<boolean> {
  const sql = 'SELECT mode FROM survey WHERE jurisdiction_id = ? AND id = ?'
  const [row] = await thief.look(sql, [cycle.place.id, cycle.survey(group).id])
  return row!['mode'] === 'sealed'
}

/** What counts of somebody, under names that the device draws. */
function responseOf({ slips, comments, attrs }: Guest): Partial<SealedResponse> {
  return {
    attrs,
    slips: slips.map(({ organ, answers }) => slip(organ, answers)),
    comments: comments.map(({ organ, text }) => {
      const { id, o, s } = slip(organ, [])
      return { id, o, t: text, s }
    }),
  }
}

/** What somebody says who will think better of it: nobody else's answers either. */
function firstThoughts(guest: Guest, group: Group, number: number): Partial<SealedResponse> {
  const [first] = guest.slips
  return { slips: [slip(first!.organ, [5, ...pattern(7 * (number + 1), questionsOf[group].length - 1), 0])] }
}
