import { type ComponentChildren, Fragment } from 'preact'

/** A text whose placeholders become elements: names typed by people go inside <bdi>, so they cannot turn the line. */
export function Filled({ text, values }: { text: string; values: Readonly<Record<string, ComponentChildren>> }) {
  return (
    <>
      {text.split(/\{(\w+)\}/).map((part, at) => (
        // Split pieces alternate: text, name, text, name…; their places never change.
        <Fragment key={at}>{at % 2 === 0 ? part : (values[part] ?? `{${part}}`)}</Fragment>
      ))}
    </>
  )
}
