import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type PeopleMessages, peopleMessages } from '../../messages/people.ts'
import { resultsMessages } from '../../messages/results.ts'
import { Crumbs } from '../../parts/crumbs.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps, type StaffRole } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { withError } from './account.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { reasonLength } from './screening-batches.ts'

export type RoleShown = { role: StaffRole; organ: { id: number; name: string } | null; byGroup: boolean }
export type PersonStanding = 'active' | 'invited' | 'disabled' | 'former'
export type OrganChoice = { id: number; code: string; name: string }

export type PeopleProblem = {
  kind: 'name' | 'email' | 'organ' | 'reason' | 'email_taken' | 'conflict'
  typed: { name: string; email: string; role: string; organ: string; reason: string }
}

export type PeoplePageProps = {
  shell: OfficeShellProps
  jid: string
  people: readonly {
    id: string
    name: string
    email: string
    roles: readonly RoleShown[]
    hasSecondFactor: boolean
    standing: PersonStanding
    /** Roles that a group of the identity provider asks for. */
    wishes: readonly StaffRole[]
  }[]
  roles: readonly StaffRole[]
  organs: readonly OrganChoice[]
  /** No second administrator is there who could agree. */
  isAlone: boolean
  done: 'proposed' | null
  problem: PeopleProblem | null
}

export const peopleTitle = ({ shell, problem }: Pick<PeoplePageProps, 'shell' | 'problem'>): string =>
  withError(shell, peopleMessages(shell.locale).nav, problem !== null)

/** Everybody who works in an office, as what; and for administrators the form to invite somebody. */
export function PeoplePage(props: PeoplePageProps) {
  const { shell, jid, people, done, problem, isAlone } = props
  const { locale } = shell
  const words = peopleMessages(locale)
  const office = officeMessages(locale)
  const home = { text: office.navHome, href: carry(urls.office(), { locale }) }
  const said = problem && problemText(words, problem.kind)
  return (
    <OfficeShell shell={shell}>
      <Crumbs label={office.crumbsLabel} steps={[home, { text: words.nav, href: null }]} />
      <ErrorSummary locale={locale} lines={said ? [{ href: `#${fieldOf(problem.kind)}`, text: said }] : []} />
      <h1>{words.nav}</h1>
      {done && (
        <p class="note" role="status">
          {words.proposed} <a href={carry(urls.approvals(jid), { locale })}>{words.toApprovals}</a>
        </p>
      )}
      <p class="lead">{words.intro}</p>
      {isAlone && <p class="note warn">{words.alone}</p>}
      <Scroll label={words.nav}>
        <DataTable
          caption={words.nav}
          quietCaption
          columns={[
            { label: words.name },
            { label: office.email },
            { label: words.roles },
            { label: words.factor },
            { label: office.state },
          ]}
          rows={people.map((person) => [
            <a key="n" href={carry(urls.person(jid, person.id), { locale })}>
              <bdi>{person.name}</bdi>
            </a>,
            <bdi key="e">{person.email}</bdi>,
            <>
              {rolesText(person.roles, locale)}
              {person.wishes.length > 0 && <span class="tag">{words.wished}</span>}
            </>,
            person.hasSecondFactor ? words.yes : words.no,
            words[`standing_${person.standing}`],
          ])}
        />
      </Scroll>
      {mayDecide(shell) && <Invite {...props} />}
    </OfficeShell>
  )
}

/** 绩效办管理员、单位填报员（省税务局） */
export function rolesText(roles: readonly RoleShown[], locale: OfficeShellProps['locale']): string {
  if (roles.length === 0) return peopleMessages(locale).noRoles
  return roles.map((role) => roleText(role, locale)).join(resultsMessages(locale).listSeparator)
}

export function roleText(
  { role, organ }: Pick<RoleShown, 'role' | 'organ'>,
  locale: OfficeShellProps['locale'],
): string {
  const name = officeMessages(locale)[role]
  return organ ? fill(peopleMessages(locale).roleAt, { role: name, organ: organ.name }) : name
}

