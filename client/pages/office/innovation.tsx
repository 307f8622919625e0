import { fill } from '../../messages/fill.ts'
import { type InnovationMessages, innovationMessages } from '../../messages/innovation.ts'
import { officeMessages } from '../../messages/office.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Select, TextArea } from '../../parts/field.tsx'
import { type InnovationRuleShown, InnovationRuleText } from '../../parts/innovation-rule.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { InnovationResults } from './innovation-parts.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type InnovationPageProps = {
  shell: OfficeShellProps
  phase: 'submitting' | 'rating' | 'closed'
  lock: 'notYet' | 'over' | null
  rule: InnovationRuleShown
  mayChangeRules: boolean
  isOffice: boolean
  /** How the round was closed; `name` is '' where all had handed in. */
  closed: { time: string; name: string; reason: string } | null
  /** Organs for which this person submits; `href` leads to a new project where there may be one. */
  own: readonly { name: string; taken: number; href: string | null; isFull: boolean }[]
  projects: readonly {
    title: string
    organ: string
    href: string
    /** What a member of the panel has done with it. */
    mine: 'conflicted' | 'ratedMark' | 'unrated' | null
  }[]
  /** For whoever watches over the panel. */
  panel: {
    members: readonly {
      id: string
      name: string
      state: 'named' | 'declared' | 'submitted'
      conflicts: readonly string[]
      rated: number
      due: number
    }[]
    candidates: readonly { id: string; name: string }[]
  } | null
  /** For a member of the panel. */
  member: {
    isDeclared: boolean
    isSubmitted: boolean
    rated: number
    due: number
    organs: readonly { code: string; name: string; isOwn: boolean; isTicked: boolean }[]
  } | null
  /** null while ratings are hidden; decimals as printed, null where there are too few ratings. */
  results:
    | readonly {
        organ: string
        result: string | null
        projects: readonly {
          title: string
          ratings: number
          mean: string | null
          spread: string | null
          isDispersed: boolean
        }[]
      }[]
    | null
  /** How many organs have a result that can be entered, and how many have none. */
  recordable: { with: number; without: number } | null
  /** The reason that was typed. */
  reason: string
  problem: { href: string; text: string } | null
  done: 'named' | 'dismissed' | 'started' | 'closed' | 'recorded' | 'declared' | 'handed' | 'withdrawn' | 'rules' | null
}

