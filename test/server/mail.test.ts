import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { smtpGateway } from '../../server/node/mail.ts'
import { NotTaken } from '../../server/sms.ts'
import type { Mail } from '../../server/world.ts'
import { type MailServer, replyOf, startMailServer } from '../support/mail-server.ts'

// Mails are handed to a real server. Whoever sends has to know of each whether it was taken, was not, or whether nobody knows.

const mail: Mail = {
  to: 'li@example.org',
  from: '江州省绩效办',
  subject: '请您评价 · please rate',
  text: '您好\n\nhttp://localhost/r#7K3F9QXM2WBD4HTA\n',
  html: '<!doctype html><p>您好</p><p><a href="http://localhost/r#7K3F9QXM2WBD4HTA">…</a></p>',
  unsubscribe: 'http://localhost/u/jz/7K3F9QXM2WBD4HTA',
}

let server: MailServer
let gateway: ReturnType<typeof smtpGateway>
beforeEach(async () => {
  server = await startMailServer()
  gateway = smtpGateway(server.url, 'survey@example.gov.cn')
})
afterEach(async () => {
  gateway.close()
  await server.stop()
})

const outcomeOf = (sent: Promise<void>): Promise<'taken' | 'down' | 'refused' | 'unknown'> =>
  sent.then(
    () => 'taken' as const,
    (error: unknown) => (error instanceof NotTaken ? (error.isDown ? 'down' : 'refused') : 'unknown'),
  )

describe('a mail', () => {
  test('arrives with both parts, the sender’s name and the headers by which one unsubscribes with one click', async () => {
    await gateway.send(mail)
    const [taken] = server.taken
    expect(taken!.to).toBe('li@example.org')
    expect(taken!.body).toContain('您好')
    expect(taken!.body).toContain('http://localhost/r#7K3F9QXM2WBD4HTA')
    expect(taken!.raw).toMatch(/multipart\/alternative/)
    expect(taken!.headers.get('from')).toContain('<survey@example.gov.cn>')
    expect(taken!.headers.get('list-unsubscribe')).toBe(`<${mail.unsubscribe}>`)
    expect(taken!.headers.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click')
    // Nothing is loaded when it is read, so that nobody learns of it.
    expect(taken!.body).not.toMatch(/<img|src=|url\(/)
  })

  test('cannot bring further headers or recipients with it', async () => {
    await gateway.send({ ...mail, subject: 'x\r\nBcc: eve@example.org', from: 'a"\r\nBcc: eve@example.org' })
    const [taken] = server.taken
    expect(server.taken).toHaveLength(1)
    expect(taken!.headers.has('bcc')).toBe(false)
  })

  test('does not mix with another that is sent at the same moment', async () => {
    const both = ['first@example.org', 'second@example.org']
    // The second begins when the first has just had its answer, and while it is under way.
    await Promise.all(both.map((to) => gateway.send({ ...mail, to, text: `for ${to}` })))
    await Promise.all(both.map((to) => gateway.send({ ...mail, to, text: `for ${to}` })))
    expect(server.taken.map(({ to }) => to).sort()).toEqual([both[0], both[0], both[1], both[1]])
    for (const { to, body, headers } of server.taken) {
      expect(headers.get('to')).toBe(to)
      expect(body).toContain(`for ${to}`)
    }
  })

  test('goes out over one connection after the other, also when the server has closed the one before', async () => {
    for (let at = 0; at < 3; at++) await gateway.send(mail)
    await server.stop()
    await server.start()
    // Of the first one over the broken connection nobody may say that it was taken.
    const first = await outcomeOf(gateway.send(mail))
    expect(['taken', 'down']).toContain(first)
    expect(await outcomeOf(gateway.send(mail))).toBe('taken')
    expect(server.taken.length).toBe(first === 'taken' ? 5 : 4)
  })
})

describe('what became of it', () => {
  test('is that nothing went out while the server is down', async () => {
    await server.stop()
    expect(await outcomeOf(gateway.send(mail))).toBe('down')
    await server.start()
    expect(await outcomeOf(gateway.send(mail))).toBe('taken')
  })

  test('is that this address is refused, and the next mail goes out', async () => {
    server.unknown.add('gone@example.org')
    expect(await outcomeOf(gateway.send({ ...mail, to: 'gone@example.org' }))).toBe('refused')
    expect(await outcomeOf(gateway.send(mail))).toBe('taken')
  })

  test.each([
    [452, 'down'],
    [554, 'refused'],
  ] as const)('is told by the answer %i to the whole message', async (code, outcome) => {
    server.onMessage = () => {
      throw replyOf(code, 'no')
    }
    expect(await outcomeOf(gateway.send(mail))).toBe(outcome)
  })

  test('is unknown when the connection breaks after the message has gone over it', async () => {
    server.onMessage = async () => {
      await server.stop()
    }
    expect(await outcomeOf(gateway.send(mail))).toBe('unknown')
  })

  test('is that a server with other words than SMTP takes nothing', async () => {
    const open: Socket[] = []
    const wrong: Server = createServer((socket) => {
      open.push(socket)
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    await new Promise<void>((listening) => wrong.listen(0, '127.0.0.1', listening))
    const address = wrong.address()
    const port = typeof address === 'object' && address ? address.port : 0
    expect(await outcomeOf(smtpGateway(`smtp://127.0.0.1:${port}`, 'a@example.org').send(mail))).toBe('down')
    for (const socket of open) socket.destroy()
    wrong.close()
  })
})
