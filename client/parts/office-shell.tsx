import type { ComponentChildren } from 'preact'
import type { Locale } from '../../surveys/questionnaire.ts'
import { accountabilityMessages } from '../messages/accountability.ts'
import { caseMessages } from '../messages/cases.ts'
import { commentMessages } from '../messages/comments.ts'
import { complaintMessages } from '../messages/complaints.ts'
import { cycleMessages } from '../messages/cycles.ts'
import { fieldworkMessages } from '../messages/fieldwork.ts'
import { figuresMessages } from '../messages/figures.ts'
import { followUpMessages } from '../messages/follow-up.ts'
import { indicatorMessages } from '../messages/indicators.ts'
import { innovationMessages } from '../messages/innovation.ts'
import { invitationMessages } from '../messages/invitations.ts'
import { officeMessages } from '../messages/office.ts'
import { auditMessages } from '../messages/office-audit.ts'
import { boxMessages } from '../messages/office-box.ts'
import { deskMessages } from '../messages/office-desk.ts'
import { officeExportMessages } from '../messages/office-export.ts'
import { peopleMessages } from '../messages/people.ts'
import { placesMessages } from '../messages/places.ts'
import { publicationMessages } from '../messages/publication.ts'
import { questionnaireMessages } from '../messages/questionnaires.ts'
import { resultsMessages } from '../messages/results.ts'
import { reuseMessages } from '../messages/reuse.ts'
import { reviewMessages } from '../messages/reviews.ts'
import { selfMessages } from '../messages/self-assessment.ts'
import { settingsMessages } from '../messages/settings.ts'
import { summingMessages } from '../messages/summing.ts'
import { carry, urls } from '../urls.ts'
import type { OfficeEntry } from './office-entry.ts'

/** What staff can be. */
export type StaffRole =
  | 'platform_admin'
  | 'office_admin'
  | 'analyst'
  | 'reviewer'
  | 'organ_officer'
  | 'interviewer'
  | 'auditor'

/** What stands around every staff page: where one is, as whom, and the ways out. */
export type OfficeShellProps = {
  locale: Locale
  /** Path and query of this page in the other language. */
  languageHref: string
  /** Invented data: the banner stands on every page. */
  demo: boolean
  /** null before sign-in. `name` is what the header shows: a name or the sign-in address. */
  user: { name: string; role: StaffRole; csrf: string } | null
  /** The current jurisdiction and cycle; null where a page belongs to none. */
  place: { jid: string; jurisdiction: string; cycle: string; cycleTitle: string } | null
  /** Decisions of the jurisdiction that wait for a second person. */
  waiting: number
  /** The entry that is open, for aria-current. */
  current: OfficeEntry
}

/**
 * Who may read a cycle's fieldwork and scores, who may take them as files, who may see what the office decides about
 * surveys, who may see how a participation audit stands and by which indicators a cycle assesses: one rule for routes and for entries.
 */
export const readers: Record<
  'dashboard' | 'export' | 'desk' | 'audit' | 'people' | 'plan' | 'reviews',
  readonly StaffRole[]
> = {
  dashboard: ['office_admin', 'analyst', 'auditor'],
  export: ['office_admin', 'analyst'],
  desk: ['office_admin', 'analyst'],
  audit: ['office_admin', 'analyst', 'auditor'],
  // Who works here as what, and what they did.
  people: ['office_admin', 'auditor'],
  // By what organs are assessed: whoever assesses, is assessed or checks it.
  plan: ['office_admin', 'analyst', 'reviewer', 'organ_officer', 'auditor'],
  reviews: ['office_admin', 'analyst', 'reviewer', 'auditor'],
}

/**
 * Who may read self-assessment tables: an organ's own people theirs, everybody else what was submitted. Of several roles the
 * first counts.
 */
export const selfReaders: readonly StaffRole[] = ['office_admin', 'reviewer', 'organ_officer', 'analyst', 'auditor']

/** Who may read low ratings whose writers asked for an answer: an organ's own people theirs, once they were passed on. */
export const caseReaders: readonly StaffRole[] = ['office_admin', 'organ_officer', 'analyst', 'auditor']

