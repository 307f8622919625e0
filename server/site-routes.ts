import {
  bundleAuditFile,
  bundleFile,
  bundleSurveyFile,
  versionAuditFile,
  versionFile,
  versionSurveyFile,
} from './bundle-files.ts'
import { checkPage, checkReceipt } from './check.tsx'
import { draws } from './draws.tsx'
import { embedPage, embedScript } from './embed.tsx'
import { logRoutes } from './log-routes.ts'
import { filesOfYear, methodOfYear, organPage, peopleOfYear, placePage, resultsCsv } from './public-site.tsx'
import { publicRectification } from './rectification.tsx'
import { fixture, privacy } from './respond.tsx'
import { method, results, resultsVersion, verify } from './results.tsx'
import type { Route } from './route.ts'

/** What everybody may read and check: results and their files, logs, keys, the words of a survey. */
export const siteRoutes: readonly Route[] = [
  embedScript,
  embedPage,
  privacy,
  draws,
  ...logRoutes,
  checkPage,
  checkReceipt,
  fixture,
  results,
  resultsVersion,
  publicRectification,
  placePage,
  organPage,
  methodOfYear,
  peopleOfYear,
  filesOfYear,
  resultsCsv,
  bundleFile,
  bundleAuditFile,
  bundleSurveyFile,
  versionFile,
  versionAuditFile,
  versionSurveyFile,
  verify,
  method,
]
