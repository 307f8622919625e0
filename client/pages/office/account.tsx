import { fill } from '../../messages/fill.ts'
import { followUpMessages } from '../../messages/follow-up.ts'
import { officeMessages } from '../../messages/office.ts'
import { peopleMessages } from '../../messages/people.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { Field } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'

export type SessionShown = { id: string; since: string; lastSeen: string }

export type AccountPageProps = {
  shell: OfficeShellProps
  email: string
  hasSecondFactor: boolean
  /** Nothing can be changed without a second factor. */
  isNeeded: boolean
  /** Backup codes that were not used. */
  codesLeft: number
  /** Who took the second factor away, and when. */
  notice: { by: string; at: string } | null
  sessions: readonly (SessionShown & { isThis: boolean })[]
  /** The identity provider, if there is one. */
  signOn: { provider: string; isJoined: boolean; joinHref: string } | null
  acts: readonly { at: string; action: string; object: string; outcome: string }[]
  /** Where somebody of an organ is reminded by text message, and what is wrong with what was typed; null for others. */
  phone: { typed: string; isWrong: boolean } | null
  done: 'ended' | 'ended_others' | 'noted' | 'joined' | 'taken' | 'left' | 'phone' | null
}

export const accountTitle = ({ shell }: Pick<AccountPageProps, 'shell'>): string =>
  peopleMessages(shell.locale).accountTitle

/** A person's own sign-in: what protects it, where it is in use, and what was done with it. */
export function AccountPage(props: AccountPageProps) {
  const { shell, email, notice, acts, done } = props
  const words = peopleMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.accountTitle}</h1>
      <p class="lead">
        <bdi>{email}</bdi>
      </p>
      {done && (
        <p class={done === 'taken' ? 'note warn' : 'note'} role="status">
          {done === 'phone' ? followUpMessages(shell.locale).phoneDone : words[`account_${done}`]}
        </p>
      )}
      {notice && (
        <section class="card">
          <h2>{words.noticeTitle}</h2>
          <p>{fill(words.noticeText, { person: notice.by, time: notice.at })}</p>
          <Act shell={shell} act="noted" text={words.noticeRead} />
        </section>
      )}
      <Phone {...props} />
      <Factor {...props} />
      <Sessions {...props} />
      <SignOn {...props} />
      <section class="block">
        <h2>{words.ownActs}</h2>
        <Scroll label={words.ownActs}>
          <DataTable
            caption={words.ownActs}
            quietCaption
            columns={[{ label: words.auditWhen }, { label: words.auditWhat }, { label: words.auditObject }]}
            rows={acts.map(({ at, action, object, outcome }, row) => [
              at,
              <code key={row}>{outcome === 'done' ? action : `${action} (${words.outcome_refused})`}</code>,
              <code key="o">{object}</code>,
            ])}
          />
        </Scroll>
      </section>
    </OfficeShell>
  )
}

function Phone({ shell, phone }: AccountPageProps) {
  const words = followUpMessages(shell.locale)
  if (!phone) return null
  return (
    <section class="block">
      <form method="post" action={carry(urls.accountAct(), { locale: shell.locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', act: 'phone' }} />
        <Field
          name="phone"
          label={words.phone}
          hint={words.phoneHint}
          problem={phone.isWrong ? words.phoneBad : undefined}
          input={{ type: 'tel', inputMode: 'tel', autocomplete: 'tel', size: 16, maxLength: 40, value: phone.typed }}
        />
        <button type="submit" class="btn btn-2">
          {words.phoneSave}
        </button>
      </form>
    </section>
  )
}

function Factor({ shell, hasSecondFactor, isNeeded, codesLeft }: AccountPageProps) {
  const words = peopleMessages(shell.locale)
  const carried = { locale: shell.locale }
  return (
    <section class="block">
      <h2>{words.factor}</h2>
      <p class={!hasSecondFactor && isNeeded ? 'note warn' : undefined}>
        {hasSecondFactor ? fill(words.factorOn, { n: codesLeft }) : isNeeded ? words.setUpFirstText : words.factorOff}
      </p>
      <p>
        <a class="btn" href={carry(urls.secondFactor(), carried)}>
          {hasSecondFactor ? words.changeFactor : words.setUpFactor}
        </a>
      </p>
      {hasSecondFactor && (
        <form method="post" action={carry(urls.backupCodes(), carried)}>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <button type="submit" class="btn btn-2">
            {words.renewCodes}
          </button>
        </form>
      )}
    </section>
  )
}

function Sessions({ shell, sessions }: AccountPageProps) {
  const words = peopleMessages(shell.locale)
  return (
    <section class="block">
      <h2>{words.sessions}</h2>
      <Scroll label={words.sessions}>
        <DataTable
          caption={words.sessions}
          quietCaption
          columns={[{ label: words.since }, { label: words.lastSeen }, { label: words.action }]}
          rows={sessions.map(({ id, since, lastSeen, isThis }) => [
            since,
            lastSeen,
            isThis ? words.thisSession : <Act key={id} shell={shell} act="end" text={words.endSession} session={id} />,
          ])}
        />
      </Scroll>
      {sessions.length > 1 && <Act shell={shell} act="end_others" text={words.endOthers} />}
    </section>
  )
}

function SignOn({ shell, signOn }: AccountPageProps) {
  const words = peopleMessages(shell.locale)
  if (!signOn) return null
  const { provider, isJoined, joinHref } = signOn
  return (
    <section class="block">
      <h2>{provider}</h2>
      <p>{fill(isJoined ? words.signOnJoined : words.signOnNot, { provider })}</p>
      {isJoined ? (
        <Act shell={shell} act="leave" text={words.signOnLeave} />
      ) : (
        <p>
          <a class="btn btn-2" href={joinHref}>
            {fill(words.signOnJoin, { provider })}
          </a>
        </p>
      )}
    </section>
  )
}

/** POST to urls.accountAct. */
function Act({ shell, act, text, session }: { shell: OfficeShellProps; act: string; text: string; session?: string }) {
  return (
    <form method="post" action={carry(urls.accountAct(), { locale: shell.locale })}>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', ...(session === undefined ? {} : { session }) }} />
      <button type="submit" class={session === undefined ? 'btn btn-2' : 'quiet'} name="act" value={act}>
        {text}
      </button>
    </form>
  )
}

/** Title of a page that shows what was wrong with a form. */
export const withError = (shell: OfficeShellProps, title: string, isWrong: boolean): string =>
  isWrong ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
