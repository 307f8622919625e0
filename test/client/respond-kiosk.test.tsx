import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { DonePage } from '../../client/pages/respond/done-page.tsx'
import { FormPage } from '../../client/pages/respond/form-page.tsx'
import { PrivacyPage } from '../../client/pages/respond/privacy-page.tsx'
import { StartPage } from '../../client/pages/respond/start-page.tsx'
import { StatePage } from '../../client/pages/respond/state-page.tsx'
import type { Locale } from '../../surveys/questionnaire.ts'
import { facts, formProps, head, locales, textOf, view } from './respond-fixtures.tsx'

/** What people read before, while and after they answer a sealed survey. */
function pages(locale: Locale, isKiosk: boolean): string[] {
  const survey = head(locale, 'leaders')
  const sealed = facts('roster', 'sealed')
  const props = { ...view(locale), isKiosk, survey, facts: sealed }
  const start = { intro: '', minutes: 2, share: '40%', closesOn: '2025-12-31', channel: '', ways: ['code'] as const }
  const receipt = { thanks: '', tag: 'p3Zk9fQm2LwXy7Tb4Jc0Vd8RsNhGaEuK1iOo5lPqWx4', signature: 'signature' }
  const done = { ...props, ...receipt, checkAddress: 'http://localhost/check/a/b#t=t&g=g', mode: 'sealed' as const }
  return [
    <StartPage key="start" {...props} {...start} />,
    <FormPage key="form" {...formProps(locale, 'leaders', { facts: sealed, isKiosk })} />,
    <PrivacyPage key="privacy" {...props} />,
    <DonePage key="done" {...done} />,
    <StatePage key="state" {...props} state={{ code: 'elig_expired' }} />,
  ].map((page) => textOf(renderToString(page)))
}

const keeps =
  /本机保存|保存在本机。请|截止前可|可在这台设备|saved on this device|on this device is still|until close|deadline on this device/

describe('at a kiosk', () => {
  test('no page says that something is kept there, or can be changed from there', () => {
    for (const locale of locales) for (const text of pages(locale, true)) expect(text.match(keeps)?.[0]).toBeUndefined()
  })

  test('control: on a device of one’s own each of them does', () => {
    for (const locale of locales) for (const text of pages(locale, false)) expect(text).toMatch(keeps)
  })
})
