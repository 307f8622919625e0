import { type EventType, eventTypes } from '../../../surveys/programs.ts'
import { fill } from '../../messages/fill.ts'
import type { SettingsMessages } from '../../messages/settings.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { Field } from '../../parts/field.tsx'
import { mayDecide } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import type { SettingsAct, SettingsPartProps } from './settings.tsx'
import { ActForm, Boxes, boxName } from './settings-keys.tsx'

/** An address that is told; times as the reader sees them. */
export type HookLine = { id: number; url: string; events: readonly string[]; since: string }

/** A message and what became of it. */
export type DeliveryLine = {
  id: number
  url: string
  type: string
  time: string
  state: 'waiting' | 'delivered' | 'failed' | 'dropped'
  tries: number
  next: string
  /** The status of the last answer or why there was none; '' before the first try. */
  answer: string
  /** Whether its address still stands. */
  isKept: boolean
}

export type HooksShown = { hooks: readonly HookLine[]; deliveries: readonly DeliveryLine[] }

const eventTexts = (words: SettingsMessages): Readonly<Record<EventType | 'webhook.test', string>> => ({
  'survey.opened': words.event_survey_opened,
  'survey.closed': words.event_survey_closed,
  'box.opened': words.event_box_opened,
  'case.overdue': words.event_case_overdue,
  'publication.published': words.event_publication_published,
  'publication.withdrawn': words.event_publication_withdrawn,
  'rectification.due': words.event_rectification_due,
  'webhook.test': words.event_webhook_test,
})

function eventText(words: SettingsMessages, type: string): string {
  return (eventTexts(words) as Readonly<Record<string, string>>)[type] ?? type
}

function answerText(words: SettingsMessages, answer: string): string {
  if (answer === 'address' || answer === 'timeout' || answer === 'unreachable') return words[`answer_${answer}`]
  return fill(words.answer_status, { status: answer })
}

export function Hooks(props: SettingsPartProps) {
  const { shell, hooks, words, wrong } = props
  return (
    <>
      <section class="block" id="hooks">
        <h2>{words.hooksHeading}</h2>
        <p>{words.hooksText}</p>
        {(wrong('test_hook', 'hook') ?? wrong('remove_hook', 'hook')) && <p class="msg">{words.problem_hook}</p>}
        {hooks.length === 0 ? (
          <p class="note">{words.hooksNone}</p>
        ) : (
          <Scroll label={words.hooksHeading}>
            <DataTable
              caption={words.hooksHeading}
              quietCaption
              columns={[
                { label: words.hookUrl },
                { label: words.hookEvents },
                { label: words.hookSince },
                { label: words.action },
              ]}
              rows={hooks.map(({ id, url, events, since }) => [
                <code key="u">{url}</code>,
                events.map((type) => <div key={type}>{eventText(words, type)}</div>),
                since,
                mayDecide(shell) && (
                  <>
                    <Act
                      {...props}
                      act="test_hook"
                      id={id}
                      text={words.testHook}
                      spoken={fill(words.testHookOf, { url })}
                    />
                    <Act
                      {...props}
                      act="remove_hook"
                      id={id}
                      text={words.removeHook}
                      spoken={fill(words.removeHookOf, { url })}
                    />
                  </>
                ),
              ])}
            />
          </Scroll>
        )}
      </section>
      {mayDecide(shell) && <AddHook {...props} />}
      <Deliveries {...props} />
    </>
  )
}

function AddHook(props: SettingsPartProps) {
  const { words, typed, wrong } = props
  const act = 'add_hook'
  return (
    <ActForm {...props} act={act} title={words.addHook}>
      <Field
        name="url"
        label={words.hookUrl}
        hint={words.hookUrlHint}
        problem={wrong(act, 'url')}
        input={{ type: 'url', value: typed(act, 'url'), autocomplete: 'off', spellcheck: false }}
      />
      <Boxes
        id="events"
        legend={words.hookEvents}
        problem={wrong(act, 'events')}
        boxes={eventTypes.map((type) => ({
          name: boxName(type),
          text: eventText(words, type),
          isChecked: typed(act, boxName(type)) !== '',
        }))}
      />
    </ActForm>
  )
}

function Deliveries(props: SettingsPartProps) {
  const { shell, deliveries, words, wrong } = props
  return (
    <section class="block" id="deliveries">
      <h2>{words.deliveriesHeading}</h2>
      {wrong('replay', 'delivery') && <p class="msg">{words.problem_delivery}</p>}
      {deliveries.length === 0 ? (
        <p class="note">{words.deliveriesNone}</p>
      ) : (
        <Scroll label={words.deliveriesHeading}>
          <DataTable
            caption={words.deliveriesHeading}
            quietCaption
            columns={[
              { label: words.deliveryTime },
              { label: words.deliveryEvent },
              { label: words.hookUrl },
              { label: words.deliveryState },
              { label: words.action },
            ]}
            rows={deliveries.map(({ id, url, type, time, state, tries, next, answer, isKept }) => [
              time,
              eventText(words, type),
              <code key="u">{url}</code>,
              <>
                {fill(words[`delivery_${state}`], { tries, time: next, answer })}
                {answer !== '' && state !== 'delivered' && (
                  <div class="hint">{fill(words.lastAnswer, { answer: answerText(words, answer) })}</div>
                )}
              </>,
              mayDecide(shell) && isKept && state !== 'waiting' && (
                <Act {...props} act="replay" id={id} text={words.replay} spoken={fill(words.replayOf, { time })} />
              ),
            ])}
          />
        </Scroll>
      )}
    </section>
  )
}

function Act({
  shell,
  jid,
  act,
  id,
  text,
  spoken,
}: SettingsPartProps & { act: SettingsAct; id: number; text: string; spoken: string }) {
  return (
    <form method="post" action={carry(urls.settingsAct(jid), { locale: shell.locale })}>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', act, id }} />
      <button type="submit" class="quiet" aria-label={spoken}>
        {text}
      </button>
    </form>
  )
}
