import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { followUpMessages } from '../../messages/follow-up.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'

export type UndeliveredReminder = {
  organ: string
  name: string
  what: string
  due: string
  via: 'mail' | 'sms'
  state: 'queued' | 'refused' | 'unknown'
}

/** Reminders that did not reach the people of organs, as far as is known; nothing where all did. */
export function Undelivered({ locale, reminders }: { locale: Locale; reminders: readonly UndeliveredReminder[] }) {
  if (reminders.length === 0) return null
  const words = followUpMessages(locale)
  return (
    <section class="block" aria-labelledby="undelivered">
      <h2 id="undelivered">{fill(words.undelivered, { n: reminders.length })}</h2>
      <p class="hint">{words.undeliveredHint}</p>
      <Scroll label={words.undeliveredTable}>
        <DataTable
          caption={words.undeliveredTable}
          quietCaption
          columns={[words.organ, words.undeliveredTo, words.task, words.taskDue, words.taskState].map((label) => ({
            label,
          }))}
          rows={reminders.map(({ organ, name, what, due, via, state }) => [
            organ,
            <bdi key="n">{name}</bdi>,
            what,
            due,
            fill(words[`undelivered_${state}`], { via: words[`undelivered_${via}`] }),
          ])}
        />
      </Scroll>
    </section>
  )
}
