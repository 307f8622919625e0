import { Readable } from 'node:stream'
import type { NodemailerError } from 'nodemailer/lib/errors'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { isLoopback } from '../config.ts'
import { NotTaken } from '../sms.ts'
import type { Mail, MailGateway } from '../world.ts'

/** How long a mail server may take for each answer. */
const patienceMs = 20_000
/** A connection that nobody uses is closed after that time. */
const idleMs = 2_000

/**
 * Hands mails to one server, one after the other over one connection, whoever sends them. `url` is smtp:// (with
 * STARTTLS where the server offers it) or smtps://, with a user and a password where it wants them. Nothing is read from
 * a file or an address, and nothing is logged.
 */
export function smtpGateway(url: string, address: string): MailGateway & { close(): void } {
  let open: Promise<Line> | null = null
  let idle: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()

  function drop(line: Promise<Line> | null): void {
    clearTimeout(idle)
    if (open === line) open = null
    line?.then(
      ({ connection }) => connection.close(),
      () => {},
    )
  }

  return {
    close: () => drop(open),
    // The commands of two mails under way over one connection would mix.
    send(mail) {
      const sent = last.then(() => handOver(mail))
      last = sent.catch(() => {})
      return sent
    },
  }

  async function handOver(mail: Mail): Promise<void> {
    clearTimeout(idle)
    const composed = await compose(mail, address)
    open ??= connect(url)
    const own = open
    const line = await own.catch(() => null)
    if (!line) {
      drop(own)
      throw new NotTaken('the mail server cannot be reached', true)
    }
    // Read only once the server has asked for the message: before that surely nothing has gone out.
    const message = { isRead: false }
    const content = Readable.from(
      (function* () {
        message.isRead = true
        yield composed.bytes
      })(),
    )
    const sent = new Promise<void>((yes, no) => {
      line.connection.send(composed.envelope, content, (error) => (error ? no(error) : yes()))
    })
    await Promise.race([sent, line.failed]).catch((error: NodemailerError) => {
      drop(own)
      const code = error.responseCode ?? 0
      // This mail is refused and no other would be.
      if (code >= 500 && ['RCPT TO', 'DATA'].includes(error.command ?? ''))
        throw new NotTaken('the mail server does not take this mail', false)
      if (!message.isRead || code >= 400) throw new NotTaken('the mail server takes no mail now', true)
      throw error
    })
    idle = setTimeout(() => drop(own), idleMs).unref()
  }
}

interface Line {
  readonly connection: SMTPConnection
  /** Rejects when the connection breaks or ends. */
  readonly failed: Promise<never>
}

async function connect(url: string): Promise<Line> {
  const { protocol, hostname, port, username, password } = new URL(url)
  const { default: Connection } = await import('nodemailer/lib/smtp-connection')
  const connection = new Connection({
    host: hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    secure: protocol === 'smtps:',
    // A password goes over no open line.
    requireTLS: username !== '' && protocol === 'smtp:' && !isLoopback(url),
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
  })
  const failed = new Promise<never>((_, no) => {
    connection.on('error', no)
    connection.on('end', () => no(new Error('the mail server has closed the connection')))
  })
  // Whoever sends learns of it; nobody may be sending.
  failed.catch(() => {})
  const ready = new Promise<void>((yes, no) => {
    connection.connect((error) => {
      if (error) return no(error)
      if (username === '') return yes()
      const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
      connection.login({ credentials }, (refused) => (refused ? no(refused) : yes()))
    })
  })
  try {
    await Promise.race([ready, failed])
  } catch (error) {
    connection.close()
    throw error
  }
  return { connection, failed }
}

/** The message as it travels, from whom and to whom. */
async function compose({ to, from, subject, text, html, unsubscribe }: Mail, address: string) {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const composed = new MailComposer({
    from: { name: from, address },
    to,
    subject,
    text,
    html,
    headers: {
      ...(unsubscribe === undefined
        ? {}
        : { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
      'Auto-Submitted': 'auto-generated',
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  return { bytes: await composed.build(), envelope: { from: address, to: [to] } }
}