export function innovationTitle({ shell, problem }: Pick<InnovationPageProps, 'shell' | 'problem'>): string {
  const title = fill(innovationMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** The innovation review: criteria, projects, the panel, and what comes of it, as far as this person has to do with them. */
export function InnovationPage(props: InnovationPageProps) {
  const { shell, phase, lock, rule, closed, problem, done, own, projects, results, member } = props
  const { locale } = shell
  const words = innovationMessages(locale)
  const { jid = '', cycle = '', cycleTitle = '' } = shell.place ?? {}
  const part = { ...props, words, action: carry(urls.innovation(jid, cycle), { locale }), csrf: shell.user?.csrf ?? '' }
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={problem ? [problem] : []} />
      <h1>{fill(words.title, { cycle: cycleTitle })}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p class="lead">{words.lead}</p>
      {rule.indicator === '' ? (
        <p class="note">{words.noIndicator}</p>
      ) : (
        <>
          <p>
            <span class="tag">{words[`phase_${phase}`]}</span>{' '}
            {closed && fill(closed.name === '' ? words.closedAll : words.closedEarly, closed)}
          </p>
          {lock && <p class="note">{words[lock]}</p>}
          <section class="block" aria-labelledby="criteria">
            <h2 id="criteria">{words.criteria}</h2>
            <InnovationRuleText rule={rule} locale={locale} />
            {props.mayChangeRules && (
              <p>
                <a href={carry(urls.innovationRules(jid, cycle), { locale })}>{words.change}</a>
              </p>
            )}
          </section>
          <section class="block" aria-labelledby="projects">
            <h2 id="projects">{words.projects}</h2>
            {projects.length === 0 ? <p class="note">{words.none}</p> : <Projects {...part} />}
            {own.map(({ name, href, isFull, taken }) =>
              href ? (
                <p key={name}>
                  <a class="btn btn-2" href={carry(href, { locale })}>
                    {fill(words.newProject, { organ: name })}
                  </a>
                </p>
              ) : (
                isFull && <p key={name}>{fill(words.full, { organ: name, n: taken })}</p>
              ),
            )}
            <p>
              <a href={carry(urls.innovationPrint(jid, cycle), { locale })}>{words.print}</a>
            </p>
          </section>
          {member && phase !== 'closed' && <MemberParts {...part} member={member} />}
          {props.panel && <PanelParts {...part} panel={props.panel} />}
          {results && (
            <section class="block" aria-labelledby="results">
              <h2 id="results">{words.results}</h2>
              <InnovationResults results={results} ratings={rule.ratings} locale={locale} />
              <Record {...part} />
            </section>
          )}
        </>
      )}
    </OfficeShell>
  )
}

type PartProps = InnovationPageProps & { words: InnovationMessages; action: string; csrf: string }

function Projects({ projects, member, words, shell }: PartProps) {
  return (
    <Scroll label={words.projects}>
      <DataTable
        caption={words.projects}
        quietCaption
        columns={[{ label: words.project }, { label: words.organ }, ...(member ? [{ label: words.state }] : [])]}
        rows={projects.map(({ title, organ, href, mine }) => [
          <a key="t" href={carry(href, { locale: shell.locale })}>
            <bdi>{title}</bdi>
          </a>,
          <bdi key="o">{organ}</bdi>,
          ...(mine ? [words[mine]] : []),
        ])}
      />
    </Scroll>
  )
}

function MemberParts({ member, phase, words, action, csrf }: PartProps & { member: NonNullable<PartProps['member']> }) {
  if (member.isSubmitted) return <p class="note">{words.handed}</p>
  if (phase === 'submitting') return <p class="note">{words.memberWaits}</p>
  return (
    <>
      <details class="block" open={!member.isDeclared || undefined}>
        <summary>{member.isDeclared ? words.declareAgain : words.declareTitle}</summary>
        <form method="post" action={action} novalidate>
          <HiddenFields values={{ csrf }} />
          <p>{words.declareText}</p>
          {member.organs.map(({ code, name, isOwn, isTicked }) => (
            <label key={code} class="opt">
              <input type="checkbox" name="o" value={code} checked={isTicked || isOwn} disabled={isOwn} />
              <bdi>{isOwn ? fill(words.ownOrgan, { organ: name }) : name}</bdi>
            </label>
          ))}
          <label class="opt">
            <input type="checkbox" id="sure" name="sure" value="1" />
            {words.declareNone}
          </label>
          <button type="submit" class="btn" name="do" value="declare">
            {words.declare}
          </button>
        </form>
      </details>
      {member.isDeclared && (
        <form class="block" method="post" action={action} novalidate>
          <h2>{words.handTitle}</h2>
          <HiddenFields values={{ csrf }} />
          <p>{fill(words.handText, { rated: member.rated, due: member.due })}</p>
          <button type="submit" class="btn" name="do" value="hand">
            {words.hand}
          </button>
        </form>
      )}
    </>
  )
}

function PanelParts(props: PartProps & { panel: NonNullable<PartProps['panel']> }) {
  const { panel, isOffice, phase, lock, words, action, csrf, rule, reason } = props
  const { members, candidates } = panel
  const waiting = members.filter(({ state }) => state !== 'submitted').length
  return (
    <section class="block" aria-labelledby="panel">
      <h2 id="panel">{words.panel}</h2>
      {members.length > 0 && (
        <Scroll label={words.panel}>
          <DataTable
            caption={words.panel}
            quietCaption
            columns={[
              { label: words.member },
              { label: words.state },
              { label: words.progress, numeric: true },
              { label: words.conflicts },
            ]}
            rows={members.map(({ id, name, state, conflicts, rated, due }) => [
              <bdi key={id}>{name}</bdi>,
              words[`state_${state}`],
              `${rated} / ${due}`,
              <bdi key="c">{conflicts.join(' · ')}</bdi>,
            ])}
          />
        </Scroll>
      )}
      {isOffice && phase !== 'closed' && lock !== 'over' && (
        <>
          {members
            .filter(({ state }) => state !== 'submitted')
            .map(({ id, name }) => (
              <form key={id} method="post" action={action}>
                <HiddenFields values={{ csrf, user: id }} />
                <button type="submit" class="btn btn-2" name="do" value="dismiss">
                  {fill(words.dismiss, { name })}
                </button>
              </form>
            ))}
          <form method="post" action={action} novalidate>
            <h3>{words.nameTitle}</h3>
            <HiddenFields values={{ csrf }} />
            {candidates.length === 0 ? (
              <p class="hint">{words.nobody}</p>
            ) : (
              <>
                <Select
                  name="user"
                  label={words.member}
                  hint={words.nameHint}
                  options={candidates.map(({ id, name }) => ({ value: id, text: name }))}
                  value=""
                />
                <button type="submit" class="btn btn-2" name="do" value="name">
                  {words.name}
                </button>
              </>
            )}
          </form>
          {phase === 'submitting' && lock === null && (
            <form method="post" action={action}>
              <HiddenFields values={{ csrf }} />
              <p>{fill(words.startText, { ratings: rule.ratings })}</p>
              <button type="submit" class="btn" name="do" value="start">
                {words.start}
              </button>
            </form>
          )}
          {phase === 'rating' && (
            <details>
              <summary>{words.close}</summary>
              <form method="post" action={action} novalidate>
                <HiddenFields values={{ csrf }} />
                <p>{fill(words.closeText, { n: waiting })}</p>
                <TextArea
                  name="reason"
                  label={words.closeReason}
                  input={{ rows: 2, value: reason, autocomplete: 'off' }}
                />
                <button type="submit" class="btn btn-2" name="do" value="close">
                  {words.close}
                </button>
              </form>
            </details>
          )}
        </>
      )}
    </section>
  )
}

function Record({ recordable, rule, words, action, csrf }: PartProps) {
  if (!recordable || recordable.with === 0) return null
  const { with: n, without: missing } = recordable
  return (
    <form method="post" action={action}>
      <HiddenFields values={{ csrf }} />
      <p>{fill(words.recordText, { n, missing, indicator: rule.indicator })}</p>
      <button type="submit" class="btn" name="do" value="record">
        {words.record}
      </button>
    </form>
  )
}
