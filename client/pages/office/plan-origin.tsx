import type { TreeDifference } from '../../../surveys/indicator-tree.ts'
import { fill } from '../../messages/fill.ts'
import { placesMessages } from '../../messages/places.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type PlanOriginProps = {
  shell: OfficeShellProps
  /** null for a plan that was not taken from the place above. */
  origin: {
    place: string
    on: string
    fields: readonly { label: string; before: string; after: string }[]
    tree: readonly TreeDifference[]
  } | null
}

export const planOriginTitle = ({ shell }: Pick<PlanOriginProps, 'shell'>): string =>
  fill(placesMessages(shell.locale).originTitle, { cycle: shell.place?.cycleTitle ?? '' })

/** From whose plan a year was begun, and what differs from it since. */
export function PlanOriginPage({ shell, origin }: PlanOriginProps) {
  const { locale } = shell
  const words = placesMessages(locale)
  const { jid = '', cycleTitle = '' } = shell.place ?? {}
  const said = (text: string) => (text === '' ? words.empty : text)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.origin} />
      <h1>{planOriginTitle({ shell })}</h1>
      {!origin ? (
        <p class="note">{words.originSelf}</p>
      ) : (
        <>
          <p class="lead">{fill(words.originText, { year: cycleTitle, place: origin.place, on: origin.on })}</p>
          {origin.fields.length + origin.tree.length === 0 && <p class="note">{words.originSame}</p>}
          {origin.fields.length > 0 && (
            <section class="block">
              <h2>{words.originFields}</h2>
              <Scroll label={words.originFields}>
                <DataTable
                  caption={words.originFields}
                  quietCaption
                  columns={[{ label: words.field }, { label: words.before }, { label: words.after }]}
                  rows={origin.fields.map(({ label, before, after }) => [label, said(before), said(after)])}
                />
              </Scroll>
            </section>
          )}
          {origin.tree.length > 0 && (
            <section class="block">
              <h2>{words.originTree}</h2>
              <Scroll label={words.originTree}>
                <DataTable
                  caption={words.originTree}
                  quietCaption
                  columns={[
                    { label: words.indicator },
                    { label: words.change },
                    { label: words.before },
                    { label: words.after },
                  ]}
                  rows={origin.tree.map(({ title, kind, before, after }) => [
                    (locale === 'en' && title.en) || title.zh || words.originTree,
                    words[`change_${kind}`],
                    said(before),
                    said(after),
                  ])}
                />
              </Scroll>
            </section>
          )}
        </>
      )}
      <p>
        <a href={carry(urls.placesBelow(jid), { locale })}>{words.nav}</a>
      </p>
    </OfficeShell>
  )
}
