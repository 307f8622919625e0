import {
  type AmendmentField,
  AmendmentsPage,
  type AmendmentsPageProps,
  amendmentFields,
  amendmentsTitle,
} from '../../client/pages/office/amendments.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readAmendments } from '../../db/amendments.ts'
import type { Scope } from '../../db/scope.ts'
import { type AmendableTerm, type AmendmentRefusal, amendableTerms, fixedTerms } from '../../surveys/amendment.ts'
import { canonicalText } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { amendmentLine, termText } from '../amendment-words.ts'
import { proposeAmendment, type WantedAmendment } from '../amendments.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dayField, momentField, readDay, readMoment } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { type DeskPlace, findDeskSurvey, nameOfSurvey } from './desk.ts'
import { readReason } from './reason.ts'
import { shellOf } from './shell.ts'

/** What was changed about a survey after it had opened. */
export const amendmentsPage = defineRoute({
  method: 'GET',
  path: patterns.amendments,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const values = { term: url.searchParams.get('term') ?? '' }
    return show(exchange, scope, place, { values, done: url.searchParams.get('done') === '1', problem: null }, 200)
  },
})

/** Proposes a change of what may be changed; anything else is refused with the reason. */
export const amendmentsPropose = defineRoute({
  method: 'POST',
  path: patterns.amendmentsPropose,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', ...amendmentFields]) : null
    if (values?.term === undefined) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const again = (problem: Problem, status: number) =>
      show(exchange, scope, place, { values, done: false, problem }, status)
    const wanted = readWanted(values)
    if (!wanted.ok) return again(wanted.error, 422)
    const { jid, cycle, sid } = params
    const moment = { now: world.now(), req }
    const proposed = await proposeAmendment(world, scope, { jid, survey: place.survey }, wanted.value, moment)
    if (proposed.ok) return seeOther(exchange, 'office', `${carry(urls.amendments(jid, cycle, sid), exchange)}&done=1`)
    const kind = proposed.error
    const isState = kind === 'conflict' || kind === 'not_opened' || kind === 'only_open' || kind === 'too_late'
    return again({ field: fieldOf(kind, wanted.value.term), kind }, isState ? 409 : 422)
  },
})

type Values = AmendmentsPageProps['values']
type Problem = NonNullable<AmendmentsPageProps['problem']>

function readWanted(values: Values): Result<WantedAmendment, Problem> {
  const term = amendableTerms.find((each) => each === values.term)
  const fixed = fixedTerms.find((each) => each === values.term)
  if (!term) return err({ field: 'term', kind: fixed ?? 'term' })
  const after = afterOf(term, values)
  const typed = textOf(values.before)
  if (term === 'wording' && typed === null) return err({ field: 'before', kind: 'value' })
  if (after === null) return err({ field: term === 'wording' ? 'after' : term, kind: 'value' })
  const [zh, en] = [readReason(values.zh), readReason(values.en)]
  if (zh === null) return err({ field: 'zh', kind: 'note' })
  if (en === null) return err({ field: 'en', kind: 'note' })
  return ok({ term, typed: typed ?? '', after, zh, en })
}

/** What shall stand there, as it is stored; null where the field does not hold such a thing. */
function afterOf(term: AmendableTerm, values: Values): string | null {
  if (term === 'closes') return asText(readMoment(values.closes ?? ''))
  if (term === 'results') return asText(readDay(values.results ?? ''))
  return textOf(term === 'phone' ? values.phone : values.after)
}

const asText = (value: number | null): string | null => (value === null ? null : String(value))

/** One line of text; null for none. */
function textOf(typed: string | undefined): string | null {
  const text = canonicalText(typed ?? '')
  return text.ok && text.value !== '' && !text.value.includes('\n') ? text.value : null
}

function fieldOf(kind: AmendmentRefusal | 'leading' | 'conflict', term: AmendableTerm): AmendmentField {
  if (kind === 'leading') return 'zh'
  if (kind === 'not_asked' || kind === 'is_scale') return 'before'
  return term === 'wording' ? 'after' : term
}

async function show(
  exchange: Exchange,
  scope: Scope,
  { found, survey }: DeskPlace,
  said: Pick<AmendmentsPageProps, 'values' | 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { closesAt, resultsOn, phone, state } = survey
  const amendments = (await readAmendments(world.db, scope, [survey.id])).get(survey.id) ?? []
  const props: AmendmentsPageProps = {
    shell: await shellOf(exchange, 'surveys', found),
    survey: nameOfSurvey(survey),
    amendments: amendments.map((each) => amendmentLine(each, locale)),
    now: {
      closes: termText('closes', String(closesAt), locale),
      results: termText('results', String(resultsOn), locale),
      phone,
    },
    hindrance: hindranceIn(state),
    ...said,
    values: { closes: momentField(closesAt), results: dayField(resultsOn), phone, ...said.values },
  }
  return answerHtml(exchange, {
    face: 'office',
    title: amendmentsTitle(props),
    body: <AmendmentsPage {...props} />,
    status,
  })
}

function hindranceIn(state: DeskPlace['survey']['state']): AmendmentsPageProps['hindrance'] {
  if (state === 'draft' || state === 'ready') return 'not_opened'
  return state === 'open' || state === 'closed' ? null : 'too_late'
}
