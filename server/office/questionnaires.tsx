import { fill } from '../../client/messages/fill.ts'
import { questionnaireMessages } from '../../client/messages/questionnaires.ts'
import { ComparePage, type ComparePageProps, compareTitle } from '../../client/pages/office/questionnaire-compare.tsx'
import { groups, questionnaireFileProblemText } from '../../client/pages/office/questionnaire-file-problems.ts'
import {
  QuestionnairesPage,
  type QuestionnairesPageProps,
  questionnairesTitle,
  starts,
} from '../../client/pages/office/questionnaires.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import {
  listUses,
  listVersions,
  type QuestionnaireVersion,
  readVersion,
  readVersions,
} from '../../db/questionnaires.ts'
import type { Scope } from '../../db/scope.ts'
import leaders from '../../surveys/forms/leaders.json' with { type: 'json' }
import publicForm from '../../surveys/forms/public.json' with { type: 'json' }
import recipients from '../../surveys/forms/recipients.json' with { type: 'json' }
import { parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { differences } from '../../surveys/questionnaire-difference.ts'
import { answerHtml } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { questionnaireText, questionnaireWorkbook, readQuestionnaireFile } from '../questionnaire-file.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { localized } from '../surveys.ts'
import { questionnaireShell } from './questionnaire-desk.ts'
import { showEditor } from './questionnaire-edit.tsx'

const shipped = { leaders, recipients, public: publicForm }

/** Every questionnaire of a jurisdiction with its versions. */
export const questionnairesPage = defineRoute({
  method: 'GET',
  path: patterns.questionnaires,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  handler: (exchange) => showList(exchange, exchange.scope, { start: 'file', group: 'public', problem: null }, 200),
})

/** Opens a file, or a questionnaire that comes with the platform, in the editor; nothing is stored. */
export const questionnaireDraft = defineRoute({
  method: 'POST',
  path: patterns.questionnaireDraft,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'multipart'], maximumBytes: 1024 * 1024 },
  async handler(exchange) {
    const { body, scope, locale, world } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'start', 'group', 'file']) : null
    const start = starts.find((each) => each === values?.start)
    const group = groups.find((each) => each === values?.group)
    if (!values || !start || !group || body.kind !== 'form') return refuse(exchange, 'bad_request')
    if (start !== 'file') {
      const known = await readVersions(world.db, scope, shipped[start].id)
      const base = known[0]?.version ?? 0
      return showEditor(
        exchange,
        scope,
        { draft: shipped[start], base, group: start, outcome: { kind: 'unsaved' } },
        200,
      )
    }
    const file = body.files?.get('file')
    const again = (problem: string) => showList(exchange, scope, { start, group, problem }, 422)
    if (!file || file.length === 0) return again(questionnaireMessages(locale).fileRequired)
    const read = await readQuestionnaireFile(file, group)
    if (!read.ok) return again(questionnaireFileProblemText(locale, read.error))
    const { draft, report } = read.value
    const id = typeof draft === 'object' && draft !== null && 'id' in draft ? String(draft.id) : ''
    const known = await readVersions(world.db, scope, id)
    const base = known[0]?.version ?? 0
    return showEditor(exchange, scope, { draft, base, group, report, outcome: { kind: 'unsaved' } }, 200)
  },
})

/** What differs between two versions, the two newest unless the address names others. */
export const questionnaireCompare = defineRoute({
  method: 'GET',
  path: patterns.questionnaireCompare,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const versions = await readVersions(world.pages, scope, params.id)
    const asked = (name: string, otherwise: QuestionnaireVersion | undefined) => {
      const number = url.searchParams.get(name)
      return number === null ? otherwise : versions.find(({ version }) => String(version) === number)
    }
    const to = asked('to', versions[0])
    const from = asked('from', versions[1] ?? versions[0])
    if (!from || !to) return refuse(exchange, 'not_found')
    const props: ComparePageProps = {
      shell: await questionnaireShell(exchange, scope),
      jid: params.jid,
      id: params.id,
      versions: versions.map(({ version }) => version),
      from: from.version,
      to: to.version,
      differences: differences(JSON.parse(from.body), JSON.parse(to.body)),
    }
    return answerHtml(exchange, { face: 'office', title: compareTitle(props), body: <ComparePage {...props} /> })
  },
})

/** One version as a file: JSON as in `surveys/forms/`, or an XLSForm workbook. */
export const questionnaireFile = defineRoute({
  method: 'GET',
  path: patterns.questionnaireFile,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const { id, version, format } = params
    const found = await readVersion(world.pages, scope, { id, version: Number(version) })
    if (!found) return refuse(exchange, 'not_found')
    const questionnaire = storedQuestionnaire(found)
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Disposition', `attachment; filename="${id}-${found.version}.${format}"`)
    if (format === 'json') {
      headers.set('Content-Type', 'application/json; charset=utf-8')
      return new Response(questionnaireText(questionnaire), { headers })
    }
    headers.set('Content-Type', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
    return new Response((await questionnaireWorkbook(questionnaire)).bytes, { headers })
  },
})

const storedQuestionnaire = ({ body }: QuestionnaireVersion): Questionnaire =>
  readStored(parseQuestionnaire(JSON.parse(body)))

async function showList(
  exchange: Exchange<typeof patterns.questionnaires | typeof patterns.questionnaireDraft>,
  scope: Scope,
  begun: QuestionnairesPageProps['begun'],
  status: number,
): Promise<Response> {
  const { world, locale, params } = exchange
  const [versions, uses] = await Promise.all([listVersions(world.db, scope), listUses(world.db, scope)])
  const names = await readStaffNames(world.db, scope, [...new Set(versions.map(({ savedBy }) => savedBy))])
  const words = questionnaireMessages(locale)
  const saved = ({ savedAt, savedBy }: QuestionnaireVersion) =>
    savedAt === 0 ? '' : fill(words.savedBy, { time: momentText(savedAt, locale), name: names.get(savedBy) ?? savedBy })
  const props: QuestionnairesPageProps = {
    shell: await questionnaireShell(exchange, scope),
    jid: params.jid,
    questionnaires: [...new Set(versions.map(({ id }) => id))].map((id) => {
      const own = versions.filter((each) => each.id === id)
      const { group, title } = storedQuestionnaire(own[0]!)
      return {
        id,
        group,
        title: localized(title, locale),
        versions: own.map((each) => ({
          version: each.version,
          saved: saved(each),
          uses: uses.filter((use) => use.id === id && use.version === each.version),
        })),
      }
    }),
    begun,
  }
  const body = <QuestionnairesPage {...props} />
  return answerHtml(exchange, { face: 'office', title: questionnairesTitle(props), body, status })
}
