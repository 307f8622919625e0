import type { Plan } from '../../surveys/plan.ts'
import { type Margin, type PopulationRow, readMargins } from '../../surveys/population.ts'
import type { Questionnaire } from '../../surveys/questionnaire.ts'
import { demoCities, demoShares } from './demo-organs.ts'
import { must } from './demo-place.ts'

/** Where the figures of the fictional province are from; a real survey names its census or yearbook here. */
export const demoPopulationSource = '江州省人口普查公报（虚构）Jiangzhou census bulletin (invented)'

/** The city next to each, with which it is counted where too few answer. */
const neighbours: Readonly<Record<string, string>> = {
  yunhu: 'pingchuan',
  pingchuan: 'yunhu',
  shiqiao: 'dongping',
  qingxi: 'shiqiao',
  dongping: 'shiqiao',
  nanling: 'dongping',
  beiyuan: 'shuanghe',
  shuanghe: 'bailu',
  bailu: 'yunhu',
  changdi: 'bailu',
  meigang: 'changdi',
  zhuxi: 'pingchuan',
  songtai: 'nanling',
}

/** The inhabitants of the fictional province by the margins of the plan. */
export function demoPopulation(plan: Plan, questionnaire: Questionnaire): Margin[] {
  const shares = (margin: string, of: Readonly<Record<string, number>>): PopulationRow[] =>
    Object.entries(of).map(([category, count]) => ({ margin, category, count: String(count), mergeInto: '' }))
  return must(
    'the population',
    readMargins(
      [
        ...demoCities.map(({ code, population }) => ({
          margin: 'city',
          category: code,
          count: String(population),
          mergeInto: neighbours[code] ?? '',
        })),
        ...shares('age', demoShares.age),
        ...shares('sex', demoShares.sex),
      ],
      plan,
      questionnaire,
    ),
  )
}
