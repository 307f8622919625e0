/** A definition from the tables: it was checked when it was saved, so one that does not parse is a broken database. */
export function readStored<T>(
  result: { ok: true; value: T } | { ok: false; error: readonly { path: string; message: string }[] },
): T {
  if (result.ok) return result.value
  throw new Error(`a stored definition cannot be read: ${result.error[0]?.path} ${result.error[0]?.message}`)
}
