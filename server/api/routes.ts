import type { Route } from '../route.ts'
import { docsRoutes } from './docs.tsx'
import { apiInvitations } from './invitations.ts'
import { apiIndicator, apiPublications, apiResults } from './results.ts'
import type { ApiRoute } from './route.ts'
import { apiServices } from './services.ts'
import { apiCycles, apiOrgans, apiSurveys } from './surveys.ts'

/** What programs can ask, in the order of its description. */
const operations: readonly ApiRoute[] = [
  apiOrgans,
  apiCycles,
  apiSurveys,
  apiResults,
  apiIndicator,
  apiPublications,
  apiServices,
  apiInvitations,
]

/** Routes for programs, and what describes them. */
export const apiRoutes: readonly Route[] = [...operations.map(({ route }) => route), ...docsRoutes(operations)]
