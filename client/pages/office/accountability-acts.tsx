import { type AccountabilityMessages, accountabilityMessages } from '../../messages/accountability.ts'
import { fill } from '../../messages/fill.ts'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { carry } from '../../urls.ts'
import type { EntryPageProps } from './accountability-entry.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { reasonLength } from './screening-batches.ts'

type PartProps = EntryPageProps & { words: AccountabilityMessages; action: string; csrf: string }

/** What the office does about an entry: conclude it, call a hearing, propose what a falsification costs, decide on that. */
export function AccountabilityActs(props: EntryPageProps) {
  const { shell, href, mayConclude, mayNotify, hearingDays, proposing } = props
  const words = accountabilityMessages(shell.locale)
  const action = carry(href, { locale: shell.locale })
  const part = { ...props, words, action, csrf: shell.user?.csrf ?? '' }
  return (
    <>
      {mayConclude && (
        <form class="form block" method="post" action={action} novalidate>
          <h2>{words.concludeTitle}</h2>
          <Outcome {...part} />
          <button type="submit" class="btn" name="do" value="conclude">
            {words.conclude}
          </button>
        </form>
      )}
      {mayNotify && (
        <form class="block" method="post" action={action}>
          <h2>{words.notifyTitle}</h2>
          <HiddenFields values={{ csrf: part.csrf }} />
          <p>{fill(words.notifyText, { days: hearingDays })}</p>
          <button type="submit" class="btn" name="do" value="notify">
            {words.notify}
          </button>
        </form>
      )}
      {proposing && <Propose {...part} proposing={proposing} />}
      <Waiting {...part} />
    </>
  )
}

function Outcome({ typed, said, words, csrf }: PartProps) {
  return (
    <>
      <HiddenFields values={{ csrf }} />
      <Select
        name="outcome"
        label={words.outcome}
        problem={said['outcome']}
        options={[
          { value: '', text: '' },
          ...(['upheld', 'dropped'] as const).map((value) => ({ value, text: words[value] })),
        ]}
        value={typed['outcome'] ?? ''}
      />
      <TextArea
        name="reason"
        label={words.reason}
        hint={fill(words.reasonHint, reasonLength)}
        problem={said['reason']}
        input={{ rows: 3, value: typed['reason'] ?? '', maxLength: reasonLength.longest, autocomplete: 'off' }}
      />
    </>
  )
}

function Propose(props: PartProps & { proposing: NonNullable<PartProps['proposing']> }) {
  const { proposing, typed, said, words, action } = props
  const { isHeard, items, quarantines } = proposing
  if (!isHeard) return <p class="note">{words.proposeWait}</p>
  return (
    <form class="form block" method="post" action={action} novalidate>
      <h2>{words.proposeTitle}</h2>
      <Outcome {...props} />
      <Select
        name="consequence"
        label={words.consequence}
        problem={said['consequence']}
        options={(['none', 'deduction', 'slips'] as const)
          .filter((value) => (value === 'slips' ? quarantines : value === 'deduction' ? items : [value]).length > 0)
          .map((value) => ({ value, text: words[`consequence_${value}`] }))}
        value={typed['consequence'] ?? 'none'}
      />
      {items.length === 0 ? (
        <p class="hint">{words.itemsNone}</p>
      ) : (
        <>
          <Select
            name="indicator"
            label={words.indicator}
            problem={said['indicator']}
            options={[
              { value: '', text: '' },
              ...items.map(({ indicator, title, score }) => ({ value: indicator, text: `${title} · ${score}` })),
            ]}
            value={typed['indicator'] ?? ''}
          />
          <Field
            name="points"
            label={words.points}
            hint={words.pointsHint}
            problem={said['points']}
            input={{ value: typed['points'] ?? '', inputMode: 'decimal', size: 8, maxLength: 20, autocomplete: 'off' }}
          />
        </>
      )}
      {quarantines.length === 0 ? (
        <p class="hint">{words.quarantineNone}</p>
      ) : (
        <Select
          name="quarantine"
          label={words.quarantine}
          problem={said['quarantine']}
          options={[{ value: '', text: '' }, ...quarantines]}
          value={typed['quarantine'] ?? ''}
        />
      )}
      <button type="submit" class="btn" name="do" value="propose">
        {words.propose}
      </button>
    </form>
  )
}

function Waiting({ waiting, shell, decideHref, said, words, csrf }: PartProps) {
  if (!waiting) return null
  const { hash, isOwn, mayDecide, text } = waiting
  return (
    <form class="form block" method="post" action={carry(decideHref, { locale: shell.locale })} novalidate>
      <h2>{words.waitingTitle}</h2>
      <HiddenFields values={{ csrf, hash }} />
      <p>
        <bdi>{text}</bdi>
      </p>
      {isOwn && <p class="hint">{words.waitingOwn}</p>}
      {mayDecide && isOwn && (
        <button type="submit" class="btn btn-2" name="decision" value="withdraw">
          {words.withdraw}
        </button>
      )}
      {mayDecide && !isOwn && (
        <>
          <button type="submit" class="btn" name="decision" value="approve">
            {words.approve}
          </button>
          <TextArea
            name="returned"
            label={words.reason}
            problem={said['returned']}
            input={{ rows: 2, maxLength: reasonLength.longest, autocomplete: 'off' }}
          />
          <button type="submit" class="btn btn-2" name="decision" value="return">
            {words.returnIt}
          </button>
        </>
      )}
    </form>
  )
}
