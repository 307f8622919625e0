import type { Locale } from '../../surveys/questionnaire.ts'

// One segment of 70 characters, sender in brackets as the operators of the mainland ask.
const chinese = '【{office}】验证码{code}，{minutes}分钟内有效，用于满意度测评。请勿告诉他人，任何人不得索要您的评价。'
const english =
  '[{office}] {code} is your code for the satisfaction survey, valid for {minutes} minutes. Do not share it.'

/** The message with a one-time code unless an installation has its own: places {office}, {code} and {minutes}. */
export const oneTimeCodeText: Readonly<Record<Locale, string>> = { 'zh-CN': chinese, en: english }
