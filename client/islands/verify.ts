import './verify/without-eval.ts'

import { startIslands } from './respond/start.ts'
import { startVerify } from './verify/page.ts'

// The script of the page on which anybody verifies published results; it stands inside the page.
startIslands({ verify: startVerify })
