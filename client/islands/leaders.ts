import { createLeaders, type LeadersForm, rotate } from './respond/leaders.ts'

// What only a form of many organs needs: cards with a place, the list, the table, keys. Nobody else loads it.
const form = document.querySelector<LeadersForm>('form[data-kind="each"]')
if (form) form.leaders = { rotate, create: createLeaders }
