import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { selfMessages } from '../../messages/self-assessment.ts'
import type { SelfSheetProps } from './self-sheet.tsx'

export type SelfPrintPageProps = SelfSheetProps & {
  locale: Locale
  organ: string
  /** Class of the organ. */
  organClass: string
  year: string
  deadline: string
  /** null for a draft. */
  submitted: { text: string; isLate: boolean } | null
  /** Cycle, plan, time: on every copy. */
  foot: string
}

export const selfPrintTitle = ({ locale, organ }: SelfPrintPageProps): string =>
  `${selfMessages(locale).printTitle} · ${organ}`

const copies = ['copy_office', 'copy_lead', 'copy_own'] as const

/** The table as it is handed in: three copies, each on pages of its own. */
export function SelfPrintPage(props: SelfPrintPageProps) {
  const words = selfMessages(props.locale)
  return (
    <main id="main" class="prints self-prints">
      <p class="noprint">{words.printHint}</p>
      {copies.map((copy, at) => (
        <Copy key={copy} {...props} which={fill(words.printCopy, { n: at + 1, whom: words[copy] })} at={at} />
      ))}
    </main>
  )
}

function Copy(props: SelfPrintPageProps & { which: string; at: number }) {
  const { locale, organ, organClass, year, deadline, submitted, lines, problems, weaknesses, total, foot, which, at } =
    props
  const words = selfMessages(locale)
  const Title = at === 0 ? 'h1' : 'h2'
  const state = submitted
    ? fill(words.submittedAt, { time: submitted.text }) + (submitted.isLate ? ` · ${words.late}` : '')
    : words.printDraft
  return (
    <article class="self-copy" aria-label={which}>
      <p class="self-which">{which}</p>
      <Title>{fill(words.printTable, { year })}</Title>
      <p>
        {words.printOrgan}：<strong>{organ}</strong>（{organClass}）
      </p>
      <p>
        {fill(words.deadline, { deadline })} · {words.printState}：{state}
      </p>
      <table class="data">
        <caption class="vh">{which}</caption>
        <thead>
          <tr>
            {[words.indicator, words.target, words.done, words.scoreOf, words.evidence, words.explanation].map(
              (head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ indicator, title, above, entry, files }) => (
            <tr key={indicator}>
              <th scope="row">
                {title}
                <br />
                <small>{above.join(' · ')}</small>
              </th>
              <td>{entry.target}</td>
              <td>{entry.done}</td>
              <td>{entry.score && `${entry.score}/100`}</td>
              <td>{files.map(({ name }) => name).join('；')}</td>
              <td>{entry.note}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.printTotal}</th>
            <td colSpan={5}>{fill(words.total, { ...total, all: lines.length })}</td>
          </tr>
          <tr>
            <th scope="row">{words.problems}</th>
            <td colSpan={5}>{problems}</td>
          </tr>
          <tr>
            <th scope="row">{words.weaknesses}</th>
            <td colSpan={5}>{weaknesses}</td>
          </tr>
        </tfoot>
      </table>
      <p>{words.printSigned}</p>
      <p class="report-foot">{foot}</p>
    </article>
  )
}
