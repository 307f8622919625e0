import { fill } from '../../client/messages/fill.ts'
import { selfMessages } from '../../client/messages/self-assessment.ts'
import {
  longestNote,
  noteField,
  SelfPage,
  type SelfPageProps,
  selfTitle,
} from '../../client/pages/office/self-assessment.tsx'
import { selfFields } from '../../client/pages/office/self-form.tsx'
import { selfReaders, selfReturners } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { listOrgans } from '../../db/cycle-setup.ts'
import type { Scope } from '../../db/scope.ts'
import { openNotes, returnSelf, saveSelf } from '../../db/self-assessments.ts'
import { canonicalText } from '../../surveys/canonical.ts'
import {
  emptySheet,
  evidenceLimits,
  isLedBy,
  missingIn,
  readSheet,
  remarkFields,
  type SelfSheet,
} from '../../surveys/self-assessment.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { refuseForeign } from '../guard.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized } from '../surveys.ts'
import {
  deadlineOf,
  isOpenForSelf,
  linesOf,
  openSelf,
  organName,
  type SelfDesk,
  submissionOf,
  totalOf,
} from './self-desk.ts'
import { differencesOf, judgeUploads, readTyped, type Said, textsSaid } from './self-form.ts'
import { readSelfFile } from './self-table.ts'
import { shellOf } from './shell.ts'

/** One organ's table: its own people fill it in, others read what was submitted. */
export const selfPage = defineRoute({
  method: 'GET',
  path: patterns.selfAssessment,
  policy: { who: selfReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const desk = await openSelf(exchange, scope)
    if (desk === 'foreign') return refuseForeign(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const done = (['saved', 'imported', 'submitted', 'returned'] as const).find(
      (each) => each === url.searchParams.get('done'),
    )
    return show(exchange, scope, desk, { done: done ?? null }, 200)
  },
})

/** Saves what an organ has written, with its files, and hands it over where that was asked for. */
export const selfSave = defineRoute({
  method: 'POST',
  path: patterns.selfAssessment,
  policy: { who: ['organ_officer'], scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'upload'], maximumBytes: 1024 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale, req } = exchange
    const desk = await openSelf(exchange, scope)
    if (desk === 'foreign') return refuseForeign(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    if (body.kind !== 'form') return refuse(exchange, 'bad_request')
    const { items } = desk
    const uploads = body.uploads ?? []
    const typed = readTyped(desk, body.fields)
    const files = typed && judgeUploads(desk, uploads, typed.removed, locale)
    if (!typed || !files) return refuse(exchange, 'bad_request')
    const words = selfMessages(locale)
    const again = (said: Said, message = uploads.length > 0 ? words.fileAgain : '') =>
      show(exchange, scope, desk, { typed: typed.sheet, said, message }, 422)
    if (!desk.mayEdit) return show(exchange, scope, desk, {}, 409)
    if (typed.version !== (desk.self?.version ?? 0)) return showConflict(exchange, scope, desk, typed.sheet)
    const read = readSheet(items, typed.sheet)
    const said = { ...(read.ok ? {} : textsSaid(items, read.error, locale)), ...files.said }
    if (!read.ok || Object.keys(said).length > 0) return again(said)
    const missing = typed.submits ? missingIn(items, read.value) : []
    const submits = typed.submits && missing.length === 0
    for (const { upload } of files.added) await world.evidence!.keep(upload)
    const added = files.added.map(({ file }) => file)
    const place = { cycle: desk.found.cycle.id, organ: desk.organ.id }
    const act = { ...place, version: typed.version, sheet: read.value, added, removed: typed.removed, submits }
    const saved = await saveSelf(world.writer, scope, { ...act, now: world.now(), req })
    const now = await openSelf(exchange, scope)
    if (!now || now === 'foreign') return refuse(exchange, 'not_found')
    if (!saved.ok) {
      if (!now.mayEdit) return show(exchange, scope, now, {}, 409)
      if (typed.version !== (now.self?.version ?? 0)) return showConflict(exchange, scope, now, typed.sheet)
      const size = `${evidenceLimits.organBytes / 1024 / 1024} MiB`
      return again({ [selfFields.file]: fill(words.fileQuota, { size }) })
    }
    if (missing.length > 0) {
      const lacks = textsSaid(items, missing, locale)
      return show(exchange, scope, now, { said: lacks, message: words.keptDraft }, 422)
    }
    if (exchange.wantsJson) return savedJson(exchange, now)
    const address = urls.selfAssessment(params.jid, params.cycle, params.organ)
    return seeOther(exchange, 'office', `${carry(address, exchange)}&done=${submits ? 'submitted' : 'saved'}`)
  },
})

