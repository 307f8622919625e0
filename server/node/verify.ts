import { failureText } from './failure-text.ts'
import { verify } from './verify-command.ts'

// `npm run verify -- DIR|URL`, for whoever checks published results; the start script hands on its own words too.

const words = process.argv.slice(2).filter((word, at, all) => word !== '--run' && all[at - 1] !== '--run')

verify(words, 'en').then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`verify has failed: ${failureText(error)}\n`)
    process.exitCode = 2
  },
)
