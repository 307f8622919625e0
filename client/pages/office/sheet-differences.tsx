import { assistMessages } from '../../messages/assist.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'

export type SheetDifferencesPageProps = {
  shell: OfficeShellProps
  sid: string
  sheet: string
  /** All that was typed the second time, and what the form carries besides. */
  carried: readonly (readonly [name: string, value: string])[]
  /** `field` is the form field; values in the reader's words, '' for nothing. */
  items: readonly { field: string; organ: string; question: string; first: string; second: string; chosen: string }[]
  /** The decisions were sent, and some are missing. */
  isIncomplete: boolean
}

/** Name of the field that says which entry of a field was right. */
export const choiceField = (field: string): string => `d.${field}`

export function differencesTitle({ shell, sheet, isIncomplete }: SheetDifferencesPageProps): string {
  const title = fill(assistMessages(shell.locale).diffTitle, { sheet })
  return isIncomplete ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** What two entries of a sheet hold differently: both values of each item, to be decided by the paper. */
export function SheetDifferencesPage(props: SheetDifferencesPageProps) {
  const { shell, sid, sheet, carried, items, isIncomplete } = props
  const { locale } = shell
  const words = assistMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const missing = isIncomplete ? items.filter(({ chosen }) => chosen === '') : []
  return (
    <OfficeShell shell={shell} narrow>
      <ErrorSummary
        locale={locale}
        lines={missing.map(({ field, question }) => ({
          href: `#${choiceField(field)}`,
          text: fill(words.diffMissing, { question }),
        }))}
      />
      <h1>{fill(words.diffTitle, { sheet })}</h1>
      <p class="lead">{fill(words.diffLead, { n: items.length })}</p>
      <form method="post" action={carry(urls.assistEntry(jid, cycle, sid), { locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', decide: 1 }} />
        {carried.map(([name, value], at) => (
          <input key={at} type="hidden" name={name} value={value} />
        ))}
        {items.map(({ field, organ, question, first, second, chosen }) => (
          <fieldset key={field}>
            <legend>
              {question} <small>{organ}</small>
            </legend>
            {missing.some((each) => each.field === field) ? (
              <p class="msg">{fill(words.diffMissing, { question })}</p>
            ) : null}
            {(['first', 'second'] as const).map((which) => (
              <p key={which}>
                <label>
                  <input
                    type="radio"
                    name={choiceField(field)}
                    value={which}
                    id={which === 'first' ? choiceField(field) : undefined}
                    checked={chosen === which}
                  />{' '}
                  {fill(which === 'first' ? words.diffFirst : words.diffSecond, {
                    value: (which === 'first' ? first : second) || words.diffNothing,
                  })}
                </label>
              </p>
            ))}
          </fieldset>
        ))}
        <p class="row">
          <button type="submit" class="btn">
            {words.diffSubmit}
          </button>{' '}
          <button type="submit" class="btn btn-2" name={fields.show} value="form">
            {words.diffBack}
          </button>
        </p>
      </form>
    </OfficeShell>
  )
}
