import { type OfficeShellProps, readers } from '../../client/parts/office-shell.tsx'
import { carry, fields, patterns, urls } from '../../client/urls.ts'
import { countWaiting } from '../../db/approvals.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import type { Exchange } from '../route.ts'
import { nameOf, titleOf } from '../surveys.ts'

interface Place {
  jurisdiction: { code: string; nameZh: string; nameEn: string }
  cycle: { code: string; titleZh: string; titleEn: string }
}

/** What stands around a staff page. */
export async function shellOf(
  exchange: Exchange,
  current: OfficeShellProps['current'],
  place: Place | null,
): Promise<OfficeShellProps> {
  const { locale, scope, staff, world } = exchange
  const follows = place && scope && staff && readers.desk.includes(staff.role)
  return {
    locale,
    languageHref: languageHref(exchange.url, locale === 'en' ? 'zh-CN' : 'en'),
    demo: world.config.demo,
    user: staff ? { name: staff.name || staff.email, role: staff.role, csrf: staff.formToken } : null,
    place: place && {
      jid: place.jurisdiction.code,
      jurisdiction: nameOf(place.jurisdiction, locale),
      cycle: place.cycle.code,
      cycleTitle: titleOf(place.cycle, locale),
    },
    waiting: follows ? await countWaiting(world.pages, scope, world.now()) : 0,
    current,
  }
}

/** The same address in the other language; one that only takes forms has no page, so it leads to the sign-in. */
function languageHref(url: URL, other: Locale): string {
  if (url.pathname === patterns.signOut) return carry(urls.signIn(), { locale: other })
  const query = new URLSearchParams(url.search)
  query.set(fields.locale, other)
  return `${url.pathname}?${query}`
}