/** Reads a file that was filled in into the draft, all of it or nothing. */
export const selfImport = defineRoute({
  method: 'POST',
  path: patterns.selfImport,
  policy: { who: ['organ_officer'], scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'multipart'], maximumBytes: 2 * 1024 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale, req } = exchange
    const desk = await openSelf(exchange, scope)
    if (desk === 'foreign') return refuseForeign(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', selfFields.version]) : null
    const file = body.kind === 'form' ? body.files?.get(selfFields.filled) : undefined
    if (!file || !/^\d{1,9}$/.test(values?.version ?? '')) return refuse(exchange, 'bad_request')
    if (!desk.mayEdit) return show(exchange, scope, desk, {}, 409)
    const read = await readSelfFile(file, desk, locale)
    if (!read.ok) return show(exchange, scope, desk, { fileProblems: read.error }, 422)
    const place = { cycle: desk.found.cycle.id, organ: desk.organ.id }
    const act = { ...place, version: Number(values!.version), sheet: read.value, now: world.now(), req }
    const saved = await saveSelf(world.writer, scope, act)
    if (saved.ok) {
      const address = urls.selfAssessment(params.jid, params.cycle, params.organ)
      return seeOther(exchange, 'office', `${carry(address, exchange)}&done=imported`)
    }
    const now = await openSelf(exchange, scope)
    if (!now || now === 'foreign') return refuse(exchange, 'not_found')
    return now.mayEdit ? showConflict(exchange, scope, now, read.value) : show(exchange, scope, now, {}, 409)
  },
})

/** Gives a submitted table back with notes: the office about anything, a lead department about its own items. */
export const selfReturn = defineRoute({
  method: 'POST',
  path: patterns.selfReturn,
  policy: { who: selfReturners, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 256 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale, req } = exchange
    const desk = await openSelf(exchange, scope)
    if (desk === 'foreign') return refuseForeign(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const words = selfMessages(locale)
    const version = body.kind === 'form' ? body.fields.get(selfFields.version)?.[0] : undefined
    if (body.kind !== 'form' || version === undefined) return refuse(exchange, 'bad_request')
    const targets = await targetsOf(exchange, scope, desk)
    if (targets.length === 0) return refuse(exchange, 'forbidden')
    const names = targets.map(({ name }) => noteField(name))
    for (const [name, given] of body.fields)
      if (given.length !== 1 || !['csrf', selfFields.version, ...names].includes(name))
        return refuse(exchange, 'bad_request')
    const notes: Record<string, string> = {}
    const typed: Record<string, string> = {}
    const said: Record<string, string> = {}
    for (const { name, title } of targets) {
      typed[name] = body.fields.get(noteField(name))?.[0] ?? ''
      const text = canonicalText(typed[name])
      if (!text.ok) said[noteField(name)] = fill(words.returnBad, { item: title })
      else if ([...text.value].length > longestNote)
        said[noteField(name)] = fill(words.returnLong, { item: title, n: longestNote })
      else if (text.value !== '') notes[name] = text.value
    }
    if (Object.keys(said).length === 0 && Object.keys(notes).length === 0) said[names[0]!] = words.returnNone
    if (Object.keys(said).length > 0) return show(exchange, scope, desk, { said, notes: typed }, 422)
    const place = { cycle: desk.found.cycle.id, organ: desk.organ.id }
    const act = { ...place, version: Number(version) || 0, notes, now: world.now(), req }
    const returned = await returnSelf(world.writer, scope, act)
    if (!returned.ok) return show(exchange, scope, desk, { notes: typed, message: words.returnChanged }, 409)
    const address = urls.selfAssessment(params.jid, params.cycle, params.organ)
    return seeOther(exchange, 'office', `${carry(address, exchange)}&done=returned`)
  },
})

/** What this person may return, in the words of the table; nothing of an own organ. */
async function targetsOf({ world, locale }: Exchange, scope: Scope, { items, organ }: SelfDesk) {
  const words = selfMessages(locale)
  const targets = items.map((item) => ({ item, name: item.indicator, title: localized(item.title, locale) }))
  const remarks = remarkFields.map((name) => ({ name, title: words[name] }))
  if (scope.role === 'office_admin') return [...targets, ...remarks]
  if (scope.role !== 'reviewer' || scope.organs === 'all' || scope.organs.includes(organ.id)) return []
  const { organs } = scope
  const own = (await listOrgans(world.db, scope)).filter(({ id }) => organs.includes(id))
  return targets.filter(({ item }) => own.some((each) => isLedBy(item, each)))
}

