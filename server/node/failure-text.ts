/** What has failed, and what that came from: a failed query says only in its cause what was wrong. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  return cause === undefined ? message : `${message}: ${failureText(cause)}`
}
