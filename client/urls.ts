/**
 * A long file, because every path stands in it, once. `patterns` is what the server registers (Hono syntax), `urls` is what
 * pages link with, `fields` are the names that forms and the server's readers share.
 *
 * No path carries anything about a person: a ticket code travels in the fragment of `/r#CODE` or is typed there.
 */
export const patterns = {
  index: '/',
  code: '/r',
  ask: '/receipts',
  channel: '/q/:channel',
  start: '/s/:jid/:sid',
  privacy: '/s/:jid/:sid/privacy',
  draws: '/s/:jid/:sid/draws',
  embed: '/embed/:jid/:sid',
  embedScript: '/embed.js',
  smsSend: '/s/:jid/:sid/sms/send',
  smsCheck: '/s/:jid/:sid/sms/check',
  oidcStart: '/s/:jid/:sid/oidc/start',
  oidcCallback: '/oidc/callback',
  report: '/s/:jid/:sid/report',
  unsubscribe: '/u/:jid',
  unsubscribeNow: '/u/:jid/:token',
  delivery: '/sms/delivery',
  complaint: '/s/:jid/:sid/complaint',
  complaintAnswer: '/s/:jid/:sid/complaint/answer',
  mailbox: '/s/:jid/:sid/mailbox',
  mailboxRate: '/s/:jid/:sid/mailbox/rate',
  form: '/s/:jid/:sid/form',
  formWithdraw: '/s/:jid/:sid/form/withdraw',
  answer: '/s/:jid/:sid/answer',
  issue: '/s/:jid/:sid/issue',
  submit: '/s/:jid/:sid/submit',
  withdraw: '/s/:jid/:sid/withdraw',
  done: '/s/:jid/:sid/done',
  openChallenge: '/s/:jid/:sid/open/challenge',
  open: '/s/:jid/:sid/open',
  place: '/results/:jid',
  results: '/results/:jid/:cycle',
  publicRectification: '/results/:jid/:cycle/rectification',
  resultsOrgan: '/results/:jid/:cycle/organs/:organ',
  resultsPeople: '/results/:jid/:cycle/people',
  resultsMethod: '/results/:jid/:cycle/method',
  resultsFiles: '/results/:jid/:cycle/files',
  resultsCsv: '/results/:jid/:cycle/results.csv',
  bundle: '/results/:jid/:cycle/bundle/:file',
  bundleAudit: '/results/:jid/:cycle/bundle/audit/:file',
  bundleSurvey: '/results/:jid/:cycle/bundle/surveys/:sid/:file',
  resultsVersion: '/results/:jid/:cycle/versions/:version{[1-9][0-9]{0,2}}',
  versionFile: '/results/:jid/:cycle/versions/:version{[1-9][0-9]{0,2}}/bundle/:file',
  versionAudit: '/results/:jid/:cycle/versions/:version{[1-9][0-9]{0,2}}/bundle/audit/:file',
  versionSurvey: '/results/:jid/:cycle/versions/:version{[1-9][0-9]{0,2}}/bundle/surveys/:sid/:file',
  manifest: '/m/:hash{[0-9a-f]{64}\\.json}',
  surveyManifest: '/s/:jid/:sid/manifest',
  checkpoint: '/s/:jid/:sid/log/:log{participation|slips}/checkpoint',
  checkpointAt: '/s/:jid/:sid/log/:log{participation|slips}/checkpoint/:size{[0-9]{1,9}}',
  checkpoints: '/s/:jid/:sid/log/:log{participation|slips}/checkpoints',
  consistency: '/s/:jid/:sid/log/:log{participation|slips}/consistency/:first{[0-9]{1,9}}/:second{[0-9]{1,9}}',
  proof: '/s/:jid/:sid/log/:log{participation|slips}/proof/:tag{[A-Za-z0-9_-]{43}}',
  auditCheckpoint: '/log/audit/checkpoint',
  auditCheckpointAt: '/log/audit/checkpoint/:size{[0-9]{1,9}}',
  auditCheckpoints: '/log/audit/checkpoints',
  auditConsistency: '/log/audit/consistency/:first{[0-9]{1,9}}/:second{[0-9]{1,9}}',
  auditKey: '/log/audit/key',
  check: '/check/:jid/:sid',
  method: '/method',
  verify: '/verify',
  office: '/office',
  platform: '/office/platform',
  placesBelow: '/office/:jid/places',
  summaryEvidence: '/office/:jid/:cycle/summary/evidence/:hash{[0-9a-f]{64}}',
  reportBelowEvidence: '/office/:jid/places/:place/:cycle/evidence/:hash{[0-9a-f]{64}}',
  reportBelow: '/office/:jid/places/:place/:cycle',
  summary: '/office/:jid/:cycle/summary',
  planOrigin: '/office/:jid/:cycle/origin',
  approvals: '/office/:jid/approvals',
  approvalsDecide: '/office/:jid/approvals/decide',
  signIn: '/office/sign-in',
  signInCode: '/office/sign-in/code',
  signOn: '/office/sign-on',
  signOnReturn: '/office/sign-on/return',
  signOut: '/office/sign-out',
  welcome: '/office/welcome',
  confirm: '/office/confirm',
  account: '/office/account',
  accountAct: '/office/account/act',
  secondFactor: '/office/account/second-factor',
  backupCodes: '/office/account/codes',
  people: '/office/:jid/people',
  peopleInvite: '/office/:jid/people/invite',
  person: '/office/:jid/people/:person',
  personAct: '/office/:jid/people/:person/act',
  auditLog: '/office/:jid/audit',
  auditCsv: '/office/:jid/audit.csv',
  settings: '/office/:jid/settings',
  settingsAct: '/office/:jid/settings/act',
  cycles: '/office/:jid/cycles',
  questionnaires: '/office/:jid/questionnaires',
  questionnaireDraft: '/office/:jid/questionnaires/draft',
  questionnaireEdit: '/office/:jid/questionnaires/edit',
  questionnairePreview: '/office/:jid/questionnaires/preview',
  questionnaireCompare: '/office/:jid/questionnaires/:id/compare',
  questionnaire: '/office/:jid/questionnaires/:id/:version{[0-9]{1,9}}',
  questionnaireFile: '/office/:jid/questionnaires/:id/:version{[0-9]{1,9}}/:format{json|xlsx}',
  dashboard: '/office/:jid/:cycle',
  indicators: '/office/:jid/:cycle/indicators',
  indicatorsCompare: '/office/:jid/:cycle/indicators/compare',
  reviews: '/office/:jid/:cycle/reviews',
  review: '/office/:jid/:cycle/reviews/:indicator',
  reviewFile: '/office/:jid/:cycle/reviews/:indicator/sheet',
  reviewImport: '/office/:jid/:cycle/reviews/:indicator/import',
  summing: '/office/:jid/:cycle/summing',
  summingAct: '/office/:jid/:cycle/summing/act',
  summingFile: '/office/:jid/:cycle/summing/sum.json',
  lineage: '/office/:jid/:cycle/organs/:organ/lineage',
  setupBasics: '/office/:jid/:cycle/setup/basics',
  setupPlan: '/office/:jid/:cycle/setup/plan',
  setupOrgans: '/office/:jid/:cycle/setup/organs',
  setupSurveys: '/office/:jid/:cycle/setup/surveys',
  setupSurvey: '/office/:jid/:cycle/setup/surveys/:sid',
  setupKeys: '/office/:jid/:cycle/setup/keys',
  setupCheck: '/office/:jid/:cycle/setup/check',
  organScores: '/office/:jid/:cycle/organs/:organ',
  scoresCsv: '/office/:jid/:cycle/scores.csv',
  figures: '/office/:jid/:cycle/figures',
  figureCsv: '/office/:jid/:cycle/figures/:figure/csv',
  exports: '/office/:jid/:cycle/export',
  exportTotals: '/office/:jid/:cycle/export/totals/:format',
  exportIndicator: '/office/:jid/:cycle/export/indicator/:format',
  exportComments: '/office/:jid/:cycle/export/comments/:format',
  cycleReport: '/office/:jid/:cycle/report',
  organReport: '/office/:jid/:cycle/report/:organ',
  population: '/office/:jid/:cycle/population',
  populationCsv: '/office/:jid/:cycle/population.csv',
  fieldwork: '/office/:jid/:cycle/fieldwork',
  fieldworkCounts: '/office/:jid/:cycle/fieldwork/counts',
  fieldworkMark: '/office/:jid/:cycle/fieldwork/mark',
  screening: '/office/:jid/:cycle/screening',
  screeningPropose: '/office/:jid/:cycle/screening/propose',
  screeningDecide: '/office/:jid/:cycle/screening/decide',
  surveys: '/office/:jid/:cycle/surveys',
  survey: '/office/:jid/:cycle/surveys/:sid',
  surveyAct: '/office/:jid/:cycle/surveys/:sid/act',
  preview: '/office/:jid/:cycle/surveys/:sid/preview',
  embedDesk: '/office/:jid/:cycle/surveys/:sid/embed',
  embedSave: '/office/:jid/:cycle/surveys/:sid/embed/save',
  boxKey: '/office/:jid/:cycle/surveys/:sid/key',
  boxRehearsal: '/office/:jid/:cycle/surveys/:sid/key/rehearsal',
  contactKey: '/office/:jid/:cycle/surveys/:sid/key/audit',
  receipts: '/office/:jid/:cycle/receipts',
  receiptKeys: '/office/:jid/:cycle/receipts/keys',
  receiptKeyRevoke: '/office/:jid/:cycle/receipts/revoke',
  receiptSecret: '/office/:jid/:cycle/receipts/secret',
  invitations: '/office/:jid/:cycle/invitations',
  invite: '/office/:jid/:cycle/surveys/:sid/invitations',
  inviteImport: '/office/:jid/:cycle/surveys/:sid/invitations/import',
  inviteSend: '/office/:jid/:cycle/surveys/:sid/invitations/send',
  inviteAct: '/office/:jid/:cycle/surveys/:sid/invitations/act',
  inviteSlips: '/office/:jid/:cycle/surveys/:sid/invitations/slips',
  inviteFile: '/office/:jid/:cycle/surveys/:sid/invitations/file',
  inviteChannels: '/office/:jid/:cycle/surveys/:sid/invitations/channels',
  inviteFrame: '/office/:jid/:cycle/surveys/:sid/invitations/frame',
  inviteRevoke: '/office/:jid/:cycle/surveys/:sid/invitations/revoke',
  inviteSheet: '/office/:jid/:cycle/surveys/:sid/invitations/sheet',
  publication: '/office/:jid/:cycle/publication',
  publicationAct: '/office/:jid/:cycle/publication/act',
  amendments: '/office/:jid/:cycle/surveys/:sid/amendments',
  amendmentsPropose: '/office/:jid/:cycle/surveys/:sid/amendments/propose',
  comments: '/office/:jid/:cycle/comments',
  commentsNote: '/office/:jid/:cycle/comments/note',
  commentsReveal: '/office/:jid/:cycle/comments/reveal',
  complaints: '/office/:jid/:cycle/complaints',
  complaintsAnswer: '/office/:jid/:cycle/complaints/answer',
  reuse: '/office/:jid/:cycle/reuse',
  reuseAct: '/office/:jid/:cycle/reuse/act',
  cases: '/office/:jid/:cycle/cases',
  casesAct: '/office/:jid/:cycle/cases/act',
  innovation: '/office/:jid/:cycle/innovation',
  innovationRules: '/office/:jid/:cycle/innovation/rules',
  innovationPrint: '/office/:jid/:cycle/innovation/print',
  innovationProject: '/office/:jid/:cycle/innovation/:organ/:n{[0-9]{1,3}}',
  innovationRate: '/office/:jid/:cycle/innovation/:organ/:n{[0-9]{1,3}}/rating',
  innovationEvidence: '/office/:jid/:cycle/innovation/:organ/:n{[0-9]{1,3}}/evidence/:hash{[0-9a-f]{64}}',
  accountability: '/office/:jid/:cycle/accountability',
  accountabilityFile: '/office/:jid/:cycle/accountability.csv',
  accountabilityEntry: '/office/:jid/:cycle/accountability/:n{[0-9]{1,6}}',
  accountabilityDecide: '/office/:jid/:cycle/accountability/:n{[0-9]{1,6}}/decide',
  accountabilityEvidence: '/office/:jid/:cycle/accountability/:n{[0-9]{1,6}}/evidence/:hash{[0-9a-f]{64}}',
  selfAssessments: '/office/:jid/:cycle/self',
  selfAssessment: '/office/:jid/:cycle/self/:organ',
  selfReturn: '/office/:jid/:cycle/self/:organ/return',
  selfImport: '/office/:jid/:cycle/self/:organ/import',
  selfPrint: '/office/:jid/:cycle/self/:organ/print',
  selfFile: '/office/:jid/:cycle/self/:organ/:format{json|xlsx}',
  selfEvidence: '/office/:jid/:cycle/self/:organ/evidence/:hash{[0-9a-f]{64}}',
  feedbackList: '/office/:jid/:cycle/feedback',
  feedback: '/office/:jid/:cycle/feedback/:organ',
  letter: '/office/:jid/:cycle/feedback/:organ/letter',
  letterIssue: '/office/:jid/:cycle/feedback/:organ/letter/issue',
  letterReceive: '/office/:jid/:cycle/feedback/:organ/letter/receive',
  rectification: '/office/:jid/:cycle/feedback/:organ/rectification',
  rectificationReview: '/office/:jid/:cycle/feedback/:organ/rectification/review',
  rectificationPrint: '/office/:jid/:cycle/feedback/:organ/rectification/print',
  leadRectification: '/office/:jid/:cycle/rectification',
  leadEvidence: '/office/:jid/:cycle/rectification/:organ/evidence/:hash{[0-9a-f]{64}}',
  appeals: '/office/:jid/:cycle/feedback/:organ/appeals',
  appealDecide: '/office/:jid/:cycle/feedback/:organ/appeals/decide',
  feedbackEvidence: '/office/:jid/:cycle/feedback/:organ/evidence/:hash{[0-9a-f]{64}}',
  audits: '/office/:jid/:cycle/audits',
  audit: '/office/:jid/:cycle/surveys/:sid/audit',
  auditDraw: '/office/:jid/:cycle/surveys/:sid/audit/draw',
  auditSample: '/office/:jid/:cycle/surveys/:sid/audit/sample.json',
  auditFindings: '/office/:jid/:cycle/surveys/:sid/audit/findings',
  box: '/office/:jid/:cycle/surveys/:sid/box',
  boxPropose: '/office/:jid/:cycle/surveys/:sid/box/propose',
  boxOpen: '/office/:jid/:cycle/surveys/:sid/box/open',
  boxProgress: '/office/:jid/:cycle/surveys/:sid/box/progress',
  assist: '/office/:jid/:cycle/surveys/:sid/assist',
  assistPhone: '/office/:jid/:cycle/surveys/:sid/assist/phone',
  assistPaper: '/office/:jid/:cycle/surveys/:sid/assist/paper',
  assistEntry: '/office/:jid/:cycle/surveys/:sid/assist/entry',
  assistSheets: '/office/:jid/:cycle/surveys/:sid/assist/sheets',
  apiOrgans: '/api/v1/organs',
  apiCycles: '/api/v1/cycles',
  apiSurveys: '/api/v1/cycles/:cycle/surveys',
  apiResults: '/api/v1/cycles/:cycle/results',
  apiIndicator: '/api/v1/cycles/:cycle/indicator',
  apiPublications: '/api/v1/publications',
  apiServices: '/api/v1/surveys/:survey/services',
  apiInvitations: '/api/v1/surveys/:survey/invitations',
  apiDocument: '/openapi.json',
  apiDocs: '/docs/api',
  problems: '/problems',
  setup: '/setup',
  health: '/healthz',
  ready: '/readyz',
  metrics: '/metrics',
  asset: '/assets/:file',
} as const

