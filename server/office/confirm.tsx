import { ConfirmPage, type ConfirmPageProps, confirmTitle } from '../../client/pages/office/confirm.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { staffRoles } from '../policy.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import { safeNext } from './next.ts'
import { shellOf } from './shell.ts'

/** Where a person proves to be present before a file is taken. */
export const confirmPage = defineRoute({
  method: 'GET',
  path: patterns.confirm,
  policy: { who: staffRoles, scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { staff, url } = exchange
    const props: ConfirmPageProps = {
      shell: await shellOf(exchange, 'none', null),
      action: carry(urls.confirm(safeNext(url.searchParams.get('next') ?? '')), exchange),
      hidden: [['csrf', staff.formToken]],
      ask: staff.hasSecondFactor ? 'code' : 'password',
      problem: null,
      retryAfterSeconds: null,
    }
    return answerHtml(exchange, { face: 'office', title: confirmTitle(props), body: <ConfirmPage {...props} /> })
  },
})

/** Leads on; the proof itself is asked for before every route of this kind. */
export const confirm = defineRoute({
  method: 'POST',
  path: patterns.confirm,
  policy: {
    who: staffRoles,
    scope: 'none',
    fresh: true,
    beforeSecondFactor: true,
    csrf: 'staff',
    limit: 'staff-write',
    cache: 'never',
  },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  handler(exchange) {
    const { body, url } = exchange
    if (body.kind !== 'form' || !formValues(body.fields, ['csrf'])) return refuse(exchange, 'bad_request')
    const next = safeNext(url.searchParams.get('next') ?? '')
    return seeOther(exchange, 'office', next || carry(urls.office(), exchange))
  },
})
