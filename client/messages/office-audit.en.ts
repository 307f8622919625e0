import type { AuditMessages } from './office-audit.zh-CN.ts'

export const auditEn: AuditMessages = {
  navAudits: 'Participation audit',
  auditsTitle: '{cycle}: participation audit',
  auditsIntro:
    'After the close some entries of the roll are drawn by a public seed. The auditor asks these people only whether they took part.',
  auditsNone: 'This cycle has no survey of the public.',
  survey: 'Survey',
  standing: 'Progress',
  stands_no_key: 'No audit is held',
  stands_before_close: 'Waiting for the close',
  stands_to_draw: 'To be drawn',
  stands_gone: 'The roll is destroyed',
  stands_drawn: 'Drawn, no findings yet',
  stands_found: 'Findings recorded',

  auditTitle: 'Participation audit: {survey}',
  auditIntro:
    'The audit finds invented people on the roll. The auditor asks only whether they took part, never how they rated; nor does the roll know it. If one entry in 100 is invented, 300 people who were asked show at least one with a probability of 95.1%.',
  backToSurvey: 'Back to the survey',
  auditNoKey:
    'This survey has no key of an auditor, so no contacts are kept and no audit is held. The results page says so.',
  auditBeforeClose: 'A sample is drawn after the survey has closed. Announce the seed after the close, not before.',
  auditGone: 'The roll and the contacts are destroyed: nothing can be drawn any more.',
  contactKeyPrint: 'Fingerprint of the auditor’s key',

  drawHeading: 'Draw',
  drawText:
    'Enter the seed that was announced in public after the close: words that nobody could know before and everybody can look up later, such as the lottery numbers of a day that was named in advance. It is drawn once and cannot be changed.',
  seed: 'Public seed',
  seedHint: '{shortest} to {longest} characters in one line, without a vertical bar. Exactly as announced.',
  size: 'Entries to draw',
  sizeHint: '1 to {largest}, usually {usual}. A shorter roll is drawn as a whole.',
  draw: 'Draw',
  drawnHeading: 'What was drawn',
  drawnAt: 'Drawn',
  rolled: 'Entries of the roll',
  drawn: 'Drawn entries',
  ofWanted: '{drawn} (wanted {size})',
  withoutContact: 'Without a contact',
  rule: 'How: of each entry of the roll the SHA-256 of gp1|audit|{survey}|seed|code of the entry is taken, and the smallest are drawn. Whoever has the roll can draw them again.',

  sampleHeading: 'Sample',
  sampleText:
    'The file holds the codes that were drawn and their encrypted contacts. Open it with the auditor’s key on a computer without a network: npm run gongping -- audit open --key KEYFILE SAMPLE. Destroy it after use. Each download is recorded in the audit.',
  download: 'Download the sample (JSON)',
  sampleGone: 'The roll and the contacts are destroyed: the sample cannot be downloaded any more.',

  findingsHeading: 'Findings',
  findingsText:
    'The four numbers make the {drawn} entries that were drawn; the {withoutContact} without a contact are counted already. A contact that does not open counts as not reached. Findings may be changed until the publication, and each change is recorded in the audit.',
  confirmed: 'Confirmed that they took part',
  denied: 'Say that they did not take part',
  notReached: 'Not reached',
  countHint: 'People; 0 where there are none',
  record: 'Record the findings',
  recordAgain: 'Change the findings',
  findingsNone: 'The auditor has not recorded findings yet.',
  findingsAt: 'Recorded',
  findingsFixed: 'The results are published: findings cannot be changed any more.',
  findingsLate: 'No findings were recorded before the publication, and none can be recorded now.',
  certainty:
    '{reached} {reached:person|people} {reached:was|were} reached. If one entry in 100 is invented, at least one of them would be found with a probability of {percent}%.',

  done_drawn: 'Drawn. The auditor can download the sample now.',
  done_found: 'The findings are recorded.',
  problemSeed: 'Seed: {shortest} to {longest} characters in one line, no vertical bar and none that is invisible',
  problemSize: 'Entries to draw: a whole number from 1 to {largest}',
  problemEmpty: 'The roll is empty: there is nothing to draw.',
  problemCount: '{what}: enter 0 or a positive whole number',
  problemSum:
    'The numbers do not add up: {confirmed} + {denied} + {notReached} + {withoutContact} without a contact = {sum}, and {drawn} were drawn',
  problemChanged: 'Things have changed, so nothing was saved. This page shows how they are now.',

  contactKeyHeading: 'The auditor’s key (participation audit)',
  contactKeyText:
    'The auditor runs npm run gongping -- audit key {survey} --out KEYFILE on a computer of their own and gives the office the public key that it shows. Phone numbers of participants are kept encrypted to it, so that only the auditor can open them. Without a key no contacts are kept, no audit is held, and the pages say so.',
  contactKeyNone: 'There is no key of an auditor: no contacts are kept and no audit is held.',
  contactKeySet: 'The auditor’s key is set. Fingerprint:',
  contactKeyFixed: 'The survey is not in preparation: the key cannot be changed any more.',
  contactKeyField: 'Public key',
  contactKeyHint: '87 characters. Save it empty to hold no audit.',
  contactKeySave: 'Save the key',
  problemContactKey: 'Public key: this is no point of the curve P-256. Compare it with the auditor and paste all of it',
}