// Codes are lower-case letters, digits and hyphens, so they need no escaping inside a path.
const survey = (jid: string, sid: string) => `/s/${jid}/${sid}`
const cycleOf = (jid: string, cycle: string) => `/office/${jid}/${cycle}`
type OfOrgan = [jid: string, cycle: string, organ: string]
const feedbackOf = (...[jid, cycle, organ]: OfOrgan) => `${cycleOf(jid, cycle)}/feedback/${organ}`
const deskOf = (jid: string, cycle: string, sid: string) => `${cycleOf(jid, cycle)}/surveys/${sid}`

export const urls = {
  index: () => patterns.index,
  code: () => patterns.code,
  channel: (channel: string) => `/q/${channel}`,
  start: survey,
  /** Of which lists samples of a survey were drawn, and how anybody draws them again. */
  draws: (jid: string, sid: string) => `${survey(jid, sid)}/draws`,
  /** The script by which other sites show a start page. */
  embedScript: () => patterns.embedScript,
  privacy: (jid: string, sid: string) => `${survey(jid, sid)}/privacy`,
  smsSend: (jid: string, sid: string) => `${survey(jid, sid)}/sms/send`,
  smsCheck: (jid: string, sid: string) => `${survey(jid, sid)}/sms/check`,
  oidcStart: (jid: string, sid: string) => `${survey(jid, sid)}/oidc/start`,
  /** One address for all surveys, since an identity provider leads back to addresses that it knows beforehand. */
  oidcCallback: () => patterns.oidcCallback,
  /** Where somebody reports that a good rating was asked for; `organ` is chosen beforehand. */
  report: (jid: string, sid: string, organ = '') =>
    `${survey(jid, sid)}/report${organ ? `?${fields.organ}=${organ}` : ''}`,
  /** Where somebody ends messages to an address; what names it stands in the fragment, or in the path that one POST takes. */
  unsubscribe: (jid: string) => `/u/${jid}`,
  unsubscribeNow: (jid: string, token: string) => `/u/${jid}/${token}`,
  /** Where somebody says that something about a survey went wrong, and where the answer to it is read. */
  complaint: (jid: string, sid: string) => `${survey(jid, sid)}/complaint`,
  complaintAnswer: (jid: string, sid: string) => `${survey(jid, sid)}/complaint/answer`,
  /** Where what became of a low rating is read with the code that opens it, and where it is rated once more. */
  mailbox: (jid: string, sid: string) => `${survey(jid, sid)}/mailbox`,
  mailboxRate: (jid: string, sid: string) => `${survey(jid, sid)}/mailbox/rate`,
  form: (jid: string, sid: string) => `${survey(jid, sid)}/form`,
  formWithdraw: (jid: string, sid: string) => `${survey(jid, sid)}/form/withdraw`,
  answer: (jid: string, sid: string) => `${survey(jid, sid)}/answer`,
  issue: (jid: string, sid: string) => `${survey(jid, sid)}/issue`,
  submit: (jid: string, sid: string) => `${survey(jid, sid)}/submit`,
  withdraw: (jid: string, sid: string) => `${survey(jid, sid)}/withdraw`,
  /** `tag` and `signature` are the receipt; a tag is no ticket, and query strings are never logged. */
  done: (jid: string, sid: string, tag: string, signature: string) =>
    `${survey(jid, sid)}/done?t=${encodeURIComponent(tag)}&g=${encodeURIComponent(signature)}`,
  openChallenge: (jid: string, sid: string) => `${survey(jid, sid)}/open/challenge`,
  open: (jid: string, sid: string) => `${survey(jid, sid)}/open`,
  /** What a place has published, year by year, and the places below it. */
  place: (jid: string) => `/results/${jid}`,
  results: (jid: string, cycle: string) => `/results/${jid}/${cycle}`,
  publicRectification: (jid: string, cycle: string) => `/results/${jid}/${cycle}/rectification`,
  resultsOrgan: (jid: string, cycle: string, organ: string) => `/results/${jid}/${cycle}/organs/${organ}`,
  /** Who took part and how they were weighted; by which rules scores were made; the published files. */
  resultsPart: (jid: string, cycle: string, part: 'people' | 'method' | 'files') => `/results/${jid}/${cycle}/${part}`,
  resultsCsv: (jid: string, cycle: string) => `/results/${jid}/${cycle}/results.csv`,
  /** The results as one version of the publication has them, whatever was corrected since. */
  resultsVersion: (jid: string, cycle: string, version: number) => `/results/${jid}/${cycle}/versions/${version}`,
  /** Address of the files of a version; SHA256SUMS lists them. Without a version: of the latest. */
  bundle: (jid: string, cycle: string, file = '') => `/results/${jid}/${cycle}/bundle/${file}`,
  versionBundle: (jid: string, cycle: string, version: number, file = '') =>
    `/results/${jid}/${cycle}/versions/${version}/bundle/${file}`,
  manifest: (hash: string) => `/m/${hash}.json`,
  /** Where a survey's log is read: `…/checkpoint`, `…/checkpoint/{size}`, `…/checkpoints`, `…/consistency/{first}/{second}`. */
  log: (jid: string, sid: string, log: 'participation' | 'slips') => `${survey(jid, sid)}/log/${log}`,
  /** A tag is no ticket, but it names a response: log lines hold the pattern only. */
  proof: (jid: string, sid: string, tag: string) => `${survey(jid, sid)}/log/participation/proof/${tag}`,
  check: (jid: string, sid: string) => `/check/${jid}/${sid}`,
  /** The receipt stands in the fragment, which no browser sends. */
  checkReceipt: (jid: string, sid: string, tag: string, signature: string) =>
    `/check/${jid}/${sid}#${receiptText(tag, signature)}`,
  method: () => patterns.method,
  verify: () => patterns.verify,
  office: () => patterns.office,
  /** Every place of the installation, for its administrator. */
  platform: () => patterns.platform,
  /** Who stands above and below a place, and the report of one below. */
  placesBelow: (jid: string) => `/office/${jid}/places`,
  reportBelow: (jid: string, place: string, cycle: string) => `/office/${jid}/places/${place}/${cycle}`,
  /** The summary report of a year for the place above, and from whose plan the year was begun. */
  summary: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/summary`,
  summaryEvidence: (jid: string, cycle: string, hash: string) => `${cycleOf(jid, cycle)}/summary/evidence/${hash}`,
  reportBelowEvidence: (jid: string, place: string, cycle: string, hash: string) =>
    `/office/${jid}/places/${place}/${cycle}/evidence/${hash}`,
  planOrigin: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/origin`,
  approvals: (jid: string) => `/office/${jid}/approvals`,
  approvalsDecide: (jid: string) => `/office/${jid}/approvals/decide`,
  signIn: () => patterns.signIn,
  /** The second step of signing in: a code. */
  signInCode: () => patterns.signInCode,
  /** By the identity provider of the office, and where it leads back to. */
  signOn: () => patterns.signOn,
  signOnReturn: () => patterns.signOnReturn,
  signOut: () => patterns.signOut,
  /** Where somebody sets a password with a one-time link. A look uses nothing up, and queries are never logged. */
  welcome: (token: string) => `${patterns.welcome}?${fields.link}=${token}`,
  /** Where a person proves to be present before a file is taken. */
  confirm: (next: string) => `${patterns.confirm}?next=${encodeURIComponent(next)}`,
  /** One's own sign-in: sessions, second factor, latest acts. */
  account: () => patterns.account,
  accountAct: () => patterns.accountAct,
  secondFactor: () => patterns.secondFactor,
  backupCodes: () => patterns.backupCodes,
  people: (jid: string) => `/office/${jid}/people`,
  peopleInvite: (jid: string) => `/office/${jid}/people/invite`,
  person: (jid: string, person: string) => `/office/${jid}/people/${person}`,
  personAct: (jid: string, person: string) => `/office/${jid}/people/${person}/act`,
  /** What staff did, with the search in the query. */
  auditLog: (jid: string, query = '') => `/office/${jid}/audit${query && `?${query}`}`,
  auditCsv: (jid: string, query = '') => `/office/${jid}/audit.csv${query && `?${query}`}`,
  /** The keys of programs, and where programs are told what happens. */
  settings: (jid: string) => `/office/${jid}/settings`,
  settingsAct: (jid: string) => `/office/${jid}/settings/act`,
  /** The cycles of a place, and the steps by which one is set up. */
  cycles: (jid: string) => `/office/${jid}/cycles`,
  indicators: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/indicators`,
  indicatorsCompare: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/indicators/compare`,
  /** What lead departments score, by indicator; one as a spreadsheet, and where that is brought back. */
  reviews: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/reviews`,
  review: (jid: string, cycle: string, indicator: string) => `${cycleOf(jid, cycle)}/reviews/${indicator}`,
  reviewFile: (jid: string, cycle: string, indicator: string) => `${cycleOf(jid, cycle)}/reviews/${indicator}/sheet`,
  reviewImport: (jid: string, cycle: string, indicator: string) => `${cycleOf(jid, cycle)}/reviews/${indicator}/import`,
  summing: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/summing`,
  summingAct: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/summing/act`,
  summingFile: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/summing/sum.json`,
  lineage: (jid: string, cycle: string, organ: string) => `${cycleOf(jid, cycle)}/organs/${organ}/lineage`,
  setupStep: (jid: string, cycle: string, step: 'basics' | 'plan' | 'organs' | 'surveys' | 'keys' | 'check') =>
    `${cycleOf(jid, cycle)}/setup/${step}`,
  setupSurvey: (jid: string, cycle: string, sid: string) => `${cycleOf(jid, cycle)}/setup/surveys/${sid}`,
  questionnaires: (jid: string) => `/office/${jid}/questionnaires`,
  /** Where a file, or a questionnaire that comes with the platform, is opened; where a draft is changed and saved; and shown. */
  questionnaireDraft: (jid: string) => `/office/${jid}/questionnaires/draft`,
  questionnaireEdit: (jid: string) => `/office/${jid}/questionnaires/edit`,
  questionnairePreview: (jid: string) => `/office/${jid}/questionnaires/preview`,
  questionnaireCompare: (jid: string, id: string) => `/office/${jid}/questionnaires/${id}/compare`,
  questionnaire: (jid: string, id: string, version: number) => `/office/${jid}/questionnaires/${id}/${version}`,
  questionnaireFile: (jid: string, id: string, version: number, format: 'json' | 'xlsx') =>
    `/office/${jid}/questionnaires/${id}/${version}/${format}`,
  dashboard: cycleOf,
  organScores: (jid: string, cycle: string, organ: string) => `${cycleOf(jid, cycle)}/organs/${organ}`,
  scoresCsv: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/scores.csv`,
  /** Charts of a cycle that is over, with one filter in the query; and the numbers of one as a file. */
  figures: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/figures`,
  figureCsv: (jid: string, cycle: string, figure: string) => `${cycleOf(jid, cycle)}/figures/${figure}/csv`,
  /** What can be taken from a cycle as files, and the files. */
  exports: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/export`,
  exportTotals: (jid: string, cycle: string, format: string) => `${cycleOf(jid, cycle)}/export/totals/${format}`,
  exportIndicator: (jid: string, cycle: string, format: string) => `${cycleOf(jid, cycle)}/export/indicator/${format}`,
  exportComments: (jid: string, cycle: string, format: string) => `${cycleOf(jid, cycle)}/export/comments/${format}`,
  /** Reports to print: of the whole cycle, and of one organ. */
  cycleReport: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/report`,
  organReport: (jid: string, cycle: string, organ: string) => `${cycleOf(jid, cycle)}/report/${organ}`,
  population: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/population`,
  populationCsv: (jid: string, cycle: string, sid: string) => `${cycleOf(jid, cycle)}/population.csv?survey=${sid}`,
  fieldwork: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/fieldwork`,
  /** Server-sent events with the counts of the open surveys. */
  fieldworkCounts: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/fieldwork/counts`,
  fieldworkMark: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/fieldwork/mark`,
  screening: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/screening`,
  screeningPropose: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/screening/propose`,
  screeningDecide: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/screening/decide`,
  surveys: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/surveys`,
  survey: deskOf,
  surveyAct: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/act`,
  preview: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/preview`,
  /** Where the office names the sites that may show the start page in a frame. */
  embedDesk: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/embed`,
  embedSave: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/embed/save`,
  boxKey: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/key`,
  boxRehearsal: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/key/rehearsal`,
  /** Where the office enters the auditor's key, to which contacts are sealed. */
  contactKey: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/key/audit`,
  /** Keys with which organs sign receipts, and reports of requests for a good rating. */
  receipts: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/receipts`,
  receiptKeys: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/receipts/keys`,
  receiptKeyRevoke: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/receipts/revoke`,
  receiptSecret: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/receipts/secret`,
  /** Whom each survey invites and how far that has come; and the desk of one survey. */
  invitations: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/invitations`,
  invite: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/invitations`,
  inviteDo: (
    jid: string,
    cycle: string,
    sid: string,
    what: 'import' | 'frame' | 'send' | 'act' | 'slips' | 'file' | 'revoke' | 'channels',
  ) => `${deskOf(jid, cycle, sid)}/invitations/${what}`,
  /** The QR codes of a channel for print. */
  inviteSheet: (jid: string, cycle: string, sid: string, channel: string, layout: 'cards' | 'poster') =>
    `${deskOf(jid, cycle, sid)}/invitations/sheet?${fields.channel}=${channel}&layout=${layout}`,
  /** What was published, and where it is corrected or withdrawn. */
  publication: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/publication`,
  publicationAct: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/publication/act`,
  /** What was changed about a survey after it had opened. */
  amendments: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/amendments`,
  amendmentsPropose: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/amendments/propose`,
  comments: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/comments`,
  commentsNote: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/comments/note`,
  commentsReveal: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/comments/reveal`,
  complaints: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/complaints`,
  complaintsAnswer: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/complaints/answer`,
  /** Results that exist already, from elsewhere. */
  reuse: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/reuse`,
  reuseAct: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/reuse/act`,
  /** Low ratings whose writers asked for an answer. */
  cases: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/cases`,
  casesAct: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/cases/act`,
  /** The innovation review: its criteria, all of it on paper, and one project, where 0 is a new one. */
  innovation: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/innovation`,
  innovationRules: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/innovation/rules`,
  innovationPrint: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/innovation/print`,
  innovationProject: (jid: string, cycle: string, organ: string, n: number) =>
    `${cycleOf(jid, cycle)}/innovation/${organ}/${n}`,
  innovationRate: (jid: string, cycle: string, organ: string, n: number) =>
    `${cycleOf(jid, cycle)}/innovation/${organ}/${n}/rating`,
  innovationEvidence: (jid: string, cycle: string, organ: string, n: number, hash: string) =>
    `${cycleOf(jid, cycle)}/innovation/${organ}/${n}/evidence/${hash}`,
  /** What organs may have to answer for. */
  accountability: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/accountability`,
  accountabilityFile: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/accountability.csv`,
  accountabilityEntry: (jid: string, cycle: string, n: number) => `${cycleOf(jid, cycle)}/accountability/${n}`,
  accountabilityDecide: (jid: string, cycle: string, n: number) => `${cycleOf(jid, cycle)}/accountability/${n}/decide`,
  accountabilityEvidence: (jid: string, cycle: string, n: number, hash: string) =>
    `${cycleOf(jid, cycle)}/accountability/${n}/evidence/${hash}`,
  /** The self-assessment tables of a cycle, and that of one organ; to print, as a file and back, and the files for it. */
  selfAssessments: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/self`,
  selfAssessment: (jid: string, cycle: string, organ: string) => `${cycleOf(jid, cycle)}/self/${organ}`,
  selfReturn: (jid: string, cycle: string, organ: string) => `${cycleOf(jid, cycle)}/self/${organ}/return`,
  selfImport: (jid: string, cycle: string, organ: string) => `${cycleOf(jid, cycle)}/self/${organ}/import`,
  selfPrint: (jid: string, cycle: string, organ: string) => `${cycleOf(jid, cycle)}/self/${organ}/print`,
  selfFile: (jid: string, cycle: string, organ: string, format: 'json' | 'xlsx') =>
    `${cycleOf(jid, cycle)}/self/${organ}/${format}`,
  selfEvidence: (jid: string, cycle: string, organ: string, hash: string) =>
    `${cycleOf(jid, cycle)}/self/${organ}/evidence/${hash}`,
  /** What follows the publication, of all organs and of one: its results, letter, rectification, appeals, and their files. */
  feedbackList: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/feedback`,
  feedback: feedbackOf,
  letter: (...organ: OfOrgan) => `${feedbackOf(...organ)}/letter`,
  letterIssue: (...organ: OfOrgan) => `${feedbackOf(...organ)}/letter/issue`,
  letterReceive: (...organ: OfOrgan) => `${feedbackOf(...organ)}/letter/receive`,
  rectification: (...organ: OfOrgan) => `${feedbackOf(...organ)}/rectification`,
  rectificationReview: (...organ: OfOrgan) => `${feedbackOf(...organ)}/rectification/review`,
  rectificationPrint: (...organ: OfOrgan) => `${feedbackOf(...organ)}/rectification/print`,
  /** What a lead department reviews, and its files. */
  leadRectification: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/rectification`,
  leadEvidence: (jid: string, cycle: string, organ: string, hash: string) =>
    `${cycleOf(jid, cycle)}/rectification/${organ}/evidence/${hash}`,
  appeals: (...organ: OfOrgan) => `${feedbackOf(...organ)}/appeals`,
  appealDecide: (...organ: OfOrgan) => `${feedbackOf(...organ)}/appeals/decide`,
  feedbackEvidence: (jid: string, cycle: string, organ: string, hash: string) =>
    `${feedbackOf(jid, cycle, organ)}/evidence/${hash}`,
  /** The participation audits of a cycle, and of one survey. */
  audits: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/audits`,
  audit: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/audit`,
  auditDraw: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/audit/draw`,
  auditSample: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/audit/sample.json`,
  auditFindings: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/audit/findings`,
  box: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/box`,
  boxPropose: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/box/propose`,
  boxOpen: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/box/open`,
  boxProgress: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/box/progress`,
  /** Where staff write other people's answers down, and where the office sees for how many. */
  assist: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/assist`,
  assistPhone: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/assist/phone`,
  /** A sheet of paper is begun by its number and code; what was typed from it goes to the other address. */
  assistPaper: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/assist/paper`,
  assistEntry: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/assist/entry`,
  /** The questionnaire as sheets to print. */
  assistSheets: (jid: string, cycle: string, sid: string) => `${deskOf(jid, cycle, sid)}/assist/sheets`,
  /** The description of the interface for programs: for them, and for people. */
  apiDocument: () => patterns.apiDocument,
  apiDocs: () => patterns.apiDocs,
  /** Where a program's refusal says what its code means. */
  problem: (code: string) => `${patterns.problems}#${code}`,
  setup: () => patterns.setup,
  asset: (file: string) => `/assets/${file}`,
} as const

