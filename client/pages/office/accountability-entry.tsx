import { Fragment } from 'preact'
import { type AccountabilityKind, entryLetters } from '../../../surveys/accountability.ts'
import { type AccountabilityMessages, accountabilityMessages } from '../../messages/accountability.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { resultsMessages } from '../../messages/results.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Select, TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { type Score, withheldText } from '../../parts/withheld.tsx'
import { carry } from '../../urls.ts'
import { type EntryState, EvidenceField } from './accountability.tsx'
import { AccountabilityActs } from './accountability-acts.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type EntryPageProps = {
  shell: OfficeShellProps
  n: number
  organ: string
  kind: AccountabilityKind
  state: EntryState
  href: string
  decideHref: string
  text: string
  basis: string
  /** By whom and when. */
  opened: string
  files: readonly { name: string; of: 'office' | 'organ'; hash: string; href: string }[]
  /** The oldest first. */
  steps: readonly string[]
  /** Until when the organ may be heard; `weekends` is '' where holidays are known. */
  hearing: { until: string; weekends: string } | null
  mayState: boolean
  mayConclude: boolean
  mayNotify: boolean
  /** Working days of a hearing. */
  hearingDays: number
  /** Who may be named to read it; [] for whoever names nobody. */
  candidates: readonly { id: string; name: string }[]
  /** For whoever proposes what a falsification costs. */
  proposing: {
    isHeard: boolean
    items: readonly { indicator: string; title: string; score: string }[]
    quarantines: readonly { value: string; text: string }[]
  } | null
  waiting: { hash: string; isOwn: boolean; mayDecide: boolean; text: string } | null
  /** With the decision and without it; `overall` is null where it may not be read. */
  scores: {
    item: { title: string; with: string; without: string } | null
    overall: { with: Score; without: Score } | null
  } | null
  /** What was typed, by the name of its field. */
  typed: Readonly<Record<string, string | undefined>>
  said: Readonly<Record<string, string>>
  message: string
  done: 'opened' | 'stated' | 'concluded' | 'named' | 'notified' | 'proposed' | 'decided' | 'returned' | null
}

export function entryTitle({
  shell,
  n,
  organ,
  said,
  message,
}: Pick<EntryPageProps, 'shell' | 'n' | 'organ' | 'said' | 'message'>): string {
  const title = fill(accountabilityMessages(shell.locale).entryTitle, { n, organ })
  const isRefused = message !== '' || Object.keys(said).length > 0
  return isRefused ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** One entry of the register: what was found, what was said, and what is done about it. */
export function EntryPage(props: EntryPageProps) {
  const { shell, n, organ, kind, state, text, basis, opened, files, steps, hearing, said, message, done } = props
  const { locale } = shell
  const words = accountabilityMessages(locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary
        locale={locale}
        lines={Object.entries(said).map(([name, each]) => ({ href: `#${name}`, text: each }))}
      />
      <h1>{fill(words.entryTitle, { n, organ })}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      {message && <p class="note warn">{message}</p>}
      <p>
        <span class="tag">{words[`kind_${kind}`]}</span> <span class="tag">{words[`state_${state}`]}</span> {opened}
      </p>
      <dl class="facts">
        <dt>{words.text}</dt>
        <dd>
          <bdi>{text}</bdi>
        </dd>
        {basis && (
          <>
            <dt>{words.basis}</dt>
            <dd>
              <bdi>{basis}</bdi>
            </dd>
          </>
        )}
        {(['office', 'organ'] as const)
          .filter((side) => files.some(({ of }) => of === side))
          .map((side) => (
            <Fragment key={side}>
              <dt>{words[`evidence_${side}`]}</dt>
              {files
                .filter(({ of }) => of === side)
                .map(({ name, hash, href }) => (
                  <dd key={hash}>
                    <a href={href} download>
                      <bdi>{name}</bdi>
                    </a>
                  </dd>
                ))}
            </Fragment>
          ))}
      </dl>
      {hearing && (
        <p class="note">
          {fill(words.hearing, { day: hearing.until })} {hearing.weekends}
        </p>
      )}
      <Scores {...props} words={words} />
      {props.mayState && <Statement {...props} words={words} />}
      <AccountabilityActs {...props} />
      {steps.length > 0 && (
        <section class="block">
          <h2>{words.history}</h2>
          <ol>
            {steps.map((step, at) => (
              <li key={at}>
                <bdi>{step}</bdi>
              </li>
            ))}
          </ol>
        </section>
      )}
      {props.candidates.length > 0 && <Naming {...props} words={words} />}
    </OfficeShell>
  )
}

type PartProps = EntryPageProps & { words: AccountabilityMessages }

function Scores({ scores, shell, words }: PartProps) {
  if (!scores || (!scores.item && !scores.overall)) return null
  const { item, overall } = scores
  const results = resultsMessages(shell.locale)
  const text = (score: Score) => (score.status === 'ok' ? score.score : withheldText(results, score.why, words.overall))
  return (
    <section class="block" aria-labelledby="scores">
      <h2 id="scores">{words.scores}</h2>
      <DataTable
        caption={words.scores}
        quietCaption
        columns={[
          { label: words.score },
          { label: words.scoreWithout, numeric: true },
          { label: words.scoreWith, numeric: true },
        ]}
        rows={[
          ...(item ? [[fill(words.itemScore, { indicator: item.title }), item.without, item.with]] : []),
          ...(overall ? [[words.overall, text(overall.without), text(overall.with)]] : []),
        ]}
      />
    </section>
  )
}

function Statement({ shell, href, typed, said, words }: PartProps) {
  return (
    <form
      class="form block"
      method="post"
      action={carry(href, { locale: shell.locale })}
      enctype="multipart/form-data"
      novalidate
    >
      <h2>{words.stateTitle}</h2>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
      <TextArea
        name="statement"
        label={words.statement}
        hint={fill(words.textHint, entryLetters)}
        problem={said['statement']}
        input={{ rows: 5, value: typed['statement'] ?? '', maxLength: entryLetters.longest, autocomplete: 'off' }}
      />
      <EvidenceField words={words} problem={said['file']} />
      <button type="submit" class="btn" name="do" value="state">
        {words.send}
      </button>
    </form>
  )
}

function Naming({ shell, href, candidates, words }: PartProps) {
  return (
    <form class="form block" method="post" action={carry(href, { locale: shell.locale })} novalidate>
      <h2>{words.nameTitle}</h2>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
      <Select
        name="user"
        label={words.person}
        options={candidates.map(({ id, name }) => ({ value: id, text: name }))}
        value=""
      />
      <button type="submit" class="btn btn-2" name="do" value="name">
        {words.name}
      </button>
    </form>
  )
}
