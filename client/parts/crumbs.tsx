/** Where this page lies; the last step is the page itself. */
export function Crumbs({ label, steps }: { label: string; steps: readonly { text: string; href: string | null }[] }) {
  return (
    <nav class="crumbs" aria-label={label}>
      <ol>
        {steps.map(({ text, href }) => (
          <li key={text}>
            {href === null ? (
              <span aria-current="page">
                <bdi>{text}</bdi>
              </span>
            ) : (
              <a href={href}>
                <bdi>{text}</bdi>
              </a>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}
