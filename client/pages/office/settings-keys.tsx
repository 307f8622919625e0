import type { ComponentChildren } from 'preact'
import { type ApiScope, apiScopes } from '../../../surveys/programs.ts'
import { fill } from '../../messages/fill.ts'
import type { SettingsMessages } from '../../messages/settings.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { mayDecide } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { reasonLength } from './screening-batches.ts'
import type { SettingsAct, SettingsPartProps } from './settings.tsx'

/** A key of a program; dates as the reader sees them. */
export type KeyLine = {
  id: number
  name: string
  scopes: readonly ApiScope[]
  /** '' before it was used. */
  used: string
  standing: 'valid' | 'over' | 'revoked'
  /** Until when it is good, or since when it no longer is. */
  time: string
}

export type KeysShown = { keys: readonly KeyLine[] }

/** Field names of the boxes: scopes and events with underscores in place of their dots and colons. */
export const boxName = (code: string): string => code.replace(/\W/g, '_')

const scopeText = (words: SettingsMessages, scope: ApiScope): string => {
  if (scope === 'surveys:read') return words.scope_surveys_read
  return scope === 'results:read' ? words.scope_results_read : words.scope_services_write
}

export function Keys(props: SettingsPartProps) {
  const { shell, keys, words } = props
  return (
    <>
      <section class="block">
        <h2>{words.keysHeading}</h2>
        {keys.length === 0 ? (
          <p class="note">{words.keysNone}</p>
        ) : (
          <Scroll label={words.keysHeading}>
            <DataTable
              caption={words.keysHeading}
              quietCaption
              columns={[
                { label: words.keyName },
                { label: words.keyScopes },
                { label: words.keyUsed },
                { label: words.keyStanding },
              ]}
              rows={keys.map(({ name, scopes, used, standing, time }) => [
                <bdi key="n">{name}</bdi>,
                scopes.map((scope) => <div key={scope}>{scopeText(words, scope)}</div>),
                used || words.keyNeverUsed,
                fill(words[`key_${standing}`], { time }),
              ])}
            />
          </Scroll>
        )}
      </section>
      {mayDecide(shell) && <NewKey {...props} />}
      {mayDecide(shell) && keys.some(({ standing }) => standing === 'valid') && <RevokeKey {...props} />}
    </>
  )
}

function NewKey(props: SettingsPartProps) {
  const { words, typed, wrong } = props
  const act = 'create_key'
  return (
    <ActForm {...props} act={act} title={words.newKey} text={words.newKeyText}>
      <Field
        name="name"
        label={words.keyName}
        hint={words.keyNameHint}
        problem={wrong(act, 'name')}
        input={{ value: typed(act, 'name'), autocomplete: 'off' }}
      />
      <Boxes
        id="scopes"
        legend={words.keyScopes}
        problem={wrong(act, 'scopes')}
        boxes={apiScopes.map((scope) => ({
          name: boxName(scope),
          text: scopeText(words, scope),
          isChecked: typed(act, boxName(scope)) !== '',
        }))}
      />
      <Field
        name="until"
        label={words.keyUntil}
        hint={words.keyUntilHint}
        problem={wrong(act, 'until')}
        input={{ type: 'date', value: typed(act, 'until'), class: 'short' }}
      />
    </ActForm>
  )
}

function RevokeKey(props: SettingsPartProps) {
  const { keys, words, typed, wrong } = props
  const act = 'revoke_key'
  const left = keys.filter(({ standing }) => standing === 'valid')
  return (
    <ActForm {...props} act={act} title={words.revokeKey} text={words.revokeKeyText} isSecond>
      <Select
        id="key"
        name="id"
        label={words.keyName}
        problem={wrong(act, 'key')}
        options={[
          { value: '', text: words.choose },
          ...left.map(({ id, name }) => ({ value: String(id), text: name })),
        ]}
        value={typed(act, 'id')}
      />
      <TextArea
        name="reason"
        label={words.reason}
        hint={fill(words.reasonHint, reasonLength)}
        problem={wrong(act, 'reason')}
        input={{ rows: 3, value: typed(act, 'reason'), maxLength: reasonLength.longest }}
      />
    </ActForm>
  )
}

/** A form of the settings under a heading, which is also what its button says. */
export function ActForm({
  shell,
  jid,
  act,
  title,
  text,
  isSecond = false,
  children,
}: SettingsPartProps & {
  act: SettingsAct
  title: string
  text?: string
  isSecond?: boolean
  children: ComponentChildren
}) {
  return (
    <section class="block">
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      <form class="form" method="post" action={carry(urls.settingsAct(jid), { locale: shell.locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', act }} />
        {children}
        <button type="submit" class={isSecond ? 'btn btn-2' : 'btn'}>
          {title}
        </button>
      </form>
    </section>
  )
}

/** Several boxes under one question. */
export function Boxes({
  id,
  legend,
  problem,
  boxes,
}: {
  id: string
  legend: string
  problem: string | undefined
  boxes: readonly { name: string; text: string; isChecked: boolean }[]
}) {
  return (
    <fieldset class="card" id={id} aria-describedby={problem && `${id}-problem`}>
      <legend>{legend}</legend>
      {problem && (
        <p class="msg" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {boxes.map(({ name, text, isChecked }) => (
        <label class="opt" key={name}>
          <input type="checkbox" name={name} value="1" checked={isChecked} /> {text}
        </label>
      ))}
    </fieldset>
  )
}
