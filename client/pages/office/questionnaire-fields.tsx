import type { ComponentChildren } from 'preact'
import { writeCondition } from '../../../surveys/condition-text.ts'
import type { Condition } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { questionnaireMessages } from '../../messages/questionnaires.ts'
import {
  Choice,
  calledOf,
  type Draft,
  type Editing,
  fieldId,
  Hidden,
  isRecord,
  Line,
  listOf,
  Moves,
  Press,
  recordOf,
  Said,
  Texts,
  Tick,
  textOf,
} from './questionnaire-inputs.tsx'

/**
 * Every field of a questionnaire, page by page; buttons change the draft, and nothing is stored by them. Open are the part that
 * the last press was about, and those with something to look at: problems, and places that were `noted`.
 */
export function QuestionnaireFields({
  locale,
  draft,
  problems,
  isNamed,
  open,
  noted,
}: Omit<Editing, 'words'> & { draft: Draft; open: string; noted: readonly string[] }) {
  const editing: Editing = { locale, words: questionnaireMessages(locale), problems, isNamed }
  const { words } = editing
  const locales = listOf(draft['locales']).map(textOf)
  const hasProblem = (path: string) => [...problems.keys(), ...noted].some((each) => each.startsWith(path))
  return (
    <>
      <Part
        id="general"
        title={words.outlineGeneral}
        open={open === '' || ['id', 'title', 'intro', 'thanks', 'minutes', 'subject', 'locales'].some(hasProblem)}
      >
        <General editing={editing} draft={draft} locales={locales} />
      </Part>
      {listOf(draft['pages']).map((page, at) => {
        const path = `pages[${at}]`
        return (
          <Part
            key={path}
            id={`page-${at}`}
            title={[fill(words.page, { n: at + 1 }), ...questionsOf(page).map((each) => calledOf(each, locale))].join(
              ' · ',
            )}
            open={open.startsWith(path) || hasProblem(path)}
          >
            <PageFields editing={editing} page={recordOf(page)} path={path} locales={locales} n={at + 1} />
          </Part>
        )
      })}
      <p class="buttons">
        <Press action="add:pages:" text={words.addPage} />
      </p>
      <Part
        id="scales"
        title={words.outlineScales}
        open={
          open.startsWith('scales') || open.startsWith('dimensions') || hasProblem('scales') || hasProblem('dimensions')
        }
      >
        <Scales editing={editing} draft={draft} locales={locales} />
      </Part>
    </>
  )
}

const questionsOf = (page: unknown): readonly unknown[] => listOf(recordOf(page)['questions'])

function Part({
  id,
  title,
  open,
  children,
}: {
  id: string
  title: string
  open: boolean
  children: ComponentChildren
}) {
  return (
    <details class="block part" id={id} open={open}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {children}
    </details>
  )
}

type PartProps = { editing: Editing; draft: Draft; locales: readonly string[] }

function General({ editing, draft, locales }: PartProps) {
  const { words, isNamed } = editing
  const subject = recordOf(draft['subject'])
  const field = (name: string) => ({ editing, path: name, value: draft[name] })
  const of = (name: string) => ({ editing, path: `subject.${name}`, value: subject[name] })
  return (
    <>
      {['formatVersion', 'version', 'group', 'defaultLocale'].map((name) => (
        <Hidden key={name} path={name} value={draft[name]} />
      ))}
      {locales.map((locale, at) => (
        <Hidden key={locale} path={`locales[${at}]`} value={locale} />
      ))}
      {isNamed ? (
        <Hidden path="id" value={draft['id']} />
      ) : (
        <Line {...field('id')} label={words.id} hint={words.idHint} />
      )}
      <Texts {...field('title')} label={words.field_title} locales={locales} />
      <Texts {...field('intro')} label={words.field_intro} locales={locales} isLong />
      <Texts {...field('thanks')} label={words.field_thanks} locales={locales} isLong />
      <div class="pair">
        <Line {...field('minutes')} label={words.minutes} isShort />
        <Choice
          {...of('kind')}
          label={words.kind}
          options={[
            ['one', words.kind_one],
            ['each', words.kind_each],
            ['pick', words.kind_pick],
          ]}
        />
        {subject['kind'] === 'pick' ? <Line {...of('min')} label={words.pickMin} isShort /> : null}
        {subject['kind'] === 'pick' ? <Line {...of('max')} label={words.pickMax} isShort /> : null}
        <Choice
          {...of('order')}
          label={words.order}
          options={[
            ['fixed', words.order_fixed],
            ['seeded', words.order_seeded],
            ['rotate', words.order_rotate],
          ]}
        />
        <Choice
          {...of('detail')}
          label={words.detail}
          options={[
            ['all', words.detail_all],
            ['first', words.detail_first],
          ]}
        />
      </div>
    </>
  )
}

