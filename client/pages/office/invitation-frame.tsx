import { fill } from '../../messages/fill.ts'
import type { InvitationMessages } from '../../messages/invitations.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { Field } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { type RosterProblem, type RosterState, rosterProblemTexts, tableFiles } from './invitation-roster.tsx'

/** A list of which a sample is drawn: what names it, its strata, and the seed once it is drawn. */
export type FrameLine = {
  /** Hexadecimal. */
  hash: string
  registered: string
  strata: readonly { stratum: string; listed: number; drawn: number }[]
  drawn: { seed: string; time: string } | null
}

/** Where a sample is drawn: first the list is written down, and later the seed draws from it. */
export function FrameBlock({
  shell,
  sid,
  words,
  mayAct,
  roster,
  problem,
}: {
  shell: OfficeShellProps
  sid: string
  words: InvitationMessages
  mayAct: boolean
  roster: RosterState
  problem: RosterProblem | null
}) {
  const { locale, place, user } = shell
  const { frames, isOpen, progress, of, typed } = roster
  const [jid, cycle] = [place?.jid ?? '', place?.cycle ?? '']
  const [newest] = frames
  const waiting = newest?.drawn === null ? newest : null
  const action = carry(urls.inviteDo(jid, cycle, sid, 'frame'), { locale })
  const isFinal = of === 'leaders' && newest?.drawn != null
  const textOf = (code: 'sizes' | 'seed') =>
    problem?.code === code ? rosterProblemTexts(locale, problem)[0] : undefined
  return (
    <section class="block" id="sample">
      <h2>{words.frameHeading}</h2>
      <p>{words.frameLead}</p>
      <p>
        <a href={carry(urls.draws(jid, sid), { locale })}>{words.framePublic}</a>
      </p>
      {frames.map((frame) => (
        <Frame key={frame.hash} words={words} frame={frame} />
      ))}
      {isOpen && mayAct && !progress && waiting && (
        <form method="post" action={action} enctype="multipart/form-data" novalidate>
          <HiddenFields values={{ csrf: user?.csrf ?? '', press: 'draw' }} />
          <h3>{words.frameDraw}</h3>
          <Field
            name="seed"
            label={words.frameSeed}
            hint={words.frameSeedHint}
            problem={textOf('seed')}
            input={{ value: typed.seed, autocomplete: 'off', spellcheck: false }}
          />
          <Field id="drawn-file" name="roster" label={words.frameAgain} input={{ type: 'file', accept: tableFiles }} />
          <button type="submit" class="btn">
            {words.frameDraw}
          </button>
        </form>
      )}
      {isOpen && mayAct && !progress && !isFinal && (
        <form method="post" action={action} enctype="multipart/form-data" novalidate>
          <HiddenFields values={{ csrf: user?.csrf ?? '', press: 'register' }} />
          <h3>{words.frameRegister}</h3>
          <Field
            name="sizes"
            label={of === 'leaders' ? words.frameSizesLeaders : words.frameSizesRecipients}
            hint={words.frameSizesHint}
            problem={textOf('sizes')}
            input={{ value: typed.sizes, autocomplete: 'off' }}
          />
          <Field
            id="frame-file"
            name="roster"
            label={words.frameFile}
            hint={words.frameFileHint}
            input={{ type: 'file', accept: tableFiles }}
          />
          <button type="submit" class="btn btn-2">
            {words.frameRegister}
          </button>
        </form>
      )}
    </section>
  )
}

function Frame({ words, frame: { hash, registered, strata, drawn } }: { words: InvitationMessages; frame: FrameLine }) {
  return (
    <>
      <p>
        {fill(words.frameRegistered, { time: registered })} <code>{hash}</code>
      </p>
      {drawn && <p>{fill(words.frameDrawn, drawn)}</p>}
      <Scroll label={words.frameStrata}>
        <DataTable
          caption={words.frameStrata}
          columns={[
            { label: words.frameStratum },
            { label: words.frameListed, numeric: true },
            { label: words.frameWanted, numeric: true },
          ]}
          rows={strata.map(({ stratum, listed, drawn: n }) => [stratum, grouped(listed), grouped(n)])}
        />
      </Scroll>
    </>
  )
}
