import { startCode } from './respond/code.ts'
import { startDone } from './respond/done.ts'
import { startIslands } from './respond/start.ts'

// The script of every page before and after the form: a seventh of the whole, and all that a first view needs.
startIslands({ code: startCode, done: startDone })
