import { invitationMessages } from '../../client/messages/invitations.ts'
import { SheetPage, type SheetPageProps, sheetTitle } from '../../client/pages/office/invitation-channels.tsx'
import { SlipsPage, type SlipsPageProps, slipsTitle } from '../../client/pages/office/invitation-paper.tsx'
import { surveyTitle } from '../../client/pages/office/survey-name.ts'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { fields, patterns, urls } from '../../client/urls.ts'
import { handOut } from '../../db/addressees.ts'
import { listChannels } from '../../db/cycles.ts'
import { readSurvey, type SurveyFile } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { importChannels } from '../../db/setup.ts'
import { codeFromBytes, formatCode } from '../../surveys/ballot.ts'
import { canonicalText } from '../../surveys/canonical.ts'
import { type Locale, parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { answerHtml } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { isHttps } from '../config.ts'
import { csv } from '../csv.ts'
import { workbook } from '../export/workbook.ts'
import { securityHeaders } from '../headers.ts'
import { linkOf, type OpenedAddressee, openAddressees, pageOfCodes, slipOf } from '../invitations.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { forgetContexts, localized, nameOf } from '../surveys.ts'
import type { World } from '../world.ts'
import { type DeskPlace, findDeskSurvey, nameOfSurvey } from './desk.ts'
import { backToDesk, hasRoster, mostSlips, showInvitations } from './invitations.tsx'

// What leaves the house on paper. Codes are marked as gone out before they are shown, and never shown again; a page that was
// lost on its way is lost, as a letter would be.

/** Letter slips, once. */
export const inviteSlips = defineRoute({
  method: 'POST',
  path: patterns.inviteSlips,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, body, locale } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'which', 'sure']) : null
    if (values?.which !== 'all' && values?.which !== 'unreachable') return refuse(exchange, 'bad_request')
    const isAll = values.which === 'all'
    const taken = await takeCodes(exchange, { isSure: values.sure === '1', as: 'slips' }, (people) =>
      people.filter(({ byPhone, byMail }) => isAll || (!byPhone && !byMail)).slice(0, mostSlips),
    )
    if (taken instanceof Response) return taken
    const { place, file, people } = taken
    const props: SlipsPageProps = {
      locale,
      survey: surveyTitle(locale, nameOfSurvey(place.survey)),
      page: pageOfCodes(world),
      slips: people.map(({ contact }) => slipOf(world, file, contact)),
    }
    return answerHtml(exchange, { face: 'office', title: slipsTitle(props), body: <SlipsPage {...props} /> })
  },
})

/** The same as a file for a printing works, once. */
export const inviteFile = defineRoute({
  method: 'POST',
  path: patterns.inviteFile,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'export', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, body, locale, params } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'which', 'format', 'sure']) : null
    const format = (['csv', 'xlsx'] as const).find((each) => each === (values?.format ?? 'csv'))
    if (values?.which !== 'all' || !format) return refuse(exchange, 'bad_request')
    const taken = await takeCodes(exchange, { isSure: values.sure === '1', as: 'file' }, (people) => people)
    if (taken instanceof Response) return taken
    const { file, people } = taken
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Type', contentTypes[format])
    headers.set('Content-Disposition', `attachment; filename="gongping-${params.sid}-letters.${format}"`)
    const write = format === 'csv' ? lettersCsv : lettersBook
    return new Response(await write(world, file, people, locale), { headers })
  },
})

const contentTypes = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const

type Letters = readonly [World, Pick<SurveyFile, 'organs'>, readonly OpenedAddressee[], Locale]

/** A line for each letter: to whom, the code and its link. */
export function lettersCsv(...letters: Letters): string {
  const { header, rows } = lettersTable(...letters)
  return csv(header, rows)
}

/** The same as a workbook: text is text, whatever it begins with. */
function lettersBook(...letters: Letters): Promise<Uint8Array<ArrayBuffer>> {
  const [, , , locale] = letters
  const { header, rows } = lettersTable(...letters)
  const alike = (text: string) => ({ 'zh-CN': text, en: text })
  const columns = header.map((text, at) => ({ name: `c${at}`, title: alike(text), kind: 'text' as const }))
  const title = alike(invitationMessages(locale).fileCode)
  return workbook([{ name: 'letters', title, columns, rows }], locale)
}

function lettersTable(...[world, { organs }, people, locale]: Letters) {
  const words = invitationMessages(locale)
  const names = new Map(organs.map((organ) => [organ.code, nameOf(organ, locale)]))
  const rows = people.map(({ contact }) => [
    contact.name ?? '',
    contact.number ?? '',
    names.get(contact.organ ?? '') ?? '',
    contact.service ?? '',
    formatCode(contact.code),
    linkOf(world, contact.code),
  ])
  const header = [words.fileName, words.fileNumber, words.fileOrgan, words.fileService, words.fileCode, words.fileLink]
  return { header, rows }
}

/** Codes that have not gone out in any way. */
export const waitingCodes = async (world: World, scope: Scope, file: SurveyFile): Promise<OpenedAddressee[]> =>
  (await openAddressees(world, scope, file)).filter(({ handed }) => !handed)

interface Taken {
  readonly place: DeskPlace
  readonly file: SurveyFile
  readonly people: readonly OpenedAddressee[]
}

