import { startChoose } from './respond/choose.ts'
import { startIslands } from './respond/start.ts'
import { startWaiting } from './respond/wait.ts'

// The script of the page on which citizens choose organs.
startIslands({ choose: startChoose })
startWaiting()
