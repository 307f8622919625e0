/** One sentence in bold and what more there is to say, each a paragraph. */
export function lines(sentence: string, more: string): HTMLParagraphElement[] {
  const strong = document.createElement('strong')
  strong.textContent = sentence
  return [strong, ...(more ? [more] : [])].map((line) => {
    const paragraph = document.createElement('p')
    paragraph.append(line)
    return paragraph
  })
}
