import type { TreeDifference } from '../../../surveys/indicator-tree.ts'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { type IndicatorMessages, indicatorMessages } from '../../messages/indicators.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { CompareForm } from './compare-form.tsx'
import type { ClassTitle } from './indicator-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

/** A version among those of all cycles: '2026.3'. */
export type VersionName = { readonly cycle: string; readonly version: number }
export const versionKey = ({ cycle, version }: VersionName): string => `${cycle}.${version}`

export type ComparePageProps = {
  shell: OfficeShellProps
  versions: readonly VersionName[]
  from: VersionName
  to: VersionName
  differences: readonly TreeDifference[]
  classes: readonly ClassTitle[]
}

export const compareTitle = ({ shell }: Pick<ComparePageProps, 'shell'>): string =>
  fill(indicatorMessages(shell.locale).compareTitle, { cycle: shell.place?.cycleTitle ?? '' })

/** What differs between two versions, of one cycle or of two. */
export function IndicatorComparePage(props: ComparePageProps) {
  const { shell, versions, from, to, differences, classes } = props
  const { locale } = shell
  const words = indicatorMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const options = versions.map((each) => ({ value: versionKey(each), text: fill(words.compareVersion, each) }))
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.compare} />
      <h1>{compareTitle(props)}</h1>
      <CompareForm
        {...{ locale, words, versions: options, from: versionKey(from), to: versionKey(to) }}
        action={urls.indicatorsCompare(jid, cycle)}
      />
      {differences.length === 0 ? (
        <p class="note">{words.compareNone}</p>
      ) : (
        <div class="block">
          <Differences locale={locale} caption={words.compareCaption} differences={differences} classes={classes} />
        </div>
      )}
      <p>
        <a href={carry(urls.indicators(jid, cycle), { locale })}>{words.nav}</a>
      </p>
    </OfficeShell>
  )
}

/** Each difference by its indicator, with what stood there before and after. */
export function Differences({
  locale,
  caption,
  differences,
  classes = [],
}: {
  locale: Locale
  caption: string
  differences: readonly TreeDifference[]
  classes?: readonly ClassTitle[]
}) {
  const words = indicatorMessages(locale)
  return (
    <Scroll label={caption}>
      <DataTable
        caption={caption}
        columns={[
          { label: words.differenceWhere },
          { label: words.differenceKind },
          { label: words.differenceField },
          { label: words.differenceBefore },
          { label: words.differenceAfter },
        ]}
        rows={differences.map((each) => [
          <bdi key="w">
            {(locale === 'en' ? each.title.en : each.title.zh) || (each.id === '' ? words.topLevel : each.id)}
          </bdi>,
          words[`kind_${each.kind}`],
          words[`field_${each.field}`],
          <bdi key="b">{valueText(words, each, each.before, classes)}</bdi>,
          <bdi key="a">{valueText(words, each, each.after, classes)}</bdi>,
        ])}
      />
    </Scroll>
  )
}

function valueText(
  words: IndicatorMessages,
  { field, kind }: TreeDifference,
  value: string,
  classes: readonly ClassTitle[],
): string {
  if (field === 'scoredBy') return words[`scored_${value as 'survey'}`] ?? value
  if (field === 'classes') {
    const titles = value.split(',').map((id) => classes.find((each) => each.id === id)?.title ?? id)
    return value === '' ? words.allClasses : titles.join(', ')
  }
  if (field === 'weight' && value === '' && kind === 'changed') return words.equal
  return value
}
