import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface TakenMail {
  readonly to: string
  /** The message as it travelled. */
  readonly raw: string
  readonly headers: ReadonlyMap<string, string>
  /** Both parts as text, decoded. */
  readonly body: string
}

/** A real mail server on this machine that keeps what it takes. */
export interface MailServer {
  readonly url: string
  readonly taken: readonly TakenMail[]
  /** Addresses that it refuses for good when they are named as recipients. */
  readonly unknown: Set<string>
  /** Called with each message that has come in whole, before it is answered; what it throws is the answer. */
  onMessage: (mail: TakenMail) => void | Promise<void>
  /** Stops to listen and breaks open connections off; `start` takes the same port again. */
  stop(): Promise<void>
  start(): Promise<void>
}

export async function startMailServer(): Promise<MailServer> {
  const taken: TakenMail[] = []
  const unknown = new Set<string>()
  let port = 0
  let server: SMTPServer | null = null
  const own: MailServer = {
    get url() {
      return `smtp://127.0.0.1:${port}`
    },
    taken,
    unknown,
    onMessage: () => {},
    async stop() {
      const stopping = server
      server = null
      if (!stopping) return
      for (const connection of stopping.connections) connection.close()
      await new Promise<void>((done) => stopping.close(done))
    },
    async start() {
      server = new SMTPServer({
        authOptional: true,
        disabledCommands: ['STARTTLS'],
        logger: false,
        onRcptTo(address, _session, done) {
          done(unknown.has(address.address) ? replyOf(550, 'no such user') : null)
        },
        onData(stream, session, done) {
          const parts: Buffer[] = []
          stream.on('data', (part: Buffer) => parts.push(part))
          stream.on('end', async () => {
            const mail = readMail(Buffer.concat(parts).toString('utf8'), session.envelope.rcptTo[0]?.address ?? '')
            // From here on the server has it, whether or not the sender lives to be told.
            taken.push(mail)
            try {
              await own.onMessage(mail)
              done()
            } catch (error) {
              taken.splice(taken.indexOf(mail), 1)
              done(error as Error)
            }
          })
        },
      })
      server.on('error', () => {})
      await new Promise<void>((listening) => server!.listen(port, '127.0.0.1', listening))
      port = (server.server.address() as AddressInfo).port
    },
  }
  await own.start()
  return own
}

/** A refusal with the reply code that the server gives. */
export const replyOf = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode })

function readMail(raw: string, to: string): TakenMail {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { to, raw, headers, body: decodeParts(rest.join('\r\n\r\n')) }
}

/** Quoted-printable and base64 parts as the text they stand for. */
function decodeParts(body: string): string {
  return body
    .split(/\r\n--[^\r\n]+/)
    .map((part) => {
      const cut = part.indexOf('\r\n\r\n')
      const content = cut < 0 ? part : part.slice(cut + 4)
      if (/transfer-encoding: base64/i.test(part)) return Buffer.from(content, 'base64').toString('utf8')
      if (!/transfer-encoding: quoted-printable/i.test(part)) return content
      const bytes = content
        .replaceAll('=\r\n', '')
        .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      return Buffer.from(bytes, 'latin1').toString('utf8')
    })
    .join('\n')
}