function problemText(words: PeopleMessages, kind: PeopleProblem['kind']): string {
  return kind === 'reason' ? fill(words.problem_reason, reasonLength) : words[`problem_${kind}`]
}

const fieldOf = (kind: PeopleProblem['kind']): string =>
  kind === 'email_taken' ? 'email' : kind === 'conflict' ? 'main' : kind

/** POST to urls.peopleInvite. */
function Invite({ shell, jid, roles, organs, problem, isAlone }: PeoplePageProps) {
  const { locale } = shell
  const words = peopleMessages(locale)
  const office = officeMessages(locale)
  const typed = problem?.typed ?? { name: '', email: '', role: 'analyst', organ: '', reason: '' }
  const said = (kinds: readonly PeopleProblem['kind'][]) =>
    problem && kinds.includes(problem.kind) ? problemText(words, problem.kind) : undefined
  return (
    <section class="block">
      <h2>{words.invite}</h2>
      <p>{words.inviteText}</p>
      <form class="card form" method="post" action={carry(urls.peopleInvite(jid), { locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
        <Field name="name" label={words.name} problem={said(['name'])} input={{ value: typed.name, required: true }} />
        <Field
          name="email"
          label={office.email}
          problem={said(['email', 'email_taken'])}
          input={{ type: 'email', value: typed.email, autocapitalize: 'none', spellcheck: false, required: true }}
        />
        <RoleFields
          locale={locale}
          roles={roles}
          organs={organs}
          typed={typed}
          organProblem={said(['organ'])}
          reasonProblem={said(['reason'])}
        />
        <p class="hint">{isAlone ? words.adminAlone : words.adminTwo}</p>
        <button type="submit" class="btn">
          {words.invite}
        </button>
      </form>
    </section>
  )
}

/** A role, its organ and, for administrators and auditors, a reason. */
export function RoleFields(props: {
  locale: OfficeShellProps['locale']
  roles: readonly StaffRole[]
  organs: readonly OrganChoice[]
  typed: { role: string; organ: string; reason: string }
  organProblem?: string | undefined
  reasonProblem?: string | undefined
}) {
  const { locale, roles, organs, typed } = props
  const words = peopleMessages(locale)
  const office = officeMessages(locale)
  return (
    <>
      <Select
        name="role"
        label={office.role}
        options={roles.map((role) => ({ value: role, text: office[role] }))}
        value={typed.role}
      />
      <Select
        name="organ"
        label={words.organ}
        hint={words.organHint}
        problem={props.organProblem}
        options={[
          { value: '', text: words.organNone },
          ...organs.map(({ code, name }) => ({ value: code, text: name })),
        ]}
        value={typed.organ}
      />
      <TextArea
        name="reason"
        label={words.reason}
        hint={fill(words.reasonHint, reasonLength)}
        problem={props.reasonProblem}
        input={{ value: typed.reason, rows: 2 }}
      />
    </>
  )
}

/** `link`: null when it has gone out by mail. */
type LinkPageProps = { shell: OfficeShellProps; name: string; link: string | null; back: string }

export const linkTitle = ({ shell }: LinkPageProps): string => peopleMessages(shell.locale).linkTitle

/** A one-time link, shown once to whoever made it. */
export function LinkPage({ shell, name, link, back }: LinkPageProps) {
  const words = peopleMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.linkTitle}</h1>
      <p class="note" role="status">
        {fill(link === null ? words.linkSent : words.linkText, { person: name })}
      </p>
      {link !== null && (
        <>
          <p>
            <code>{link}</code>
          </p>
          <p>{words.linkHow}</p>
        </>
      )}
      <p>
        <a class="btn btn-2" href={carry(back, { locale: shell.locale })}>
          {link === null ? words.toPerson : words.linkDone}
        </a>
      </p>
    </OfficeShell>
  )
}
