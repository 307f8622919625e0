import { embedMessages } from '../../client/messages/embed.ts'
import { EmbedDesk, type EmbedDeskProps, embedDeskTitle } from '../../client/pages/office/embed.tsx'
import { surveyTitle } from '../../client/pages/office/survey-name.ts'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readEmbedOrigins, saveEmbedOrigins } from '../../db/embedding.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { isLoopback } from '../config.ts'
import { refuse } from '../problem.tsx'
import { escapeText } from '../render.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { type DeskPlace, findDeskSurvey, nameOfSurvey } from './desk.ts'
import { shellOf } from './shell.ts'

const mostOrigins = 20

/** Which sites may show the start page of a survey. */
export const embedDesk = defineRoute({
  method: 'GET',
  path: patterns.embedDesk,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const origins = await readEmbedOrigins(world.db, scope, place.survey.id)
    const isDone = url.searchParams.get('done') === 'saved'
    return show(exchange, params.jid, place, { origins, typed: origins.join('\n'), problem: null, isDone }, 200)
  },
})

/** Names them anew. */
export const embedSave = defineRoute({
  method: 'POST',
  path: patterns.embedSave,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'seen', 'origins']) : null
    const { origins: text, seen } = values ?? {}
    if (text === undefined || seen === undefined) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const lines = linesOf(text)
    const wrong = lines.filter((line, at) => !isSite(line) || at >= mostOrigins)
    const again = async (problem: NonNullable<EmbedDeskProps['problem']>, status: number) => {
      const origins = await readEmbedOrigins(world.db, scope, place.survey.id)
      return show(exchange, params.jid, place, { origins, typed: text, problem, isDone: false }, status)
    }
    if (wrong.length > 0) return again({ code: 'wrong', lines: wrong }, 422)
    const origins = [...new Set(lines)]
    const act = { survey: place.survey.id, seen: linesOf(seen), origins, now: world.now(), req }
    if (!(await saveEmbedOrigins(world.writer, scope, act)).ok) return again({ code: 'changed' }, 412)
    const { jid, cycle, sid } = params
    return seeOther(exchange, 'office', `${carry(urls.embedDesk(jid, cycle, sid), exchange)}&done=saved`)
  },
})

const linesOf = (text: string): string[] => text.split(/\s+/).filter((line) => line !== '')

/** An origin as a header names it: https, or this machine for trials. A name may hold nothing that means more in a header. */
function isSite(text: string): boolean {
  if (!/^https?:\/\/[a-z0-9.-]+(:\d+)?$/.test(text) || !URL.canParse(text)) return false
  const { origin, protocol } = new URL(text)
  return origin === text && (protocol === 'https:' || isLoopback(text))
}

async function show(
  exchange: Exchange,
  jid: string,
  place: DeskPlace,
  said: Pick<EmbedDeskProps, 'problem' | 'isDone'> & { readonly origins: readonly string[]; readonly typed: string },
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { survey, found } = place
  const [origin = ''] = world.config.origins
  const words = embedMessages(locale)
  const link = `${origin}${carry(urls.start(jid, survey.sid), { locale })}`
  const props: EmbedDeskProps = {
    shell: await shellOf(exchange, 'surveys', found),
    sid: survey.sid,
    name: surveyTitle(locale, nameOfSurvey(survey)),
    origins: said.typed,
    stored: said.origins,
    problem: said.problem,
    snippet:
      said.origins.length === 0
        ? null
        : `<a class="gongping" href="${escapeText(link)}">${words.link}</a>\n<script src="${origin}${urls.embedScript()}" async></script>`,
    isDone: said.isDone,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: embedDeskTitle(props),
    body: <EmbedDesk {...props} />,
    status,
  })
}
