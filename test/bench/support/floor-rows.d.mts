/** The rows of one response, as the floors write them for everyone. */
export interface Shape {
  readonly jurisdiction: number
  readonly survey: number
  /** The verified cell. */
  readonly cell: string
  readonly day: number
  readonly slips: readonly { readonly organ: number; readonly cell: string; readonly answers: string }[]
}

export interface Rows {
  commit(count: number): void
  close(): void
}

export function openRows(path: string, shape: Shape): Rows
