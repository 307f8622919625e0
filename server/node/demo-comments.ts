import type { GroupId } from '../../surveys/questionnaire.ts'
import words from './demo/comments.json' with { type: 'json' }
import type { DemoOrgan } from './demo-organs.ts'
import type { Random } from './demo-random.ts'

/** A short comment that suits the rating (5 to 1): nobody's words, and nothing about any person. */
export function commentOf(random: Random, group: GroupId, organ: DemoOrgan, level: number): string {
  if (group === 'leaders') return random.pick(words.leaders)
  const template = random.pick(level >= 4 ? words.good : level === 3 ? words.middle : words.bad)
  const services = organ.keywords.length > 0 ? organ.keywords : words.services
  const filled: Readonly<Record<string, string>> = {
    service: random.pick(services),
    place: random.pick(words.places),
    time: random.pick(words.times),
  }
  return template.replace(/\{(service|place|time)\}/g, (_, name: string) => filled[name]!)
}
