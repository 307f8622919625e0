import { definitionProblemText } from '../../client/messages/definition-problems.ts'
import { fill } from '../../client/messages/fill.ts'
import { questionnaireMessages } from '../../client/messages/questionnaires.ts'
import { EditPage, type EditPageProps, editTitle } from '../../client/pages/office/questionnaire-edit.tsx'
import { groups, questionnaireFileProblemText } from '../../client/pages/office/questionnaire-file-problems.ts'
import { recordOf } from '../../client/pages/office/questionnaire-inputs.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { listUses, readVersion, readVersions } from '../../db/questionnaires.ts'
import type { Scope } from '../../db/scope.ts'
import { saveQuestionnaire } from '../../db/setup.ts'
import { canonicalJson, canonicalText, utf8 } from '../../surveys/canonical.ts'
import {
  canonicalQuestionnaire,
  type DefinitionProblem,
  type GroupId,
  parseQuestionnaire,
} from '../../surveys/questionnaire.ts'
import { differences } from '../../surveys/questionnaire-difference.ts'
import { findingKey, type LintReasons, lintQuestionnaire } from '../../surveys/questionnaire-lint.ts'
import type { ImportRow } from '../../surveys/xlsform-import.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import type { Fields } from '../body.ts'
import { momentText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { questionnaireText, readQuestionnaireText } from '../questionnaire-file.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { questionnaireShell } from './questionnaire-desk.ts'
import { act, readAction, readDraft } from './questionnaire-draft.ts'

/** A stored version, to be read, or changed into the next one. */
export const questionnairePage = defineRoute({
  method: 'GET',
  path: patterns.questionnaire,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const versions = await readVersions(world.db, scope, params.id)
    const shown = versions.find(({ version }) => String(version) === params.version)
    if (!shown) return refuse(exchange, 'not_found')
    const { version, reasons } = shown
    const saved = url.searchParams.get('saved') === '1' && version === versions[0]!.version
    return showEditor(
      exchange,
      scope,
      {
        draft: JSON.parse(shown.body),
        base: versions[0]!.version,
        group: 'public',
        stored: version,
        reasons,
        outcome: saved ? { kind: 'saved', version } : { kind: 'none' },
      },
      200,
    )
  },
})

/** Changes a draft as a button says, checks it, or saves it as the next version; only the last of these stores anything. */
export const questionnaireEdit = defineRoute({
  method: 'POST',
  path: patterns.questionnaireEdit,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 1024 * 1024 },
  async handler(exchange) {
    const { scope, body, locale } = exchange
    const sent = body.kind === 'form' ? readSent(body.fields) : null
    if (!sent) return refuse(exchange, 'bad_request')
    const { draft, press, typed } = sent
    const kept = { ...sent, outcome: { kind: 'unsaved' } as const }
    if (press === 'json') {
      const read = readQuestionnaireText(typed, sent.group)
      if (read.ok)
        return showEditor(
          exchange,
          scope,
          { ...kept, draft: named(read.value.draft, draft, sent.base), report: read.value.report },
          200,
        )
      const problem = questionnaireFileProblemText(locale, read.error)
      return showEditor(exchange, scope, { ...kept, json: { text: typed, problem } }, 422)
    }
    const action = readAction(press)
    if (action) return showEditor(exchange, scope, { ...kept, draft: act(draft, action), open: action.path }, 200)
    if (press === 'check') return showEditor(exchange, scope, kept, 200)
    return press === 'save' ? save(exchange, scope, sent) : refuse(exchange, 'bad_request')
  },
})

interface Sent {
  readonly draft: unknown
  readonly press: string
  /** In the box for JSON. */
  readonly typed: string
  /** The version to which a saving is added; 0 before the first. */
  readonly base: number
  readonly group: GroupId
  readonly reasons: LintReasons
}

/** The form of the editor; null for one that no page of ours has sent. */
export function readSent(fields: Fields): Sent | null {
  const one = (name: string) => (fields.get(name)?.length === 1 ? fields.get(name)![0]! : undefined)
  const draft = readDraft(fields)
  const [press, base] = [one('do'), one('base')]
  const group = groups.find((each) => each === one('group'))
  if (draft === null || press === undefined || !group || !/^\d{1,9}$/.test(base ?? '')) return null
  const reasons: Record<string, string> = {}
  for (const name of fields.keys()) {
    const at = /^reason\.(\d{1,3})$/.exec(name)?.[1]
    const key = at === undefined ? undefined : one(`key.${at}`)
    const reason = canonicalText(one(name) ?? '')
    if (key !== undefined && reason.ok && reason.value !== '') reasons[key] = [...reason.value].slice(0, 500).join('')
  }
  return { draft, press, typed: one('json') ?? '', base: Number(base), group, reasons }
}

