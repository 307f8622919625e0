import { isShown } from '../../surveys/answers.ts'
import type { ChoiceQuestion, Fields, Questionnaire, RatingQuestion } from '../../surveys/questionnaire.ts'
import type { OrganSelection } from '../ballot/organs.ts'
import { commentOf } from './demo-comments.ts'
import type { DemoOrgan } from './demo-organs.ts'
import type { Character, Person } from './demo-people.ts'
import { createRandom } from './demo-random.ts'

// How invented people answer. A rating is a hidden number cut into levels: the organ's standing, what the group thinks
// of it, the city, the person's mood and the impression of that day, which all dimensions share, plus chance.

export interface Opinions {
  readonly seed: number
  readonly organs: ReadonlyMap<string, { readonly organ: DemoOrgan; readonly character: Character }>
}

/** Where the hidden number falls from one level to the next, best first. */
const cuts = [0.55, -0.55, -1.35, -2] as const
const groupOffset = { leaders: 0.3, recipients: 0.18, public: 0 } as const
const standingWeight = 0.36
const impressionSpread = 0.55
const chanceSpread = 0.35
const citySpread = 0.12

/** The form as this person sends it: only what the questionnaire shows, so that nothing is refused. */
export function fillForm(
  opinions: Opinions,
  person: Person,
  questionnaire: Questionnaire,
  { organs, detailFor }: OrganSelection,
): Fields {
  const fields = new Map<string, readonly string[]>()
  const { random } = person
  for (const organ of organs) {
    // A leader passes over an organ now and then; everybody else has chosen what to rate.
    if (questionnaire.subject.kind === 'each' && random.chance(0.03)) continue
    rateOrgan(opinions, person, questionnaire, organ, detailFor === null || detailFor === organ, fields)
  }
  for (const page of questionnaire.pages)
    for (const question of page.questions)
      if (page.per === 'response' && question.type === 'choice') {
        const value = person.margins[question.margin ?? question.id]
        if (value !== undefined) fields.set(`m.${question.id}`, [value])
      }
  return fields
}

function rateOrgan(
  opinions: Opinions,
  person: Person,
  questionnaire: Questionnaire,
  organ: string,
  withDetail: boolean,
  fields: Map<string, readonly string[]>,
): void {
  const { random } = person
  const view = viewOf(opinions, person, organ)
  const given = new Map<string, number | readonly string[]>()
  for (const page of questionnaire.pages) {
    if (page.per !== 'organ' || (page.part === 'detail' && !withDetail)) continue
    for (const question of page.questions) {
      if (!isShown(question, given)) continue
      if (question.type === 'rating') {
        const value = rate(view, person, question, questionnaire)
        if (value === null) continue
        given.set(question.id, value)
        fields.set(`q.${organ}.${question.id}`, [String(value)])
      } else if (question.type === 'choice') {
        const reasons = reasonsOf(person, question)
        if (reasons.length > 0) fields.set(`q.${organ}.${question.id}`, reasons)
      } else if (random.chance(view.isUnknown ? 0 : commentChance(person, view.overall))) {
        const text = commentOf(random, person.group, opinions.organs.get(organ)!.organ, view.overall)
        fields.set(`c.${organ}`, [text])
      }
    }
  }
}

/** What one person thinks of one organ. */
interface View {
  readonly isUnknown: boolean
  /** The hidden number that all ratings of this organ share. */
  readonly impression: number
  /** Level from 5 to 1. */
  readonly overall: number
  readonly character: Character
}

function viewOf({ seed, organs }: Opinions, person: Person, organ: string): View {
  const { character } = organs.get(organ)!
  const { random, group, mood } = person
  const isUnknown = person.fixedLevel === null && random.chance(character.unknown[group])
  const city = person.margins['city']
  const impression =
    0.12 +
    groupOffset[group] +
    standingWeight * character.standing +
    character.appeal[group] +
    mood +
    (city === undefined ? 0 : cityOffset(seed, city)) +
    impressionSpread * random.normal()
  const overall = person.fixedLevel ?? levelOf(impression + (chanceSpread / 2) * random.normal())
  return { isUnknown, impression, overall, character }
}

const cities = new Map<string, number>()

function cityOffset(seed: number, city: string): number {
  const name = `${seed}|${city}`
  let offset = cities.get(name)
  if (offset === undefined) {
    offset = citySpread * createRandom(seed, 'city', city).normal()
    cities.set(name, offset)
  }
  return offset
}

/** 5 for the best; levelOf(0) // 4 */
function levelOf(hidden: number): number {
  const place = cuts.findIndex((cut) => hidden > cut)
  return place < 0 ? 1 : 5 - place
}

/** The option's value; 0 = cannot judge, null = left blank. */
function rate(view: View, person: Person, question: RatingQuestion, questionnaire: Questionnaire): number | null {
  const { random } = person
  if (view.isUnknown) return 0
  let level = view.overall
  if (question.role === 'dimension') {
    if (!person.isComplete && random.chance(0.05)) return null
    if (!person.isComplete && random.chance(0.02)) return 0
    const own = view.impression + view.character.dimension(question.dimension ?? question.id)
    if (!person.isStraight && person.fixedLevel === null) level = levelOf(own + chanceSpread * random.normal())
  }
  const scale = questionnaire.scales.find(({ id }) => id === question.scale)!
  return scale.options.filter(({ score }) => score !== null)[5 - level]!.value
}

/** Three in four who are asked say why: one to three reasons, the first ones of the list more often. */
function reasonsOf({ random }: Person, question: ChoiceQuestion): string[] {
  if (!random.chance(0.75)) return []
  const wanted = random.weighted([
    [1, 5],
    [2, 3],
    [3, 2],
  ] as const)
  const chosen = new Set<string>()
  const entries = question.options.map(({ value }, at) => [value, question.options.length - at] as const)
  while (chosen.size < Math.min(wanted, question.max ?? wanted)) chosen.add(random.weighted(entries))
  return [...chosen]
}

/** Who is dissatisfied writes more often. */
function commentChance({ group }: Person, overall: number): number {
  if (group === 'leaders') return 0.01
  return overall <= 2 ? 0.08 : group === 'recipients' ? 0.02 : 0.004
}
