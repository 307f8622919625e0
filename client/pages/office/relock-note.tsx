import { fill } from '../../messages/fill.ts'
import { summingMessages } from '../../messages/summing.ts'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** That scores have changed since a version of the year was locked; nothing where it is null. */
export function RelockNote({ shell, version }: { shell: OfficeShellProps; version: number | null }) {
  if (version === null) return null
  const { locale, place } = shell
  const words = summingMessages(locale)
  return (
    <p class="note warn">
      {fill(words.relock, { version })}{' '}
      <a href={carry(urls.summing(place?.jid ?? '', place?.cycle ?? ''), { locale })}>{words.nav}</a>
    </p>
  )
}