function PageFields({
  editing,
  page,
  path,
  locales,
  n,
}: {
  editing: Editing
  page: Draft
  path: string
  locales: readonly string[]
  n: number
}) {
  const { words } = editing
  const of = (name: string) => ({ editing, path: `${path}.${name}`, value: page[name] })
  return (
    <>
      <Moves path={path} words={words} what={fill(words.page, { n })} />
      <div class="pair">
        <Line {...of('id')} label={words.pageId} />
        <Choice
          {...of('per')}
          label={words.per}
          options={[
            ['organ', words.per_organ],
            ['response', words.per_response],
          ]}
        />
        <Choice
          {...of('part')}
          label={words.part}
          options={[
            ['core', words.part_core],
            ['detail', words.part_detail],
          ]}
        />
      </div>
      <Texts {...of('title')} label={words.field_title} locales={locales} />
      {listOf(page['questions']).map((question, at) => (
        <QuestionFields
          key={at}
          editing={editing}
          question={recordOf(question)}
          path={`${path}.questions[${at}]`}
          locales={locales}
        />
      ))}
      <p class="buttons">
        <Press action={`add:${path}.questions:rating`} text={words.addRating} />
        <Press action={`add:${path}.questions:choice`} text={words.addChoice} />
        <Press action={`add:${path}.questions:text`} text={words.addText} />
      </p>
    </>
  )
}

type QuestionProps = { editing: Editing; question: Draft; path: string; locales: readonly string[] }

function QuestionFields({ editing, question, path, locales }: QuestionProps) {
  const { words } = editing
  const of = (name: string) => ({ editing, path: `${path}.${name}`, value: question[name] })
  const type = textOf(question['type'])
  const types: Readonly<Record<string, string>> = {
    rating: words.type_rating,
    choice: words.type_choice,
    text: words.type_text,
  }
  const title = fill(words.question, { type: types[type] ?? type, id: textOf(question['id']) })
  const { showIf } = question
  const condition = isRecord(showIf) ? writeCondition(showIf as Condition) : textOf(showIf)
  return (
    <fieldset class="card question" id={`${fieldId(path)}`}>
      <legend>{title}</legend>
      <Moves path={path} words={words} what={title} />
      <Hidden path={`${path}.type`} value={type} />
      <Texts {...of('title')} label={words.field_question} locales={locales} />
      <Texts {...of('hint')} label={words.field_hint} locales={locales} />
      <div class="pair">
        <Line {...of('id')} label={words.questionId} />
        {type === 'rating' ? <RatingFields editing={editing} question={question} path={path} /> : null}
        {type === 'choice' ? <ChoiceFields editing={editing} question={question} path={path} /> : null}
        {type === 'text' ? (
          <>
            <Hidden path={`${path}.role`} value={question['role']} />
            <Line {...of('maxLength')} label={words.maxLength} isShort />
            <Line {...of('rows')} label={words.rows} isShort />
          </>
        ) : null}
      </div>
      <Line {...of('showIf')} value={condition} label={words.showIf} hint={words.showIfHint} />
      <Tick {...of('required')} label={words.required} />
      {type === 'choice' ? <Options editing={editing} question={question} path={path} locales={locales} /> : null}
    </fieldset>
  )
}

function RatingFields({ editing, question, path }: Omit<QuestionProps, 'locales'>) {
  const { words } = editing
  const of = (name: string) => ({ editing, path: `${path}.${name}`, value: question[name] })
  return (
    <>
      <Choice
        {...of('role')}
        label={words.role}
        options={[
          ['overall', words.role_overall],
          ['dimension', words.role_dimension],
        ]}
      />
      <Line {...of('dimension')} label={words.dimension} hint={words.dimensionHint} />
      <Line {...of('scale')} label={words.scale} />
      <Line {...of('weight')} label={words.weight} isShort />
    </>
  )
}

