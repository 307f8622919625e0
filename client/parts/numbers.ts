/** A number with its thousands apart; decimals stay as they are: grouped(12345) // '12,345', grouped('1208.0') // '1,208.0' */
export const grouped = (value: number | string): string =>
  String(value).replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','))

/** How many decimals the longest of these numbers has: decimalsOf(['35', '26.7225']) // 4 */
export const decimalsOf = (values: readonly string[]): number =>
  Math.max(0, ...values.map((value) => value.split('.')[1]?.length ?? 0))

/** A percentage with one decimal, as read: what is not nothing never reads as nothing. shareText('0.0', 4) // '<0.1' */
export const shareText = (percent: string, part: number): string =>
  part > 0 && Number(percent) === 0 ? '<0.1' : percent
