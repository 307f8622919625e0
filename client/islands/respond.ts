import { startChoose } from './respond/choose.ts'
import { startCode } from './respond/code.ts'
import { startDone } from './respond/done.ts'
import { startForm } from './respond/form.ts'
import { startIslands } from './respond/start.ts'

// The respondent's script: one for all pages, inlined, for engines of 2018. It only adds; no page needs it.
startIslands({ code: startCode, choose: startChoose, form: startForm, done: startDone })
