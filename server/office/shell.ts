import type { OfficeShellProps } from '../../client/parts/office-shell.tsx'
import { carry, fields, patterns, urls } from '../../client/urls.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import type { Exchange } from '../route.ts'
import { nameOf, titleOf } from '../surveys.ts'

interface Place {
  jurisdiction: { code: string; nameZh: string; nameEn: string }
  cycle: { code: string; titleZh: string; titleEn: string }
}

/** What stands around a staff page. */
export function shellOf(
  exchange: Exchange,
  current: OfficeShellProps['current'],
  place: Place | null,
): OfficeShellProps {
  const { locale, staff, world } = exchange
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
