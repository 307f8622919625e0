/**
 * Whole numbers as few bytes: seven bits per byte, the lowest first, the high bit saying that more follow (unsigned
 * LEB128). Small counts, which most are, take one or two bytes.
 */

/** The numbers one after the other; throws, in the caller's name, for what is not a whole number from 0 on. */
export function pack(caller: string, values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * values.length)
  let length = 0
  for (let value of values) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${caller} needs whole numbers from 0 on`)
    // Division, not shifts: sums of squares outgrow 32 bits.
    while (value >= 128) {
      bytes[length++] = (value % 128) + 128
      value = Math.floor(value / 128)
    }
    bytes[length++] = value
  }
  return bytes.slice(0, length)
}

/** Reads exactly `count` numbers back; throws, in the caller's name, where the bytes hold anything else. */
export function unpack(caller: string, bytes: Uint8Array, count: number): number[] {
  const values: number[] = []
  let value = 0
  let place = 1
  for (const byte of bytes) {
    value += (byte % 128) * place
    place *= 128
    if (byte >= 128) continue
    if (!Number.isSafeInteger(value)) break
    values.push(value)
    value = 0
    place = 1
  }
  if (values.length !== count || place !== 1) throw new RangeError(`${caller} needs bytes packed for these questions`)
  return values
}
