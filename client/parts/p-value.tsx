/** A p-value as people write it: '0.003', and '1.3e-9' as 1.3 × 10⁻⁹. */
export function PValue({ text }: { text: string }) {
  const [digits, exponent] = text.split('e-')
  if (exponent === undefined) return <span class="num">{text}</span>
  return (
    <span class="num together">
      {`${digits} × 10`}
      <sup>{`−${exponent}`}</sup>
    </span>
  )
}
