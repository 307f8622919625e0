import type { ApiMessages } from './api.ts'

export const apiEn: ApiMessages = {
  title: 'Interface for programs',
  intro:
    'Other systems read here how far surveys have come and what was published, and tell of services: to get a rating code for each, or to have its person invited. Every address begins with {base}.',
  introDocument: 'The same as an OpenAPI 3.1 document:',
  keyHeading: 'Keys',
  keyText:
    'The office hands out keys under Settings. A key belongs to one jurisdiction, opens only what its scopes name, and opens nothing once it has expired or was revoked. Send it in the header Authorization: Bearer, never in an address. In the examples below $BASE is the address of this site and $KEY the key.',
  listsHeading: 'Lists',
  listsText:
    'limit is 1 to 200, 50 unless said. Where there is more, the header Link holds the address of the next page (rel="next"); take cursor as it is. Answers have an ETag; with If-None-Match and nothing changed you get 304.',
  problemsHeading: 'Errors',
  problemsText:
    'Errors are application/problem+json (RFC 9457): code never changes, title is Chinese or English by Accept-Language, errors names each field that is wrong. After 429 and 503 wait Retry-After seconds and send the same again.',
  idempotencyHeading: 'The same request again',
  idempotencyText:
    'A request that tells of services needs an Idempotency-Key: 16 to 128 characters, drawn at random for each new request. Where no answer came, send the same again with the same key: it brings the same answer and adds nothing. The same key with other content is refused. It is remembered for 30 days.',
  webhooksHeading: 'Notices',
  webhooksText:
    'The office can register addresses that are told what happens. Notices are signed as Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature) and say only what happened, never a rating, a comment or a code; read the rest here. The same notice may come more than once, with the same webhook-id. Answer 2xx when you have it; otherwise it comes again after 5 seconds, 5 and 30 minutes, 2, 5, 10 and 24 hours.',
  webhooksEvents: 'Kinds of notices: {events}',
  operationsHeading: 'Operations',
  opens: 'Scope',
  parameters: 'Parameters',
  body: 'What to send',
  answers: 'Answer',
  refusals: 'Possible error codes',
  fieldRequired: 'required',
  example: 'Example',
  codesHeading: 'All error codes',
  code: 'Code',
  status: 'Status',
  meaning: 'Meaning',
  fieldName: 'Name',
  fieldType: 'Type',
  operations: {
    organs: 'The agencies of the jurisdiction',
    cycles: 'The yearly cycles',
    surveys: 'The surveys of a cycle: state, times, and how many have taken part',
    results: 'Every published figure of a cycle, with its source and hashes',
    indicator:
      'The satisfaction indicator of each agency in a cycle, with its source and hashes, for a scoring system that exists already',
    publications: 'What was published, and the addresses of the published files',
    services: 'Tell of services; each gets a code with which it can be rated once',
    invitations:
      'Tell of services whose people the office is to write to; they come onto the roster, and no code comes back. The same service again changes nothing',
  },
  fault_unknown: 'There is no such code',
  fault_cursor: 'This cursor cannot be used; begin at the first page',
  fault_requestKey: 'Add an Idempotency-Key: 16 to 128 characters, drawn at random for each new request',
}
