import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { invitationsEn } from './invitations.en.ts'
import { invitationsZh } from './invitations.zh-CN.ts'

export type InvitationMessages = Translation<typeof invitationsZh>

/** Words around invitations in one language; anything but English is Chinese. */
export const invitationMessages = (locale: Locale): InvitationMessages =>
  locale === 'en' ? invitationsEn : invitationsZh
