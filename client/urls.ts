/**
 * Every path once. `patterns` is what the server registers (Hono syntax), `urls` is what pages link with,
 * `fields` are the names that forms and the server's readers share.
 *
 * No path carries anything about a person: a ticket code travels in the fragment of `/r#CODE` or is typed there.
 */
export const patterns = {
  index: '/',
  code: '/r',
  channel: '/q/:channel',
  start: '/s/:jid/:sid',
  privacy: '/s/:jid/:sid/privacy',
  smsSend: '/s/:jid/:sid/sms/send',
  smsCheck: '/s/:jid/:sid/sms/check',
  form: '/s/:jid/:sid/form',
  answer: '/s/:jid/:sid/answer',
  done: '/s/:jid/:sid/done',
  openChallenge: '/s/:jid/:sid/open/challenge',
  open: '/s/:jid/:sid/open',
  results: '/results/:jid/:cycle',
  manifest: '/m/:hash{[0-9a-f]{64}\\.json}',
  method: '/method',
  office: '/office',
  signIn: '/office/sign-in',
  signOut: '/office/sign-out',
  dashboard: '/office/:jid/:cycle',
  organScores: '/office/:jid/:cycle/organs/:organ',
  scoresCsv: '/office/:jid/:cycle/scores.csv',
  population: '/office/:jid/:cycle/population',
  populationCsv: '/office/:jid/:cycle/population.csv',
  screening: '/office/:jid/:cycle/screening',
  screeningPropose: '/office/:jid/:cycle/screening/propose',
  screeningDecide: '/office/:jid/:cycle/screening/decide',
  setup: '/setup',
  health: '/healthz',
  ready: '/readyz',
  metrics: '/metrics',
  asset: '/assets/:file',
} as const

// Codes are lower-case letters, digits and hyphens, so they need no escaping inside a path.
const survey = (jid: string, sid: string) => `/s/${jid}/${sid}`
const cycleOf = (jid: string, cycle: string) => `/office/${jid}/${cycle}`

export const urls = {
  index: () => patterns.index,
  code: () => patterns.code,
  channel: (channel: string) => `/q/${channel}`,
  start: survey,
  privacy: (jid: string, sid: string) => `${survey(jid, sid)}/privacy`,
  smsSend: (jid: string, sid: string) => `${survey(jid, sid)}/sms/send`,
  smsCheck: (jid: string, sid: string) => `${survey(jid, sid)}/sms/check`,
  form: (jid: string, sid: string) => `${survey(jid, sid)}/form`,
  answer: (jid: string, sid: string) => `${survey(jid, sid)}/answer`,
  /** `tag` and `signature` are the receipt; a tag is no ticket, and query strings are never logged. */
  done: (jid: string, sid: string, tag: string, signature: string) =>
    `${survey(jid, sid)}/done?t=${encodeURIComponent(tag)}&g=${encodeURIComponent(signature)}`,
  openChallenge: (jid: string, sid: string) => `${survey(jid, sid)}/open/challenge`,
  open: (jid: string, sid: string) => `${survey(jid, sid)}/open`,
  results: (jid: string, cycle: string) => `/results/${jid}/${cycle}`,
  manifest: (hash: string) => `/m/${hash}.json`,
  method: () => patterns.method,
  office: () => patterns.office,
  signIn: () => patterns.signIn,
  signOut: () => patterns.signOut,
  dashboard: cycleOf,
  organScores: (jid: string, cycle: string, organ: string) => `${cycleOf(jid, cycle)}/organs/${organ}`,
  scoresCsv: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/scores.csv`,
  population: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/population`,
  populationCsv: (jid: string, cycle: string, sid: string) => `${cycleOf(jid, cycle)}/population.csv?survey=${sid}`,
  screening: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/screening`,
  screeningPropose: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/screening/propose`,
  screeningDecide: (jid: string, cycle: string) => `${cycleOf(jid, cycle)}/screening/decide`,
  setup: () => patterns.setup,
  asset: (file: string) => `/assets/${file}`,
} as const

/** Names of form fields outside the questionnaire. Answers are `q.{organ}.{question}`, `c.{organ}`, `m.{question}`. */
export const fields = {
  eligibility: 'elig',
  requestKey: 'k',
  channel: 'ch',
  /** Repeated: the organs this response rates. */
  organ: 'o',
  code: 'code',
  phone: 'phone',
  oneTimeCode: 'otp',
  proofOfWork: 'altcha',
  /** On POST …/form: `choose` shows the choice of organs again, anything else the long form. Typed answers are kept. */
  show: 'show',
  locale: 'lang',
  size: 'size',
  tag: 't',
  signature: 'g',
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
