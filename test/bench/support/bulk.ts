import { randomBytes } from 'node:crypto'
import Sqlite from 'libsql'
import type { Statement } from '../../../db/database.ts'
import { writeMoments, writeSums } from '../../../db/writer/statements.ts'
import { dayOf } from '../../../server/calendar.ts'
import { createRandom, type Random } from '../../../server/node/demo-random.ts'
import { weightingCell } from '../../../surveys/ballot.ts'
import type { GroupId, Questionnaire } from '../../../surveys/questionnaire.ts'
import { answerQuestions } from '../../../surveys/questionnaire.ts'
import {
  addSlip,
  addSlipMoments,
  type Cell,
  emptyCell,
  emptyMoments,
  type Moments,
  packCell,
  packMoments,
  type TallySpec,
  tallySpec,
} from '../../../surveys/tally.ts'
import type { Province } from './open-survey.ts'

// Fills an open cycle with very many responses, for questions about reading. Through the real writer a million of them
// would take five minutes, so the rows go straight into the tables here, without waiting for the disk: the same rows,
// the same sums by the same functions (`surveys/tally.ts`), in one bulk. Only a benchmark may do this.

export interface Crowds {
  readonly leaders: number
  readonly recipients: number
  readonly public: number
}

export interface Filled {
  readonly responses: number
  readonly slips: number
  readonly cells: number
}

const cities = [
  'yunhu',
  'pingchuan',
  'shiqiao',
  'qingxi',
  'dongping',
  'nanling',
  'beiyuan',
  'shuanghe',
  'bailu',
  'changdi',
  'meigang',
  'zhuxi',
  'songtai',
  '__missing',
]
const ages = ['age18_44', 'age45_59', 'age60', '__missing']
const sexes = ['male', 'female', '__missing']

export function fillProvince(
  file: string,
  province: Province,
  crowds: Crowds,
  forms: Record<GroupId, Questionnaire>,
): Filled {
  const db = new Sqlite(file, { timeout: 5_000 })
  // Random keys into trees of a few hundred megabytes: held in memory, written once, nothing of it precious.
  for (const pragma of ['journal_mode = WAL', 'synchronous = OFF', 'cache_size = -1000000']) db.exec(`PRAGMA ${pragma}`)
  const total = { responses: 0, slips: 0, cells: 0 }
  for (const { id, group, channels } of province.cycle.surveys) {
    const survey = { id, group, channels: [...channels.map(({ code }) => code), 'direct'] }
    const filled = fillSurvey(db, province, survey, crowds[group], forms[group])
    total.responses += filled.responses
    total.slips += filled.slips
    total.cells += filled.cells
  }
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  return total
}

interface Filling {
  readonly id: number
  readonly group: GroupId
  readonly channels: readonly string[]
}

interface Sums {
  readonly organ: number
  readonly cell: string
  readonly sums: Cell
  readonly moments: Moments
}

function fillSurvey(
  db: Sqlite.Database,
  { place, terms }: Province,
  survey: Filling,
  people: number,
  form: Questionnaire,
): Filled {
  const random = createRandom('bench', survey.group)
  const spec = tallySpec(form)
  const organs = [...place.organIds.values()]
  const days = daysOf(terms.opensAt, terms.closesAt)
  const here = place.id
  const roll = db.prepare('INSERT INTO roll (jurisdiction_id, survey_id, p, cell, bh) VALUES (?, ?, ?, ?, ?)')
  const spent = db.prepare(
    "INSERT INTO spent (jurisdiction_id, survey_id, tag, cell, msg, sig, logged) VALUES (?, ?, ?, 'all', x'', x'', 0)",
  )
  const slip = db.prepare(
    'INSERT INTO slip (jurisdiction_id, survey_id, id, organ_id, cell, answers, salt, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const participation = new Map<string, { channel: string; day: number; n: number }>()
  const cells = new Map<string, Sums>()
  let slips = 0
  db.exec('BEGIN')
  for (let at = 0; at < people; at++) {
    const day = random.pick(days)
    const channel = random.pick(survey.channels)
    roll.run([here, survey.id, randomBytes(32), 'all', randomBytes(32)])
    spent.run([here, survey.id, randomBytes(32)])
    const entry = participation.get(`${channel}|${day}`) ?? { channel, day, n: 0 }
    participation.set(`${channel}|${day}`, entry)
    entry.n += 1
    const cell = cellOf(survey.group, random)
    for (const [order, organ] of chosenOf(survey.group, organs, random).entries()) {
      const answers = marksOf(spec, form, organ, survey.group !== 'public' || order === 0, random)
      slip.run([here, survey.id, randomBytes(16), organ, cell, JSON.stringify(answers), randomBytes(16), day])
      const key = `${organ}|${cell}`
      const sums = cells.get(key) ?? { organ, cell, sums: emptyCell(spec), moments: emptyMoments(spec) }
      cells.set(key, sums)
      addSlip(spec, sums.sums, answers)
      addSlipMoments(spec, sums.moments, answers)
      slips += 1
    }
  }
  const prepared = new Map<string, ReturnType<Sqlite.Database['prepare']>>()
  const run = ({ sql, args }: Statement) => {
    const statement = prepared.get(sql) ?? db.prepare(sql)
    prepared.set(sql, statement)
    statement.run(args as unknown[])
  }
  for (const { organ, cell, sums, moments } of cells.values()) {
    const ref = { jurisdiction: here, survey: survey.id, organ, cell }
    run(writeSums(ref, sums.slips, packCell(sums)))
    run(writeMoments(ref, moments.slips, packMoments(moments)))
  }
  for (const { channel, day, n } of participation.values()) {
    const sql =
      "INSERT INTO participation (jurisdiction_id, survey_id, cell, channel, day, n) VALUES (?, ?, 'all', ?, ?, ?)"
    run({ sql, args: [here, survey.id, channel, day, n] })
  }
  db.exec('COMMIT')
  return { responses: people, slips, cells: cells.size }
}

/** Leaders rate every organ, recipients one, citizens one to three. */
function chosenOf(group: GroupId, organs: readonly number[], random: Random): number[] {
  if (group === 'leaders') return [...organs]
  const first = random.below(organs.length)
  const count = group === 'recipients' ? 1 : 1 + random.below(3)
  return Array.from({ length: count }, (_, step) => organs[(first + step * 23) % organs.length]!)
}

function cellOf(group: GroupId, random: Random): string {
  const margins = group === 'public' ? [random.pick(cities), random.pick(ages), random.pick(sexes)] : []
  return weightingCell({ channel: 'sampled', cell: 'all', psu: null, baseClass: 1, margins })
}

/** Better organs get better marks; one answer in thirty is "don't know". */
function marksOf(spec: TallySpec, form: Questionnaire, organ: number, inDetail: boolean, random: Random): number[] {
  const answers = answerQuestions(form).map((question): number =>
    question.type === 'choice' && question.multiple ? 0 : -1,
  )
  for (const [at, { position }] of spec.questions.entries()) {
    if (at > 0 && !inDetail) continue
    const mark = Math.round(4 + 0.5 * Math.sin(organ) + 0.8 * random.normal())
    answers[position] = random.chance(1 / 30) ? 0 : Math.min(5, Math.max(1, mark))
  }
  return answers
}

function daysOf(from: number, to: number): number[] {
  const days: number[] = []
  for (let at = from; at < to; at += 86_400_000) days.push(dayOf(at))
  return days
}
