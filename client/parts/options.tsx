import type { ChoiceQuestion, Locale, Scale } from '../../surveys/questionnaire.ts'

type Given = { name: string; locale: Locale; chosen: readonly string[] }

/**
 * The levels of a scale, best to worst, one below the other; the level that is not counted stands after a divider.
 * The first input carries the field's name as id, so that an error summary can lead to it. Nothing is pre-selected.
 */
export function RatingOptions({ name, locale, chosen, scale }: Given & { scale: Scale }) {
  return (
    <>
      {scale.options.map((option, at) => {
        const value = String(option.value)
        return (
          <>
            {option.score === null ? <hr class="sep" /> : null}
            <label class="opt" key={value}>
              <input
                type="radio"
                name={name}
                value={value}
                id={at === 0 ? name : undefined}
                checked={chosen.includes(value)}
              />
              {option.label[locale]}
              {option.glyph && option.score !== null ? (
                <span class="g" aria-hidden="true">
                  {option.glyph}
                </span>
              ) : null}
            </label>
          </>
        )
      })}
    </>
  )
}

/** The options of a choice: boxes where several may be chosen, else circles. */
export function ChoiceOptions({ name, locale, chosen, question }: Given & { question: ChoiceQuestion }) {
  return (
    <>
      {question.options.map((option, at) => (
        <label class="opt" key={option.value} data-pinned={option.pinned ? '' : undefined}>
          <input
            type={question.multiple ? 'checkbox' : 'radio'}
            name={name}
            value={option.value}
            id={at === 0 ? name : undefined}
            checked={chosen.includes(option.value)}
            data-exclusive={option.exclusive ? '' : undefined}
            data-missing={option.missing ? '' : undefined}
          />
          {option.label[locale]}
        </label>
      ))}
    </>
  )
}
