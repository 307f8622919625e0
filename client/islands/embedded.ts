// Inside the frame on another site: says how high the page is, and nothing else.

const tell = () => {
  const end = document.querySelector('main')
  if (end && parent !== window) parent.postMessage({ gongping: end.getBoundingClientRect().bottom + scrollY + 16 }, '*')
}
addEventListener('load', tell)
addEventListener('resize', tell)
