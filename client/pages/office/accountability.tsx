import { type AccountabilityKind, enteredKinds, entryLetters } from '../../../surveys/accountability.ts'
import { evidenceLimits, evidenceTypes } from '../../../surveys/self-assessment.ts'
import { type AccountabilityMessages, accountabilityMessages } from '../../messages/accountability.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type EntryState = 'open' | 'notified' | 'upheld' | 'dropped'

export type AccountabilityPageProps = {
  shell: OfficeShellProps
  /** For people of an organ: what concerns it. */
  isOrgan: boolean
  mayExport: boolean
  entries: readonly {
    n: number
    organ: string
    kind: AccountabilityKind
    text: string
    state: EntryState
    href: string
    day: string
  }[]
  /** How many signals are not registered; null for whoever does not register them. */
  signals: number | null
  form: {
    organs: readonly { code: string; name: string }[]
    typed: { organ: string; kind: (typeof enteredKinds)[number]; text: string; basis: string }
  } | null
  /** What is wrong, by the name of its field. */
  said: Readonly<Record<string, string>>
  message: string
  done: 'registered' | null
}

export function accountabilityTitle({
  shell,
  said,
  message,
}: Pick<AccountabilityPageProps, 'shell' | 'said' | 'message'>): string {
  const title = fill(accountabilityMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  const isRefused = message !== '' || Object.keys(said).length > 0
  return isRefused ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** What organs of a cycle may have to answer for. */
export function AccountabilityPage(props: AccountabilityPageProps) {
  const { shell, isOrgan, mayExport, entries, signals, said, message, done } = props
  const { locale } = shell
  const words = accountabilityMessages(locale)
  const { jid = '', cycle = '', cycleTitle = '' } = shell.place ?? {}
  const action = carry(urls.accountability(jid, cycle), { locale })
  const csrf = shell.user?.csrf ?? ''
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={Object.entries(said).map(([name, text]) => ({ href: `#${name}`, text }))} />
      <h1>{fill(words.title, { cycle: cycleTitle })}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      {message && <p class="note warn">{message}</p>}
      <p class="lead">{isOrgan ? words.leadOrgan : words.lead}</p>
      {signals !== null && (
        <section class="block" aria-labelledby="signals">
          <h2 id="signals">{words.signals}</h2>
          {signals === 0 ? (
            <p>{words.signalsNone}</p>
          ) : (
            <form method="post" action={action}>
              <HiddenFields values={{ csrf }} />
              <p>{fill(words.signalsText, { n: signals })}</p>
              <button type="submit" class="btn btn-2" name="do" value="register">
                {words.register}
              </button>
            </form>
          )}
        </section>
      )}
      <section class="block" aria-labelledby="entries">
        <h2 id="entries">{words.entries}</h2>
        {entries.length === 0 ? (
          <p class="note">{words.none}</p>
        ) : (
          <Scroll label={words.entries}>
            <DataTable
              caption={words.entries}
              quietCaption
              columns={[
                { label: words.number, numeric: true },
                { label: words.organ },
                { label: words.kind },
                { label: words.what },
                { label: words.state },
                { label: words.day },
              ]}
              rows={entries.map(({ n, organ, kind, text, state, href, day }) => [
                <a key={n} href={carry(href, { locale })}>
                  {n}
                </a>,
                <bdi key="o">{organ}</bdi>,
                words[`kind_${kind}`],
                <bdi key="t">{text}</bdi>,
                words[`state_${state}`],
                day,
              ])}
            />
          </Scroll>
        )}
        {mayExport && entries.length > 0 && (
          <p>
            <a href={carry(urls.accountabilityFile(jid, cycle), { locale })} download>
              {words.export}
            </a>
          </p>
        )}
      </section>
      {props.form && <OpenForm {...props} form={props.form} action={action} words={words} />}
    </OfficeShell>
  )
}

function OpenForm({
  shell,
  form,
  said,
  action,
  words,
}: AccountabilityPageProps & {
  form: NonNullable<AccountabilityPageProps['form']>
  action: string
  words: AccountabilityMessages
}) {
  const { organs, typed } = form
  return (
    <form class="form block" method="post" action={action} enctype="multipart/form-data" novalidate>
      <h2>{words.openTitle}</h2>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
      <Select
        name="kind"
        label={words.kind}
        options={enteredKinds.map((value) => ({ value, text: words[`kind_${value}`] }))}
        value={typed.kind}
      />
      <Select
        name="organ"
        label={words.organ}
        problem={said['organ']}
        options={[{ value: '', text: '' }, ...organs.map(({ code, name }) => ({ value: code, text: name }))]}
        value={typed.organ}
      />
      <TextArea
        name="text"
        label={words.text}
        hint={fill(words.textHint, entryLetters)}
        problem={said['text']}
        input={{ rows: 5, value: typed.text, maxLength: entryLetters.longest, autocomplete: 'off' }}
      />
      <Field
        name="basis"
        label={words.basis}
        hint={words.basisHint}
        problem={said['basis']}
        input={{ value: typed.basis, maxLength: entryLetters.basis, autocomplete: 'off' }}
      />
      <EvidenceField words={words} problem={said['file']} />
      <button type="submit" class="btn" name="do" value="open">
        {words.open}
      </button>
    </form>
  )
}

/** Files that stand for something in an entry. */
export function EvidenceField({ words, problem }: { words: AccountabilityMessages; problem: string | undefined }) {
  const size = `${evidenceLimits.fileBytes / 1024 / 1024} MiB`
  return (
    <Field
      name="file"
      label={words.files}
      hint={fill(words.filesHint, { size, n: evidenceLimits.perItem })}
      problem={problem}
      input={{ type: 'file', multiple: true, accept: [...evidenceTypes, 'jpeg'].map((type) => `.${type}`).join(',') }}
    />
  )
}