/** What is stored under a name keeps it, whatever a text says that is put in its place. */
function named(draft: unknown, before: unknown, base: number): unknown {
  return base === 0 ? draft : { ...recordOf(draft), id: recordOf(before)['id'] }
}

async function save(
  exchange: Exchange<typeof patterns.questionnaireEdit>,
  scope: Scope,
  sent: Sent,
): Promise<Response> {
  const { world, params, req, locale } = exchange
  const { base, group } = sent
  const draft = { ...recordOf(sent.draft), version: base + 1 }
  const parsed = parseQuestionnaire(draft)
  const kept = { ...sent, draft, outcome: { kind: 'unsaved' } as const }
  if (!parsed.ok) return showEditor(exchange, scope, kept, 422)
  const questionnaire = parsed.value
  const { id, version } = questionnaire
  const keys = new Set(lintQuestionnaire(questionnaire).map(findingKey))
  const reasons = Object.fromEntries(Object.entries(sent.reasons).filter(([key]) => keys.has(key)))
  const before = await readVersion(world.db, scope, { id, version: base })
  const isSame = before && differences(JSON.parse(before.body), draft).length === 0
  if (isSame && canonicalJson(before.reasons) === canonicalJson(reasons)) {
    return showEditor(exchange, scope, { ...kept, stored: base, outcome: { kind: 'unchanged' } }, 200)
  }
  const hash = await world.crypto.sha256(utf8(canonicalQuestionnaire(questionnaire)))
  const written = await saveQuestionnaire(world.writer, scope, { questionnaire, hash, reasons, now: world.now(), req })
  if (written.ok) {
    return seeOther(exchange, 'office', `${carry(urls.questionnaire(params.jid, id, version), exchange)}&saved=1`)
  }
  // Somebody was faster. Nothing of either is lost: theirs is a version, and this one can become the next.
  const [newest] = await readVersions(world.db, scope, id)
  const names = await readStaffNames(world.db, scope, [newest!.savedBy])
  const outcome = {
    kind: 'conflict',
    name: names.get(newest!.savedBy) ?? newest!.savedBy,
    time: momentText(newest!.savedAt, locale),
    version: newest!.version,
    theirs: before ? differences(JSON.parse(before.body), JSON.parse(newest!.body)) : [],
    yours: differences(JSON.parse(newest!.body), draft),
  } as const
  return showEditor(exchange, scope, { draft, group, reasons, base: newest!.version, outcome }, 412)
}

interface Shown {
  readonly draft: unknown
  readonly base: number
  readonly group: GroupId
  readonly stored?: number
  readonly reasons?: LintReasons
  readonly report?: readonly ImportRow[]
  readonly json?: EditPageProps['json']
  readonly open?: string
  readonly outcome: EditPageProps['outcome']
}

/** The editor with a draft, whatever that lacks; what it lacks is marked. */
export async function showEditor(
  exchange: Exchange<typeof patterns.questionnaireDraft>,
  scope: Scope,
  shown: Shown,
  status: number,
): Promise<Response> {
  const { world, params } = exchange
  const { stored = null, reasons = {}, report = [], open = '', base, group, outcome } = shown
  const draft = recordOf(shown.draft)
  const parsed = parseQuestionnaire(draft)
  const uses = stored === null ? [] : await listUses(world.db, scope)
  const props: EditPageProps = {
    shell: await questionnaireShell(exchange, scope),
    jid: params.jid,
    group,
    draft,
    base,
    stored,
    locked: uses
      .filter((use) => use.id === draft['id'] && use.version === stored)
      .filter(({ state }) => state !== 'draft' && state !== 'ready')
      .map(({ cycle, sid }) => `${cycle} / ${sid}`),
    problems: parsed.ok
      ? []
      : parsed.error.map((problem) => ({ path: problem.path, text: problemText(exchange, draft, problem) })),
    findings: parsed.ok
      ? lintQuestionnaire(parsed.value).map((finding) => {
          const key = findingKey(finding)
          return { ...finding, key, reason: reasons[key] ?? '' }
        })
      : [],
    report,
    json: shown.json ?? { text: questionnaireText(draft), problem: null },
    open,
    outcome,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: editTitle(props),
    body: <EditPage {...props} />,
    status,
    frame: 'holds',
  })
}

/** A condition is typed as text, and it is the text that cannot be read. */
function problemText({ locale }: Exchange, draft: unknown, { path, message }: DefinitionProblem): string {
  const typed = path.endsWith('.showIf') ? valueAt(draft, path) : undefined
  if (typeof typed !== 'string') return definitionProblemText(locale, message)
  return fill(questionnaireMessages(locale).showIfBad, { found: typed })
}

function valueAt(draft: unknown, path: string): unknown {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '')
  return steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined),
    draft,
  )
}
