import { fill } from '../../messages/fill.ts'
import { invitationMessages } from '../../messages/invitations.ts'
import { respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { urls } from '../../urls.ts'
import { titleOf } from './title.ts'
import type { SurveyHead, View } from './views.ts'

export type DrawsPageProps = View & {
  survey: SurveyHead
  frames: readonly {
    /** Hexadecimal. */
    hash: string
    registered: string
    drawn: { seed: string; time: string } | null
    strata: readonly { stratum: string; name: string; listed: number; drawn: number }[]
  }[]
}

export const drawsTitle = ({ locale, survey }: DrawsPageProps): string =>
  titleOf(respondMessages(locale), invitationMessages(locale).drawsTitle, survey)

/** Of which lists people were drawn, what was decided before there was a seed, and how anybody draws them again. */
export function DrawsPage(props: DrawsPageProps) {
  const { locale, survey, frames } = props
  const { jid, sid, title } = survey
  const words = invitationMessages(locale)
  return (
    <Frame {...props} again={{ path: urls.draws(jid, sid) }} back={{ href: urls.start(jid, sid) }} survey={undefined}>
      <p class="step">{title}</p>
      <h1>{words.drawsTitle}</h1>
      {frames.length === 0 && <p>{words.drawsNone}</p>}
      {frames.map(({ hash, registered, drawn, strata }) => (
        <section key={hash}>
          <h2>{fill(words.frameRegistered, { time: registered })}</h2>
          <p>
            <code>{hash}</code>
          </p>
          <p>{drawn ? fill(words.frameDrawn, drawn) : words.drawsWaiting}</p>
          <Scroll label={words.frameStrata}>
            <DataTable
              caption={words.frameStrata}
              columns={[
                { label: words.frameStratum },
                { label: words.drawsCode },
                { label: words.frameListed, numeric: true },
                { label: words.frameWanted, numeric: true },
              ]}
              rows={strata.map((each) => [each.name, each.stratum, grouped(each.listed), grouped(each.drawn)])}
            />
          </Scroll>
        </section>
      ))}
      {frames.length > 0 && (
        <>
          <h2>{words.drawsAgain}</h2>
          <ol>
            {[words.drawsRow, words.drawsList, fill(words.drawsOrder, { survey: `${jid}/${sid}` })].map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </>
      )}
    </Frame>
  )
}
