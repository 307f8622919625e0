import type { Route } from '../route.ts'
import { dashboard, home } from './dashboard.tsx'
import { scoresCsv } from './export.ts'
import { organScores } from './organ.tsx'
import { setup, setupPage } from './setup.tsx'
import { signIn, signInPage, signOut } from './sign-in.tsx'

/** Everything staff can call. */
export const officeRoutes: readonly Route[] = [
  signInPage,
  signIn,
  signOut,
  setupPage,
  setup,
  home,
  dashboard,
  organScores,
  scoresCsv,
]
