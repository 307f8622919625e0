import { officeMessages } from '../../messages/office.ts'
import { Crumbs } from '../../parts/crumbs.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** Where a page of a cycle lies: below all cycles, and, if it has a name of its own, below the cycle's dashboard. */
export function OfficeCrumbs({ shell: { locale, place }, here }: { shell: OfficeShellProps; here: string | null }) {
  const words = officeMessages(locale)
  const { jid = '', cycle = '', cycleTitle = '' } = place ?? {}
  const home = { text: words.navHome, href: carry(urls.office(), { locale }) }
  const dashboard = { text: cycleTitle, href: here === null ? null : carry(urls.dashboard(jid, cycle), { locale }) }
  const steps = here === null ? [home, dashboard] : [home, dashboard, { text: here, href: null }]
  return <Crumbs label={words.crumbsLabel} steps={steps} />
}
