import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type PeopleMessages, peopleMessages } from '../../messages/people.ts'
import { Crumbs } from '../../parts/crumbs.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps, type StaffRole } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { type SessionShown, withError } from './account.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { type OrganChoice, type PersonStanding, RoleFields, type RoleShown, roleText } from './people.tsx'
import { reasonLength } from './screening-batches.ts'

export type PersonProblem = {
  kind: 'organ' | 'reason' | 'self' | 'conflict' | 'proposed_already' | 'link_unsafe'
  /** The act that was refused. */
  act: string
  typed: { role?: string; organ?: string; reason?: string }
}

export type PersonPageProps = {
  shell: OfficeShellProps
  jid: string
  person: {
    id: string
    name: string
    email: string
    roles: readonly RoleShown[]
    /** Code of an organ by its id. */
    organCodes: Readonly<Record<number, string>>
    hasSecondFactor: boolean
    hasPassword: boolean
    hasSignOn: boolean
    standing: PersonStanding
    wishes: readonly StaffRole[]
    /** Until when an unused link serves. */
    linkUntil: string | null
  }
  isSelf: boolean
  isAlone: boolean
  sessions: readonly SessionShown[]
  roles: readonly StaffRole[]
  organs: readonly OrganChoice[]
  done: 'changed' | 'proposed' | 'reset' | 'revoked' | null
  problem: PersonProblem | null
}

export const personTitle = ({ shell, person, problem }: PersonPageProps): string =>
  withError(shell, person.name, problem !== null)

/** One person: what they are, how they sign in, and what an administrator may do about it. */
export function PersonPage(props: PersonPageProps) {
  const { shell, jid, person, done, problem } = props
  const { locale } = shell
  const words = peopleMessages(locale)
  const office = officeMessages(locale)
  const said = problem && problemText(words, problem.kind)
  const field = problem?.kind === 'reason' || problem?.kind === 'organ' ? problem.kind : 'main'
  return (
    <OfficeShell shell={shell}>
      <Crumbs
        label={office.crumbsLabel}
        steps={[
          { text: office.navHome, href: carry(urls.office(), { locale }) },
          { text: words.nav, href: carry(urls.people(jid), { locale }) },
          { text: person.name, href: null },
        ]}
      />
      <ErrorSummary locale={locale} lines={said ? [{ href: `#${field}`, text: said }] : []} />
      <h1>
        <bdi>{person.name}</bdi>
      </h1>
      {done && (
        <p class="note" role="status">
          {words[`person_${done}`]}{' '}
          {done === 'proposed' && <a href={carry(urls.approvals(jid), { locale })}>{words.toApprovals}</a>}
        </p>
      )}
      <dl class="facts">
        <dt>{office.email}</dt>
        <dd>
          <bdi>{person.email}</bdi>
        </dd>
        <dt>{office.state}</dt>
        <dd>{words[`standing_${person.standing}`]}</dd>
        <dt>{words.waysIn}</dt>
        <dd>{waysIn(words, person)}</dd>
        <dt>{words.factor}</dt>
        <dd>{person.hasSecondFactor ? words.yes : words.no}</dd>
        {person.linkUntil !== null && (
          <>
            <dt>{words.openLink}</dt>
            <dd>{fill(words.until, { time: person.linkUntil })}</dd>
          </>
        )}
      </dl>
      <Roles {...props} />
      <Sessions {...props} />
      {mayDecide(shell) && <Access {...props} />}
    </OfficeShell>
  )
}

function problemText(words: PeopleMessages, kind: PersonProblem['kind']): string {
  return kind === 'reason' ? fill(words.problem_reason, reasonLength) : words[`problem_${kind}`]
}

function waysIn(words: PeopleMessages, { hasPassword, hasSignOn }: PersonPageProps['person']): string {
  if (hasPassword) return hasSignOn ? words.wayBoth : words.wayPassword
  return hasSignOn ? words.waySignOn : words.wayNone
}

