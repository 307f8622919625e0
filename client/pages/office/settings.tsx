import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type SettingsMessages, settingsMessages } from '../../messages/settings.ts'
import { Crumbs } from '../../parts/crumbs.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { reasonLength } from './screening-batches.ts'
import { Hooks, type HooksShown } from './settings-hooks.tsx'
import { Keys, type KeysShown } from './settings-keys.tsx'

/** What a form of this page does: POST to urls.settingsAct with `act`. */
export const settingsActs = ['create_key', 'revoke_key', 'add_hook', 'remove_hook', 'test_hook', 'replay'] as const
export type SettingsAct = (typeof settingsActs)[number]

/** What can be wrong about a form. */
export type SettingsWrong = 'name' | 'scopes' | 'until' | 'key' | 'reason' | 'url' | 'events' | 'hook' | 'delivery'

export type SettingsProblem = {
  readonly act: SettingsAct
  readonly wrong: readonly SettingsWrong[]
  /** What was typed, by the names of the fields. */
  readonly typed: Readonly<Partial<Record<string, string>>>
}

export type SettingsPageProps = {
  shell: OfficeShellProps
  jid: string
  /** What has just been done. */
  done: Exclude<SettingsAct, 'create_key' | 'add_hook'> | null
  problem: SettingsProblem | null
} & KeysShown &
  HooksShown

/** What each part of the page is given. */
export type SettingsPartProps = SettingsPageProps & {
  words: SettingsMessages
  /** What was typed into a form that came back. */
  typed: (act: SettingsAct, field: string) => string
  /** What is wrong there, in words. */
  wrong: (act: SettingsAct, ...kinds: readonly SettingsWrong[]) => string | undefined
}

export function settingsTitle({ shell, problem }: Pick<SettingsPageProps, 'shell' | 'problem'>): string {
  const { nav } = settingsMessages(shell.locale)
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title: nav }) : nav
}

/** The keys with which programs ask, and where programs are told what happens. */
export function SettingsPage(props: SettingsPageProps) {
  const { shell, done, problem } = props
  const { locale } = shell
  const words = settingsMessages(locale)
  const office = officeMessages(locale)
  const home = { text: office.navHome, href: carry(urls.office(), { locale }) }
  const text = (kind: SettingsWrong) => fill(words[`problem_${kind}`], reasonLength)
  const part: SettingsPartProps = {
    ...props,
    words,
    typed: (act, field) => (problem?.act === act ? (problem.typed[field] ?? '') : ''),
    wrong: (act, ...kinds) => {
      const found = problem?.act === act ? problem.wrong.find((each) => kinds.includes(each)) : undefined
      return found && text(found)
    },
  }
  return (
    <OfficeShell shell={shell}>
      <ErrorSummary
        locale={locale}
        lines={(problem?.wrong ?? []).map((kind) => ({ href: `#${anchors[kind]}`, text: text(kind) }))}
      />
      <Crumbs label={office.crumbsLabel} steps={[home, { text: words.nav, href: null }]} />
      <h1>{words.nav}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p class="lead">{words.intro}</p>
      <p>
        <a href={carry(urls.apiDocs(), { locale })}>{words.toDocs}</a>
      </p>
      <Keys {...part} />
      <Hooks {...part} />
    </OfficeShell>
  )
}

/** Where on the page each problem belongs. */
const anchors: Readonly<Record<SettingsWrong, string>> = {
  name: 'name',
  scopes: 'scopes',
  until: 'until',
  key: 'key',
  reason: 'reason',
  url: 'url',
  events: 'events',
  hook: 'hooks',
  delivery: 'deliveries',
}

export type SecretPageProps = {
  shell: OfficeShellProps
  jid: string
  kind: 'key' | 'hook'
  /** Whose it is: the name of a key, or an address. */
  name: string
  secret: string
}

export function secretTitle({ shell, kind }: SecretPageProps): string {
  const words = settingsMessages(shell.locale)
  return kind === 'key' ? words.secretKeyTitle : words.secretHookTitle
}

/** A key or secret, shown once. */
export function SecretPage(props: SecretPageProps) {
  const { shell, jid, kind, name, secret } = props
  const words = settingsMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{secretTitle(props)}</h1>
      <p class="note" role="status">
        {fill(kind === 'key' ? words.secretKeyText : words.secretHookText, { name })}
      </p>
      <p>
        <code>{secret}</code>
      </p>
      <p>{words.secretOnce}</p>
      <p>
        <a class="btn btn-2" href={carry(urls.settings(jid), { locale: shell.locale })}>
          {words.secretDone}
        </a>
      </p>
    </OfficeShell>
  )
}
