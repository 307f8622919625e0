import { ChoosePage, type ChoosePageProps, chooseTitle } from '../../client/pages/respond/choose-page.tsx'
import { FormPage, type FormPageProps, formTitle } from '../../client/pages/respond/form-page.tsx'
import { fields as names, urls } from '../../client/urls.ts'
import type { AnswerProblem, Fields } from '../../surveys/answers.ts'
import { base64url } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { answerHtml, newMarker } from '../answer-html.ts'
import { momentText } from '../calendar.ts'
import { classesOf } from '../figures.ts'
import type { Assisted, Eligibility } from '../keys.ts'
import { escapeText } from '../render.tsx'
import type { Exchange } from '../route.ts'
import { localized, privacyFacts, type SurveyContext, shareOf, surveyHead } from '../surveys.ts'
import type { World } from '../world.ts'
import type { Answered } from './answered.ts'
import { type OrganSelection, seededOrder } from './organs.ts'

interface FormOptions {
  /** What the form carries on: hidden fields, and answers already given. */
  carried: { elig: string; kText: string; channel: string; answers: Fields; mailbox?: unknown }
  organs: OrganSelection
  problems: readonly AnswerProblem[]
  /** Of a sealed survey: how this person has answered already. */
  answered?: Answered | null
  /** These answers were refused, since a device has answered. */
  isSpent?: boolean
  status?: number
  notSent?: { reference: string; why?: string }
  /** Where the entry of a sheet of paper goes, and the hidden fields that it needs besides. */
  paper?: { sheet: string; action: string; hidden: string }
}

/** The questionnaire as one long form; the eligibility travels in a hidden field, nothing is stored. */
export function formPage(
  exchange: Exchange,
  context: SurveyContext,
  eligibility: Eligibility,
  options: FormOptions,
): Promise<Response> {
  const { world, locale, size } = exchange
  const { carried, organs } = options
  const { assisted, isPreview = false } = eligibility
  // Nothing of what is typed stays on the device of the staff.
  const isShared = assisted !== undefined || isPreview
  const byCode = new Map(context.organs.map((organ) => [organ.code, organ]))
  const { subject } = context.questionnaire
  const chosen = subject.kind === 'pick' ? organs.organs : []
  const untouched =
    options.problems.length === 0 &&
    carried.answers.size === 0 &&
    !carried.mailbox &&
    !options.notSent &&
    !options.isSpent
  // An untouched form without chosen organs is the same for everybody, so it is rendered once, with one marker.
  const keep = untouched && chosen.length === 0 && context.manifestHash !== '' && !isShared
  const marker = keep ? 'hidden-fields-of-this-form' : newMarker(world)
  const props = {
    locale,
    size,
    isKiosk: exchange.isKiosk || isShared,
    isPreview,
    demo: world.config.demo,
    survey: surveyHead(context, locale),
    facts: privacyFacts(context),
    ...(assisted ? { assist: assistOf(world, context, assisted, options.paper) } : {}),
    questionnaire: context.questionnaire,
    organs: organs.organs.map((code) => ({ code, name: localized(byCode.get(code)!.name, locale) })),
    detailFor: organs.detailFor,
    share: shareOf(context),
    closesOn: momentText(context.survey.closesAt, locale),
    until: context.survey.closesAt + context.survey.graceMinutes * 60_000,
    hidden: marker,
    // What somebody else writes down is sealed by the server, so that no ticket stays on the device of that person.
    ...(context.sealed && !isShared ? { sealing: sealingOf(world, context) } : {}),
    laterScript: urls.asset(world.assets.files['later'] ?? ''),
    readScript: urls.asset(world.assets.files['read'] ?? ''),
    isFolded: subject.kind === 'each' && untouched && !options.paper,
    values: carried.answers,
    ...(carried.mailbox ? { asksReply: true } : {}),
    problems: options.problems,
    ...(options.answered ? { answered: options.answered } : {}),
    ...(options.isSpent ? { isSpent: true } : {}),
    ...(options.notSent ? { notSent: options.notSent } : {}),
  }
  return answerHtml(exchange, {
    face: 'respond',
    title: formTitle(props),
    body: <FormPage {...props} />,
    status: options.status ?? 200,
    isShared,
    ...(options.paper ? { headers: staffForm } : {}),
    splice: {
      marker,
      html: hiddenFields(carried, chosen) + issuerField(context, eligibility) + (options.paper?.hidden ?? ''),
    },
    ...(keep
      ? {
          keepAs: `form|${context.name}|${context.revision}|${organs.organs.join()}|${options.answered ?? ''}`,
        }
      : {}),
  })
}

