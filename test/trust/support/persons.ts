import type { LiveItem } from '../../../db/writer/items.ts'
import { response } from '../../db/support.ts'

/**
 * The response of a numbered person to the small survey: about all three organs, from one of five cities, every third
 * with a comment. Its keys follow from the number, so that two processes mean the same response.
 */
export const itemOf = (jurisdiction: number, person: number): LiveItem =>
  response(
    { jurisdiction, survey: 1 },
    {
      person: `p${person}`,
      organs: [1, 2, 3],
      cell: `sampled|all|-|1|city${person % 5}|age60|__missing`,
      answers: [5 - (person % 5), 4, 3, 2, 1, 0, 0],
      ...(person % 3 === 0 ? { comment: `意见 ${person}` } : {}),
    },
  )
