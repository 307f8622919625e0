import { showFolded } from './respond/whole.ts'

// At the end of a form of many organs: where its script has not begun, because an engine cannot read it, the form is the
// long one. It must be readable by every engine that runs script at all.
if (document.documentElement.className.indexOf('js') < 0) showFolded()
