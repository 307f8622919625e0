/** Whether something can be sealed to these bytes: an uncompressed point that lies on the curve P-256. */
export async function isSealingKey(pk: Uint8Array): Promise<boolean> {
  if (pk.length !== 65 || pk[0] !== 4) return false
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(pk), { name: 'ECDH', namedCurve: 'P-256' }, true, [])
    return true
  } catch {
    return false
  }
}
