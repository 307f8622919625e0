// What other programs may ask of the office and be told by it 接口. A key of an office opens only what its scopes name; a
// message says that something happened and where to read more, never an answer, a comment or a ticket.

/** What a key may open. */
export const apiScopes = ['surveys:read', 'results:read', 'services:write'] as const
export type ApiScope = (typeof apiScopes)[number]

/** What a program can be told of. */
export const eventTypes = [
  'survey.opened',
  'survey.closed',
  'box.opened',
  'publication.published',
  'publication.withdrawn',
  'case.overdue',
  'rectification.due',
] as const
export type EventType = (typeof eventTypes)[number]

/** What an office sends to find out whether an address is reached. */
export const testEvent = 'webhook.test'
