import { fill } from '../../messages/fill.ts'
import { type ReviewMessages, reviewMessages } from '../../messages/reviews.ts'
import { Field, TextArea } from '../../parts/field.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import type { ReviewSheetProps } from './review-sheet.tsx'

type PartProps = ReviewSheetProps & { words: ReviewMessages; action: string; csrf: string }

/** What is done with many scores of a sheet: full marks for some, a spreadsheet, submitting, confirming, sending back. */
export function ReviewActs(props: ReviewSheetProps) {
  const { shell, indicator, lead, isReviewer, lock } = props
  const words = reviewMessages(shell.locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const action = carry(urls.review(jid, cycle, indicator), { locale: shell.locale })
  const part = { ...props, words, action, csrf: shell.user?.csrf ?? '' }
  return (
    <>
      {lead !== null && lock === null && (
        <>
          <Full {...part} />
          {isReviewer && <Sheet {...part} />}
          <Submit {...part} />
          <Confirm {...part} />
        </>
      )}
      {lock !== 'over' && props.reopens.map((each) => <Reopen key={each} {...part} department={each} />)}
    </>
  )
}

function Full({ organs, takesOff, words, action, csrf }: PartProps) {
  const unscored = organs.filter(({ state, hindrance }) => state === 'none' && hindrance === null)
  if (!takesOff || unscored.length === 0) return null
  return (
    <details class="block">
      <summary>{words.fullTitle}</summary>
      <form method="post" action={action} novalidate>
        <HiddenFields values={{ csrf }} />
        <p>{words.fullText}</p>
        {unscored.map(({ code, name }) => (
          <label key={code} class="opt">
            <input type="checkbox" name="o" value={code} />
            <bdi>{name}</bdi>
          </label>
        ))}
        <label class="opt">
          <input type="checkbox" name="sure" value="1" />
          {words.fullSure}
        </label>
        <button type="submit" class="btn btn-2" name="do" value="full">
          {words.fullButton}
        </button>
      </form>
    </details>
  )
}

function Sheet({ shell, indicator, fileProblems, words, csrf }: PartProps) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { locale } = shell
  return (
    <details class="block" open={fileProblems.length > 0 || undefined}>
      <summary>{words.fileTitle}</summary>
      <p>{words.fileText}</p>
      <p>
        <a href={carry(urls.reviewFile(jid, cycle, indicator), { locale })}>{words.download}</a>
      </p>
      {fileProblems.length > 0 && (
        <ul>
          {fileProblems.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <form
        class="form"
        method="post"
        enctype="multipart/form-data"
        action={carry(urls.reviewImport(jid, cycle, indicator), { locale })}
        novalidate
      >
        <HiddenFields values={{ csrf }} />
        <Field
          name="file"
          label={words.file}
          problem={fileProblems[0]}
          input={{ type: 'file', accept: '.xlsx,.csv' }}
        />
        <button type="submit" class="btn btn-2">
          {words.upload}
        </button>
      </form>
    </details>
  )
}

function Submit({ drafts, words, action, csrf }: PartProps) {
  if (drafts === 0) return null
  return (
    <form class="block" method="post" action={action} novalidate>
      <h2>{words.submitTitle}</h2>
      <HiddenFields values={{ csrf }} />
      <p>{fill(words.submitText, { n: drafts })}</p>
      <button type="submit" class="btn" name="do" value="submit">
        {words.submit}
      </button>
    </form>
  )
}

function Confirm({ toConfirm, ownSubmitted, words, action, csrf }: PartProps) {
  if (toConfirm === 0 && ownSubmitted === 0) return null
  return (
    <form class="block" method="post" action={action} novalidate>
      <h2>{words.confirmTitle}</h2>
      <HiddenFields values={{ csrf }} />
      {ownSubmitted > 0 && <p>{fill(words.confirmOwn, { n: ownSubmitted })}</p>}
      {toConfirm > 0 && (
        <>
          <p>{fill(words.confirmText, { n: toConfirm })}</p>
          <button type="submit" class="btn" name="do" value="confirm">
            {words.confirm}
          </button>
        </>
      )}
    </form>
  )
}

function Reopen({ department, words, action, csrf }: PartProps & { department: string }) {
  return (
    <details class="block">
      <summary>{fill(words.reopenOf, { lead: department })}</summary>
      <form class="form" method="post" action={action} novalidate>
        <HiddenFields values={{ csrf, lead: department }} />
        <p>{words.reopenText}</p>
        <TextArea
          id={`reopen-${department}`}
          name="reason"
          label={words.reopenReason}
          input={{ rows: 2, autocomplete: 'off' }}
        />
        <button type="submit" class="btn btn-2" name="do" value="reopen">
          {words.reopen}
        </button>
      </form>
    </details>
  )
}
