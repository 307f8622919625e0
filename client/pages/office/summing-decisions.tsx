import { fill } from '../../messages/fill.ts'
import { resultsMessages } from '../../messages/results.ts'
import { summingMessages } from '../../messages/summing.ts'
import { TextArea } from '../../parts/field.tsx'
import { Filled } from '../../parts/filled.tsx'
import { mayDecide, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { reasonLength } from './screening-batches.ts'
import { problemText, type SummingPageProps } from './summing.tsx'

/** What two persons decide about a summing up. */
export type SumDecisions = {
  /** The latest locked version, with what computing it again has given; null before there is one. */
  locked: {
    version: number
    hash: string
    time: string
    first: string
    second: string
    reason: string
    secondReason: string
    check: 'same' | { path: string; found: string; expected: string } | null
  } | null
  /** null where nothing is published of advanced units, or there are no figures. */
  advanced: {
    title: string
    count: number
    grade: string
    certain: readonly string[]
    /** With the chance of a place among the first, as printed; null where it is not known. */
    undecided: readonly { code: string; name: string; score: string; chance: string | null }[]
    places: number
    /** null before a choice. */
    choice: { organs: readonly string[]; reason: string; secondReason: string } | null
  } | null
  waiting: readonly {
    id: string
    /** SHA-256 of what is proposed, hexadecimal. */
    hash: string
    about:
      | { kind: 'lock'; version: number }
      | { kind: 'advanced'; organs: readonly string[] }
      | { kind: 'measure'; code: string; organ: string; score: string; taken: boolean }
    reason: string
    proposer: string
    isOwn: boolean
    proposed: string
    expires: string
  }[]
}

export const actionOf = ({ place, locale }: OfficeShellProps): string =>
  carry(urls.summingAct(place?.jid ?? '', place?.cycle ?? ''), { locale })

/** What was proposed, and where the second person agrees or returns it. */
export function WaitingSection(props: SummingPageProps) {
  const { shell, waiting, advanced, problem } = props
  const words = summingMessages(shell.locale)
  const { listSeparator } = resultsMessages(shell.locale)
  if (waiting.length === 0) return null
  const headingOf = (about: SumDecisions['waiting'][number]['about']): string => {
    if (about.kind === 'lock') return fill(words.waiting_lock, about)
    if (about.kind === 'measure') {
      const { taken, ...values } = about
      return fill(taken ? words.waiting_taken : words.waiting_spared, values)
    }
    return fill(words.waiting_advanced, { title: advanced?.title ?? '', organs: about.organs.join(listSeparator) })
  }
  return (
    <section class="block" aria-labelledby="waiting">
      <h2 id="waiting">{words.waitingHeading}</h2>
      {waiting.map(({ id, hash, about, reason, proposer, isOwn, proposed, expires }) => {
        const own = problem?.form === id ? problem : null
        return (
          <div key={id} class="group">
            <h3>
              <bdi>{headingOf(about)}</bdi>
            </h3>
            <dl class="facts">
              <dt>{words.firstReason}</dt>
              <dd>
                <bdi>{reason}</bdi>
              </dd>
              <dt>{fill(words.proposed, { name: proposer, time: proposed })}</dt>
              <dd>{fill(words.expires, { time: expires })}</dd>
              <dt>{words.payload}</dt>
              <dd>
                <code>{hash}</code>
              </dd>
            </dl>
            {mayDecide(shell) && (
              <form class="form" method="post" action={actionOf(shell)} novalidate>
                <HiddenFields values={{ csrf: shell.user?.csrf ?? '', id, hash }} />
                {isOwn ? (
                  <p class="hint">{words.ownProposal}</p>
                ) : (
                  <TextArea
                    id={`reason-${id}`}
                    name="reason"
                    label={words.second}
                    hint={fill(words.secondHint, reasonLength)}
                    problem={own?.kind === 'reason' ? problemText('reason', props) : undefined}
                    input={{ value: own?.reason ?? '', rows: 2, required: true }}
                  />
                )}
                <p class="buttons">
                  {!isOwn && (
                    <button type="submit" class="btn" name="do" value="agree">
                      {words.agree}
                    </button>
                  )}
                  <button type="submit" class="btn btn-2" name="do" value={isOwn ? 'withdraw' : 'return'}>
                    {isOwn ? words.takeBack : words.giveBack}
                  </button>
                </p>
              </form>
            )}
          </div>
        )
      })}
    </section>
  )
}

/** The latest locked version, whether it can be computed again, and where the next one is proposed. */
export function LockSection(props: SummingPageProps) {
  const { shell, locked, waiting, notNow } = props
  const { locale } = shell
  const words = summingMessages(locale)
  const isChanged = locked?.check != null && locked.check !== 'same'
  const mayPropose =
    mayDecide(shell) && notNow === null && (!locked || isChanged) && !waiting.some(({ about }) => about.kind === 'lock')
  return (
    <section class="block" aria-labelledby="lock">
      <h2 id="lock">{words.lockHeading}</h2>
      {locked ? (
        <>
          <p>
            <bdi>
              {fill(words.lockedVersion, { version: locked.version, time: locked.time })} ·{' '}
              {fill(words.lockedBy, { first: locked.first, second: locked.second })}
            </bdi>
          </p>
          <dl class="facts">
            <dt>{words.lockedHash}</dt>
            <dd>
              <code>{locked.hash}</code>{' '}
              <a href={carry(urls.summingFile(shell.place?.jid ?? '', shell.place?.cycle ?? ''), { locale })} download>
                {words.lockedFile}
              </a>
            </dd>
            <Reasons first={locked.reason} second={locked.secondReason} shell={shell} />
          </dl>
          {locked.check !== null && (
            <p class={isChanged ? 'note warn' : 'note'}>
              <bdi>
                {locked.check === 'same'
                  ? fill(words.checkSame, { version: locked.version })
                  : fill(words.checkDiffers, { version: locked.version, ...locked.check })}
              </bdi>
            </p>
          )}
          <p>
            <a href={carry(urls.summing(shell.place?.jid ?? '', shell.place?.cycle ?? ''), { locale })}>
              {words.checkAgain}
            </a>
          </p>
        </>
      ) : (
        <p class="note">{words.notLocked}</p>
      )}
      {mayPropose && (
        <form class="form" method="post" action={actionOf(shell)} novalidate>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <p>{locked ? words.lockAgainText : words.lockText}</p>
          <ReasonBox {...props} form="lock" label={words.lockReason} />
          <button type="submit" class="btn" name="do" value="lock">
            {words.lock}
          </button>
        </form>
      )}
    </section>
  )
}

/** Why, in the words of whoever proposes something by this form. */
export function ReasonBox({ form, label, ...props }: SummingPageProps & { form: string; label: string }) {
  const own = props.problem?.form === form ? props.problem : null
  return (
    <TextArea
      id={`reason-${form}`}
      name="reason"
      label={label}
      hint={fill(summingMessages(props.shell.locale).reasonHint, reasonLength)}
      problem={own?.kind === 'reason' ? problemText('reason', props) : undefined}
      input={{ value: own?.reason ?? '', rows: 2, required: true }}
    />
  )
}

export function Reasons({ first, second, shell }: { first: string; second: string; shell: OfficeShellProps }) {
  const words = summingMessages(shell.locale)
  return (
    <>
      <dt>{words.firstReason}</dt>
      <dd>
        <bdi>{first}</bdi>
      </dd>
      <dt>{words.secondReason}</dt>
      <dd>
        <bdi>{second}</bdi>
      </dd>
    </>
  )
}

/** Who is certainly among the advanced units, who is undecided, and where a choice among those is proposed. */
export function AdvancedSection(props: SummingPageProps) {
  const { shell, advanced, locked, waiting, problem } = props
  const words = summingMessages(shell.locale)
  const { listSeparator } = resultsMessages(shell.locale)
  if (!advanced) return null
  const { title, count, grade, certain, undecided, places, choice } = advanced
  const own = problem?.form === 'advanced' ? problem : null
  const mayPropose =
    mayDecide(shell) && locked && !choice && places > 0 && !waiting.some(({ about }) => about.kind === 'advanced')
  return (
    <section class="block" aria-labelledby="advanced">
      <h2 id="advanced">{title}</h2>
      <p>
        {places === 0
          ? fill(words.advancedSettled, { title, count })
          : fill(words.advancedRule, { title, count, grade, certain: certain.length, places, open: undecided.length })}
      </p>
      {certain.length > 0 && (
        <p>
          <Filled text={words.certainIn} values={{ organs: <bdi>{certain.join(listSeparator)}</bdi> }} />
        </p>
      )}
      {choice && (
        <>
          <p class="note">
            <Filled text={words.chosen} values={{ organs: <bdi>{choice.organs.join(listSeparator)}</bdi> }} />
          </p>
          <dl class="facts">
            <Reasons first={choice.reason} second={choice.secondReason} shell={shell} />
          </dl>
        </>
      )}
      {places > 0 && !choice && !locked && <p class="note">{words.advancedNeedsLock}</p>}
      {places > 0 && !choice && (
        <form class="form" method="post" action={actionOf(shell)} novalidate>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <fieldset>
            <legend>{words.undecided}</legend>
            {undecided.map(({ code, name, score, chance }) => {
              const line = `${name} ${score}${chance === null ? '' : ` · ${fill(words.chance, { count })} ${chance}%`}`
              return mayPropose ? (
                <p key={code}>
                  <label>
                    <input type="checkbox" name="chosen" value={code} checked={own?.chosen.includes(code) ?? false} />{' '}
                    <bdi>{line}</bdi>
                  </label>
                </p>
              ) : (
                <p key={code}>
                  <bdi>{line}</bdi>
                </p>
              )
            })}
          </fieldset>
          {mayPropose && (
            <>
              <p class="hint">{words.chooseText}</p>
              <ReasonBox {...props} form="advanced" label={words.chooseReason} />
              <button type="submit" class="btn" name="do" value="choose">
                {words.choose}
              </button>
            </>
          )}
        </form>
      )}
    </section>
  )
}