/** A page of respondents whose form goes to staff: without a referrer the browser would not say where it comes from. */
export const staffForm = { 'Referrer-Policy': 'same-origin' }

/** What the page says and does where somebody of the staff writes down. */
function assistOf(
  { assets }: World,
  { jid, sid, survey }: SurveyContext,
  { way, name }: Assisted,
  paper: FormOptions['paper'],
): NonNullable<FormPageProps['assist']> {
  const desk = urls.assist(jid, survey.cycle, sid)
  return {
    way,
    name,
    desk,
    action: paper?.action ?? '',
    sheet: paper?.sheet ?? '',
    script: urls.asset(assets.files['assist'] ?? ''),
  }
}

function sealingOf({ assets }: World, { manifestHash }: SurveyContext): { manifest: string; script: string } {
  return { manifest: manifestHash, script: urls.asset(assets.files['ballot'] ?? '') }
}

/** Which key signs this person's ticket: the device need not know in which cell that is. */
function issuerField({ sealed }: SurveyContext, { cell }: Eligibility): string {
  const kid = sealed?.issuers.find((each) => each.cell === cell)?.kid
  return kid === undefined ? '' : `<input type="hidden" name="${names.issuer}" value="${escapeText(kid)}">`
}

interface ChooseOptions {
  carried: { elig: string; k: Uint8Array; channel: string; answers: Fields }
  chosen: readonly string[]
  problem?: ChoosePageProps['problem']
  status?: number
}

/** The choice of organs of a citizen, each category in the order that the request key gives. */
export async function choosePage(
  exchange: Exchange,
  context: SurveyContext,
  { assisted, isPreview = false }: Pick<Eligibility, 'assisted' | 'isPreview'>,
  options: ChooseOptions,
): Promise<Response> {
  const { world, locale, size } = exchange
  const { subject } = context.questionnaire
  if (subject.kind !== 'pick') throw new Error('choosePage needs a questionnaire whose organs are picked')
  const { carried } = options
  const order = await seededOrder(
    world,
    carried.k,
    context.organs.map((organ) => organ.code),
  )
  const place = new Map(order.map((code, at) => [code, at]))
  const marker = newMarker(world)
  const props: ChoosePageProps = {
    locale,
    size,
    demo: world.config.demo,
    isPreview,
    survey: surveyHead(context, locale),
    facts: privacyFacts(context),
    ...(assisted ? { assist: assistOf(world, context, assisted, undefined) } : {}),
    hidden: marker,
    categories: categories(context, locale, (code) => place.get(code)!),
    chosen: options.chosen,
    min: subject.min,
    max: subject.max,
    ...(options.problem ? { problem: options.problem } : {}),
  }
  return answerHtml(exchange, {
    face: 'respond',
    title: chooseTitle(props),
    body: <ChoosePage {...props} />,
    status: options.status ?? 200,
    isShared: assisted !== undefined || isPreview,
    splice: { marker, html: hiddenFields({ ...carried, kText: base64url(carried.k) }, [], carried.answers) },
  })
}

function categories(
  context: SurveyContext,
  locale: Locale,
  placeOf: (code: string) => number,
): ChoosePageProps['categories'] {
  return classesOf(context.plan, context.organs, locale).map(({ id, title }) => {
    const organs = context.organs
      .filter((organ) => organ.class === id)
      .sort((left, right) => placeOf(left.code) - placeOf(right.code))
    const choices = organs.map((organ) => ({
      code: organ.code,
      name: localized(organ.name, locale),
      search: organ.search,
    }))
    return { title, organs: choices }
  })
}

function hiddenFields(
  carried: { elig: string; kText: string; channel: string },
  organs: readonly string[],
  kept: Fields = new Map(),
): string {
  const input = (name: string, value: string) =>
    `<input type="hidden" name="${escapeText(name)}" value="${escapeText(value)}">`
  const own = [
    input(names.eligibility, carried.elig),
    input(names.requestKey, carried.kText),
    ...(carried.channel ? [input(names.channel, carried.channel)] : []),
    ...organs.map((code) => input(names.organ, code)),
  ]
  for (const [name, values] of kept) for (const value of values) own.push(input(name, value))
  return own.join('')
}