async function showConflict(exchange: Exchange, scope: Scope, desk: SelfDesk, typed: SelfSheet): Promise<Response> {
  const { world, locale } = exchange
  const { savedBy = '', savedAt = world.now(), sheet = emptySheet } = desk.self ?? {}
  const names = await readStaffNames(world.db, scope, [savedBy])
  const values = { name: names.get(savedBy) ?? savedBy, time: momentText(savedAt, locale) }
  const message = fill(selfMessages(locale).conflict, values)
  return show(exchange, scope, desk, { typed, message, stored: differencesOf(desk.items, typed, sheet) }, 412)
}

interface Shown {
  readonly typed?: SelfSheet
  readonly said?: Said
  readonly stored?: Said
  readonly notes?: Readonly<Record<string, string>>
  readonly message?: string
  readonly fileProblems?: readonly string[]
  readonly done?: SelfPageProps['done']
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: SelfDesk,
  { typed, said = {}, stored = {}, notes = {}, message = '', fileProblems = [], done = null }: Shown,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { self, isOwn, mayEdit, found, organ } = desk
  if (exchange.wantsJson) return jsonAnswer(exchange, { message: message || Object.values(said).join(' ') }, status)
  const sheet = typed ?? desk.sheet ?? emptySheet
  const actors = self ? [self.savedBy, ...self.steps.map(({ actor }) => actor)] : []
  const names = await readStaffNames(world.db, scope, actors)
  const open = self && isOwn ? openNotes(self) : {}
  const targets = self?.state === 'submitted' && isOpenForSelf(desk) ? await targetsOf(exchange, scope, desk) : []
  const props: SelfPageProps = {
    shell: await shellOf(exchange, 'self', found),
    organ: { code: organ.code, name: organName(desk, locale) },
    state: self?.state ?? 'none',
    deadline: deadlineOf(desk, world.now(), locale),
    submitted: submissionOf(desk, self, locale),
    mayEdit,
    why: whyNot(desk),
    isShown: desk.sheet !== null,
    version: self?.version ?? 0,
    saved: self && isOwn ? momentText(self.savedAt, locale) : '',
    lines: linesOf(desk, sheet, locale),
    problems: sheet.problems,
    weaknesses: sheet.weaknesses,
    notes: { problems: open['problems'] ?? '', weaknesses: open['weaknesses'] ?? '' },
    total: totalOf(desk, sheet),
    said,
    stored,
    returning:
      targets.length === 0
        ? null
        : {
            targets: targets.map(({ name, title }) => {
              const problem = said[noteField(name)]
              return { name, title, typed: notes[name] ?? '', ...(problem === undefined ? {} : { problem }) }
            }),
          },
    steps: (self?.steps ?? []).map(({ kind, at, actor }) => ({
      kind,
      time: momentText(at, locale),
      name: names.get(actor) ?? actor,
    })),
    done,
    message,
    fileProblems,
    summary: [
      ...Object.entries(said).map(([name, text]) => ({ href: `#${name}`, text })),
      ...fileProblems.slice(0, 1).map((text) => ({ href: `#${selfFields.filled}`, text })),
    ],
  }
  return answerHtml(exchange, { face: 'office', title: selfTitle(props), body: <SelfPage {...props} />, status })
}

function whyNot(desk: SelfDesk): SelfPageProps['why'] {
  const { isOwn, mayEdit, self, file, found } = desk
  if (!isOwn || mayEdit) return null
  if (self?.state === 'submitted') return 'locked'
  return file.plan.frozenAt === null || found.cycle.state === 'draft' ? 'notOpen' : 'over'
}

/** What the script that saves by itself shows, and the version from which it goes on. */
function savedJson(exchange: Exchange, desk: SelfDesk): Response {
  const { locale } = exchange
  const words = selfMessages(locale)
  const { savedAt = 0, version = 0, sheet = emptySheet } = desk.self ?? {}
  const total = fill(words.total, { ...totalOf(desk, sheet), all: desk.items.length })
  return jsonAnswer(
    exchange,
    { version, saved: fill(words.autosaved, { time: momentText(savedAt, locale) }), total },
    200,
  )
}

function jsonAnswer({ world }: Exchange, content: unknown, status: number): Response {
  const headers = { ...securityHeaders('office', isHttps(world.config)), 'Content-Type': 'application/json' }
  return new Response(JSON.stringify(content), { status, headers })
}
