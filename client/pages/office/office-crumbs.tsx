import { officeMessages } from '../../messages/office.ts'
import { Crumbs } from '../../parts/crumbs.tsx'
import { mayRead, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/**
 * Where a page of a cycle lies: below all cycles, and, if it has a name of its own, below the cycle's dashboard for those who
 * may read that.
 */
export function OfficeCrumbs({ shell, here }: { shell: OfficeShellProps; here: string | null }) {
  const { locale, place } = shell
  const words = officeMessages(locale)
  const { jid = '', cycle = '', cycleTitle = '' } = place ?? {}
  const home = { text: words.navHome, href: carry(urls.office(), { locale }) }
  const dashboard = { text: cycleTitle, href: here === null ? null : carry(urls.dashboard(jid, cycle), { locale }) }
  const above = here === null || mayRead(shell) ? [home, dashboard] : [home]
  const steps = here === null ? above : [...above, { text: here, href: null }]
  return <Crumbs label={words.crumbsLabel} steps={steps} />
}