/** Marks the chosen codes as gone out; the page that refuses where that cannot be. */
async function takeCodes(
  exchange: Exchange,
  { isSure, as }: { readonly isSure: boolean; readonly as: 'slips' | 'file' },
  choose: (waiting: readonly OpenedAddressee[]) => readonly OpenedAddressee[],
): Promise<Taken | Response> {
  const { world, params, req } = exchange
  // Only staff routes of a jurisdiction come here, with a survey in the path.
  const [scope, at] = [exchange.scope as Scope, params as { jid: string; cycle: string; sid: string }]
  const place = await findDeskSurvey(world, scope, at)
  const file = place && (await readSurvey(world.db, scope, place.survey.id))
  if (!place || !file || !hasRoster(place.survey)) return refuse(exchange, 'not_found')
  const no = (problem: 'sure' | 'changed', status: number) =>
    showInvitations(exchange, place, { problem: { about: 'paper', problem } }, status)
  if (!isSure) return no('sure', 422)
  const people = choose(await waitingCodes(world, scope, file))
  if (people.length === 0) return no('changed', 409)
  const act = { survey: file.survey.id, ids: people.map(({ id }) => id), as, now: world.now(), req }
  const handed = await handOut(world.writer, scope, act)
  return handed.ok ? { place, file, people } : no('changed', 409)
}

/** QR codes of a channel for print: they name a place and nobody, so they may be printed as often as one likes. */
export const inviteSheet = defineRoute({
  method: 'GET',
  path: patterns.inviteSheet,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale, url } = exchange
    const place = await findDeskSurvey(world, scope, params)
    const file = place && (await readSurvey(world.db, scope, place.survey.id))
    const asked = url.searchParams.get(fields.channel)
    const channel = file?.channels.find(({ code }) => code === asked) ?? file?.channels[0]
    if (!file || !channel) return refuse(exchange, 'not_found')
    const questionnaire = readStored(parseQuestionnaire(JSON.parse(file.questionnaire.body)))
    const props: SheetPageProps = {
      locale,
      channel: { 'zh-CN': channel.nameZh, en: channel.nameEn },
      title: { 'zh-CN': localized(questionnaire.title, 'zh-CN'), en: localized(questionnaire.title, 'en') },
      office: nameOf(file.jurisdiction, locale),
      address: `${world.config.origins[0]}${urls.channel(channel.code)}`,
      minutes: questionnaire.minutes,
      layout: url.searchParams.get('layout') === 'poster' ? 'poster' : 'cards',
    }
    return answerHtml(exchange, { face: 'office', title: sheetTitle(props), body: <SheetPage {...props} /> })
  },
})

const mostChannels = 50
const longestName = 40

/** Adds channels by their names, and sets the targets of those that are there; codes are drawn. */
export const inviteChannels = defineRoute({
  method: 'POST',
  path: patterns.inviteChannels,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'names']) : null
    if (values?.names === undefined) return refuse(exchange, 'bad_request')
    const { names } = values
    const place = await findDeskSurvey(world, scope, params)
    if (!place || place.survey.group === 'leaders') return refuse(exchange, 'not_found')
    if (!['draft', 'ready', 'open'].includes(place.survey.state)) return refuse(exchange, 'conflict')
    const lines = names.split(/\r?\n/)
    const no = (problem: { code: 'empty' } | { code: 'line'; row: number }) =>
      showInvitations(exchange, place, { problem: { about: 'channels', problem }, names }, 422)
    const read = lines.map((line) => (line.trim() === '' ? null : readNames(line)))
    const wrong = read.indexOf('bad')
    if (wrong >= 0) return no({ code: 'line', row: wrong + 1 })
    const given = read.filter((each) => each !== null && each !== 'bad')
    if (given.length === 0 || given.length > mostChannels) return no({ code: 'empty' })
    const codes = new Map(
      (await listChannels(world.db, scope, [place.survey.id])).map((each) => [each.nameZh, each.code]),
    )
    for (const { nameZh } of given) if (!codes.has(nameZh)) codes.set(nameZh, drawCode(world))
    const channels = given.map((each) => ({ code: codes.get(each.nameZh)!, ...each }))
    const added = await importChannels(world.writer, scope, {
      survey: place.survey.id,
      channels,
      now: world.now(),
      req,
    })
    if (!added.ok) return refuse(exchange, 'conflict')
    forgetContexts(world)
    return backToDesk(exchange, params, 'channels')
  },
})

function readNames(line: string): { nameZh: string; nameEn: string; target: number | undefined } | 'bad' {
  const [nameZh = '', nameEn = '', target, ...more] = line.split(/[,，\t]/).map((part) => {
    const text = canonicalText(part)
    return text.ok ? text.value : ''
  })
  const isName = (name: string) => name !== '' && name.length <= longestName
  const isGood = more.length === 0 && isName(nameZh) && isName(nameEn) && /^\d{1,7}$/.test(target ?? '0')
  return isGood ? { nameZh, nameEn, target: target === undefined ? undefined : Number(target) } : 'bad'
}

/** Eight letters and digits that are read aloud and typed alike. */
const drawCode = ({ crypto }: World): string => codeFromBytes(crypto.random(10)).slice(0, 8).toLowerCase()
