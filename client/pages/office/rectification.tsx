import {
  type MeasureField,
  type MeasureMove,
  type MeasureSheet,
  type MeasureState,
  measureFields,
  movesFrom,
  openFields,
  publicMoves,
} from '../../../surveys/rectification.ts'
import { evidenceLimits, evidenceTypes } from '../../../surveys/self-assessment.ts'
import { fill } from '../../messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../messages/follow-up.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OrganLinks } from './feedback.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { FileLink, type SelfFile } from './self-sheet.tsx'

/** Names of the form's fields beside those of the card's texts. */
export const cardFields = {
  n: 'n',
  version: 'version',
  act: 'do',
  file: 'file',
  remove: 'remove',
  note: 'note',
  indicator: 'indicator',
} as const

/** Most characters of what the office says about a card. */
export const longestCardNote = 500

export type MeasureCard = {
  /** 0 for a new one. */
  n: number
  state: MeasureState
  version: number
  sheet: MeasureSheet
  /** Id and title of the indicator that it is about; '' for none. */
  indicator: string
  indicatorTitle: string
  files: readonly SelfFile[]
  isOverdue: boolean
  /** Working days after its deadline, until it was done or until today; 0 in time. */
  behind: number
  isLate: boolean
  /** Of one that was reported: its lead department, what that has said, and until when it may; null where there is none. */
  lead: { name: string; word: 'agree' | 'object' | null; note: string; until: string; isPast: boolean } | null
  /** What the office said when it gave it back; '' for nothing. */
  note: string
  steps: readonly { move: MeasureMove; time: string; name: string; note: string }[]
}

export type RectificationPageProps = {
  shell: OfficeShellProps
  organ: { code: string; name: string }
  /** Until when it is to be reported; null without a letter. */
  due: { text: string; isPast: boolean; years: readonly number[] } | null
  cards: readonly MeasureCard[]
  /** What a card may be about, for whoever writes here. */
  indicators: readonly { id: string; title: string }[]
  /** An empty card, for whoever writes here. */
  fresh: MeasureCard | null
  /** Whose moves this person has; null for whoever only reads. */
  side: 'organ' | 'office' | null
  /** What is wrong with one card, by field. */
  said: { n: number; texts: Readonly<Partial<Record<string, string>>>; note: string } | null
  message: string
  done: 'saved' | 'moved' | 'removed' | null
  /** null while the public sees nothing of it. */
  publicHref: string | null
}

export const rectificationTitle = ({ shell, organ }: Pick<RectificationPageProps, 'shell' | 'organ'>): string =>
  fill(followUpMessages(shell.locale).rectTitle, { organ: organ.name })

/** An organ's rectification, card by card. */
export function RectificationPage(props: RectificationPageProps) {
  const { shell, organ, due, cards, fresh, said, message, done, publicHref } = props
  const { locale, place } = shell
  const words = followUpMessages(locale)
  const at = [place?.jid ?? '', place?.cycle ?? '', organ.code] as const
  const lines = said
    ? Object.entries(said.texts).map(([field, text = '']) => ({ href: `#${idOf(field, said.n)}`, text }))
    : []
  const outcome = done && { saved: words.doneSaved, moved: words.doneMoved, removed: words.doneRemoved }[done]
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{rectificationTitle(props)}</h1>
      {outcome && (
        <p class="note" role="status">
          {outcome}
        </p>
      )}
      {message ? <p class="note warn">{message}</p> : null}
      <OrganLinks shell={shell} organ={organ} here="rectification" />
      <p class="lead">{words.rectLead}</p>
      <Due due={due} words={words} />
      {cards.length === 0 ? <p class="note">{due ? words.rectNone : words.rectNoLetter}</p> : null}
      {cards.map((card) => (
        <Card key={card.n} {...props} card={card} words={words} />
      ))}
      {fresh ? <Card {...props} card={fresh} words={words} /> : null}
      {cards.length > 0 ? (
        <p class="buttons">
          <a class="btn btn-2" href={carry(urls.rectificationPrint(...at), { locale })}>
            {words.rectPrint}
          </a>
          {publicHref ? <a href={carry(publicHref, { locale })}>{words.rectPublic}</a> : null}
        </p>
      ) : null}
    </OfficeShell>
  )
}

