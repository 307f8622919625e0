import { fill } from '../../messages/fill.ts'
import { lineageMessages } from '../../messages/lineage.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { Grade, type GradeDefinition } from '../../parts/grade.tsx'
import { type LineageLine, type LineageStep, LineageTree, Stairs } from '../../parts/lineage.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'
import type { FilesProblem } from './survey.tsx'

export type LineagePageProps = {
  shell: OfficeShellProps
  organ: { code: string; name: string }
  notNow: FilesProblem | null
  /** null where there is no total. */
  total: { score: string; grade: string } | null
  grades: readonly GradeDefinition[]
  lines: readonly LineageLine[]
  steps: readonly LineageStep[]
  /** SHA-256 of this lineage as canonical JSON, hexadecimal. */
  hash: string
}

export const lineageTitle = ({ shell, organ, total }: LineagePageProps): string =>
  fill(total ? lineageMessages(shell.locale).title : lineageMessages(shell.locale).titleNone, {
    organ: organ.name,
    score: total?.score ?? '',
  })

/** Why the total of one organ is what it is, from the total to single deductions and counts of answers. */
export function LineagePage(props: LineagePageProps) {
  const { shell, organ, notNow, total, grades, lines, steps, hash } = props
  const { locale, place } = shell
  const words = lineageMessages(locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={organ.name} />
      <h1>
        <bdi>{lineageTitle(props)}</bdi>
      </h1>
      <p>
        <a href={carry(urls.organScores(place?.jid ?? '', place?.cycle ?? '', organ.code), { locale })}>
          {words.toOrgan}
        </a>
      </p>
      {notNow && <p class="note warn">{boxMessages(locale)[`files_${notNow}`]}</p>}
      {!notNow && (
        <>
          {total ? (
            <div class="verdict">
              <p class="figure">
                <strong class="num">{total.score}</strong>{' '}
                <span>
                  <Grade grades={grades} id={total.grade} />
                </span>
              </p>
            </div>
          ) : (
            <p class="note">{words.noTotal}</p>
          )}
          {total && <Stairs steps={steps} total={total.score} words={words} />}
          <LineageTree lines={lines} words={words} />
          <p class="hint">
            {words.hash} <code>{hash}</code>
          </p>
        </>
      )}
    </OfficeShell>
  )
}
