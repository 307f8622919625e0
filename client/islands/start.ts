import { startCode } from './respond/code.ts'
import { startDone } from './respond/done.ts'
import { dropLateDrafts } from './respond/draft.ts'
import { startIslands } from './respond/start.ts'
import { startUnsubscribe } from './respond/unsubscribe.ts'
import { startWaiting } from './respond/wait.ts'

// The script of every page without a form of answers: a fifth of the form's, and all that a first view needs.
dropLateDrafts()
startIslands({ code: startCode, done: startDone, unsubscribe: startUnsubscribe })
startWaiting()
