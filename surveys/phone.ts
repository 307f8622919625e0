/**
 * How a telephone number is read: people write one number in many ways, and whoever types it with spaces today and
 * without tomorrow is one person.
 */

/** A mobile number of the mainland as E.164; null for anything else. normalisePhone('138 0013 8000') // '+8613800138000' */
export function normalisePhone(text: string): string | null {
  if (text.length > 40) return null
  const digits = plainDigits(text).replace(/^(\+86|0086|86(?=1\d{10}$))/, '')
  return /^1[3-9]\d{9}$/.test(digits) ? `+86${digits}` : null
}

/**
 * Digits as they were meant: full-width ones, which come from Chinese input methods, as plain ones, and without what sets
 * groups apart. plainDigits('１２３ 456') // '123456'
 */
export function plainDigits(text: string): string {
  return text
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/＋/g, '+')
    .replace(/[\s()\-\u2010-\u2015\u2212\uff0d.]/g, '')
}
