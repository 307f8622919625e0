import {
  type NewPlaceField,
  type NewPlaceProblem,
  newPlaceFields,
  placeLevels,
} from '../../client/pages/office/platform.tsx'
import { longestName } from '../../client/pages/office/setup.tsx'
import { isSignInName, signInName } from '../../db/accounts.ts'
import type { Moment } from '../../db/audit.ts'
import { createPlace } from '../../db/places.ts'
import { findJurisdiction } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { base64url, canonicalText } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { World } from '../world.ts'
import { drawLink } from './welcome.tsx'

// A place that was typed, by the form or as options of the command: what is wrong with it, or the place with its first person.

export type TypedPlace = Readonly<Partial<Record<NewPlaceField, string>>>

/** Creates the place; answers the one-time token of its first administrator, who is named by the stored address. */
export async function createTyped(
  world: World,
  scope: Scope,
  typed: TypedPlace,
  moment: Moment,
): Promise<Result<{ readonly token: string; readonly email: string }, readonly NewPlaceProblem[]>> {
  const problems: NewPlaceProblem[] = []
  const values = Object.fromEntries(
    newPlaceFields.map((field) => {
      const text = canonicalText(typed[field] ?? '')
      const isLine = text.ok && !text.value.includes('\n')
      if (!isLine) problems.push({ field, code: 'not_text', text: '' })
      return [field, isLine ? text.value : '']
    }),
  ) as Record<NewPlaceField, string>
  const no = (field: NewPlaceField, code: NewPlaceProblem['code']) => {
    if (!problems.some((each) => each.field === field)) problems.push({ field, code, text: values[field] })
  }
  for (const field of ['code', 'nameZh', 'nameEn', 'email'] as const) {
    if (values[field] === '') no(field, 'required')
    else if (field !== 'email' && values[field].length > longestName) no(field, 'too_long')
  }
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(values.code)) no('code', 'not_code')
  const email = signInName(values.email)
  if (!isSignInName(email)) no('email', 'not_email')
  if (!placeLevels.some((level) => level === values.level)) no('level', 'choice')
  const { above, ...facts } = values
  if (above !== '' && !(await findJurisdiction(world.db, above))) no('above', 'choice')
  if (problems.length > 0) return err(problems)
  const { token, ...link } = await drawLink(world)
  const userId = base64url(world.crypto.random(18))
  const { code, level, nameZh, nameEn } = facts
  const made = await createPlace(world.db, world.writer, scope, {
    ...{ code, level, nameZh, nameEn, ...moment },
    ...(above === '' ? {} : { above }),
    officeAdministrator: { userId, email, name: '', link },
  })
  if (made.ok) return ok({ token, email })
  const field = made.error === 'email_taken' ? 'email' : 'code'
  return err([{ field, code: made.error, text: values[field] }])
}
