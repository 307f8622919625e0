import type { ReportMessages } from './reports.ts'

export const reportsEn: ReportMessages = {
  reportLink: 'Somebody asked me for a good rating',
  reportTitle: 'Report a request for a good rating',
  reportIntro:
    'If somebody told you or hinted to you what to choose, watched you choose, or wanted to see your answers, tell us here. It does not affect your rating.',
  reportOrgan: 'Which agency',
  reportChoose: 'Choose',
  reportOrganRequired: 'Choose an agency',
  reportText: 'What happened (optional)',
  reportTextHint: 'At most 500 characters. Please do not give your own name, phone or ID number.',
  reportTextLong: 'The text has more than 500 characters; please shorten it',
  reportTextBad: 'The text has characters that cannot be stored; remove them and try again',
  reportStored:
    'Stored are only the agency, the date (no time) and what you write. Your rating, your code, your phone and your network address are not; the report is kept apart from answers and shares no number with them. The network operator’s access log (address, time) is kept separately, as the law requires.',
  reportReaders:
    'The survey office can read this; the agency concerned cannot. The text is deleted 30 days after the results are published; only the number stays.',
  reportReply: 'No contact is kept, so nobody can reply to you here. For a reply, call {phone}.',
  reportSend: 'Send report',
  reportDoneTitle: 'We have your report',
  reportDoneText: 'Thank you. Please still rate as you see fit.',
}
