import { fill } from '../../messages/fill.ts'
import { sentences } from '../../messages/results.ts'
import { type SummingMessages, summingMessages } from '../../messages/summing.ts'
import { Select } from '../../parts/field.tsx'
import { mayDecide } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import type { SummingPageProps } from './summing.tsx'
import { actionOf, ReasonBox, Reasons } from './summing-decisions.tsx'

/** Organs in the lowest grade, near its limit, and whether a measure follows. */
export type MeasureDecisions = {
  measures: readonly {
    code: string
    name: string
    score: string
    /** How likely the score lies below the limit: '84.1'; null where its error is not known. */
    percent: string | null
    /** '2.7' times the answers would settle it; null where they cannot. */
    timesAnswers: string | null
    /** null before it is decided on these figures. */
    decision: { taken: boolean; reason: string; secondReason: string } | null
  }[]
  /** The lowest grade, its upper limit, and the probability from which nobody has to decide: '95'. */
  lowest: { grade: string; cut: string; safe: string }
}

type Near = MeasureDecisions['measures'][number]

/** Of each such organ how near it is, and what is decided, or where that is proposed. */
export function MeasuresSection(props: SummingPageProps) {
  const { shell, measures, lowest } = props
  const words = summingMessages(shell.locale)
  if (measures.length === 0) return null
  return (
    <section class="block" aria-labelledby="measures">
      <h2 id="measures">{fill(words.measuresHeading, lowest)}</h2>
      <p>{fill(words.measuresText, lowest)}</p>
      {measures.map((near) => (
        <Organ key={near.code} {...props} near={near} words={words} />
      ))}
    </section>
  )
}

function Organ(props: SummingPageProps & { near: Near; words: SummingMessages }) {
  const { shell, near, lowest, waiting, words } = props
  const { code, name, score, percent, timesAnswers, decision } = near
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { locale } = shell
  const isWaiting = waiting.some(({ about }) => about.kind === 'measure' && about.code === code)
  return (
    <div class="group">
      <h3>
        <bdi>{name}</bdi> · {score}
      </h3>
      <p>
        {sentences(
          locale,
          percent === null ? words.nearUnknown : fill(words.nearPercent, { ...lowest, percent }),
          timesAnswers === null ? words.nearNoAnswers : fill(words.nearAnswers, { n: timesAnswers }),
        )}{' '}
        <a href={carry(urls.organScores(jid, cycle, code), { locale })}>{fill(words.nearMore, { organ: name })}</a>
      </p>
      {decision && (
        <>
          <p class="note">{decision.taken ? fill(words.taken, lowest) : words.spared}</p>
          <dl class="facts">
            <Reasons first={decision.reason} second={decision.secondReason} shell={shell} />
          </dl>
        </>
      )}
      {!decision && isWaiting && <p class="note">{words.nearWaits}</p>}
      {!decision && !isWaiting && mayDecide(shell) && <Deciding {...props} />}
    </div>
  )
}

function Deciding(props: SummingPageProps & { near: Near; words: SummingMessages }) {
  const { shell, near, lowest, problem, words } = props
  const form = `measure-${near.code}`
  const own = problem?.form === form ? problem : null
  return (
    <form class="form" method="post" action={actionOf(shell)} novalidate>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', organ: near.code }} />
      <Select
        id={`taken-${form}`}
        name="taken"
        label={words.measureQuestion}
        problem={own?.kind === 'taken' ? words.problem_taken : undefined}
        options={[
          { value: '', text: '' },
          { value: 'yes', text: fill(words.taken, lowest) },
          { value: 'no', text: words.spared },
        ]}
        value={own?.chosen[0] ?? ''}
      />
      <ReasonBox {...props} form={form} label={words.measureReason} />
      <button type="submit" class="btn btn-2" name="do" value="measure">
        {words.measure}
      </button>
    </form>
  )
}
