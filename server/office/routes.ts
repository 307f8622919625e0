import type { Route } from '../route.ts'
import { accountAct, accountPage, renewBackupCodes, secondFactorPage, setSecondFactor } from './account.tsx'
import { accountabilityAct, accountabilityFile, accountabilityPage } from './accountability.tsx'
import {
  accountabilityDecide,
  accountabilityEntry,
  accountabilityEntryAct,
  accountabilityEvidence,
} from './accountability-entry.tsx'
import { amendmentsPage, amendmentsPropose } from './amendments.tsx'
import { appealDecide, appealFile, appealsPage } from './appeals.tsx'
import { approvalsPage, decide } from './approvals.tsx'
import { assistPage, beginPhone } from './assist.tsx'
import { auditPage, auditSample, auditsPage, drawAudit, recordFindings } from './audit.tsx'
import { auditCsv, auditLogPage } from './audit-log.tsx'
import { boxPage, boxProgress, openBox, proposeBox } from './box.tsx'
import { boxKeyPage, rehearseKey, saveContactKey, saveKey } from './box-key.tsx'
import { casesAct, casesPage } from './cases.tsx'
import { commentsNote, commentsPage, commentsReveal } from './comments.tsx'
import { complaintsAnswer, complaintsPage } from './complaints.tsx'
import { confirm, confirmPage } from './confirm.tsx'
import { checkPage, requestOpening } from './cycle-check.tsx'
import { enterOrgans, organsPage } from './cycle-organs.tsx'
import { enterPlan, planPage } from './cycle-plan.tsx'
import { enterSurvey, extendSurveys, keysPage, setupSurveyPage, setupSurveysPage } from './cycle-surveys.tsx'
import { basicsPage, beginYear, cyclesPage, enterBasics } from './cycles.tsx'
import { dashboard, home } from './dashboard.tsx'
import { embedDesk, embedSave } from './embed.tsx'
import { scoresCsv } from './export.ts'
import { exportComments, exportIndicator, exportsPage, exportTotals } from './exports.tsx'
import { feedbackEvidence, feedbackList, feedbackPage } from './feedback.tsx'
import { letterIssue, letterPage, letterReceive, lettersIssue } from './feedback-letter.tsx'
import { fieldworkCounts, fieldworkMark, fieldworkPage } from './fieldwork.tsx'
import { figureCsv, figuresPage } from './figures.tsx'
import { compareIndicators, enterIndicators, indicatorsPage } from './indicators.tsx'
import { innovationAct, innovationPage, innovationPrint } from './innovation.tsx'
import { innovationEvidence, innovationProject, innovationRate, innovationSave } from './innovation-project.tsx'
import { enterInnovationRules, innovationRulesPage } from './innovation-rules.tsx'
import { inviteChannels, inviteFile, inviteSheet, inviteSlips } from './invitation-print.tsx'
import { inviteRevoke } from './invitation-revoke.tsx'
import { inviteFrame, inviteImport } from './invitation-roster.tsx'
import { invitationsPage, inviteAct, invitePage, inviteSend } from './invitations.tsx'
import { leadEvidence, leadRectification, leadRectificationAct } from './lead-rectification.tsx'
import { lineagePage } from './lineage.tsx'
import { organScores } from './organ.tsx'
import { beginPaper, enterPaper } from './paper.tsx'
import { invitePeople, peoplePage } from './people.tsx'
import { personAct, personPage } from './person.tsx'
import {
  placesPage,
  reportBelow,
  reportBelowEvidence,
  reportDecide,
  summaryAct,
  summaryEvidence,
  summaryPage,
} from './places.tsx'
import { planOriginPage } from './plan-origin.tsx'
import { platformCreate, platformPage } from './platform.tsx'
import { enterPopulation, populationCsv, populationPage } from './population.tsx'
import { beginPreview, previewPage } from './preview.tsx'
import { publicationAct, publicationPage } from './publication.tsx'
import { questionnaireEdit, questionnairePage } from './questionnaire-edit.tsx'
import { questionnairePreview } from './questionnaire-preview.tsx'
import { questionnaireCompare, questionnaireDraft, questionnaireFile, questionnairesPage } from './questionnaires.tsx'
import { receiptsPage, registerKey, revokeKey, showSecret } from './receipts.tsx'
import { rectificationPage, rectificationPrint, rectificationReview, rectificationSave } from './rectification.tsx'
import { cycleReport, organReport } from './report.tsx'
import { reuseAct, reusePage } from './reuse.tsx'
import { reviewAct, reviewFile, reviewImport, reviewPage } from './review-sheet.tsx'
import { adoptScores, reviewsPage } from './reviews.tsx'
import { decideBatch, proposeBatch, screeningPage } from './screening.tsx'
import { selfImport, selfPage, selfReturn, selfSave } from './self-assessment.tsx'
import { selfList } from './self-assessments.tsx'
import { selfEvidence, selfFile, selfPrint } from './self-files.tsx'
import { settingsAct, settingsPage } from './settings.tsx'
import { setup, setupPage } from './setup.tsx'
import { makeSheets, sheetsPage } from './sheets.tsx'
import { signIn, signInCode, signInCodePage, signInPage, signOut } from './sign-in.tsx'
import { signOn, signOnReturn } from './sign-on.tsx'
import { summingAct, summingFile, summingPage } from './summing.tsx'
import { actOnSurvey, surveyPage, surveysPage } from './surveys.tsx'
import { welcome, welcomePage } from './welcome.tsx'

