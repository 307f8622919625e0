/** Security headers: one set for every answer, errors included. */
export type Face = 'respond' | 'results' | 'office' | 'data'

export interface ContentSources {
  /** Hashes ('sha256-…') of inlined texts, or one 'nonce-…'. */
  scripts: readonly string[]
  styles: readonly string[]
}

const constants: readonly (readonly [string, string])[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=()'],
]

/** The policy against injected content. Respondent and public pages carry hashes so that their bytes can be cached. */
export function contentSecurityPolicy(sources: ContentSources): string {
  const scripts = ["'self'", ...sources.scripts].join(' ')
  const styles = ["'self'", ...sources.styles].join(' ')
  return [
    "default-src 'none'",
    `script-src ${scripts}`,
    `style-src ${styles}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types gongping',
  ].join('; ')
}

/**
 * The policy of a page that holds a frame of our own, or of one that stands in such a frame and there can neither run code
 * nor send anything.
 */
export function framed(policy: string, frame: 'holds' | 'within'): string {
  if (frame === 'holds') return `${policy}; frame-src 'self'`
  return `${policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")}; sandbox`
}

/** The headers of a page that these other sites may show in a frame. */
export function framedBy(headers: Headers, origins: readonly string[]): Headers {
  const policy = headers.get('Content-Security-Policy') ?? ''
  headers.set(
    'Content-Security-Policy',
    policy.replace("frame-ancestors 'none'", `frame-ancestors ${origins.join(' ')}`),
  )
  // It knows no list of sites, and would refuse them all.
  headers.delete('X-Frame-Options')
  return headers
}

const nothing = contentSecurityPolicy({ scripts: [], styles: [] })

/**
 * All headers of one answer. Staff pages say `same-origin`: under `no-referrer` a form of our own origin would post
 * with `Origin: null` and could not be told from a foreign one.
 */
export function securityHeaders(face: Face, https: boolean, policy: string = nothing): Record<string, string> {
  const headers: Record<string, string> = {
    'Content-Security-Policy': policy,
    'Referrer-Policy': face === 'office' ? 'same-origin' : 'no-referrer',
    'Cache-Control': 'no-store',
  }
  for (const [name, value] of constants) headers[name] = value
  if (https) headers['Strict-Transport-Security'] = 'max-age=31536000'
  return headers
}
