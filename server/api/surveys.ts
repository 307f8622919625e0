import { z } from 'zod'
import { patterns } from '../../client/urls.ts'
import { listOrgans } from '../../db/cycle-setup.ts'
import { readDeskSurveys } from '../../db/desk.ts'
import { findCycle, listCyclesOf } from '../../db/platform.ts'
import { readParticipation } from '../../db/responses.ts'
import { organClassNames } from '../../surveys/plan.ts'
import { err, ok } from '../../surveys/result.ts'
import { dayOf } from '../calendar.ts'
import { defineApi, pageOf, pageQuery } from './route.ts'

// What an office has set up and how far it has come. Who has answered what is in none of it.

/** A text in both languages. */
export const names = z.object({ 'zh-CN': z.string(), en: z.string() })
const moment = z.iso.datetime()
const code = z.string()

const organ = z.object({ organ: code, class: z.enum(organClassNames), name: names, short: names })

/** The organs of the jurisdiction, in the order of its papers. */
export const apiOrgans = defineApi({
  name: 'organs',
  method: 'GET',
  path: patterns.apiOrgans,
  opens: 'surveys:read',
  query: pageQuery,
  answer: z.object({ items: z.array(organ) }),
  example: { path: '/api/v1/organs?limit=2' },
  async handler({ world, scope }, { query }) {
    const organs = await listOrgans(world.pages, scope)
    const page = pageOf(organs, (each) => each.code, query)
    if (!page.ok) return page
    const items = page.value.items.map((each) => ({
      organ: each.code,
      class: each.class,
      name: { 'zh-CN': each.nameZh, en: each.nameEn },
      short: { 'zh-CN': each.shortZh, en: each.shortEn },
    }))
    return ok({ value: { items }, next: page.value.next })
  },
})

const cycle = z.object({
  cycle: code,
  title: names,
  state: z.enum(['draft', 'targets', 'fieldwork', 'closed', 'reviewed', 'published', 'rectification', 'archived']),
})

/** The cycles of the jurisdiction, the newest first. */
export const apiCycles = defineApi({
  name: 'cycles',
  method: 'GET',
  path: patterns.apiCycles,
  opens: 'surveys:read',
  query: pageQuery,
  answer: z.object({ items: z.array(cycle) }),
  example: { path: '/api/v1/cycles' },
  async handler({ world, scope }, { query }) {
    const found = await listCyclesOf(world.pages, [scope.jurisdiction])
    const page = pageOf(found, (each) => each.cycle.code, query)
    if (!page.ok) return page
    const items = page.value.items.map(({ cycle: { code, titleZh, titleEn, state } }) => ({
      cycle: code,
      title: { 'zh-CN': titleZh, en: titleEn },
      state,
    }))
    return ok({ value: { items }, next: page.value.next })
  },
})

const survey = z.object({
  survey: code,
  group: z.enum(['leaders', 'recipients', 'public']),
  mode: z.enum(['live', 'sealed']),
  counted: z.boolean(),
  state: z.enum(['draft', 'ready', 'open', 'closed', 'opening', 'opened', 'published']),
  paused: z.boolean(),
  opens: moment,
  closes: moment,
  resultsOn: z.iso.date(),
  expected: z.int(),
  received: z.int(),
})

/** The surveys of a cycle: where each stands, and how many have taken part. */
export const apiSurveys = defineApi({
  name: 'surveys',
  method: 'GET',
  path: patterns.apiSurveys,
  opens: 'surveys:read',
  query: pageQuery,
  answer: z.object({ items: z.array(survey) }),
  example: { path: '/api/v1/cycles/2025/surveys' },
  async handler({ world, scope, program, params }, { query }) {
    const found = await findCycle(world.pages, program.jid, params.cycle)
    if (!found) return err({ code: 'not_found' })
    const page = pageOf(await readDeskSurveys(world.pages, scope, found.cycle.id), ({ sid }) => sid, query)
    if (!page.ok) return page
    const received = new Map<number, number>()
    const ids = page.value.items.map(({ id }) => id)
    for (const row of await readParticipation(world.pages, scope, ids, dayOf(world.now())))
      received.set(row.survey, (received.get(row.survey) ?? 0) + row.n)
    const items = page.value.items.map((each) => ({
      survey: each.sid,
      group: each.group,
      mode: each.mode,
      counted: each.counted,
      state: each.state,
      paused: each.state === 'open' && each.pausedAt > 0,
      opens: new Date(each.opensAt).toISOString(),
      closes: new Date(each.closesAt).toISOString(),
      resultsOn: dayText(each.resultsOn),
      expected: each.expected,
      received: received.get(each.id) ?? 0,
    }))
    return ok({ value: { items }, next: page.value.next })
  },
})

/** dayText(20260302) // '2026-03-02' */
const dayText = (day: number): string => String(day).replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
