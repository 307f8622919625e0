import type { Locale } from '../../surveys/questionnaire.ts'
import { commentsEn } from './comments.en.ts'
import { commentsZh } from './comments.zh-CN.ts'
import type { Translation } from './fill.ts'

export type CommentMessages = Translation<typeof commentsZh>

/** Words of the desk of comments in one language; anything but English is Chinese. */
export const commentMessages = (locale: Locale): CommentMessages => (locale === 'en' ? commentsEn : commentsZh)
