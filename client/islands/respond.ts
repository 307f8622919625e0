import { startForm } from './respond/form.ts'
import { startIslands } from './respond/start.ts'

// The script of the form, inlined, for engines of 2018. It only adds; no page needs it.
startIslands({ form: startForm })
