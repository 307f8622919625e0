import { fill } from '../../client/messages/fill.ts'
import { questionnaireMessages } from '../../client/messages/questionnaires.ts'
import { recordOf } from '../../client/pages/office/questionnaire-inputs.tsx'
import { FormPage, type FormPageProps, formTitle } from '../../client/pages/respond/form-page.tsx'
import { deciders } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { findJurisdiction } from '../../db/platform.ts'
import { type Locale, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { answerHtml } from '../answer-html.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, nameOf } from '../surveys.ts'
import { readSent } from './questionnaire-edit.tsx'

/** The respondent's own form as the draft has it, for a frame in which nothing runs and nothing can be sent. */
export const questionnairePreview = defineRoute({
  method: 'POST',
  path: patterns.questionnairePreview,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 1024 * 1024 },
  async handler(exchange) {
    const { world, params, body } = exchange
    if (body.kind !== 'form') return refuse(exchange, 'bad_request')
    const fields = new Map(body.fields)
    const locale: Locale = fields.get('previewLocale')?.[0] === 'en' ? 'en' : 'zh-CN'
    const size = fields.get('previewSize')?.[0] === 'elder' ? ('elder' as const) : undefined
    // The button of the preview does nothing to the draft.
    fields.set('do', ['check'])
    const sent = readSent(fields)
    if (!sent) return refuse(exchange, 'bad_request')
    const parsed = parseQuestionnaire({ ...recordOf(sent.draft), version: sent.base + 1 })
    const seen = { ...exchange, locale, size }
    if (!parsed.ok) {
      const text = fill(questionnaireMessages(exchange.locale).previewBroken, { n: parsed.error.length })
      const body = (
        <main id="main" class="page">
          <p>{text}</p>
        </main>
      )
      return answerHtml(seen, { face: 'respond', title: text, body, status: 422, frame: 'within' })
    }
    const place = await findJurisdiction(world.pages, params.jid)
    const props = formProps(seen, parsed.value, place ? nameOf(place, locale) : params.jid)
    return answerHtml(seen, {
      face: 'respond',
      title: formTitle(props),
      body: <FormPage {...props} />,
      frame: 'within',
    })
  },
})

function formProps(
  { locale, size, world, params }: Exchange<typeof patterns.questionnairePreview>,
  questionnaire: Questionnaire,
  organiser: string,
): FormPageProps {
  const { previewOrgan } = questionnaireMessages(locale)
  const { kind } = questionnaire.subject
  const organs =
    kind === 'one'
      ? [{ code: 'a', name: previewOrgan }]
      : ['A', 'B'].map((name) => ({ code: name.toLowerCase(), name: `${previewOrgan} ${name}` }))
  const isFirstOnly = questionnaire.subject.detail === 'first'
  return {
    locale,
    size,
    demo: world.config.demo,
    survey: {
      jid: params.jid,
      sid: 'preview',
      title: localized(questionnaire.title, locale),
      organiser,
      year: '',
      phone: '…',
      counted: true,
    },
    facts: {
      mode: 'live',
      adapter: questionnaire.group === 'public' ? 'sms' : questionnaire.group === 'leaders' ? 'roster' : 'receipt',
      minimum: 30,
    },
    questionnaire,
    organs,
    detailFor: isFirstOnly ? organs[0]!.code : null,
    share: '…%',
    closesOn: '…',
    until: 0,
    hidden: '',
    values: new Map(),
    problems: [],
  }
}
