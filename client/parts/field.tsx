import type { ComponentChild, InputHTMLAttributes, TextareaHTMLAttributes } from 'preact'

type LabelProps = {
  /** Where the name stands more than once on a page. */
  id?: string
  /** Also the element's id unless another is given, so that an error summary can lead here. */
  name: string
  label: string
  hint?: string | undefined
  problem?: string | undefined
}

export type FieldProps = LabelProps & {
  /** Attributes of the input itself. */
  input: InputHTMLAttributes<HTMLInputElement>
}

/** A label, its hint, its problem in words, and one line to type in. */
export function Field({ input, ...props }: FieldProps) {
  return (
    <Labelled {...props}>
      <input type="text" {...input} {...namesOf(props)} />
    </Labelled>
  )
}

/** The same with several lines. */
export function TextArea({
  input,
  children,
  ...props
}: LabelProps & {
  input: TextareaHTMLAttributes<HTMLTextAreaElement>
  /** Stands between the words and the box. */
  children?: ComponentChild
}) {
  return (
    <Labelled {...props} between={children}>
      <textarea {...input} {...namesOf(props)} />
    </Labelled>
  )
}

export type SelectProps = LabelProps & {
  options: readonly { value: string; text: string }[]
  /** Value of the chosen option. */
  value: string
}

/** The same with a list to choose from. */
export function Select({ options, value: chosen, ...props }: SelectProps) {
  return (
    <Labelled {...props}>
      <select {...namesOf(props)}>
        {options.map(({ value, text }) => (
          <option key={value} value={value} selected={value === chosen}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

function namesOf({ id, name, hint, problem }: LabelProps) {
  const own = id ?? name
  const described = [hint ? `${own}-hint` : '', problem ? `${own}-problem` : ''].filter(Boolean).join(' ')
  return {
    id: own,
    name,
    'aria-describedby': described || undefined,
    'aria-invalid': problem ? ('true' as const) : undefined,
  }
}

function Labelled({
  id,
  name,
  label,
  hint,
  problem,
  between,
  children,
}: LabelProps & { between?: ComponentChild; children: ComponentChild }) {
  const own = id ?? name
  return (
    <div class="field">
      <label for={own}>{label}</label>
      {hint ? (
        <p class="hint" id={`${own}-hint`}>
          {hint}
        </p>
      ) : null}
      {problem ? (
        <p class="msg" id={`${own}-problem`}>
          {problem}
        </p>
      ) : null}
      {between}
      {children}
    </div>
  )
}
