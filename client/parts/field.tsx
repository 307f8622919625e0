import type { InputHTMLAttributes } from 'preact'

export type FieldProps = {
  /** Also the element's id, so that an error summary can lead here. */
  name: string
  label: string
  hint?: string | undefined
  problem?: string | undefined
  /** Attributes of the input itself. */
  input: InputHTMLAttributes<HTMLInputElement>
}

/** A label, its hint, its problem in words, and one line to type in. */
export function Field({ name, label, hint, problem, input }: FieldProps) {
  const described = [hint ? `${name}-hint` : '', problem ? `${name}-problem` : ''].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint ? (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      ) : null}
      {problem ? (
        <p class="msg" id={`${name}-problem`}>
          {problem}
        </p>
      ) : null}
      <input
        type="text"
        {...input}
        id={name}
        name={name}
        aria-describedby={described || undefined}
        aria-invalid={problem ? 'true' : undefined}
      />
    </div>
  )
}
