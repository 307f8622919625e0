import { startForm } from './respond/form.ts'
import { createLeaders, unfold } from './respond/leaders.ts'
import { startIslands } from './respond/start.ts'
import { showFolded } from './respond/whole.ts'

// The script of a form of many organs, inlined, for engines of 2018: the form, and cards, list, table and keys.
startIslands({
  form: (form) => {
    try {
      startForm(form, { unfold, create: createLeaders })
    } catch (error) {
      showFolded()
      throw error
    }
  },
})
