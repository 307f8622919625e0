import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { type TallySpec, tallySpec } from '../../surveys/tally.ts'
import type { Row, Statement } from '../database.ts'
import { type CellRef, findBody } from './statements.ts'

/** A question to the tables, and what to do with its rows. */
export interface Lookup {
  readonly statement: Statement
  take(rows: readonly Row[]): void
}

/** Work in three steps: the executor answers the lookups, writes what follows from them, and says how it ended. */
export interface Batch {
  readonly lookups: readonly Lookup[]
  /** To be called once the lookups are answered. */
  writes(): readonly Statement[]
  committed(): void
  failed(): void
}

/** Which survey a row belongs to. */
export interface SurveyRef {
  readonly jurisdiction: number
  readonly survey: number
}

/** A survey as the key of a map. */
export const surveyKey = ({ jurisdiction, survey }: SurveyRef) => `${jurisdiction}/${survey}`

/** A cell as the key of a map. */
export const cellKey = ({ jurisdiction, survey, organ, cell }: CellRef) => `${jurisdiction}/${survey}/${organ}/${cell}`

/** What is counted in each survey, learned from its questionnaire once. */
export class Specs {
  readonly #known = new Map<string, TallySpec>()

  has(of: SurveyRef): boolean {
    return this.#known.has(surveyKey(of))
  }

  /** Throws for a survey whose questionnaire was not looked up. */
  of(survey: SurveyRef): TallySpec {
    const spec = this.#known.get(surveyKey(survey))
    if (!spec) throw new Error('the ledger needs the questionnaire of a survey before its slips')
    return spec
  }

  /** Kept only if `isWanted` still says so when the answer comes. */
  lookup(of: SurveyRef, isWanted: () => boolean = () => true): Lookup {
    return {
      statement: findBody(of.jurisdiction, of.survey),
      take: ([row]) => {
        if (row && isWanted()) this.#known.set(surveyKey(of), specOf(row.body))
      },
    }
  }
}

function specOf(body: unknown): TallySpec {
  const questionnaire = parseQuestionnaire(JSON.parse(String(body)))
  if (!questionnaire.ok) throw new Error('the ledger needs a questionnaire that parses')
  return tallySpec(questionnaire.value)
}

/** A column that holds bytes; throws for any other. */
export function blob(column: unknown): Uint8Array {
  if (column instanceof Uint8Array) return column
  throw new Error('the ledger needs a column of bytes')
}

/** A copy in the order of the keys, by their code units. */
export function inOrder<T>(entries: readonly T[], key: (entry: T) => string): T[] {
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
