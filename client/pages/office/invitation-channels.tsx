import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { type InvitationMessages, invitationMessages } from '../../messages/invitations.ts'
import { TextArea } from '../../parts/field.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { QrCode } from '../../parts/qr-code.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'

export type Channels = {
  /** `target`: how many responses are to come by it; 0 where nobody says. */
  list: readonly { code: string; name: string; target: number }[]
  /** False once the survey has closed. */
  isOpen: boolean
  typed: string
}

export type ChannelsProblem = { code: 'empty' } | { code: 'line'; row: number }

export const channelsProblemText = (words: InvitationMessages, problem: ChannelsProblem): string =>
  problem.code === 'empty' ? words.channelsEmpty : fill(words.channelsBad, { row: problem.row })

/** The channels of a survey, their sheets for print, and the form to add some. */
export function ChannelsBlock({
  shell,
  sid,
  words,
  mayAct,
  channels,
  problem,
}: {
  shell: OfficeShellProps
  sid: string
  words: InvitationMessages
  mayAct: boolean
  channels: Channels
  problem: ChannelsProblem | null
}) {
  const { locale, place, user } = shell
  const [jid, cycle] = [place?.jid ?? '', place?.cycle ?? '']
  const sheet = (code: string, layout: 'cards' | 'poster') =>
    carry(urls.inviteSheet(jid, cycle, sid, code, layout), { locale })
  return (
    <section class="block" id="channels">
      <h2>{words.channelsHeading}</h2>
      <p>{words.channelsLead}</p>
      {channels.list.length === 0 ? (
        <p class="note">{words.channelsNone}</p>
      ) : (
        <ul class="plain">
          {channels.list.map(({ code, name, target }) => (
            <li key={code}>
              <bdi>{name}</bdi> <code>{urls.channel(code)}</code>
              {target > 0 && ` · ${fill(words.channelTarget, { n: target })}`} ·{' '}
              <a href={sheet(code, 'cards')}>{words.channelCards}</a> ·{' '}
              <a href={sheet(code, 'poster')}>{words.channelPoster}</a>
            </li>
          ))}
        </ul>
      )}
      {channels.isOpen && mayAct && (
        <form method="post" action={carry(urls.inviteDo(jid, cycle, sid, 'channels'), { locale })} novalidate>
          <HiddenFields values={{ csrf: user?.csrf ?? '' }} />
          <TextArea
            name="names"
            label={words.channelsAdd}
            hint={words.channelsHint}
            problem={problem ? channelsProblemText(words, problem) : undefined}
            input={{ rows: 4, value: channels.typed, autocomplete: 'off' }}
          />
          <button type="submit" class="btn">
            {words.channelsButton}
          </button>
        </form>
      )}
    </section>
  )
}

export type SheetPageProps = {
  locale: Locale
  /** Name of the channel, of the survey's questionnaire and of the office, in both languages. */
  channel: Readonly<Record<Locale, string>>
  title: Readonly<Record<Locale, string>>
  office: string
  /** The address that the QR code holds; it stands in text below. */
  address: string
  minutes: number
  layout: 'cards' | 'poster'
}

export const sheetTitle = ({ locale, channel }: SheetPageProps): string =>
  fill(invitationMessages(locale).sheetTitle, { channel: channel[locale] })

/** QR codes of a channel on paper: twelve cards on a sheet, or one poster that also serves on half of it. */
export function SheetPage(props: SheetPageProps) {
  const { layout } = props
  const cards = Array.from({ length: layout === 'cards' ? 12 : 1 }, (_, at) => at)
  return (
    <main id="main" class="prints">
      <h1 class="noprint">{sheetTitle(props)}</h1>
      <div class={layout}>
        {cards.map((at) => (
          <Card key={at} {...props} />
        ))}
      </div>
    </main>
  )
}

function Card({ locale, title, channel, office, address, minutes, layout }: SheetPageProps) {
  const words = invitationMessages(locale)
  return (
    <section class="card-qr">
      <p class="card-title">
        {title['zh-CN']}
        {layout === 'poster' && <span lang="en">{title.en}</span>}
      </p>
      {/* A poster is read from afar and gets scratched: more of its code may be lost. */}
      <QrCode text={address} label={words.sheetQr} correction={layout === 'poster' ? 'Q' : 'M'} />
      <p class="card-address">{address.replace(/^https?:\/\//, '')}</p>
      <p>{fill(words.sheetScan, { minutes })}</p>
      <p class="card-from">
        {office} · {channel[locale]}
      </p>
    </section>
  )
}
