import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { withheldText } from '../../parts/withheld.tsx'
import type { IndicatorLine, OrganPageProps } from './organ.tsx'

type TreeProps = Pick<OrganPageProps, 'shell' | 'indicators' | 'functionalRule'> & {
  words: OfficeMessages
  names: ResultsMessages
}

/** Total → part → indicator → reason, as nested details: what one opens is what one wants to know. */
export function IndicatorTree({ shell, indicators, functionalRule, words, names }: TreeProps) {
  return (
    <section class="block" aria-labelledby="tree-title">
      <h2 id="tree-title">{words.treeHeading}</h2>
      <p class="hint">
        {sentences(shell.locale, words.treeNote, functionalRule === 'self' ? words.selfRule : words.reviewedRule)}
      </p>
      <div class="tree">
        {indicators.map((line) => (
          <Node key={line.id} line={line} open words={words} names={names} />
        ))}
      </div>
    </section>
  )
}

/** How a sentence names what has no score: groups without a score only ever take satisfaction away from a part. */
export const subjectOf = ({ title, score }: IndicatorLine, names: ResultsMessages): string =>
  score.status === 'withheld' && (score.why.reason === 'group_insufficient' || score.why.reason === 'group_unscored')
    ? names.satisfactionScore
    : title

type NodeProps = { line: IndicatorLine; open?: boolean; words: OfficeMessages; names: ResultsMessages }

function Node({ line, open, words, names }: NodeProps) {
  const isEmpty = line.children.length + line.leads.length + line.deductions.length === 0 && line.basis === null
  // What has nothing inside is no button: its numbers are explained elsewhere on the page.
  if (isEmpty) {
    return (
      <div class="line">
        <Numbers line={line} words={words} names={names} />
      </div>
    )
  }
  return (
    <details open={open}>
      <summary class="line">
        <Numbers line={line} words={words} names={names} />
      </summary>
      <div class="inside">
        <Facts line={line} words={words} names={names} />
        {line.children.map((child) => (
          <Node key={child.id} line={child} words={words} names={names} />
        ))}
      </div>
    </details>
  )
}

function Numbers({ line, words, names }: Omit<NodeProps, 'open'>) {
  const { score, contribution } = line
  return (
    <>
      <span class="title">{line.title}</span>
      <span class="weight num">{fill(words.treeWeight, { share: line.sharePercent })}</span>
      <span class="score num">
        {score.status === 'ok'
          ? fill(words.treeScore, { score: score.score })
          : withheldText(names, score.why, subjectOf(line, names))}
      </span>
      <span class="points num">
        {contribution === null ? '' : fill(words.treeContribution, { points: contribution })}
      </span>
    </>
  )
}

function Facts({ line, words, names }: Omit<NodeProps, 'open'>) {
  const facts: string[] = []
  if (line.leads.length > 0) facts.push(fill(words.lead, { leads: line.leads.join(names.listSeparator) }))
  if (line.basis !== null) facts.push(fill(words.basis, { basis: line.basis }))
  // Only a full score means that nothing was taken off; below it a part may have been scored without deductions.
  const isFull = line.children.length === 0 && line.score.status === 'ok' && Number(line.score.score) === 100
  return (
    <>
      {facts.length > 0 && (
        <p class="hint">
          <bdi>{facts.join(names.clauseSeparator)}</bdi>
        </p>
      )}
      {line.deductions.length > 0 && (
        <ul class="deductions">
          {line.deductions.map(({ points, reason }) => (
            <li key={`${points}${reason}`}>
              <bdi>{fill(words.deduction, { points, reason })}</bdi>
            </li>
          ))}
        </ul>
      )}
      {isFull && line.deductions.length === 0 && <p class="hint">{words.noDeduction}</p>}
    </>
  )
}
