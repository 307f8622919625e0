import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NotTaken, smsGateway } from '../../server/sms.ts'

const message = { phone: '+8613800138000', text: '【绩效办】验证码 123456' }

let server: Server
let url: string
/** What the gateway answers to the next request; 0 = nothing at all. */
let status = 204
const taken: { method: string | undefined; type: string | undefined; body: string }[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method, headers } = request
      taken.push({ method, type: headers['content-type'], body: Buffer.concat(parts).toString('utf8') })
      if (status > 0) response.writeHead(status).end(status === 204 ? undefined : 'an answer')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send?account=office`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe('smsGateway', () => {
  test('hands the message over as JSON, and any 2xx means that it is taken', async () => {
    for (status of [200, 202, 204]) await smsGateway(url).send(message)
    expect(taken).toHaveLength(3)
    for (const { method, type, body } of taken) {
      expect([method, type]).toEqual(['POST', 'application/json'])
      expect(JSON.parse(body)).toEqual(message)
    }
  })

  test('rejects what the gateway refuses, and its error quotes neither number nor text', async () => {
    for (status of [302, 307, 400, 401, 422, 429, 503]) {
      const error = await smsGateway(url)
        .send(message)
        .then(
          () => null,
          (error: unknown) => error,
        )
      expect(error).toBeInstanceOf(NotTaken)
      // Only these two are about the message, so that another one may still be taken.
      const isDown = status !== 400 && status !== 422
      expect(error, String(status)).toMatchObject({ message: 'the SMS gateway did not take the message', isDown })
    }
  })

  test('gives up on one that does not answer within three seconds', async () => {
    status = 0
    const error = await smsGateway(url)
      .send(message)
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'TimeoutError' })
    // It may have gone out all the same.
    expect(error).not.toBeInstanceOf(NotTaken)
  })

  test('rejects when nobody listens and when there is no address', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise((done) => gone.close(done))
    await expect(smsGateway(`http://127.0.0.1:${port}/`).send(message)).rejects.toThrow(NotTaken)
    await expect(smsGateway('').send(message)).rejects.toThrow('no SMS gateway is configured')
  })
})
