import { createClient } from '@libsql/client/web'

/** Speaks to a libSQL server over HTTP; each call gives up after three seconds, since the client itself never does. */
export function remoteClient(
  url: string,
  authToken?: string,
  deadlineMs: number = DEADLINE_MS,
): ReturnType<typeof createClient> {
  const fetchInTime = (request: Request) => {
    // The server compresses in tiny pieces: 700 KB of envelopes take it 600 ms so, and 10 ms plain.
    request.headers.set('accept-encoding', 'identity')
    return fetch(request, { signal: AbortSignal.timeout(deadlineMs) })
  }
  return createClient({ url, fetch: fetchInTime, ...(authToken ? { authToken } : {}) })
}

export const DEADLINE_MS = 3_000

/** For work that nobody waits for at a page: filling, opening a box, changing tables. */
export const PATIENT_MS = 60_000
