import { officeMessages } from '../../client/messages/office.ts'
import {
  ForbiddenPage,
  NotFoundPage,
  ProblemPage,
  type ProblemPageProps,
  problemTitle,
} from '../../client/pages/office/problem.tsx'
import { answerHtml } from '../answer-html.ts'
import type { RefusalCode } from '../problem.tsx'
import type { Exchange } from '../route.ts'
import { shellOf } from './shell.ts'

/** A refusal as staff see it. */
export async function staffProblem(
  exchange: Exchange,
  code: RefusalCode,
  status: number,
  headers: Record<string, string>,
  seconds: number | null,
): Promise<Response> {
  const shell = await shellOf(exchange, 'none', null)
  const words = officeMessages(shell.locale)
  if (code === 'forbidden') {
    const body = <ForbiddenPage shell={shell} office={words.officeName} />
    return answerHtml(exchange, { face: 'office', title: words.forbiddenTitle, body, status, headers })
  }
  if (code === 'not_found' || code === 'unknown') {
    return answerHtml(exchange, {
      face: 'office',
      title: words.notFoundTitle,
      body: <NotFoundPage shell={shell} />,
      status,
      headers,
    })
  }
  const props: ProblemPageProps = { shell, code: pageCode(code), reference: exchange.req, retryAfterSeconds: seconds }
  return answerHtml(exchange, {
    face: 'office',
    title: problemTitle(props),
    body: <ProblemPage {...props} />,
    status,
    headers,
  })
}

function pageCode(code: RefusalCode): ProblemPageProps['code'] {
  switch (code) {
    case 'try_again':
    case 'too_many_requests':
    case 'conflict':
    case 'form_expired':
    case 'fresh_needed':
    case 'too_large':
    case 'failed':
      return code
    case 'uri_too_long':
      return 'too_large'
    case 'signed_out':
      return 'form_expired'
    default:
      return 'bad_request'
  }
}
