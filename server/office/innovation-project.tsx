import { fill } from '../../client/messages/fill.ts'
import { innovationMessages } from '../../client/messages/innovation.ts'
import {
  longestRemark,
  ProjectPage,
  type ProjectPageProps,
  projectTitle,
  scoreField,
} from '../../client/pages/office/innovation-project.tsx'
import { innovationReaders } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { countProjects, projectSubject, saveProject, withdrawProject } from '../../db/innovation.ts'
import { saveRating } from '../../db/innovation-panel.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalText, hex } from '../../surveys/canonical.ts'
import {
  longestProject,
  type ProjectText,
  projectFields,
  ratingTotal,
  readProject,
  readRating,
} from '../../surveys/innovation.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { trimmed } from '../figures.ts'
import { refuseForeign } from '../guard.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, nameOf } from '../surveys.ts'
import { answerEvidence, judgeFiles } from './evidence-form.ts'
import { isConflicted, openProject, type ProjectDesk } from './innovation-desk.ts'
import { shellOf } from './shell.ts'

const reading = { who: innovationReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' } as const

/** One project: to write, to read, or to rate. */
export const innovationProject = defineRoute({
  method: 'GET',
  path: patterns.innovationProject,
  policy: reading,
  async handler(exchange) {
    const { scope, url } = exchange
    const desk = await openProject(exchange, scope)
    if (!desk) return missing(exchange, scope)
    const done = (['saved', 'rated'] as const).find((each) => each === url.searchParams.get('done'))
    return show(exchange, scope, desk, { done: done ?? null }, 200)
  },
})

/** Keeps a project of an own organ with its files, or takes it back. */
export const innovationSave = defineRoute({
  method: 'POST',
  path: patterns.innovationProject,
  policy: { who: ['organ_officer'], scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'upload'], maximumBytes: 256 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale, req } = exchange
    if (body.kind !== 'form') return refuse(exchange, 'bad_request')
    const { remove: removed = [], ...fields } = Object.fromEntries(body.fields)
    const names = ['csrf', 'do', 'version', 'file', ...projectFields] as const
    const values = formValues(new Map(Object.entries(fields)), names)
    const { version = '', do: press } = values ?? {}
    const isWhole = projectFields.every((field) => values?.[field] !== undefined)
    if (!values || !isWhole || !/^\d{1,9}$/.test(version) || (press !== 'save' && press !== 'withdraw'))
      return refuse(exchange, 'bad_request')
    const desk = await openProject(exchange, scope)
    if (!desk) return missing(exchange, scope)
    const words = innovationMessages(locale)
    const { rule, project, organ } = desk
    const typed = { title: values.title!, content: values.content!, effect: values.effect! }
    const again = (said: Said, status: number, message = '') =>
      show(exchange, scope, desk, { typed, said, message, version: Number(version) }, status)
    if (!desk.mayEdit) return again({}, 409, words.conflict)
    const n = project?.n ?? 0
    const place = { cycle: desk.found.cycle.id, organ: organ.id, n, version: Number(version) }
    const moment = { now: world.now(), req }
    if (press === 'withdraw') {
      const withdrawn = await withdrawProject(world.writer, scope, { ...place, ...moment })
      if (!withdrawn.ok) return again({}, 409, words.conflict)
      return seeOther(
        exchange,
        'office',
        `${carry(urls.innovation(params.jid, params.cycle), exchange)}&done=withdrawn`,
      )
    }
    const gone = desk.files.filter(({ sha256 }) => removed.includes(hex(sha256)))
    const uploads = body.uploads ?? []
    if (uploads.some(({ field }) => field !== 'file')) return refuse(exchange, 'bad_request')
    const kept = desk.files.filter((file) => !gone.includes(file))
    const files = judgeFiles(uploads, { subject: projectSubject(n), kept, title: typed.title }, locale)
    const read = readProject(typed)
    const said: Record<string, string> = {}
    if (!read.ok)
      for (const { field, code } of read.error)
        said[field] = fill(words[code], { field: words[fieldWords[field]], n: longestProject[field] })
    if (files.problems.length > 0) said['file'] = files.problems.join(' ')
    if (!read.ok || Object.keys(said).length > 0) return again(said, 422, uploads.length > 0 ? words.fileAgain : '')
    for (const { upload } of files.added) await world.evidence!.keep(upload)
    const saved = await saveProject(world.writer, scope, {
      ...place,
      ...moment,
      text: read.value,
      most: rule.perOrgan,
      added: files.added.map(({ file }) => file),
      removed: gone.map(({ sha256 }) => sha256),
    })
    if (!saved.ok)
      return again({}, 409, files.added.length > 0 ? `${words.conflict} ${words.fileQuota}` : words.conflict)
    const own = urls.innovationProject(params.jid, params.cycle, organ.code, n || place.version + 1)
    return seeOther(exchange, 'office', `${carry(own, exchange)}&done=saved`)
  },
})