/** Who has to do with innovation projects: an organ's own people with theirs, reviewers as members of the panel. */
export const innovationReaders = selfReaders

/** Who reads what organs may have to answer for: an organ's own people theirs, reviewers what they were named for. */
export const accountabilityReaders = selfReaders

/** Who may read what follows a publication: an organ's own people what is theirs. */
export const feedbackReaders: readonly StaffRole[] = ['office_admin', 'organ_officer', 'analyst', 'auditor']

/** Who may give them back to be put right. */
export const selfReturners: readonly StaffRole[] = ['office_admin', 'reviewer']

/** Who may decide there. */
export const deciders: readonly StaffRole[] = ['office_admin']

/** Who takes the sample of a participation audit, asks the people and records what they said: nobody of the office. */
export const auditors: readonly StaffRole[] = ['auditor']

/** True where this person may take files with scores. */
export const mayExport = ({ user }: OfficeShellProps): boolean => user !== null && readers.export.includes(user.role)

/** True where this person may read fieldwork and scores of a cycle. */
export const mayRead = ({ user }: OfficeShellProps): boolean => user !== null && readers.dashboard.includes(user.role)

/** True where this person may see what is decided about surveys, and where they may decide. */
export const mayFollow = ({ user }: OfficeShellProps): boolean => user !== null && readers.desk.includes(user.role)
export const mayDecide = ({ user }: OfficeShellProps): boolean => user !== null && deciders.includes(user.role)

/** True where this person may see who works here as what, and what was done. */
export const mayReadPeople = ({ user }: OfficeShellProps): boolean =>
  user !== null && readers.people.includes(user.role)

/** True where this person holds participation audits. */
export const mayAudit = ({ user }: OfficeShellProps): boolean => user !== null && auditors.includes(user.role)

/** Who writes other people's answers down, and who sees for how many. */
export const assistants: readonly StaffRole[] = ['interviewer']
export const assistReaders: readonly StaffRole[] = ['interviewer', 'office_admin', 'analyst']

/** True where this person writes other people's answers down. */
export const mayAssist = ({ user }: OfficeShellProps): boolean => user !== null && assistants.includes(user.role)

/** Header, navigation and main part of a staff page. */
export function OfficeShell({
  shell,
  children,
  narrow,
}: {
  shell: OfficeShellProps
  children: ComponentChildren
  narrow?: boolean
}) {
  const words = officeMessages(shell.locale)
  const { product } = resultsMessages(shell.locale)
  const { user, place } = shell
  return (
    <>
      <a class="skip" href="#main">
        {words.skip}
      </a>
      <header class="top">
        {shell.demo && (
          <p class="demo">
            <strong>{words.demo}</strong> {words.demoText}
          </p>
        )}
        <div class="frame">
          <p class="where">
            <a class="brand" href={carry(urls.office(), { locale: shell.locale })}>
              {product}
            </a>
            {place && (
              <span class="place" title={`${place.jurisdiction} ${place.cycleTitle}`}>
                <bdi>{place.jurisdiction}</bdi> <span class="cycle">{place.cycleTitle}</span>
              </span>
            )}
          </p>
          {user && <Entries shell={shell} />}
          <div class="me">
            {user && (
              <p>
                <a href={carry(urls.account(), { locale: shell.locale })}>
                  <bdi>{user.name}</bdi>
                </a>{' '}
                <span class="tag">{words[user.role]}</span>
              </p>
            )}
            <a href={shell.languageHref} lang={words.otherLanguageCode} hreflang={words.otherLanguageCode}>
              {words.otherLanguage}
            </a>
            {user && (
              <form method="post" action={carry(urls.signOut(), { locale: shell.locale })}>
                <input type="hidden" name="csrf" value={user.csrf} />
                <button type="submit" class="quiet">
                  {words.navSignOut}
                </button>
              </form>
            )}
          </div>
        </div>
      </header>
      <main id="main" class={narrow ? 'frame narrow' : 'frame'}>
        {children}
      </main>
    </>
  )
}

type EntryId = Exclude<OfficeShellProps['current'], 'none'>

interface Entry {
  readonly id: EntryId
  readonly text: string
  readonly href: string
  readonly count?: number
}

