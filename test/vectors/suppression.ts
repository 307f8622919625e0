/** Vectors of kind `suppression`: given tables with given patterns of hidden cells, audited one by one. */
import { z } from 'zod'
import { auditSuppression } from '../../surveys/disclosure.ts'

const rectangle = <T extends z.ZodType>(cell: T) =>
  z
    .array(z.array(cell).min(1))
    .min(1)
    .refine((rows) => rows.every((row) => row.length === rows[0]!.length), 'must have rows of the same length')

export const suppressionInput = z
  .strictObject({
    table: rectangle(z.int().min(0)),
    threshold: z.int().min(1),
    patterns: z.record(z.string(), rectangle(z.boolean())),
    /** How far apart the possible values of a small cell must be; the threshold where the file does not say. */
    minIntervalWidth: z.int().min(0).optional(),
  })
  .refine(
    ({ table, patterns }) =>
      Object.values(patterns).every((rows) => rows.length === table.length && rows[0]!.length === table[0]!.length),
    'must have patterns of the size of the table',
  )

/** Per pattern, in the shape of the file: the hidden cells column by column, as R lists them. */
export function suppressionResult(input: z.infer<typeof suppressionInput>): unknown {
  return Object.fromEntries(
    Object.entries(input.patterns).map(([name, hidden]) => {
      const audit = auditSuppression(input.table, hidden, input.threshold, input.minIntervalWidth)
      const intervals = [...audit.intervals]
        .sort((a, b) => a.column - b.column || a.row - b.row)
        .map(({ row, column, count, min, max }) => ({ row, col: column, trueValue: count, min, max }))
      return [name, { intervals, safe: audit.isSafe }]
    }),
  )
}
