/** Before the names of the columns that are ours. */
export const own = 'gongping_'

/** Languages as XLSForm writes them in the heads of columns. */
export const languageNames: Readonly<Record<string, string>> = { 'zh-CN': '中文 (zh-CN)', en: 'English (en)' }