/** Under which heading an entry stands; null for those that are always there. */
const sectionOf: Readonly<Record<EntryId, SectionId | null>> = {
  home: null,
  platform: null,
  dashboard: null,
  approvals: null,
  cycles: 'prepare',
  indicators: 'prepare',
  questionnaires: 'prepare',
  population: 'prepare',
  reuse: 'prepare',
  surveys: 'collect',
  invitations: 'collect',
  fieldwork: 'collect',
  complaints: 'collect',
  figures: 'outcome',
  screening: 'outcome',
  comments: 'outcome',
  publication: 'outcome',
  exports: 'outcome',
  self: 'assess',
  reviews: 'assess',
  innovation: 'assess',
  summing: 'assess',
  feedback: 'follow',
  cases: 'follow',
  accountability: 'follow',
  places: 'follow',
  audits: 'administer',
  people: 'administer',
  audit: 'administer',
  settings: 'administer',
}

const sectionIds = ['prepare', 'collect', 'outcome', 'assess', 'follow', 'administer'] as const
type SectionId = (typeof sectionIds)[number]

/** So few entries stand in one row, without headings. */
const FEW = 9

/** What this person may open. An entry without permission is absent, not disabled. */
function entriesOf(shell: OfficeShellProps): Entry[] {
  const { locale, place } = shell
  const words = officeMessages(locale)
  const entries: Entry[] = [{ id: 'home', text: words.navHome, href: urls.office() }]
  if (shell.user?.role === 'platform_admin')
    entries.push({ id: 'platform', text: placesMessages(locale).platformNav, href: urls.platform() })
  if (!place) return entries
  const { jid, cycle } = place
  const desk = deskMessages(locale)
  const box = boxMessages(locale)
  const people = peopleMessages(locale)
  const follows = mayFollow(shell)
  if (mayRead(shell))
    entries.push(
      { id: 'dashboard', text: words.navDashboard, href: urls.dashboard(jid, cycle) },
      { id: 'figures', text: figuresMessages(locale).nav, href: urls.figures(jid, cycle) },
    )
  if (follows) entries.push({ id: 'cycles', text: cycleMessages(locale).nav, href: urls.cycles(jid) })
  if (shell.user && readers.plan.includes(shell.user.role))
    entries.push({ id: 'indicators', text: indicatorMessages(locale).nav, href: urls.indicators(jid, cycle) })
  if (follows)
    entries.push(
      { id: 'questionnaires', text: questionnaireMessages(locale).nav, href: urls.questionnaires(jid) },
      { id: 'surveys', text: box.navSurveys, href: urls.surveys(jid, cycle) },
      { id: 'invitations', text: invitationMessages(locale).nav, href: urls.invitations(jid, cycle) },
    )
  if (mayRead(shell))
    entries.push({ id: 'fieldwork', text: fieldworkMessages(locale).nav, href: urls.fieldwork(jid, cycle) })
  if (follows)
    entries.push(
      { id: 'population', text: desk.navPopulation, href: urls.population(jid, cycle) },
      { id: 'screening', text: desk.navScreening, href: urls.screening(jid, cycle) },
    )
  if (mayRead(shell))
    entries.push({ id: 'comments', text: commentMessages(locale).nav, href: urls.comments(jid, cycle) })
  if (follows)
    entries.push(
      { id: 'complaints', text: complaintMessages(locale).nav, href: urls.complaints(jid, cycle) },
      { id: 'approvals', text: box.navApprovals, href: urls.approvals(jid), count: shell.waiting },
      { id: 'publication', text: publicationMessages(locale).nav, href: urls.publication(jid, cycle) },
    )
  if (shell.user && readers.audit.includes(shell.user.role))
    entries.push({ id: 'reuse', text: reuseMessages(locale).nav, href: urls.reuse(jid, cycle) })
  if (shell.user && caseReaders.includes(shell.user.role))
    entries.push({ id: 'cases', text: caseMessages(locale).nav, href: urls.cases(jid, cycle) })
  if (shell.user && selfReaders.includes(shell.user.role))
    entries.push({ id: 'self', text: selfMessages(locale).nav, href: urls.selfAssessments(jid, cycle) })
  if (shell.user && readers.reviews.includes(shell.user.role))
    entries.push({ id: 'reviews', text: reviewMessages(locale).nav, href: urls.reviews(jid, cycle) })
  if (shell.user && feedbackReaders.includes(shell.user.role))
    entries.push({ id: 'feedback', text: followUpMessages(locale).nav, href: urls.feedbackList(jid, cycle) })
  if (shell.user?.role === 'reviewer')
    entries.push({ id: 'feedback', text: followUpMessages(locale).leadNav, href: urls.leadRectification(jid, cycle) })
  if (shell.user && innovationReaders.includes(shell.user.role))
    entries.push(
      { id: 'innovation', text: innovationMessages(locale).nav, href: urls.innovation(jid, cycle) },
      { id: 'accountability', text: accountabilityMessages(locale).nav, href: urls.accountability(jid, cycle) },
    )
  if (mayRead(shell)) entries.push({ id: 'summing', text: summingMessages(locale).nav, href: urls.summing(jid, cycle) })
  // Whoever works at the desk comes to an audit by its survey.
  if (mayAudit(shell))
    entries.push({ id: 'audits', text: auditMessages(locale).navAudits, href: urls.audits(jid, cycle) })
  if (mayExport(shell))
    entries.push({ id: 'exports', text: officeExportMessages(locale).nav, href: urls.exports(jid, cycle) })
  if (mayRead(shell)) entries.push({ id: 'places', text: placesMessages(locale).nav, href: urls.placesBelow(jid) })
  if (mayReadPeople(shell))
    entries.push(
      { id: 'people', text: people.nav, href: urls.people(jid) },
      { id: 'audit', text: people.navAudit, href: urls.auditLog(jid) },
      { id: 'settings', text: settingsMessages(locale).nav, href: urls.settings(jid) },
    )
  return entries
}

