import type { OfficeShellProps } from '../../client/parts/office-shell.tsx'
import type { Exchange } from '../route.ts'

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
  const english = locale === 'en'
  return {
    locale,
    languageHref: inLanguage(exchange.url, english ? 'zh-CN' : 'en'),
    demo: world.config.demo,
    user: staff ? { name: staff.name || staff.email, role: staff.role, csrf: staff.formToken } : null,
    place: place && {
      jid: place.jurisdiction.code,
      jurisdiction: english ? place.jurisdiction.nameEn : place.jurisdiction.nameZh,
      cycle: place.cycle.code,
      cycleTitle: english ? place.cycle.titleEn : place.cycle.titleZh,
    },
    current,
  }
}

/** The same address in the other language. */
export function inLanguage(url: URL, locale: string): string {
  const query = new URLSearchParams(url.search)
  query.set('lang', locale)
  return `${url.pathname}?${query}`
}
