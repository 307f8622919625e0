import type { SurveyState } from '../../../surveys/cycle.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type DeskMessages, deskMessages } from '../../messages/office-desk.ts'
import { resultsMessages } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, TextArea } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { problemText, type TableProblem } from './population-problems.ts'

/** Longest source that is taken, in characters. */
export const longestSource = 300

/** Most problems of a table that are listed; a wrong separator makes one of every line. */
const listedProblems = 20

/** A margin of a population, its words those of the questionnaire. */
export type MarginTable = {
  name: string
  title: string
  categories: readonly { id: string; label: string; sharePercent: string; mergeInto: string | null }[]
}

export type SourceProblem = 'required' | 'too_long' | 'not_text'

/** What was sent, to be shown again. POST to urls.population with `survey`, `source`, `table`, `press` and `seen`. */
export type PopulationForm = {
  source: string
  table: string
  sourceProblem: SourceProblem | null
  problems: readonly TableProblem[]
  /** What was read, with the mark by which the second press says that this was seen; null before that. */
  preview: { margins: readonly MarginTable[]; seen: string } | null
}

export type PopulationSurvey = {
  sid: string
  group: GroupId
  title: string
  state: SurveyState
  /** False where the plan records the margins and weights by nothing. */
  isWeighted: boolean
  /** Margins of the plan that the questionnaire does not ask for: then nothing can be entered. */
  lacking: readonly string[]
  set: { margins: readonly MarginTable[]; source: string; hash: string; since: string } | null
  /** null where nobody has sent anything. */
  form: PopulationForm | null
}

export type PopulationPageProps = {
  shell: OfficeShellProps
  /** Scales whose lowest level earns points; `level` is its word, '' where no questionnaire says it. */
  floors: readonly { scale: string; level: string; points: string }[]
  surveys: readonly PopulationSurvey[]
  /** The survey whose population was saved just now, or that could not be changed. */
  outcome: { kind: 'saved' | 'fixed'; sid: string } | null
}

export function populationTitle(props: PopulationPageProps): string {
  const { shell } = props
  const title = fill(deskMessages(shell.locale).populationTitle, { cycle: shell.place?.cycleTitle ?? '' })
  const failed = props.outcome?.kind === 'fixed' || summaryOf(props).length > 0
  return failed ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** Of each survey that is weighted by population: what is on record, and the form to enter it before the opening. */
export function PopulationPage(props: PopulationPageProps) {
  const { shell, floors, surveys, outcome } = props
  const words = deskMessages(shell.locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.navPopulation} />
      <ErrorSummary locale={shell.locale} lines={summaryOf(props)} />
      <h1>{fill(words.populationTitle, { cycle: shell.place?.cycleTitle ?? '' })}</h1>
      {outcome && (outcome.kind === 'fixed' || mayDecide(shell)) && (
        <p class={outcome.kind === 'fixed' ? 'note bad' : 'note'} role="status">
          {outcome.kind === 'fixed' ? words.fixedProblem : words.saved}
        </p>
      )}
      {surveys.some(({ form }) => form?.preview) && (
        <p class="note" role="status">
          {words.previewNote} <a href="#preview">{words.previewLink}</a>
        </p>
      )}
      <p class="lead">{words.populationIntro}</p>
      {floors.map(({ scale, level, points }) => (
        <p key={scale} class="note warn">
          {fill(words.scaleWithFloor, {
            scale,
            points,
            level: level === '' ? '' : fill(words.levelCalled, { label: level }),
          })}
        </p>
      ))}
      {surveys.length === 0 && <p class="note">{words.populationNone}</p>}
      {surveys.map((survey) => (
        <Survey key={survey.sid} survey={survey} shell={shell} words={words} />
      ))}
    </OfficeShell>
  )
}

function summaryOf({ shell, surveys }: PopulationPageProps): { href: string; text: string }[] {
  const words = deskMessages(shell.locale)
  return surveys.flatMap(({ sid, form }) => [
    ...(form?.sourceProblem ? [{ href: `#source-${sid}`, text: sourceText(words, form.sourceProblem) }] : []),
    ...(form && form.problems.length > 0
      ? [{ href: `#table-${sid}`, text: fill(words.problemTable, { n: form.problems.length }) }]
      : []),
  ])
}

function sourceText(words: DeskMessages, problem: SourceProblem): string {
  if (problem === 'required') return words.problemSourceRequired
  return problem === 'not_text' ? words.problemSourceText : fill(words.problemSourceLong, { longest: longestSource })
}

type SurveyProps = { survey: PopulationSurvey; shell: OfficeShellProps; words: DeskMessages }