function ChoiceFields({ editing, question, path }: Omit<QuestionProps, 'locales'>) {
  const { words } = editing
  const of = (name: string) => ({ editing, path: `${path}.${name}`, value: question[name] })
  return (
    <>
      <Choice
        {...of('role')}
        label={words.role}
        options={[
          ['reason', words.role_reason],
          ['margin', words.role_margin],
          ['other', words.role_other],
        ]}
      />
      <Line {...of('margin')} label={words.margin} hint={words.marginHint} />
      <Line {...of('max')} label={words.max} isShort />
      <Tick {...of('multiple')} label={words.multiple} />
      <Tick {...of('shuffle')} label={words.shuffle} />
    </>
  )
}

function Options({ editing, question, path, locales }: QuestionProps) {
  const { words } = editing
  return (
    <>
      <h3 id={fieldId(`${path}.options`)}>{words.options}</h3>
      <Said editing={editing} path={`${path}.options`} />
      {listOf(question['options']).map((each, at) => {
        const option = recordOf(each)
        const own = `${path}.options[${at}]`
        const of = (name: string) => ({ editing, path: `${own}.${name}`, value: option[name] })
        return (
          <fieldset key={own} class="option">
            <legend>{fill(words.option, { n: at + 1 })}</legend>
            <Texts {...of('label')} label={words.field_label} locales={locales} />
            <div class="pair">
              <Line {...of('value')} label={words.value} />
              <Tick {...of('exclusive')} label={words.exclusive} />
              <Tick {...of('pinned')} label={words.pinned} />
              <Tick {...of('missing')} label={words.missing} />
            </div>
            <Moves path={own} words={words} what={fill(words.option, { n: at + 1 })} />
          </fieldset>
        )
      })}
      <p class="buttons">
        <Press action={`add:${path}.options:`} text={words.addOption} />
      </p>
    </>
  )
}

function Scales({ editing, draft, locales }: PartProps) {
  const { words } = editing
  return (
    <>
      {listOf(draft['scales']).map((each, s) => {
        const scale = recordOf(each)
        const path = `scales[${s}]`
        return (
          <fieldset key={path} class="card" id={fieldId(path)}>
            <legend>{fill(words.levels, { id: textOf(scale['id']) })}</legend>
            <Hidden path={`${path}.id`} value={scale['id']} />
            <Said editing={editing} path={`${path}.options`} />
            {listOf(scale['options']).map((level, at) => {
              const own = `${path}.options[${at}]`
              const of = (name: string) => ({ editing, path: `${own}.${name}`, value: recordOf(level)[name] })
              return (
                <fieldset key={own} class="option">
                  <legend>{fill(words.level, { n: at + 1 })}</legend>
                  <Texts {...of('label')} label={words.field_label} locales={locales} />
                  <div class="pair">
                    <Line {...of('value')} label={words.value} isShort />
                    <Line {...of('score')} label={words.score} hint={words.scoreHint} isShort />
                    <Line {...of('glyph')} label={words.glyph} isShort />
                  </div>
                  <Moves path={own} words={words} what={fill(words.level, { n: at + 1 })} />
                </fieldset>
              )
            })}
            <p class="buttons">
              <Press action={`add:${path}.options:`} text={words.addLevel} />
            </p>
          </fieldset>
        )
      })}
      <fieldset class="card" id={fieldId('dimensions')}>
        <legend>{words.dimensions}</legend>
        {listOf(draft['dimensions']).map((each, at) => {
          const own = `dimensions[${at}]`
          const of = (name: string) => ({ editing, path: `${own}.${name}`, value: recordOf(each)[name] })
          return (
            <div key={own} class="option" id={fieldId(own)}>
              <Said editing={editing} path={own} />
              <Line {...of('id')} label={words.dimension} />
              <Texts {...of('label')} label={words.field_label} locales={locales} />
              <Moves path={own} words={words} what={textOf(recordOf(each)['id'])} />
            </div>
          )
        })}
        <p class="buttons">
          <Press action="add:dimensions:" text={words.addDimension} />
        </p>
      </fieldset>
    </>
  )
}