const receiptText = (tag: string, signature: string) => `${fields.tag}=${tag}&${fields.signature}=${signature}`

/** Names of form fields outside the questionnaire. Answers are `q.{organ}.{question}`, `c.{organ}`, `m.{question}`. */
export const fields = {
  eligibility: 'elig',
  requestKey: 'k',
  /** Of a sealed survey: the key that signs this person's ticket. */
  issuer: 'kid',
  channel: 'ch',
  /** Repeated: the organs this response rates. */
  organ: 'o',
  code: 'code',
  /** What a service hall's system has signed to get a link. */
  ask: 'ask',
  reportText: 'text',
  /** Of a live response: the key of the mailbox in which an answer to a low rating is read; `make` where the server makes it. */
  mailbox: 'mailbox',
  /** Of a receipt's address: `none` where an answer was asked for too late. */
  asked: 'asked',
  /** What a complaint is about. */
  kind: 'kind',
  sent: 'sent',
  phone: 'phone',
  oneTimeCode: 'otp',
  proofOfWork: 'altcha',
  /** On POST …/form: `choose` shows the choice of organs again, anything else the long form. Typed answers are kept. */
  show: 'show',
  locale: 'lang',
  size: 'size',
  /** `1`: a device that many use, such as a kiosk in a hall; nothing of anybody stays on it. */
  kiosk: 'kiosk',
  tag: 't',
  signature: 'g',
  /** Of a one-time link for staff. */
  link: 'link',
  /** What proves that the signed-in person is present: a code of the second factor, else the password. */
  confirm: 'confirm',
  receipt: 'receipt',
} as const

/** What a link or form carries on so that language and text size survive without script and without a cookie. */
export type Carried = { locale: string; size?: 'elder' | 'max' | undefined; channel?: string | undefined }

/** `carry('/r', {locale: 'en', size: 'max'})` is `/r?lang=en&size=max`. */
export function carry(path: string, { locale, size, channel }: Carried): string {
  const query = [`${fields.locale}=${locale}`]
  if (size) query.push(`${fields.size}=${size}`)
  if (channel) query.push(`${fields.channel}=${encodeURIComponent(channel)}`)
  return `${path}${path.includes('?') ? '&' : '?'}${query.join('&')}`
}
