import { fill } from '../../messages/fill.ts'
import { innovationMessages } from '../../messages/innovation.ts'
import { officeMessages } from '../../messages/office.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

/** Rows for criteria: as many as a plan may have. */
export const criteriaRows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const

/** Names of the other fields, with the words they have. */
export const termFields = {
  perOrgan: 'perOrgan',
  rule: 'rule',
  without: 'without',
  ratings: 'leastRatings',
  dispersion: 'dispersion',
} as const

/** `zh.N`, `en.N` and `weight.N` for each row, and the other fields, as typed. */
export type CriteriaValues = Readonly<Record<string, string>>

export type InnovationRulesProps = {
  shell: OfficeShellProps
  values: CriteriaValues
  /** Hash of the plan that is shown. */
  seen: string
  isFixed: boolean
  /** What is wrong, by the name of its field. */
  said: Readonly<Record<string, string>>
  message: string
}

export function rulesTitle({ shell, said, message }: Pick<InnovationRulesProps, 'shell' | 'said' | 'message'>): string {
  const title = fill(innovationMessages(shell.locale).rulesTitle, { cycle: shell.place?.cycleTitle ?? '' })
  const isRefused = message !== '' || Object.keys(said).length > 0
  return isRefused ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** By what projects are rated, to change until the plan is final. */
export function InnovationRulesPage({ shell, values, seen, isFixed, said, message }: InnovationRulesProps) {
  const { locale } = shell
  const words = innovationMessages(locale)
  const { jid = '', cycle = '', cycleTitle = '' } = shell.place ?? {}
  const own = (name: string) => ({ name, problem: said[name] })
  const typed = (name: string, size: number) => ({ value: values[name] ?? '', size, autocomplete: 'off' as const })
  const lines = Object.entries(said).map(([name, text]) => ({ href: `#${name}`, text }))
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{fill(words.rulesTitle, { cycle: cycleTitle })}</h1>
      {message && <p class="note warn">{message}</p>}
      {isFixed ? (
        <p class="note">{words.rulesFixed}</p>
      ) : (
        <form class="form" method="post" action={carry(urls.innovationRules(jid, cycle), { locale })} novalidate>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '', seen }} />
          <p>{words.rulesText}</p>
          {criteriaRows.map((n) => (
            <div key={n} class="row">
              <Field {...own(`zh.${n}`)} label={fill(words.criterionZh, { n })} input={typed(`zh.${n}`, 16)} />
              <Field {...own(`en.${n}`)} label={fill(words.criterionEn, { n })} input={typed(`en.${n}`, 24)} />
              <Field
                {...own(`weight.${n}`)}
                label={fill(words.criterionWeight, { n })}
                input={{ ...typed(`weight.${n}`, 4), inputMode: 'numeric' }}
              />
            </div>
          ))}
          <Field
            {...own('perOrgan')}
            label={words.perOrgan}
            input={{ ...typed('perOrgan', 4), inputMode: 'numeric' }}
          />
          <Select
            {...own('rule')}
            label={words.rule}
            options={(['best', 'mean'] as const).map((value) => ({ value, text: words[`rule_${value}`] }))}
            value={values['rule'] ?? 'best'}
          />
          <Field {...own('without')} label={words.without} input={{ ...typed('without', 6), inputMode: 'decimal' }} />
          <Field
            {...own('ratings')}
            label={words.leastRatings}
            input={{ ...typed('ratings', 4), inputMode: 'numeric' }}
          />
          <Field
            {...own('dispersion')}
            label={words.dispersion}
            input={{ ...typed('dispersion', 4), inputMode: 'numeric' }}
          />
          <button type="submit" class="btn">
            {words.saveRules}
          </button>
        </form>
      )}
    </OfficeShell>
  )
}
