import { fill } from '../../client/messages/fill.ts'
import { innovationMessages } from '../../client/messages/innovation.ts'
import {
  type CriteriaValues,
  criteriaRows,
  InnovationRulesPage,
  type InnovationRulesProps,
  rulesTitle,
  termFields,
} from '../../client/pages/office/innovation-rules.tsx'
import { deciders } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { replacePlan } from '../../db/cycle-setup.ts'
import { canonicalText, hex, utf8 } from '../../surveys/canonical.ts'
import { type InnovationRule, innovationOf } from '../../surveys/innovation.ts'
import { canonicalPlan, parsePlan } from '../../surveys/plan.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { forgetContexts } from '../surveys.ts'
import { openSetup, planLock, type SetupDesk } from './cycle-desk.ts'
import { shellOf } from './shell.ts'

/** By what projects are rated: to change until the plan is final. */
export const innovationRulesPage = defineRoute({
  method: 'GET',
  path: patterns.innovationRules,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const desk = await openSetup(exchange.world, exchange.scope, exchange.params)
    return desk ? show(exchange, desk, {}, 200) : refuse(exchange, 'not_found')
  },
})

/** Puts other criteria and terms into the plan. */
export const enterInnovationRules = defineRoute({
  method: 'POST',
  path: patterns.innovationRules,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale, req } = exchange
    const names = [...criteriaRows.flatMap((n) => [`zh.${n}`, `en.${n}`, `weight.${n}`]), ...Object.keys(termFields)]
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'seen', ...names]) : null
    if (!values || names.some((name) => values[name] === undefined)) return refuse(exchange, 'bad_request')
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const typed = values as CriteriaValues
    const words = innovationMessages(locale)
    const again = (said: Said, status: number, message = '') =>
      show(exchange, desk, { values: typed, said, message }, status)
    if (planLock(desk)) return again({}, 409, words.rulesFixed)
    if (values['seen'] !== hex(desk.file.plan.hash)) return again({}, 412, words.rulesConflict)
    const read = readRules(innovationOf(desk.plan), typed, locale)
    if (!read.ok) return again(read.error, 422)
    const checked = readStored(parsePlan({ ...desk.plan, innovation: read.value }))
    const hash = await world.crypto.sha256(utf8(canonicalPlan(checked)))
    const { file } = desk
    const act = { cycle: file.cycle.id, plan: checked, hash, seen: file.plan.hash, now: world.now(), req }
    if (!(await replacePlan(world.writer, scope, act)).ok) return again({}, 412, words.rulesConflict)
    forgetContexts(world)
    return seeOther(exchange, 'office', `${carry(urls.innovation(params.jid, params.cycle), exchange)}&done=rules`)
  },
})

type Said = Readonly<Record<string, string>>

/** The rule that was typed, or what is wrong with it by the name of its field. */
function readRules(
  before: InnovationRule,
  typed: CriteriaValues,
  locale: Exchange['locale'],
): Result<InnovationRule, Said> {
  const words = innovationMessages(locale)
  const said: Record<string, string> = {}
  const criteria = criteriaRows.flatMap((n): InnovationRule['criteria'] => {
    const [zh, en] = [`zh.${n}`, `en.${n}`].map((name) => canonicalText(typed[name] ?? ''))
    const weight = (typed[`weight.${n}`] ?? '').trim()
    if (zh?.ok && en?.ok && zh.value === '' && en.value === '' && weight === '') return []
    const isWeight = /^\d{1,3}$/.test(weight) && Number(weight) >= 1 && Number(weight) <= 100
    const isText = zh?.ok && en?.ok && zh.value !== '' && en.value !== '' && zh.value.length + en.value.length <= 400
    if (isText && isWeight) {
      const title = { 'zh-CN': zh.value, en: en.value }
      return [{ id: `c${n}`, title, weight: Number(weight) }]
    }
    said[isText ? `weight.${n}` : `zh.${n}`] = fill(words.problemRow, { n })
    return []
  })
  const sum = criteria.reduce((total, { weight }) => total + weight, 0)
  if (Object.keys(said).length === 0 && sum !== 100) said['weight.1'] = fill(words.problemWeights, { sum })
  const whole = (name: 'perOrgan' | 'ratings' | 'dispersion', most: number): number => {
    const text = (typed[name] ?? '').trim()
    const value = /^\d{1,3}$/.test(text) ? Number(text) : 0
    if (value < 1 || value > most)
      said[name] = fill(words.problemWhole, { field: words[termFields[name]], least: 1, most })
    return value
  }
  const terms = { perOrgan: whole('perOrgan', 20), ratings: whole('ratings', 50), dispersion: whole('dispersion', 100) }
  const withoutProject = (typed['without'] ?? '').trim()
  if (!/^(100|\d{1,2}(\.\d{1,2})?)$/.test(withoutProject))
    said['without'] = fill(words.problemPoints, { field: words.without })
  if (Object.keys(said).length > 0) return err(said)
  const rule = typed['rule'] === 'mean' ? 'mean' : 'best'
  return ok({ ...before, ...terms, criteria, rule, withoutProject })
}

/** The rule as its fields hold it. */
function valuesOf({ criteria, ...rule }: InnovationRule): CriteriaValues {
  const rows = criteriaRows.flatMap((n): [string, string][] => {
    const { title, weight } = criteria[n - 1] ?? { title: { 'zh-CN': '', en: '' }, weight: '' }
    return [
      [`zh.${n}`, title['zh-CN']],
      [`en.${n}`, title.en],
      [`weight.${n}`, String(weight)],
    ]
  })
  const { perOrgan, ratings, dispersion, withoutProject: without } = rule
  return {
    ...Object.fromEntries(rows),
    ...{ rule: rule.rule, without },
    ...{ perOrgan: String(perOrgan), ratings: String(ratings), dispersion: String(dispersion) },
  }
}

async function show(
  exchange: Exchange,
  desk: SetupDesk,
  { values, said = {}, message = '' }: { values?: CriteriaValues; said?: Said; message?: string },
  status: number,
): Promise<Response> {
  const props: InnovationRulesProps = {
    shell: await shellOf(exchange, 'innovation', desk.found),
    values: values ?? valuesOf(innovationOf(desk.plan)),
    seen: hex(desk.file.plan.hash),
    isFixed: planLock(desk) !== null,
    ...{ said, message },
  }
  return answerHtml(exchange, {
    face: 'office',
    title: rulesTitle(props),
    body: <InnovationRulesPage {...props} />,
    status,
  })
}