function Due({ due, words }: { due: RectificationPageProps['due']; words: FollowUpMessages }) {
  if (!due) return null
  return (
    <p class={due.isPast ? undefined : 'hint'}>
      {fill(due.isPast ? words.rectLate : words.rectDue, { date: due.text })}
      {due.years.length > 0 ? ` ${fill(words.weekendsOnly, { years: due.years.join('、') })}` : null}
    </p>
  )
}

const idOf = (field: string, n: number): string => `${field}-${n}`

type OfCard = RectificationPageProps & { card: MeasureCard; words: FollowUpMessages }

function Card(props: OfCard) {
  const { card, side, words } = props
  const { n, state, isOverdue, behind, isLate, note, steps } = card
  const open = side === 'organ' ? openFields(state) : []
  const heading = `card-${n}`
  return (
    <section class="block" aria-labelledby={heading}>
      <h2 id={heading}>
        {n === 0 ? words.rectNew : fill(words.rectCard, { n })} <span class="tag">{words[`state_${state}`]}</span>{' '}
        {behind > 0 ? <span class="tag">{fill(isOverdue ? words.behind : words.wasBehind, { n: behind })}</span> : null}{' '}
        {isLate ? <span class="tag">{words.late}</span> : null}
      </h2>
      {note ? <p class="note warn">{fill(words.openNote, { note })}</p> : null}
      <Lead card={card} words={words} />
      <CardFacts card={card} but={open} words={words} />
      {open.length > 0 ? <Writing {...props} open={open} /> : null}
      {side === 'office' && movesFrom(state, 'office').length > 0 ? <Review {...props} /> : null}
      {steps.length > 0 ? (
        <details>
          <summary>{words.history}</summary>
          <ul>
            {steps.map(({ move, time, name, note: text }, at) => (
              <li key={at}>{fill(words[`step_${move}`], { time, name, note: text })}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  )
}

/** What the lead department thinks of a card, or until when it may say so. */
function Lead({ card: { lead }, words }: { card: MeasureCard; words: FollowUpMessages }) {
  if (!lead) return null
  const text = lead.word === null ? (lead.isPast ? words.leadSilent : words.leadWaits) : words[`lead_${lead.word}`]
  return (
    <p class={lead.word === 'object' ? 'note warn' : 'hint'}>
      <bdi>{fill(text, { lead: lead.name, note: lead.note, until: lead.until })}</bdi>
    </p>
  )
}

/** What stands on a card, but for the fields that are open. */
export function CardFacts({
  card,
  but = [],
  words,
}: {
  card: Pick<MeasureCard, 'sheet' | 'files' | 'indicatorTitle'>
  but?: readonly MeasureField[]
  words: FollowUpMessages
}) {
  const shown = measureFields.filter((field) => !but.includes(field) && card.sheet[field] !== '')
  const files = but.length > 0 ? [] : card.files
  const title = but.includes('problem') ? '' : card.indicatorTitle
  if (shown.length + files.length === 0) return null
  return (
    <dl class="card-facts">
      {title && (
        <div>
          <dt>{words.item}</dt>
          <dd>{title}</dd>
        </div>
      )}
      {shown.map((field) => (
        <div key={field}>
          <dt>{words[field]}</dt>
          <dd class="self-text">{card.sheet[field]}</dd>
        </div>
      ))}
      {files.length > 0 ? (
        <div>
          <dt>{words.evidence}</dt>
          <dd>
            {files.map((file) => (
              <p key={file.hash}>
                <FileLink file={file} />
              </p>
            ))}
          </dd>
        </div>
      ) : null}
    </dl>
  )
}

function Writing({ open, ...props }: OfCard & { open: readonly MeasureField[] }) {
  const { shell, organ, card, indicators, said, words } = props
  const { locale, place, user } = shell
  const { n, state, version, sheet, files } = card
  const own = said?.n === n ? said.texts : {}
  const [move] = movesFrom(state, 'organ')
  const file = idOf(cardFields.file, n)
  const megabytes = `${evidenceLimits.fileBytes / 1024 / 1024} MiB`
  return (
    <form
      method="post"
      action={carry(urls.rectification(place?.jid ?? '', place?.cycle ?? '', organ.code), { locale })}
      enctype="multipart/form-data"
      novalidate
    >
      <HiddenFields values={{ csrf: user?.csrf ?? '', [cardFields.n]: n, [cardFields.version]: version }} />
      {open.includes('problem') && (
        <Select
          id={idOf(cardFields.indicator, n)}
          name={cardFields.indicator}
          label={words.item}
          hint={words.itemHint}
          options={[
            { value: '', text: words.itemNone },
            ...indicators.map(({ id, title }) => ({ value: id, text: title })),
          ]}
          value={card.indicator}
        />
      )}
      {open.map((field) => {
        const text = { id: idOf(field, n), name: field, label: words[field], problem: own[field] }
        if (field === 'person' || field === 'due') {
          const input = { value: sheet[field], autocomplete: 'off', size: field === 'due' ? 12 : 24 }
          return <Field key={field} {...text} hint={field === 'due' ? words.dueHint : undefined} input={input} />
        }
        return <TextArea key={field} {...text} input={{ rows: 3, value: sheet[field], autocomplete: 'off' }} />
      })}
      <fieldset class="field">
        <legend>{words.evidence}</legend>
        {files.length === 0 ? <p class="hint">{words.evidenceNone}</p> : null}
        <ul class="self-files">
          {files.map((each) => (
            <li key={each.hash}>
              <FileLink file={each} />{' '}
              <label class="check">
                <input type="checkbox" name={cardFields.remove} value={each.hash} />{' '}
                {fill(words.evidenceRemove, { name: each.name })}
              </label>
            </li>
          ))}
        </ul>
        <Field
          id={file}
          name={cardFields.file}
          label={words.evidenceAdd}
          hint={fill(words.evidenceHint, { size: megabytes, n: evidenceLimits.perItem })}
          problem={own[cardFields.file]}
          input={{
            type: 'file',
            multiple: true,
            accept: [...evidenceTypes, 'jpeg'].map((each) => `.${each}`).join(','),
          }}
        />
      </fieldset>
      <p class="buttons">
        <button type="submit" class="btn btn-2" name={cardFields.act} value="save">
          {words.save}
        </button>
        {move ? (
          <button type="submit" class="btn" name={cardFields.act} value={move}>
            {words[move]}
          </button>
        ) : null}
        {n > 0 && state === 'draft' ? (
          <button type="submit" class="quiet" name={cardFields.act} value="remove">
            {words.remove}
          </button>
        ) : null}
      </p>
    </form>
  )
}

function Review({ shell, organ, card, said, words }: OfCard) {
  const { locale, place, user } = shell
  const { n, state, version } = card
  const own = said?.n === n ? said : null
  return (
    <form
      method="post"
      action={carry(urls.rectificationReview(place?.jid ?? '', place?.cycle ?? '', organ.code), { locale })}
      novalidate
    >
      <HiddenFields values={{ csrf: user?.csrf ?? '', [cardFields.n]: n, [cardFields.version]: version }} />
      <TextArea
        id={idOf(cardFields.note, n)}
        name={cardFields.note}
        label={words.note}
        hint={fill(words.noteHint, { n: longestCardNote })}
        problem={own?.texts[cardFields.note]}
        input={{ rows: 2, value: own?.note ?? '', autocomplete: 'off' }}
      />
      <p class="buttons">
        {movesFrom(state, 'office').map((move, at) => (
          <button
            key={move}
            type="submit"
            class={at === 0 && !publicMoves.some((each) => each === move) ? 'btn' : 'btn btn-2'}
            name={cardFields.act}
            value={move}
          >
            {words[move]}
          </button>
        ))}
      </p>
    </form>
  )
}
