/**
 * An answer that may be a refusal.
 *
 * When people do something the rules do not allow, the program does not fail: it returns the named reason, and the
 * page says it in words. A function that may refuse therefore returns either `ok` with a value or an error with a code.
 */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

/** A result that succeeded. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** A result that was refused; `error` is the reason's code or the list of problems. */
export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}