/** Everything staff can call. */
export const officeRoutes: readonly Route[] = [
  signInPage,
  signIn,
  signInCodePage,
  signInCode,
  signOn,
  signOnReturn,
  signOut,
  welcomePage,
  welcome,
  setupPage,
  setup,
  home,
  // Before the dashboard, whose path takes any name in the place of the cycle.
  approvalsPage,
  decide,
  confirmPage,
  confirm,
  accountPage,
  accountAct,
  secondFactorPage,
  setSecondFactor,
  renewBackupCodes,
  platformPage,
  platformCreate,
  placesPage,
  peoplePage,
  invitePeople,
  personPage,
  personAct,
  auditLogPage,
  auditCsv,
  settingsPage,
  settingsAct,
  cyclesPage,
  beginYear,
  questionnairesPage,
  questionnaireDraft,
  questionnaireEdit,
  questionnairePreview,
  questionnaireCompare,
  questionnairePage,
  questionnaireFile,
  dashboard,
  indicatorsPage,
  enterIndicators,
  compareIndicators,
  reviewsPage,
  adoptScores,
  reviewPage,
  reviewAct,
  reviewFile,
  reviewImport,
  summingPage,
  summingAct,
  summingFile,
  lineagePage,
  basicsPage,
  enterBasics,
  planPage,
  enterPlan,
  organsPage,
  enterOrgans,
  setupSurveysPage,
  extendSurveys,
  setupSurveyPage,
  enterSurvey,
  keysPage,
  checkPage,
  requestOpening,
  organScores,
  scoresCsv,
  figuresPage,
  figureCsv,
  exportsPage,
  exportTotals,
  exportIndicator,
  exportComments,
  cycleReport,
  organReport,
  populationPage,
  enterPopulation,
  populationCsv,
  fieldworkPage,
  fieldworkCounts,
  fieldworkMark,
  screeningPage,
  proposeBatch,
  decideBatch,
  surveysPage,
  surveyPage,
  actOnSurvey,
  previewPage,
  beginPreview,
  embedDesk,
  embedSave,
  boxKeyPage,
  saveKey,
  rehearseKey,
  saveContactKey,
  receiptsPage,
  registerKey,
  revokeKey,
  showSecret,
  commentsPage,
  commentsNote,
  commentsReveal,
  complaintsPage,
  complaintsAnswer,
  casesPage,
  casesAct,
  reusePage,
  reuseAct,
  amendmentsPage,
  amendmentsPropose,
  summaryPage,
  summaryAct,
  summaryEvidence,
  reportBelow,
  reportBelowEvidence,
  reportDecide,
  planOriginPage,
  publicationPage,
  publicationAct,
  innovationPage,
  innovationAct,
  innovationRulesPage,
  enterInnovationRules,
  innovationPrint,
  innovationProject,
  innovationSave,
  innovationRate,
  innovationEvidence,
  accountabilityPage,
  accountabilityAct,
  accountabilityFile,
  accountabilityEntry,
  accountabilityEntryAct,
  accountabilityDecide,
  accountabilityEvidence,
  selfList,
  selfPage,
  selfSave,
  selfImport,
  selfReturn,
  selfPrint,
  selfFile,
  selfEvidence,
  feedbackList,
  feedbackPage,
  feedbackEvidence,
  letterPage,
  letterIssue,
  lettersIssue,
  letterReceive,
  rectificationPage,
  rectificationPrint,
  rectificationSave,
  rectificationReview,
  leadRectification,
  leadRectificationAct,
  leadEvidence,
  appealsPage,
  appealFile,
  appealDecide,
  invitationsPage,
  invitePage,
  inviteImport,
  inviteFrame,
  inviteSend,
  inviteAct,
  inviteSlips,
  inviteFile,
  inviteRevoke,
  inviteSheet,
  inviteChannels,
  auditsPage,
  auditPage,
  drawAudit,
  auditSample,
  recordFindings,
  boxPage,
  proposeBox,
  openBox,
  boxProgress,
  assistPage,
  beginPhone,
  beginPaper,
  enterPaper,
  sheetsPage,
  makeSheets,
]
