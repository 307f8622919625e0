import type { Route } from '../route.ts'
import { dashboard, home } from './dashboard.tsx'
import { scoresCsv } from './export.ts'
import { organScores } from './organ.tsx'
import { enterPopulation, populationCsv, populationPage } from './population.tsx'
import { decideBatch, proposeBatch, screeningPage } from './screening.tsx'
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
  populationPage,
  enterPopulation,
  populationCsv,
  screeningPage,
  proposeBatch,
  decideBatch,
]
