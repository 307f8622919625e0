import type { ComponentChild, ComponentChildren } from 'preact'

/** A wide table scrolls inside its own region, which the keyboard can reach. */
export function Scroll({ label, name, children }: { label: string; name?: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it a keyboard cannot scroll the table
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div class={name ? `scroll ${name}` : 'scroll'} role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  )
}

export type ColumnSort = {
  /** Address of the same page, sorted by this column (the other way round when it already is). */
  href: string
  sorted: 'asc' | 'desc' | null
  /** Spoken instead of the bare label: 按满意度排序. */
  action: string
}

type SortHeadProps = ColumnSort & {
  label: string
  numeric?: boolean
  /** Class that gives the column its width. */
  name?: string
}

/** A column head that sorts by plain GET; the arrow repeats what aria-sort says. */
export function SortHead({ label, href, sorted, action, numeric, name }: SortHeadProps) {
  const look = [numeric ? 'n' : '', name ?? ''].filter((part) => part !== '').join(' ')
  return (
    <th
      scope="col"
      class={look || undefined}
      aria-sort={sorted === null ? undefined : sorted === 'asc' ? 'ascending' : 'descending'}
    >
      <a href={href} title={action}>
        {label}
        <span class="arrow" aria-hidden="true">
          {sorted === 'asc' ? '▲' : sorted === 'desc' ? '▼' : ''}
        </span>
      </a>
    </th>
  )
}

type DataTableProps = {
  caption: string
  columns: readonly { label: string; numeric?: boolean; sort?: ColumnSort }[]
  /** The first cell of a row is its head. */
  rows: readonly (readonly ComponentChild[])[]
  /** Shows the caption to screen readers only, where a heading already says it. */
  quietCaption?: boolean
}

/** A plain table with caption and scopes. */
export function DataTable({ caption, columns, rows, quietCaption }: DataTableProps) {
  return (
    <table class="data">
      <caption class={quietCaption ? 'vh' : undefined}>{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ label, numeric = false, sort }) =>
            sort ? (
              <SortHead key={label} label={label} numeric={numeric} {...sort} />
            ) : (
              <th key={label} scope="col" class={numeric ? 'n' : undefined}>
                {label}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, row) => (
          <tr key={row}>
            {cells.map((cell, index) => {
              const numeric = columns[index]?.numeric ? 'n' : undefined
              return index === 0 ? (
                <th key={index} scope="row" class={numeric}>
                  {cell}
                </th>
              ) : (
                <td key={index} class={numeric}>
                  {cell}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The same in a region of its own, in which a wide one scrolls. */
export function ScrollTable(props: DataTableProps) {
  return (
    <Scroll label={props.caption}>
      <DataTable {...props} />
    </Scroll>
  )
}
