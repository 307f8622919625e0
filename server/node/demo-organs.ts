import { pinyin } from 'pinyin-pro'
import type { OrganFacts } from '../../db/setup.ts'
import place from './demo/jurisdictions.json' with { type: 'json' }
import organs from './demo/organs.json' with { type: 'json' }

// The fictional province: kinds of organs that every province has, under a name that no province has. Scores of the
// demonstration therefore never stand beside the name of a real organ.

export const demoProvince = place.province
export const demoCities = place.cities
/** The cities and counties that try the assessment out, each on its own. */
export const demoPilots = place.pilots
export const demoShares = { age: place.adultAgePercent, sex: place.sexPercent }

export interface DemoOrgan extends OrganFacts {
  /** How often people have to do with it, compared with the others. */
  readonly visitors: number
}

/** The organs in the order of the plan's papers; `most` takes some from every class. */
export function demoOrgans(most = organs.length): DemoOrgan[] {
  const step = organs.length / Math.min(most, organs.length)
  return Array.from({ length: Math.min(most, organs.length) }, (_, at) => {
    const organ = organs[Math.floor(at * step)]!
    return { ...organ, class: classOf(organ.class), initials: initialsOf(organ.nameZh, organ.shortZh) }
  })
}

/** What people type to find an organ: initialsOf('省人力资源社会保障厅', '人社厅') // 'srlzyshbzt rst' */
export function initialsOf(...names: readonly string[]): string {
  const all = names.map((name) => pinyin(name, { pattern: 'first', toneType: 'none', separator: '' }).toLowerCase())
  // '财政厅' is found in 'sczt' already.
  return all.filter((text, at) => !all.some((other, i) => i < at && other.includes(text))).join(' ')
}

function classOf(text: string): OrganFacts['class'] {
  if (text === 'party' || text === 'government' || text === 'byReference' || text === 'central') return text
  throw new Error(`demo/organs.json: class ${text} is none of party, government, byReference, central`)
}
