import { passwordLength } from '../../client/pages/office/setup.tsx'

/**
 * The one rule for passwords: set-up and new accounts ask for it, and sign-in takes whatever it allows. A password is
 * never trimmed or changed on its way: what was typed is what is hashed.
 */
export function passwordProblem(password: string): 'required' | 'too_short' | 'too_long' | 'too_common' | null {
  if (password.trim() === '') return 'required'
  if (isTooLong(password)) return 'too_long'
  if ([...password].length < passwordLength.shortest) return 'too_short'
  // Compared as it is hashed, which is after NFKC: full-width letters do not make a common one rare.
  return commonPasswords.has(password.normalize('NFKC').toLowerCase().trim()) ? 'too_common' : null
}

/** Nobody has such a password, so that nothing needs to be computed. */
export const isTooLong = (password: string): boolean => [...password].length > passwordLength.longest

/** Long passwords that everybody tries first; shorter ones are refused by their length. */
const commonPasswords: ReadonlySet<string> = new Set([
  '123456789012',
  '1234567890123',
  '12345678901234',
  '123456123456',
  '111111111111',
  '000000000000',
  '888888888888',
  '123123123123',
  '112233445566',
  '121212121212',
  '987654321098',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopasdf',
  'qwerty123456',
  'asdfghjkl123',
  'abcdefghijkl',
  'abcd12345678',
  'abc123456789',
  'a123456789012',
  'aa1234567890',
  'woaini123456',
  'woaini1314520',
  'woaini5201314',
  'password1234',
  'password12345',
  'passwordpassword',
  'p@ssw0rd1234',
  'passw0rd1234',
  'admin1234567',
  'administrator',
  'administrator1',
  'adminadminadmin',
  'letmein12345',
  'welcome12345',
  'changeme1234',
  'changemechangeme',
  'iloveyou1234',
  'iloveyou5201',
  'qazwsxedcrfv',
  'zxcvbnm12345',
  'monkey123456',
  'dragon123456',
  'sunshine1234',
  'princess1234',
  'football1234',
  'gongping1234',
  'gongpinggongping',
  'jixiaoban123',
  'jixiaoban1234',
  'test12345678',
  'testtesttest',
  'guest1234567',
  'root12345678',
])