function Survey({ survey, shell, words }: SurveyProps) {
  const { sid, group, state, isWeighted, lacking, set } = survey
  const names = resultsMessages(shell.locale)
  const isFixed = state !== 'draft' && state !== 'ready'
  const unset = isFixed ? words.populationUnsetFixed : words.populationUnset
  return (
    <section class="block" id={sid}>
      <div class="head">
        <h2>
          {fill(words.surveyHeading, { group: names[group], sid })}{' '}
          <span class="tag">{officeMessages(shell.locale)[state]}</span>
        </h2>
      </div>
      {!isWeighted && <p class="hint">{words.populationUnweighted}</p>}
      {set ? (
        <OnRecord set={set} words={words} />
      ) : (
        <p>
          {unset} {isWeighted && !isFixed && words.populationNeeded}
        </p>
      )}
      {isFixed && set && <p class="note">{words.populationFixed}</p>}
      {lacking.length > 0 && (
        <p class="note warn">{fill(words.populationLacking, { margins: lacking.join(names.listSeparator) })}</p>
      )}
      {!isFixed && lacking.length === 0 && mayDecide(shell) && <Enter survey={survey} shell={shell} words={words} />}
    </section>
  )
}

function OnRecord({ set, words }: { set: NonNullable<PopulationSurvey['set']>; words: DeskMessages }) {
  return (
    <>
      <h3>{words.populationSet}</h3>
      <p class="meta">
        <bdi>{set.source}</bdi> · {fill(words.since, { time: set.since })} · {words.hash}{' '}
        <code title={set.hash}>{set.hash.slice(0, 12)}</code>
      </p>
      <Margins margins={set.margins} words={words} />
    </>
  )
}

function Margins({ margins, words }: { margins: readonly MarginTable[]; words: DeskMessages }) {
  return (
    <div class="margins">
      {margins.map(({ name, title, categories }) => {
        const labels = new Map(categories.map(({ id, label }) => [id, label]))
        const caption = fill(words.marginCaption, { title, name })
        return (
          <Scroll key={name} label={caption}>
            <DataTable
              caption={caption}
              columns={[
                { label: words.category },
                { label: words.code },
                { label: words.share, numeric: true },
                { label: words.mergeInto },
              ]}
              rows={categories.map(({ id, label, sharePercent, mergeInto }) => [
                label,
                <code key="c">{id}</code>,
                `${sharePercent}%`,
                mergeInto === null ? <span class="why">{words.noMerge}</span> : (labels.get(mergeInto) ?? mergeInto),
              ])}
            />
          </Scroll>
        )
      })}
    </div>
  )
}

const example = '{"margins": {"sex": {"female": 2510000, "male": 2490000}}}'

/** The first press reads and shows, the second one saves what was shown. */
function Enter({ survey, shell, words }: SurveyProps) {
  const { sid, state, set, form } = survey
  const { jid = '', cycle = '' } = shell.place ?? {}
  const problems = form?.problems ?? []
  return (
    <form class="form" method="post" action={carry(urls.population(jid, cycle), { locale: shell.locale })} novalidate>
      <h3>{set ? words.populationFormAgain : words.populationForm}</h3>
      {state === 'ready' && <p class="note warn">{words.populationVoids}</p>}
      <p>
        <a href={carry(urls.populationCsv(jid, cycle, sid), { locale: shell.locale })}>{words.template}</a>{' '}
        <span class="hint">{words.templateHint}</span>
      </p>
      <input type="hidden" name="csrf" value={shell.user?.csrf ?? ''} />
      <input type="hidden" name="survey" value={sid} />
      <input type="hidden" name="seen" value={form?.preview?.seen ?? ''} />
      <Field
        id={`source-${sid}`}
        name="source"
        label={words.source}
        hint={words.sourceHint}
        problem={form?.sourceProblem ? sourceText(words, form.sourceProblem) : undefined}
        input={{ value: form?.source ?? '', required: true, autocomplete: 'off' }}
      />
      <div
        class="field"
        data-load={`table-${sid}`}
        data-loaded={words.fileLoaded}
        data-workbook={words.fileIsWorkbook}
        data-unreadable={words.fileUnreadable}
        hidden
      >
        <label for={`file-${sid}`}>{words.loadFile}</label>
        <p class="hint">{words.loadFileHint}</p>
        <input type="file" id={`file-${sid}`} accept=".csv,.tsv,.txt,.json,text/csv,application/json" />
        <p class="hint" role="status" />
      </div>
      <TextArea
        id={`table-${sid}`}
        name="table"
        label={words.table}
        hint={fill(words.tableHint, { example })}
        problem={problems.length > 0 ? fill(words.problemTable, { n: problems.length }) : undefined}
        input={{ value: form?.table ?? '', rows: 12, spellcheck: false, wrap: 'off' }}
      >
        {problems.length > 0 && (
          <ul class="problems">
            {problems.slice(0, listedProblems).map((problem, at) => (
              <li key={at}>{problemText(shell.locale, problem)}</li>
            ))}
            {problems.length > listedProblems && (
              <li>{fill(words.moreProblems, { n: problems.length - listedProblems })}</li>
            )}
          </ul>
        )}
      </TextArea>
      {form?.preview && (
        <div class="apart" id="preview">
          <h3>{words.preview}</h3>
          <Margins margins={form.preview.margins} words={words} />
        </div>
      )}
      <p class="buttons">
        <button type="submit" class={form?.preview ? 'btn btn-2' : 'btn'} name="press" value="read">
          {words.read}
        </button>
        {form?.preview && (
          <button type="submit" class="btn" name="press" value="save">
            {words.save}
          </button>
        )}
      </p>
    </form>
  )
}
