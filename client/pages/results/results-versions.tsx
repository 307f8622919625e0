import { fill } from '../../messages/fill.ts'
import { publicationMessages } from '../../messages/publication.ts'
import { carry } from '../../urls.ts'
import type { ResultsPageProps, VersionLine } from './results.tsx'

/** Which version this is, what was wrong before it, and whether it still counts. */
export function VersionNotes({ versions, locale, size }: ResultsPageProps) {
  const words = publicationMessages(locale)
  const [latest] = versions
  const shown = versions.find(({ isShown }) => isShown)
  if (!latest || !shown) return null
  const others = versions.filter((each) => each !== shown)
  if (others.length === 0 && !shown.withdrawn)
    return <p class="hint">{fill(words.thisVersion, { version: shown.version, on: shown.on })}</p>
  return (
    <div class="note" role="note">
      {shown.withdrawn && (
        <p>
          <strong>{fill(words.withdrawnOn, { on: shown.withdrawn.on })}</strong>
          <bdi>{shown.withdrawn.reason}</bdi>
        </p>
      )}
      {others.length > 0 && (
        <p>
          <strong>{fill(words.thisVersion, { version: shown.version, on: shown.on })}</strong>
          {shown !== latest && fill(words.notLatest, { version: latest.version })}
        </p>
      )}
      {shown.reason && (
        <p>
          {words.erratum}
          <bdi>{shown.reason}</bdi>
        </p>
      )}
      {others.length > 0 && (
        <ul>
          {others.map((each) => (
            <li key={each.version}>
              <a class="alone" href={carry(each.href, { locale, size })}>
                {fill(words.otherVersion, { version: each.version, on: each.on })}
              </a>
              {noteOf(each, words)}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function noteOf({ withdrawn, reason }: VersionLine, words: ReturnType<typeof publicationMessages>) {
  if (withdrawn)
    return (
      <>
        {' '}
        {fill(words.withdrawnOn, { on: withdrawn.on })}
        <bdi>{withdrawn.reason}</bdi>
      </>
    )
  return (
    reason && (
      <>
        {' '}
        {words.erratum}
        <bdi>{reason}</bdi>
      </>
    )
  )
}
