import type { ComponentChild } from 'preact'
import { groupIds } from '../../../surveys/indicator.ts'
import { type FiguresMessages, figuresMessages } from '../../messages/figures.ts'
import { fill } from '../../messages/fill.ts'
import { type OfficeMessages, officeMessages } from '../../messages/office.ts'
import { resultsMessages } from '../../messages/results.ts'
import { type Figure, FigureCard, type MissingFigure } from '../../parts/figure.tsx'
import type { Named } from '../../parts/grade.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { urls } from '../../urls.ts'
import { type FigureView, figureFileHref, mostCompared, type PartChoices } from './figure-view.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type FiguresPageProps = {
  shell: OfficeShellProps
  view: FigureView
  classes: readonly Named[]
  /** All organs of the cycle, by code. */
  organs: readonly Named[]
  parts: readonly PartChoices[]
}

/** The cycle that is drawn. */
export const figuresTitle = ({ shell }: Pick<FiguresPageProps, 'shell'>): string =>
  fill(figuresMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })

type Said = FiguresPageProps & { words: FiguresMessages; office: OfficeMessages }

/**
 * What came out, drawn: one filter for all figures, each with its table. Who keeps the figures rendered passes what stands for
 * them as `sections`; without it no survey is closed yet.
 */
export function FiguresPage({ sections, ...props }: FiguresPageProps & { sections?: ComponentChild }) {
  const { shell } = props
  const words = figuresMessages(shell.locale)
  const office = officeMessages(shell.locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <div class="head">
        <h1>{figuresTitle(props)}</h1>
        <p class="meta">{words.intro}</p>
      </div>
      {sections === undefined ? (
        <p class="note">{words.collecting}</p>
      ) : (
        <>
          <Filter {...props} words={words} office={office} />
          {sections}
        </>
      )}
    </OfficeShell>
  )
}

/** All figures of a view, and the way to each. */
export function FigureSections({
  figures,
  ...props
}: FiguresPageProps & { figures: readonly (Figure | MissingFigure)[] }) {
  const words = figuresMessages(props.shell.locale)
  const office = officeMessages(props.shell.locale)
  return (
    <>
      <nav class="links noprint" aria-label={words.contents}>
        {figures.map(({ id }) => (
          <a key={id} href={`#${id}`}>
            {headingOf(id, words)}
          </a>
        ))}
      </nav>
      {figures.map((figure) => (
        <Section key={figure.id} {...props} figure={figure} words={words} office={office} />
      ))}
    </>
  )
}

function Section({ figure, shell, view, words, office }: Said & { figure: Figure | MissingFigure }) {
  const { id } = figure
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <section class="block" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{headingOf(id, words)}</h2>
      <FigureCard figure={figure} words={office} locale={shell.locale} csvHref={figureFileHref(shell, id, view)} />
      {id === 'stairs' && !('missing' in figure) && view.organs[0] !== undefined && (
        <p class="links noprint">
          <a href={`${urls.organScores(jid, cycle, view.organs[0])}?lang=${shell.locale}`}>{words.stairsMore}</a>
        </p>
      )}
    </section>
  )
}

function headingOf(id: string, words: FiguresMessages): string | undefined {
  const headings: Partial<Record<string, string>> = {
    ahead: words.aheadTitle,
    satisfaction: words.satisfactionTitle,
    places: words.placesTitle,
    agreement: words.agreementTitle,
    spread: words.spreadTitle,
    heat: words.heatTitle,
    years: words.yearsTitle,
    answers: words.answersTitle,
    reasons: words.reasonsTitle,
    priority: words.priorityTitle,
    sample: words.sampleTitle,
    stairs: words.stairsTitle,
  }
  return headings[id]
}

function Filter({ shell, view, classes, organs, parts, words, office }: Said) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const path = urls.figures(jid, cycle)
  const names = resultsMessages(shell.locale)
  const told = toldFilter(view, { classes, organs, parts }, names)
  return (
    <form class="figure-filter noprint" method="get" action={path} aria-label={words.filters}>
      <input type="hidden" name="lang" value={shell.locale} />
      <label>
        {office.filterClass}
        <select name="class">
          <option value="">{names.allClasses}</option>
          <Options options={classes} chosen={view.organClass} />
        </select>
      </label>
      <label>
        {office.search}
        <input name="q" type="search" value={view.search} placeholder={office.searchHint} maxlength={60} />
      </label>
      <label>
        {office.group}
        <select name="group">
          <option value="">{words.allGroups}</option>
          <Options options={groupIds.map((id) => ({ id, title: names[id] }))} chosen={view.group} />
        </select>
      </label>
      {parts.length > 0 && (
        <label>
          {words.part}
          <select name="part">
            <option value="">{words.allParts}</option>
            {parts.map(({ group, title, options }) => (
              <optgroup key={title} label={`${names[group]} · ${title}`}>
                <Options options={options} chosen={view.part} />
              </optgroup>
            ))}
          </select>
        </label>
      )}
      <details class="organ-choice">
        <summary>
          {view.organs.length === 0 ? words.compareAll : fill(words.compareChosen, { n: view.organs.length })}
        </summary>
        <fieldset>
          <legend>{fill(words.compare, { most: mostCompared })}</legend>
          {organs.map(({ id, title }) => (
            <label key={id}>
              <input type="checkbox" name="organ" value={id} checked={view.organs.includes(id)} /> <bdi>{title}</bdi>
            </label>
          ))}
        </fieldset>
      </details>
      <p>
        <button type="submit" class="quiet">
          {words.apply}
        </button>{' '}
        <a href={`${path}?lang=${shell.locale}`}>{words.clear}</a>
      </p>
      <p class="hint">{words.filterNote}</p>
      {view.isCut && <p class="note warn">{fill(words.compareMany, { most: mostCompared })}</p>}
      {told.length > 0 && <p>{fill(words.filtered, { list: told.join(names.listSeparator) })}</p>}
    </form>
  )
}

function Options({ options, chosen }: { options: readonly Named[]; chosen: string }) {
  return (
    <>
      {options.map(({ id, title }) => (
        <option key={id} value={id} selected={id === chosen}>
          {title}
        </option>
      ))}
    </>
  )
}

function toldFilter(
  view: FigureView,
  { classes, organs, parts }: Pick<FiguresPageProps, 'classes' | 'organs' | 'parts'>,
  names: ReturnType<typeof resultsMessages>,
): string[] {
  const part = parts.flatMap(({ options }) => options).find(({ id }) => id === view.part)
  return [
    classes.find(({ id }) => id === view.organClass)?.title,
    view.search === '' ? undefined : view.search,
    view.group === '' ? undefined : names[view.group],
    part?.title,
    ...view.organs.map((code) => organs.find(({ id }) => id === code)?.title),
  ].filter((text) => text !== undefined)
}
