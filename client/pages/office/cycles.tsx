import type { CycleState } from '../../../surveys/cycle.ts'
import { type CycleMessages, cycleMessages } from '../../messages/cycles.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { placesMessages } from '../../messages/places.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { type Lock, StepForm, StepFrame, type StepPart, type StepState, setupProblemText } from './cycle-form.tsx'

export type CyclesPageProps = {
  shell: OfficeShellProps
  jid: string
  jurisdiction: string
  cycles: readonly { code: string; title: string; state: CycleState }[]
  /** Plans of the place above that may be taken. */
  offered: readonly { value: string; place: string; title: string }[]
  state: StepState
}

export const cyclesTitle = ({ shell, jurisdiction, state }: CyclesPageProps): string => {
  const title = fill(cycleMessages(shell.locale).listTitle, { place: jurisdiction })
  return state.problems.length > 0 ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** The cycles of a place, and the form with which another one begins. */
export function CyclesPage({ shell, jid, jurisdiction, cycles, offered, state }: CyclesPageProps) {
  const { locale } = shell
  const words = cycleMessages(locale)
  const office = officeMessages(locale)
  const parts: StepPart[] = [
    {
      title: words.newTitle,
      fields: [
        {
          name: 'from',
          label: words.from,
          hint: words.fromHint,
          options: [
            ...cycles.map(({ code, title }) => ({ value: code, text: fill(words.fromCycle, { title }) })),
            ...offered.map(({ value, ...plan }) => ({ value, text: fill(placesMessages(locale).fromAbove, plan) })),
            { value: '', text: words.fromPreset },
          ],
        },
        {
          name: 'code',
          label: words.code,
          hint: words.codeHint,
          input: { autocapitalize: 'none', spellcheck: false },
        },
      ],
    },
    ...basicParts(words),
  ]
  return (
    <OfficeShell shell={shell}>
      <ErrorSummary
        locale={locale}
        lines={state.problems.map((each) => ({
          href: `#${each.field}`,
          text: setupProblemText(words, parts, each),
        }))}
      />
      <h1>{fill(words.listTitle, { place: jurisdiction })}</h1>
      <p>{words.listIntro}</p>
      {cycles.length === 0 ? (
        <p class="note">{words.listNone}</p>
      ) : (
        <Scroll label={words.nav}>
          <DataTable
            caption={words.nav}
            quietCaption
            columns={[{ label: office.cycle }, { label: office.state }, { label: words.stepsLabel }]}
            rows={cycles.map(({ code, title, state: at }) => [
              <a key="d" href={carry(urls.dashboard(jid, code), { locale })}>
                <bdi>{title}</bdi>
              </a>,
              office[at],
              <a key="s" href={carry(urls.setupStep(jid, code, 'check'), { locale })}>
                {words.toSetup}
              </a>,
            ])}
          />
        </Scroll>
      )}
      {mayDecide(shell) && (
        <StepForm
          shell={shell}
          action={urls.cycles(jid)}
          parts={parts}
          state={state}
          isLocked={false}
          button={words.newButton}
        />
      )}
    </OfficeShell>
  )
}

function basicParts(words: CycleMessages): StepPart[] {
  return [
    {
      title: words.step_basics,
      fields: [
        { name: 'titleZh', label: words.titleZh, input: { lang: 'zh-CN' } },
        { name: 'titleEn', label: words.titleEn, input: { lang: 'en' } },
      ],
    },
    {
      title: words.datesPart,
      fields: [
        ...dateFields(words),
        { name: 'phone', label: words.phone, hint: words.phoneHint, input: { type: 'tel' } },
      ],
    },
  ]
}

/** When a survey opens and closes and when its results are promised. */
export function dateFields(words: CycleMessages): StepPart['fields'] {
  const moment = { hint: words.momentHint, input: { type: 'datetime-local' } } as const
  return [
    { name: 'opens', label: words.opens, ...moment },
    { name: 'closes', label: words.closes, ...moment },
    { name: 'results', label: words.results, hint: words.dayHint, input: { type: 'date' } },
  ]
}

export type BasicsPageProps = {
  shell: OfficeShellProps
  state: StepState
  done: 'begun' | 'saved' | null
  lock: Lock | null
  /** The surveys do not have the same dates and telephone. */
  isDiffering: boolean
}

/** Step 1: names, and what all surveys have in common. */
export function BasicsPage({ shell, state, done, lock, isDiffering }: BasicsPageProps) {
  const words = cycleMessages(shell.locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const parts = basicParts(words)
  return (
    <StepFrame
      shell={shell}
      step="basics"
      problems={state.problems.map((each) => ({
        href: `#${each.field}`,
        text: setupProblemText(words, parts, each),
      }))}
      done={done && words[done]}
      lock={lock && words[`locked_${lock}`]}
      effects={
        <>
          <p>{words.effectBasics}</p>
          {isDiffering && <p class="note warn">{words.differing}</p>}
        </>
      }
    >
      <StepForm
        shell={shell}
        action={urls.setupStep(jid, cycle, 'basics')}
        parts={parts}
        state={state}
        isLocked={lock !== null}
      />
    </StepFrame>
  )
}