function Roles(props: PersonPageProps) {
  const { shell, jid, person, roles, organs, problem, isAlone } = props
  const { locale } = shell
  const words = peopleMessages(locale)
  const office = officeMessages(locale)
  const said = (kind: PersonProblem['kind']) => (problem?.kind === kind ? problemText(words, kind) : undefined)
  const typed = { role: person.wishes[0] ?? 'analyst', organ: '', reason: '', ...problem?.typed }
  return (
    <section class="block">
      <h2>{words.roles}</h2>
      {person.wishes.length > 0 && (
        <p class="note">{fill(words.wishText, { role: person.wishes.map((role) => office[role]).join(' ') })}</p>
      )}
      {person.roles.length === 0 ? (
        <p>{words.noRoles}</p>
      ) : (
        <ul>
          {person.roles.map((held) => (
            <li key={`${held.role}-${held.organ?.id ?? 0}`}>
              {roleText(held, locale)}
              {held.byGroup && ` (${words.byGroup})`}
            </li>
          ))}
        </ul>
      )}
      {mayDecide(shell) && (
        <form class="card form" method="post" action={carry(urls.personAct(jid, person.id), { locale })} novalidate>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <RoleFields
            locale={locale}
            roles={roles}
            organs={organs}
            typed={typed}
            organProblem={said('organ')}
            reasonProblem={said('reason')}
          />
          <p class="hint">{isAlone ? words.adminAlone : words.adminTwo}</p>
          <p class="buttons">
            <button type="submit" class="btn" name="act" value="grant">
              {words.grant}
            </button>
            <button type="submit" class="btn btn-2" name="act" value="end">
              {words.endRole}
            </button>
          </p>
        </form>
      )}
    </section>
  )
}

function Sessions({ shell, jid, person, sessions, isSelf }: PersonPageProps) {
  const words = peopleMessages(shell.locale)
  if (sessions.length === 0) return null
  const mayEnd = mayDecide(shell) && !isSelf
  return (
    <section class="block">
      <h2>{words.sessions}</h2>
      <Scroll label={words.sessions}>
        <DataTable
          caption={words.sessions}
          quietCaption
          columns={[{ label: words.since }, { label: words.lastSeen }, ...(mayEnd ? [{ label: words.action }] : [])]}
          rows={sessions.map(({ id, since, lastSeen }) => [
            since,
            lastSeen,
            ...(mayEnd
              ? [
                  <Act
                    key={id}
                    shell={shell}
                    jid={jid}
                    id={person.id}
                    act="revoke"
                    text={words.endSession}
                    session={id}
                  />,
                ]
              : []),
          ])}
        />
      </Scroll>
      {mayEnd && <Act shell={shell} jid={jid} id={person.id} act="revoke" text={words.endAll} />}
    </section>
  )
}

/** A link, the second factor, and the account as a whole. */
function Access({ shell, jid, person, isSelf, problem, isAlone }: PersonPageProps) {
  const words = peopleMessages(shell.locale)
  const { id, standing, hasSecondFactor } = person
  const isDisabled = standing === 'disabled'
  return (
    <section class="block">
      <h2>{words.access}</h2>
      {isSelf ? (
        <p>
          {words.ownElsewhere} <a href={carry(urls.account(), { locale: shell.locale })}>{words.accountTitle}</a>
        </p>
      ) : (
        <>
          {!isDisabled && (
            <>
              <p>{words[standing === 'invited' ? 'linkFirst' : 'linkWhy']}</p>
              <Act shell={shell} jid={jid} id={id} act="link" text={words.makeLink} />
            </>
          )}
          {hasSecondFactor && (
            <>
              <p>{words.resetWhy}</p>
              <Act shell={shell} jid={jid} id={id} act="reset" text={words.resetFactor} />
            </>
          )}
        </>
      )}
      <form class="form" method="post" action={carry(urls.personAct(jid, id), { locale: shell.locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
        <TextArea
          id="reason-access"
          name="reason"
          label={words.reason}
          hint={isAlone ? words.adminAlone : words.disableWhy}
          input={{
            value: problem?.act === 'disable' || problem?.act === 'enable' ? (problem.typed.reason ?? '') : '',
            rows: 2,
          }}
        />
        <button type="submit" class="btn btn-2" name="act" value={isDisabled ? 'enable' : 'disable'}>
          {isDisabled ? words.enable : words.disable}
        </button>
      </form>
    </section>
  )
}

/** POST to urls.personAct. */
function Act(props: { shell: OfficeShellProps; jid: string; id: string; act: string; text: string; session?: string }) {
  const { shell, jid, id, act, text, session } = props
  return (
    <form method="post" action={carry(urls.personAct(jid, id), { locale: shell.locale })}>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', ...(session === undefined ? {} : { session }) }} />
      <button type="submit" class="btn btn-2" name="act" value={act}>
        {text}
      </button>
    </form>
  )
}
