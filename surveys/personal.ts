/**
 * Numbers in a text that name a person: a mobile phone of 11 digits, an identity number of 18 characters with its check
 * character, a bank card of 16 to 19 digits with its check digit. As they are written there, so that they can be taken
 * out: findNumbers('请回电 139 0000 0001') // ['139 0000 0001']
 */
export function findNumbers(text: string): string[] {
  // Written together, or in groups with blanks or hyphens between; also in the wide digits of Chinese keyboards.
  const runs = text.match(/[0-9０-９](?:[ \u00a0\u3000-]?[0-9０-９])*[xXｘＸ]?/g) || []
  const found: string[] = []
  for (const run of runs) {
    if (numberKind(run)) found.push(run)
    else for (const part of run.split(/[ \u00a0\u3000]/)) if (part !== run && numberKind(part)) found.push(part)
  }
  return found
}

/** What a number names a person by; null for any other. */
export function numberKind(written: string): 'phone' | 'identity' | 'card' | null {
  const digits = written
    .replace(/[０-９]/g, (digit) => String(digit.charCodeAt(0) - 0xff10))
    .replace(/[xXｘＸ]/g, 'X')
    .replace(/[^0-9X]/g, '')
  return isPhone(digits) ? 'phone' : isIdentity(digits) ? 'identity' : isCard(digits) ? 'card' : null
}

const isPhone = (digits: string) => /^(86)?1[3-9]\d{9}$/.test(digits)

/** GB 11643: the weighted sum of all 18 characters leaves 1 when divided by 11; the weight of each is a power of 2. */
function isIdentity(digits: string): boolean {
  if (!/^\d{17}[0-9X]$/.test(digits)) return false
  let rest = 0
  for (const digit of digits) rest = (rest * 2 + (digit === 'X' ? 10 : Number(digit))) % 11
  return rest === 1
}

/** ISO/IEC 7812: every second digit from the right counts double, less 9 above 9; the sum is a multiple of 10. */
function isCard(digits: string): boolean {
  if (!/^[3-6]\d{15,18}$/.test(digits)) return false
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    sum += at % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}
