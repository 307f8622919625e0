import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type PlacesMessages, placesMessages } from '../../messages/places.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, type FieldProps, Select } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { longestName } from './setup.tsx'

/** Fields of a new place, in the order of the form. */
export const newPlaceFields = ['code', 'level', 'above', 'nameZh', 'nameEn', 'email'] as const
export type NewPlaceField = (typeof newPlaceFields)[number]

/** The levels that a place may have. */
export const placeLevels = ['province', 'city', 'county'] as const
export type PlaceLevel = (typeof placeLevels)[number]

export type NewPlaceProblem = {
  field: NewPlaceField
  code:
    | 'required'
    | 'too_long'
    | 'not_text'
    | 'not_code'
    | 'not_email'
    | 'choice'
    | 'code_taken'
    | 'email_taken'
    | 'conflict'
  /** What was typed. */
  text: string
}

export type PlatformPageProps = {
  shell: OfficeShellProps
  places: readonly { code: string; name: string; level: string; above: string; createdOn: string }[]
  values: Readonly<Partial<Record<NewPlaceField, string>>>
  problems: readonly NewPlaceProblem[]
}

export function platformTitle({ shell, problems }: Pick<PlatformPageProps, 'shell' | 'problems'>): string {
  const title = placesMessages(shell.locale).platformTitle
  return problems.length > 0 ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** What is wrong with a field of a new place, with its name. */
export const newPlaceProblemText = (words: PlacesMessages, { field, code, text }: NewPlaceProblem): string =>
  fill(words[`create_${code}`], { field: words[field], text, longest: longestName })

/** '省' of `province`; another word as it is. */
export const levelText = (words: PlacesMessages, level: string): string => {
  const known = placeLevels.find((each) => each === level)
  return known ? words[`level_${known}`] : level
}

/** Every place of the installation, and the form that creates another one: POST to urls.platform. */
export function PlatformPage({ shell, places, values, problems }: PlatformPageProps) {
  const { locale } = shell
  const words = placesMessages(locale)
  const textOf = (problem: NewPlaceProblem) => newPlaceProblemText(words, problem)
  const problemOf = (field: NewPlaceField) => {
    const found = problems.find((each) => each.field === field)
    return found && textOf(found)
  }
  const line = (name: NewPlaceField, hint: string | undefined, input: FieldProps['input']) => (
    <Field
      name={name}
      label={words[name]}
      hint={hint}
      problem={problemOf(name)}
      input={{ required: true, autocomplete: 'off', ...input, value: values[name] ?? '' }}
    />
  )
  return (
    <OfficeShell shell={shell}>
      <ErrorSummary
        locale={locale}
        lines={problems.map((problem) => ({ href: `#${problem.field}`, text: textOf(problem) }))}
      />
      <h1>{words.platformTitle}</h1>
      <p class="lead">{words.platformIntro}</p>
      <Scroll label={words.platformTitle}>
        <DataTable
          caption={words.platformTitle}
          quietCaption
          columns={[
            { label: words.name },
            { label: words.code },
            { label: words.level },
            { label: words.above },
            { label: words.createdOn },
          ]}
          rows={places.map(({ code, name, level, above, createdOn }) => [
            <a key="n" href={carry(urls.place(code), { locale })}>
              <bdi>{name}</bdi>
            </a>,
            code,
            levelText(words, level),
            above === '' ? words.aboveTop : <bdi key="a">{above}</bdi>,
            createdOn,
          ])}
        />
      </Scroll>
      <section class="block">
        <h2>{words.createHeading}</h2>
        <form class="form" method="post" action={carry(urls.platform(), { locale })} novalidate>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          {line('code', words.codeHint, { autocapitalize: 'none', spellcheck: false })}
          <Select
            name="level"
            label={words.level}
            problem={problemOf('level')}
            options={placeLevels.map((value) => ({ value, text: words[`level_${value}`] }))}
            value={values.level ?? 'county'}
          />
          <Select
            name="above"
            label={words.above}
            problem={problemOf('above')}
            options={[
              { value: '', text: words.aboveTop },
              ...places.map(({ code, name }) => ({ value: code, text: name })),
            ]}
            value={values.above ?? ''}
          />
          {line('nameZh', undefined, { lang: 'zh-CN' })}
          {line('nameEn', undefined, { lang: 'en' })}
          {line('email', words.emailHint, { type: 'email', autocapitalize: 'none', spellcheck: false })}
          <button type="submit" class="btn">
            {words.create}
          </button>
        </form>
      </section>
    </OfficeShell>
  )
}

export type PlaceCreatedProps = { shell: OfficeShellProps; name: string; email: string; link: string }

export const placeCreatedTitle = ({ shell }: PlaceCreatedProps): string => placesMessages(shell.locale).createdTitle

/** Shown once: of the link only a hash is stored. */
export function PlaceCreatedPage(props: PlaceCreatedProps) {
  const { shell, name, email, link } = props
  const words = placesMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.createdTitle}</h1>
      <p>{fill(words.createdText, { place: name, email })}</p>
      <p>
        <code>{link}</code>
      </p>
      <p>
        <a href={carry(urls.platform(), { locale: shell.locale })}>{words.back}</a>
      </p>
    </OfficeShell>
  )
}
