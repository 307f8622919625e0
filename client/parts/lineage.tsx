import { fill } from '../messages/fill.ts'
import type { LineageMessages } from '../messages/lineage.ts'
import { Scroll } from './data-table.tsx'

/** One line of the tree from a total to what it comes from; numbers as printed. */
export type LineageLine = {
  id: string
  title: string
  /** Share of what it is part of, in percent. */
  weightPercent: string
  /** Out of 100; null where there is none, or it is withheld. */
  score: string | null
  /** Points of the total that it brings and that are lost here; null without a score. */
  points: { gained: string; lost: string } | null
  /** Who gave the score, and why points were taken off. */
  review: {
    lead: string
    deduction: string
    reason: string
    basis: string
    evidence: string
    files: readonly { name: string; sha256: string }[]
  } | null
  /** Answers that count. */
  n: number | null
  /** How often each level was chosen, where that may be shown. */
  levels: readonly { label: string; count: number }[]
  isWithheld: boolean
  children: readonly LineageLine[]
}

/** A step of the staircase from 100 down to the total. */
export type LineageStep = {
  id: string
  title: string
  full: string
  gained: string
  lost: string
  /** What is left of 100 after it, as printed, and both ends of the loss for drawing. */
  left: string
  from: number
  to: number
}

/** From 100 down to the total, as a table with bars. */
export function Stairs({
  steps,
  total,
  words,
}: {
  steps: readonly LineageStep[]
  total: string
  words: LineageMessages
}) {
  return (
    <section class="block" aria-labelledby="stairs">
      <h2 id="stairs">{words.stairsHeading}</h2>
      <p class="hint">{words.stairsNote}</p>
      <svg width="0" height="0" aria-hidden="true">
        <pattern id="lost" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line class="lost" x1="0" x2="0" y1="0" y2="6" stroke-width="2" />
        </pattern>
      </svg>
      <Scroll label={words.stairsHeading}>
        <table class="data parts stack of-4 steps-10">
          <caption class="vh">{words.stairsHeading}</caption>
          <thead>
            <tr>
              <th scope="col">{words.step}</th>
              {[words.full, words.gained, words.lost, words.left].map((label) => (
                <th key={label} scope="col" class="n">
                  {label}
                </th>
              ))}
              <th scope="col" class="v">
                {words.picture}
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ id, title, full, gained, lost, left, from, to }) => (
              <tr key={id}>
                <th scope="row">
                  <a href={`#${anchorOf(id)}`}>
                    <bdi>{title}</bdi>
                  </a>
                </th>
                <td class="n">{full}</td>
                <td class="n">{gained}</td>
                <td class="n">{lost}</td>
                <td class="n">{left}</td>
                <td class="v">
                  <svg class="stair" aria-hidden="true">
                    <rect class="gain" x="0" y="3" width={`${to.toFixed(2)}%`} height="14" />
                    {from > to && (
                      <rect
                        class="loss"
                        x={`${to.toFixed(2)}%`}
                        y="3"
                        width={`${(from - to).toFixed(2)}%`}
                        height="14"
                        fill="url(#lost)"
                      />
                    )}
                  </svg>
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{words.total}</th>
              <td class="n">100</td>
              <td class="n" colSpan={3}>
                {total}
              </td>
              <td class="v" />
            </tr>
          </tfoot>
        </table>
      </Scroll>
    </section>
  )
}

/** Every level below the total; `isOpen`: all of them unfolded, so that nothing has to be clicked or is missing on paper. */
export function LineageTree({
  lines,
  words,
  note = words.treeNote,
  isOpen = false,
}: {
  lines: readonly LineageLine[]
  words: LineageMessages
  note?: string
  isOpen?: boolean
}) {
  return (
    <section class="block" aria-labelledby="tree">
      <h2 id="tree">{words.treeHeading}</h2>
      <p class="hint">{note}</p>
      <div class="tree">
        {lines.map((line) => (
          <Line key={line.id} {...{ line, words, isOpen }} />
        ))}
      </div>
    </section>
  )
}

/** Ids of the plan hold dots and strokes, which an address may hold as well. */
export const anchorOf = (id: string): string => `line-${id}`

function Line({ line, words, isOpen }: { line: LineageLine; words: LineageMessages; isOpen: boolean }) {
  const { id, children, review, levels } = line
  const hasInside = children.length > 0 || review !== null || levels.length > 0
  if (!hasInside)
    return (
      <div class="line" id={anchorOf(id)}>
        <Numbers line={line} words={words} />
      </div>
    )
  return (
    <details id={anchorOf(id)} open={isOpen}>
      <summary class="line">
        <Numbers line={line} words={words} />
      </summary>
      <div class="inside">
        {levels.length > 0 && (
          <ul class="deductions">
            {levels.map(({ label, count }) => (
              <li key={label}>{fill(words.level, { label, count })}</li>
            ))}
          </ul>
        )}
        {review && <Review review={review} words={words} />}
        {children.map((child) => (
          <Line key={child.id} {...{ line: child, words, isOpen }} />
        ))}
      </div>
    </details>
  )
}

function Numbers({ line, words }: { line: LineageLine; words: LineageMessages }) {
  const { title, weightPercent, score, points, n, isWithheld } = line
  return (
    <>
      <span class="title">
        <bdi>{title}</bdi>
        {n !== null && <small> {fill(words.answers, { n })}</small>}
      </span>
      <span class="weight num">{fill(words.weight, { percent: weightPercent })}</span>
      <span class="score num">{score ?? (isWithheld ? words.withheld : words.noScore)}</span>
      <span class="points num">{points ? fill(words.points, points) : ''}</span>
    </>
  )
}

function Review({ review, words }: { review: NonNullable<LineageLine['review']>; words: LineageMessages }) {
  const { lead, deduction, reason, basis, evidence, files } = review
  const facts: [string, string][] = [
    [words.lead, lead],
    [words.deduction, deduction],
    [words.reason, reason],
    [words.basis, basis],
    [words.evidence, evidence],
  ]
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== '' && value !== '0')
        .map(([name, value]) => [
          <dt key={`${name}t`}>{name}</dt>,
          <dd key={name}>
            <bdi>{value}</bdi>
          </dd>,
        ])}
      {files.length > 0 && <dt>{words.files}</dt>}
      {files.map(({ name, sha256 }) => (
        <dd key={sha256}>
          <bdi>{name}</bdi> <code>{sha256}</code>
        </dd>
      ))}
    </dl>
  )
}
