import type { SmsGateway } from './world.ts'

/** Surely nothing went out. `isDown`: not because of this message, so that another one would fare alike. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken'
  readonly isDown: boolean

  constructor(why: string, isDown: boolean) {
    super(why)
    this.isDown = isDown
  }
}

/**
 * Hands each message to the gateway at this address as JSON `{phone, text}`, an invitation with its `id` besides, the number
 * in E.164; any 2xx within three seconds means taken. Without an address nothing is sent, and the person is told to try later.
 */
export function smsGateway(url: string): SmsGateway {
  return {
    async send(message) {
      if (url === '') throw new NotTaken('no SMS gateway is configured', true)
      const answer = await fetch(url, {
        method: 'POST',
        body: JSON.stringify(message),
        headers: { 'content-type': 'application/json' },
        // A redirected POST would become a GET, with the message nowhere.
        redirect: 'manual',
        signal: AbortSignal.timeout(3_000),
      }).catch((error: unknown) => {
        if (isUnreachable(error)) throw new NotTaken('the SMS gateway cannot be reached', true)
        throw error
      })
      await answer.body?.cancel()
      const isOfMessage = answer.status === 400 || answer.status === 422
      if (!answer.ok) throw new NotTaken('the SMS gateway did not take the message', !isOfMessage)
    },
  }
}

/** True where no connection came about; one that broke off later may have carried the message. */
function isUnreachable(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  return ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)
}
