import type { Locale } from '../../surveys/questionnaire.ts'
import { auditEn } from './office-audit.en.ts'
import { type AuditMessages, auditZh } from './office-audit.zh-CN.ts'

export type { AuditMessages }

/** The words of one language; anything but English is Chinese. */
export const auditMessages = (locale: Locale): AuditMessages => (locale === 'en' ? auditEn : auditZh)
