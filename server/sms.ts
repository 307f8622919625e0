import type { SmsGateway } from './world.ts'

/**
 * Hands each message to the gateway at this address as JSON `{phone, text}`, the number in E.164; any 2xx means taken.
 * Without an address nothing is sent, and the person is told to try later.
 */
export function smsGateway(url: string): SmsGateway {
  return {
    async send(message) {
      if (url === '') throw new Error('no SMS gateway is configured')
      const answer = await fetch(url, {
        method: 'POST',
        body: JSON.stringify(message),
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(3_000),
      })
      await answer.body?.cancel()
      if (!answer.ok) throw new Error('the SMS gateway did not take the message')
    },
  }
}