/** A heading of the menu: it leads to the first of its entries. */
interface Section {
  readonly id: SectionId
  readonly text: string
  readonly entries: readonly Entry[]
}

/** The menu of a person: what always stands there, and the headings in the order in which a year goes. */
export function menuOf(shell: OfficeShellProps): {
  readonly fixed: readonly Entry[]
  readonly sections: readonly Section[]
} {
  const words = officeMessages(shell.locale)
  const entries = entriesOf(shell)
  if (entries.length <= FEW) return { fixed: entries, sections: [] }
  const order = Object.keys(sectionOf)
  const sections = sectionIds.map((id) => ({
    id,
    text: words[`section_${id}`],
    entries: entries
      .filter((entry) => sectionOf[entry.id] === id)
      .sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id)),
  }))
  return {
    fixed: entries.filter(({ id }) => sectionOf[id] === null),
    sections: sections.filter((section) => section.entries.length > 0),
  }
}

function Entries({ shell }: { shell: OfficeShellProps }) {
  const { locale, current } = shell
  const { fixed, sections } = menuOf(shell)
  const open = sections.find((section) => section.entries.some(({ id }) => id === current))
  return (
    <nav class="entries" aria-label={officeMessages(locale).navLabel}>
      <ul>
        {fixed.map((entry) => (
          <EntryLink key={entry.id} entry={entry} shell={shell} />
        ))}
        {sections.map(({ id, text, entries }) => (
          <li key={id}>
            <a href={carry(entries[0]!.href, { locale })} aria-current={id === open?.id ? 'true' : undefined}>
              {text}
            </a>
          </li>
        ))}
      </ul>
      {open && (
        <ul class="within" aria-label={open.text}>
          {open.entries.map((entry) => (
            <EntryLink key={entry.id} entry={entry} shell={shell} />
          ))}
        </ul>
      )}
    </nav>
  )
}

function EntryLink({ entry, shell }: { entry: Entry; shell: OfficeShellProps }) {
  const { id, text, href, count = 0 } = entry
  return (
    <li>
      <a href={carry(href, { locale: shell.locale })} aria-current={id === shell.current ? 'page' : undefined}>
        {text}
        {count > 0 && <span class="tag num">{count}</span>}
      </a>
    </li>
  )
}
