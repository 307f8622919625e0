import { assistMessages } from '../../client/messages/assist.ts'
import {
  codesField,
  PaperSheetsPage,
  type PaperSheetsPageProps,
  sheetsTitle,
} from '../../client/pages/office/paper-sheets.tsx'
import { surveyTitle } from '../../client/pages/office/survey-name.ts'
import { assistants, deciders } from '../../client/parts/office-shell.tsx'
import { patterns, urls } from '../../client/urls.ts'
import { formatCode, normaliseCode } from '../../surveys/ballot.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { answerHtml } from '../answer-html.ts'
import { findTyped } from '../ballot/enter.tsx'
import { staffForm } from '../ballot/form.tsx'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, privacyFacts, type SurveyContext, shareOf, surveyHead } from '../surveys.ts'
import type { World } from '../world.ts'
import { type AssistPlace, findAssistPlace } from './assist.tsx'
import { nameOfSurvey } from './desk.ts'

/** Most codes that are printed at once. */
const MOST = 200

/** A blank questionnaire on paper. */
export const sheetsPage = defineRoute({
  method: 'GET',
  path: patterns.assistSheets,
  policy: { who: [...deciders, ...assistants], scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale } = exchange
    const place = await findAssistPlace(world, scope, params)
    if (!place?.ways.includes('paper')) return refuse(exchange, 'not_found')
    return show(exchange, place, [{ code: '', organs: organsOn(place.context, null, locale) }], '', null)
  },
})

/** One questionnaire for each code; the codes go onto the page and nowhere else. */
export const makeSheets = defineRoute({
  method: 'POST',
  path: patterns.assistSheets,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, locale } = exchange
    const typed = body.kind === 'form' ? formValues(body.fields, ['csrf', codesField])?.[codesField] : undefined
    if (typed === undefined) return refuse(exchange, 'bad_request')
    const place = await findAssistPlace(world, scope, params)
    if (!place?.ways.includes('paper')) return refuse(exchange, 'not_found')
    const { context } = place
    const blank = { code: '', organs: organsOn(context, null, locale) }
    const lines = typed
      .split('\n')
      .flatMap((text, at) => (text.trim() === '' ? [] : [{ text: text.trim(), line: at + 1 }]))
    if (lines.length > MOST) return show(exchange, place, [blank], typed, { kind: 'many' })
    const sheets: PaperSheetsPageProps['sheets'][number][] = []
    for (const { text, line } of lines) {
      const organ = await organOf(world, context, text)
      if (organ === undefined)
        return show(exchange, place, [blank], typed, { kind: 'wrong', line, code: text.slice(0, 40) })
      sheets.push({ code: formatCode(normaliseCode(text)!), organs: organsOn(context, organ, locale) })
    }
    return show(exchange, place, sheets.length > 0 ? sheets : [blank], typed, null)
  },
})

/** The one organ that a code of this survey is about, null where it names none; undefined for what is no code of it. */
async function organOf(world: World, { name }: SurveyContext, typed: string): Promise<string | null | undefined> {
  const shown = await findTyped(world, typed)
  if (!shown.ok || shown.value.context.name !== name) return undefined
  const { ticket } = shown.value
  return ticket.kind === 'receipt' ? ticket.organ : null
}

function organsOn({ organs, questionnaire }: SurveyContext, code: string | null, locale: Locale) {
  if (questionnaire.subject.kind === 'one' && code === null)
    return [{ code: '', name: assistMessages(locale).sheetsOrgan }]
  const asked = code === null ? organs : organs.filter((organ) => organ.code === code)
  return asked.map((organ) => ({ code: organ.code, name: localized(organ.name, locale) }))
}

async function show(
  exchange: Exchange,
  { desk, context }: AssistPlace,
  sheets: PaperSheetsPageProps['sheets'],
  typed: string,
  problem: PaperSheetsPageProps['problem'],
): Promise<Response> {
  const { world, locale, size, staff } = exchange
  const { cycle, closesAt } = context.survey
  const props: PaperSheetsPageProps = {
    locale,
    size,
    demo: world.config.demo,
    survey: surveyHead(context, locale),
    title: surveyTitle(locale, nameOfSurvey(desk.survey)),
    desk: urls.assist(context.jid, cycle, context.sid),
    cycle,
    questionnaire: context.questionnaire,
    facts: privacyFacts(context),
    share: shareOf(context),
    returnBy: momentText(closesAt, locale),
    sheets,
    form: staff && deciders.includes(staff.role) ? { csrf: staff.formToken, typed } : null,
    problem,
  }
  const body = <PaperSheetsPage {...props} />
  const status = problem ? 422 : 200
  return answerHtml(exchange, { face: 'respond', title: sheetsTitle(props), body, status, headers: staffForm })
}