/** Keeps the rating of a member of the panel. */
export const innovationRate = defineRoute({
  method: 'POST',
  path: patterns.innovationRate,
  policy: {
    who: ['office_admin', 'reviewer'],
    scope: 'jurisdiction',
    csrf: 'staff',
    limit: 'staff-write',
    cache: 'never',
  },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale, req } = exchange
    if (body.kind !== 'form' || !body.fields.has('remark')) return refuse(exchange, 'bad_request')
    const desk = await openProject(exchange, scope)
    if (!desk?.project) return missing(exchange, scope)
    const { rule, project, organ } = desk
    const names = rule.criteria.map(({ id }) => scoreField(id))
    const values = formValues(body.fields, ['csrf', 'remark', ...names])
    if (!values) return refuse(exchange, 'bad_request')
    const words = innovationMessages(locale)
    const typed = Object.fromEntries(rule.criteria.map(({ id }) => [id, values[scoreField(id)] ?? '']))
    const remark = values['remark'] ?? ''
    const again = (said: Said, status: number, message = '') =>
      show(exchange, scope, desk, { scores: typed, remark, said, message }, status)
    if (!desk.me) return refuse(exchange, 'forbidden')
    if (isConflicted(desk, organ.id)) return again({}, 403, words.rateConflict)
    const read = readRating(rule.criteria, typed)
    const text = canonicalText(remark)
    const said: Record<string, string> = {}
    for (const { id, title } of rule.criteria)
      if (!read.ok && read.error.includes(id))
        said[scoreField(id)] = fill(words.problemRate, { criterion: localized(title, locale) })
    if (!text.ok || [...text.value].length > longestRemark)
      said['remark'] = fill(words.problemRemark, { n: longestRemark })
    if (!read.ok || !text.ok || Object.keys(said).length > 0) return again(said, 422)
    const rating = { organ: project.organ, n: project.n, scores: read.value, remark: text.value }
    const act = { cycle: desk.found.cycle.id, ...rating, now: world.now(), req }
    const saved = await saveRating(world.writer, scope, act)
    if (!saved.ok) return again({}, 409, desk.me.declaredAt > 0 ? words.problemState : words.rateFirst)
    const own = urls.innovationProject(params.jid, params.cycle, organ.code, project.n)
    return seeOther(exchange, 'office', `${carry(own, exchange)}&done=rated`)
  },
})

/** A file of evidence of a project. */
export const innovationEvidence = defineRoute({
  method: 'GET',
  path: patterns.innovationEvidence,
  policy: reading,
  async handler(exchange) {
    const { scope, params } = exchange
    const desk = await openProject(exchange, scope)
    if (!desk) return missing(exchange, scope)
    return answerEvidence(
      exchange,
      desk.files.find(({ sha256 }) => hex(sha256) === params.hash),
    )
  },
})

type Said = Readonly<Record<string, string>>

const fieldWords = { title: 'projectName', content: 'content', effect: 'effect' } as const

/** What is another organ's answers an organ's own people like what does not exist, and the try is written down. */
const missing = (exchange: Exchange, scope: Scope): Response | Promise<Response> =>
  scope.role === 'organ_officer' ? refuseForeign(exchange, scope) : refuse(exchange, 'not_found')

interface Shown {
  readonly typed?: ProjectText
  readonly scores?: Readonly<Record<string, string>>
  readonly remark?: string
  readonly version?: number
  readonly said?: Said
  readonly message?: string
  readonly done?: ProjectPageProps['done']
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: ProjectDesk,
  { typed, scores, remark, version, said = {}, message = '', done = null }: Shown,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { jid = '', cycle = '' } = exchange.params as Record<string, string>
  const { found, project, organ, rule, panel, me, files, phase } = desk
  const n = project?.n ?? 0
  const given = project ? panel.ratings.filter((each) => each.organ === project.organ && each.n === n) : []
  const mine = given.find(({ user }) => user === scope.actor)
  const place = { cycle: found.cycle.id, organ: organ.id }
  const names = await readStaffNames(
    world.db,
    scope,
    given.map(({ user }) => user),
  )
  const rates = me !== null && project !== null && phase === 'rating' && me.submittedAt === 0
  const props: ProjectPageProps = {
    shell: await shellOf(exchange, 'innovation', found),
    organ: nameOf(organ, locale),
    href: urls.innovationProject(jid, cycle, organ.code, n),
    rateHref: urls.innovationRate(jid, cycle, organ.code, n),
    text: typed ?? project ?? { title: '', content: '', effect: '' },
    isNew: project === null,
    mayEdit: desk.mayEdit,
    version: version ?? project?.version ?? (await countProjects(world.db, scope, place)),
    files: files.map(({ name, sha256 }) => ({
      name,
      hash: hex(sha256),
      href: urls.innovationEvidence(jid, cycle, organ.code, n, hex(sha256)),
    })),
    hindrance: !rates ? null : isConflicted(desk, organ.id) ? 'rateConflict' : me.declaredAt === 0 ? 'rateFirst' : null,
    rating: rates
      ? {
          criteria: rule.criteria.map(({ id, title, weight }) => ({
            ...{ id, weight, title: localized(title, locale) },
            value: scores?.[id] ?? mine?.scores[id] ?? '',
          })),
          remark: remark ?? mine?.remark ?? '',
        }
      : null,
    // A member reads the own rating as it was handed in.
    ratings:
      desk.seesResults || (me !== null && me.submittedAt > 0 && given.length > 0)
        ? {
            criteria: rule.criteria.map(({ title }) => localized(title, locale)),
            rows: given.map((each) => ({
              name: names.get(each.user) ?? each.user,
              points: rule.criteria.map(({ id }) => each.scores[id]!),
              total: trimmed(ratingTotal(rule, each.scores)),
              remark: each.remark,
            })),
          }
        : null,
    ...{ said, message, done },
  }
  return answerHtml(exchange, {
    face: 'office',
    title: projectTitle(props),
    body: <ProjectPage {...props} />,
    status,
  })
}
