import { type KeptEvidence, listEvidence } from '../../db/evidence.ts'
import { listProjects, type Project, projectSubject } from '../../db/innovation.ts'
import { type Member, type Panel, readPanel } from '../../db/innovation-panel.ts'
import { type CycleFile, type FoundCycle, findCycle, type OrganRow, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { reaches } from '../../db/self-assessments.ts'
import {
  type InnovationRule,
  innovationIndicator,
  innovationOf,
  organResult,
  type ProjectResult,
  projectResult,
} from '../../surveys/innovation.ts'
import { type Indicator, type Plan, parsePlan } from '../../surveys/plan.ts'
import type { Rational } from '../../surveys/rational.ts'
import { isScored } from '../../surveys/review.ts'
import type { Exchange } from '../route.ts'
import { readStored } from '../stored.ts'

// What every page of the innovation review begins with: the cycle and its rule, the projects, the panel, and what the person in
// front of it has to do with them.

export interface InnovationDesk {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly plan: Plan
  readonly rule: InnovationRule
  /** null in a plan whose performance office scores nothing. */
  readonly indicator: Indicator | null
  readonly projects: readonly Project[]
  readonly panel: Panel
  readonly phase: 'submitting' | 'rating' | 'closed'
  readonly lock: 'notYet' | 'over' | null
  /** The person as a member of the panel. */
  readonly me: Member | null
  /** Organs of the cycle for which the person submits. */
  readonly own: readonly OrganRow[]
  /** The person may read the ratings of all. */
  readonly seesResults: boolean
}

/** The review of a path `/office/{jid}/{cycle}/innovation…`; null where there is no such cycle, or none with a plan. */
export async function openInnovation(exchange: Exchange, scope: Scope): Promise<InnovationDesk | null> {
  const { world, params, staff } = exchange
  const { jid = '', cycle = '' } = params as Record<string, string>
  const found = await findCycle(world.db, jid, cycle)
  if (!found?.planId) return null
  const [file, projects, panel] = await Promise.all([
    readCycle(world.db, scope, found.cycle.id),
    listProjects(world.db, scope, found.cycle.id),
    readPanel(world.db, scope, found.cycle.id),
  ])
  const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
  const me = panel.members.find(({ user }) => user === scope.actor) ?? null
  const { grants } = (staff as Exchange<string, readonly []>['staff'])!
  const own = file.organs.filter(({ id }) =>
    grants.some(
      (grant) => grant.jurisdiction === scope.jurisdiction && grant.role === 'organ_officer' && grant.organ === id,
    ),
  )
  const isClosed = panel.round !== null && panel.round.closedAt > 0
  const isOver = !['draft', 'targets', 'fieldwork', 'closed'].includes(found.cycle.state)
  const isFinal = file.plan.frozenAt !== null && found.cycle.state !== 'draft'
  return {
    ...{ found, file, plan, panel, me, own },
    rule: innovationOf(plan),
    indicator: innovationIndicator(plan),
    projects: projects.filter(({ organ }) => mayRead(scope, me, own, organ)),
    phase: isClosed ? 'closed' : panel.round ? 'rating' : 'submitting',
    lock: isOver ? 'over' : isFinal ? null : 'notYet',
    // Whoever works for an organ alone reads its projects alone, and would see no others' results.
    seesResults: isClosed && scope.role !== 'organ_officer' && (me !== null || scope.role !== 'reviewer'),
  }
}

/** Reviewers read projects as members of the panel only, and an organ's own people theirs. */
function mayRead(scope: Scope, me: Member | null, own: readonly OrganRow[], organ: number): boolean {
  if (own.some(({ id }) => id === organ)) return true
  if (scope.role === 'reviewer') return me !== null
  return reaches(scope, organ)
}

/** Whether the person is left out of the rating of an organ. */
export const isConflicted = ({ me }: InnovationDesk, organ: number): boolean =>
  me?.conflicts.some((each) => each.organ === organ) ?? false

/** The projects that a member has to rate. */
export const projectsOf = ({ projects }: Pick<InnovationDesk, 'projects'>, { conflicts }: Member): Project[] =>
  projects.filter(({ organ }) => !conflicts.some((each) => each.organ === organ))

export interface OrganInnovation {
  readonly organ: OrganRow
  readonly projects: readonly { readonly project: Project; readonly result: ProjectResult }[]
  /** null where a project has too few ratings. */
  readonly result: Rational | null
}

/** What the ratings give for every organ that the indicator is about; for a closed round alone. */
export function resultsOf({ file, plan, rule, indicator, projects, panel }: InnovationDesk): OrganInnovation[] {
  if (!indicator) return []
  return file.organs
    .filter((organ) => isScored(plan, organ.class, { node: indicator, scoredBy: 'performance_office' }))
    .map((organ) => {
      const own = projects.filter((each) => each.organ === organ.id)
      const rated = own.map((project) => {
        const ratings = panel.ratings.filter((each) => each.organ === project.organ && each.n === project.n)
        return {
          project,
          result: projectResult(
            rule,
            ratings.map(({ scores }) => scores),
          ),
        }
      })
      return {
        organ,
        projects: rated,
        result: organResult(
          rule,
          rated.map(({ result }) => result),
        ),
      }
    })
}

export interface ProjectDesk extends InnovationDesk {
  readonly organ: OrganRow
  /** null for one that is not there yet. */
  readonly project: Project | null
  readonly files: readonly KeptEvidence[]
  /** The person may change it now. */
  readonly mayEdit: boolean
}

/** The project of a path `…/innovation/{organ}/{n}`, where 0 is a new one; null where there is none that the person may read. */
export async function openProject(exchange: Exchange, scope: Scope): Promise<ProjectDesk | null> {
  const desk = await openInnovation(exchange, scope)
  const { organ: code, n: number = '' } = exchange.params as Record<string, string>
  const organ = desk?.file.organs.find((each) => each.code === code)
  if (!desk?.indicator || !organ) return null
  const n = Number(number)
  const isOwn = desk.own.some(({ id }) => id === organ.id)
  const mayEdit = isOwn && desk.phase === 'submitting' && desk.lock === null
  if (n === 0) return isOwn ? { ...desk, organ, project: null, files: [], mayEdit } : null
  const project = desk.projects.find((each) => each.organ === organ.id && each.n === n)
  if (!project) return null
  const files = await listEvidence(exchange.world.db, scope, { cycle: desk.found.cycle.id, organ: organ.id })
  return { ...desk, organ, project, files: files.filter(({ subject }) => subject === projectSubject(n)), mayEdit }
}
