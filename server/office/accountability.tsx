import { accountabilityMessages } from '../../client/messages/accountability.ts'
import { fill } from '../../client/messages/fill.ts'
import {
  AccountabilityPage,
  type AccountabilityPageProps,
  accountabilityTitle,
} from '../../client/pages/office/accountability.tsx'
import { accountabilityReaders, deciders } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { openEntry, originOf, registerSignals } from '../../db/accountability.ts'
import { actBy } from '../../db/audit.ts'
import type { Scope } from '../../db/scope.ts'
import { type EntryText, enteredKinds, entryFields, entryLetters, readEntry } from '../../surveys/accountability.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText, dayField, dayOf, startOf } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { csv } from '../csv.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { nameOf } from '../surveys.ts'
import { findSignals, readRegister } from './accountability-desk.ts'
import { judgeFiles } from './evidence-form.ts'
import { taking } from './export.ts'
import { openSelfCycle, type SelfCycle } from './self-desk.ts'
import { shellOf } from './shell.ts'

/** The register of a cycle, as far as this person may read it. */
export const accountabilityPage = defineRoute({
  method: 'GET',
  path: patterns.accountability,
  policy: { who: accountabilityReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const cycle = await openSelfCycle(exchange, scope)
    if (!cycle) return refuse(exchange, 'not_found')
    const done = url.searchParams.get('done') === 'registered' ? ('registered' as const) : null
    return show(exchange, scope, cycle, { done }, 200)
  },
})

/** Registers signals, or a report or case that somebody of the office enters. */
export const accountabilityAct = defineRoute({
  method: 'POST',
  path: patterns.accountability,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'upload'], maximumBytes: 64 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale, req } = exchange
    const names = ['csrf', 'do', 'organ', 'kind', 'file', ...entryFields] as const
    const values = body.kind === 'form' ? formValues(body.fields, names) : null
    if (body.kind !== 'form' || !values) return refuse(exchange, 'bad_request')
    const uploads = body.uploads ?? []
    if (uploads.some(({ field }) => field !== 'file')) return refuse(exchange, 'bad_request')
    const cycle = await openSelfCycle(exchange, scope)
    const words = accountabilityMessages(locale)
    const moment = { cycle: cycle?.found.cycle.id ?? 0, now: world.now(), req }
    if (values.do === 'register') {
      if (!cycle) return refuse(exchange, 'not_found')
      const signals = await findSignals(world, scope, cycle)
      const registered = await registerSignals(world.db, world.writer, scope, { ...moment, signals })
      if (!registered.ok) return show(exchange, scope, cycle, { message: words.conflict }, 409)
      const back = carry(urls.accountability(params.jid, params.cycle), exchange)
      return seeOther(exchange, 'office', `${back}&done=registered`)
    }
    const { organ: code, kind: name, text, basis } = values
    if (values.do !== 'open' || text === undefined || basis === undefined) return refuse(exchange, 'bad_request')
    const kind = enteredKinds.find((each) => each === name)
    if (!kind) return refuse(exchange, 'bad_request')
    if (!cycle) return refuse(exchange, 'not_found')
    const typed = { organ: code ?? '', kind, text, basis }
    const organ = cycle.file.organs.find((each) => each.code === code)
    const files = judgeFiles(uploads, { subject: '', kept: [], title: words.files }, locale)
    const read = readEntry({ text, basis })
    const said: Record<string, string> = {}
    if (!organ) said['organ'] = words.problemOrgan
    for (const { field, code: problem } of read.ok ? [] : read.error)
      said[field] = fill(words[`problem_${problem}`], { field: words[field], ...entryLetters })
    if (files.problems.length > 0) said['file'] = files.problems.join(' ')
    const message = uploads.length > 0 ? words.fileAgain : ''
    if (!organ || !read.ok || Object.keys(said).length > 0)
      return show(exchange, scope, cycle, { typed, said, message }, 422)
    for (const { upload } of files.added) await world.evidence!.keep(upload)
    const added = files.added.map(({ file }) => file)
    const act = { ...moment, organ: organ.id, kind, text: read.value, added }
    const opened = await openEntry(world.db, world.writer, scope, act)
    if (!opened.ok) return show(exchange, scope, cycle, { typed, message: words.conflict }, 409)
    const own = carry(urls.accountabilityEntry(params.jid, params.cycle, opened.value), exchange)
    return seeOther(exchange, 'office', `${own}&done=opened`)
  },
})

