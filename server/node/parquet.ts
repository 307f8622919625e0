import { parquetWriteBuffer } from 'hyparquet-writer'
import type { ExportFile } from '../export/formats.ts'
import type { Table } from '../export/table.ts'

/** A table as Parquet: whole numbers as INT64, decimals as DOUBLE, everything else as text; blanks are null. */
export function parquetFile({ name, columns, rows }: Table): ExportFile {
  const columnData = columns.map((column, at) => {
    const cells = rows.map((row) => row[at] ?? null)
    const as = <T>(read: (cell: string | number) => T) => cells.map((cell) => (cell === null ? null : read(cell)))
    const common = { name: column.name, nullable: true }
    if (column.kind === 'count') return { ...common, type: 'INT64' as const, data: as((cell) => BigInt(cell)) }
    if (column.kind === 'number') return { ...common, type: 'DOUBLE' as const, data: as(Number) }
    return { ...common, type: 'STRING' as const, data: as(String) }
  })
  return { name: `${name}.parquet`, bytes: new Uint8Array(parquetWriteBuffer({ columnData })) }
}
