/** Invented people of the demonstration; a start under any public address refuses to have them. */
export const demoAccounts = [
  { role: 'office_admin', email: 'office@demo.example', password: 'gongping-demo-1' },
  { role: 'office_admin', email: 'second@demo.example', password: 'gongping-demo-2' },
  { role: 'analyst', email: 'analyst@demo.example', password: 'gongping-demo-3' },
  { role: 'auditor', email: 'auditor@demo.example', password: 'gongping-demo-4' },
  { role: 'platform_admin', email: 'platform@demo.example', password: 'gongping-demo-5' },
  { role: 'interviewer', email: 'interviewer@demo.example', password: 'gongping-demo-6' },
  { role: 'interviewer', email: 'interviewer2@demo.example', password: 'gongping-demo-7' },
  { role: 'organ_officer', email: 'organ@demo.example', password: 'gongping-demo-8' },
] as const

/** Those of them who score for a lead department. */
export const demoReviewers = [
  { role: 'reviewer', email: 'reviewer@demo.example', password: 'gongping-demo-9' },
  { role: 'reviewer', email: 'reviewer2@demo.example', password: 'gongping-demo-10' },
] as const