/** The register as a file. */
export const accountabilityFile = defineRoute({
  method: 'GET',
  path: patterns.accountabilityFile,
  policy: { who: ['office_admin', 'analyst', 'auditor'], ...taking },
  async handler(exchange) {
    const { world, scope, params, locale, req } = exchange
    const cycle = await openSelfCycle(exchange, scope)
    if (!cycle) return refuse(exchange, 'not_found')
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Type', 'text/csv; charset=utf-8')
    const name = `gongping-${params.jid}-${params.cycle}-accountability.csv`
    headers.set('Content-Disposition', `attachment; filename="${name}"`)
    // Nobody has taken a file who has only asked whether there is one.
    if (exchange.request.method === 'HEAD') return new Response(null, { headers })
    const object = `accountability/${cycle.found.cycle.id}`
    const audit = [actBy(scope, { now: world.now(), req }, { action: 'accountability.export', object })]
    await world.writer.transact({ statements: [], audit })
    const words = accountabilityMessages(locale)
    const entries = await readRegister(world, scope, cycle, locale)
    const header = [words.number, words.organ, words.kind, words.what, words.basis, words.state, words.day, words.taken]
    const rows = entries.map(({ n, organ, kind, text, body, state, openedAt }) => [
      ...[n, organName(cycle, organ, locale), words[`kind_${kind}`], text, body['basis'] ?? ''],
      ...[words[`state_${state}`], dayField(dayOf(openedAt)), req],
    ])
    return new Response(csv(header, rows), { headers })
  },
})

const organName = ({ file }: SelfCycle, id: number, locale: Exchange['locale']): string =>
  nameOf(file.organs.find((organ) => organ.id === id)!, locale)

interface Shown {
  readonly typed?: EntryText & { readonly organ: string; readonly kind: (typeof enteredKinds)[number] }
  readonly said?: Readonly<Record<string, string>>
  readonly message?: string
  readonly done?: AccountabilityPageProps['done']
}

async function show(
  exchange: Exchange,
  scope: Scope,
  cycle: SelfCycle,
  { typed, said = {}, message = '', done = null }: Shown,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { jid = '', cycle: code = '' } = exchange.params as Record<string, string>
  const entries = await readRegister(world, scope, cycle, locale)
  const mayOpen = deciders.some((role) => role === scope.role)
  const known = new Set(entries.map(originOf))
  const signals = mayOpen ? await findSignals(world, scope, cycle) : []
  const props: AccountabilityPageProps = {
    shell: await shellOf(exchange, 'accountability', cycle.found),
    isOrgan: scope.role === 'organ_officer',
    mayExport: ['office_admin', 'analyst', 'auditor'].includes(scope.role),
    entries: entries.map(({ n, organ, kind, text, state, openedAt }) => ({
      ...{ n, kind, text, state, organ: organName(cycle, organ, locale) },
      href: urls.accountabilityEntry(jid, code, n),
      day: dateText(startOf(dayOf(openedAt)), locale),
    })),
    signals: mayOpen ? signals.filter((signal) => !known.has(originOf(signal))).length : null,
    form: mayOpen
      ? {
          organs: cycle.file.organs.map((organ) => ({ code: organ.code, name: nameOf(organ, locale) })),
          typed: typed ?? { organ: '', kind: 'steering_report', text: '', basis: '' },
        }
      : null,
    ...{ said, message, done },
  }
  return answerHtml(exchange, {
    face: 'office',
    title: accountabilityTitle(props),
    body: <AccountabilityPage {...props} />,
    status,
  })
}
