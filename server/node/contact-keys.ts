import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hex } from '../../surveys/canonical.ts'
import { type ContactKeys, SurveyKeysMissing } from '../keys.ts'
import { destroyFile, makeKeyFolder, readKey, readOrCreate, writeOnce } from './key-files.ts'
import { openText, sealText } from './sealed-text.ts'

/** The contact-data key of a survey as a file in the survey's own folder, made when its first roster is imported. */
export function openContactKeys(folderOf: (survey: string) => string): ContactKeys {
  const keys = new Map<string, Buffer>()
  const hashKeys = new Map<string, Buffer>()
  const pathOf = (survey: string) => join(folderOf(survey), 'contacts.key')
  const markOf = (survey: string) => join(folderOf(survey), 'contacts-destroyed')

  function keyOf(survey: string): Buffer | null {
    const key = keys.get(survey) ?? (existsSync(pathOf(survey)) ? readKey(pathOf(survey)) : null)
    if (key) keys.set(survey, key)
    return key
  }

  return {
    createContactKey(survey) {
      const place = folderOf(survey)
      for (const each of [dirname(dirname(place)), dirname(place), place]) makeKeyFolder(each)
      if (existsSync(markOf(survey))) throw new SurveyKeysMissing(survey, 'contacts')
      keys.set(survey, readOrCreate(pathOf(survey)))
    },
    sealAddressee(survey, id, text) {
      const key = keyOf(survey)
      if (!key) throw new SurveyKeysMissing(survey, 'contacts')
      return sealText(key, contextOf(survey, id), text)
    },
    openAddressee(survey, id, sealed) {
      const key = keyOf(survey)
      return key && openText(key, contextOf(survey, id), sealed)
    },
    listedHash(survey, text) {
      const key = keyOf(survey)
      if (!key) return null
      const own = hashKeys.get(survey) ?? createHmac('sha256', key).update('gp1|listed').digest()
      hashKeys.set(survey, own)
      return new Uint8Array(createHmac('sha256', own).update(`${survey}|${text}`).digest())
    },
    destroyContactKey(survey) {
      hashKeys.delete(survey)
      keys.delete(survey)
      if (!existsSync(pathOf(survey)) && (existsSync(markOf(survey)) || !existsSync(folderOf(survey)))) return false
      if (!existsSync(markOf(survey))) writeOnce(markOf(survey), '')
      // Also a key that was put back from a copy goes.
      if (existsSync(pathOf(survey))) destroyFile(pathOf(survey))
      return true
    },
  }
}

const contextOf = (survey: string, id: Uint8Array) => `gp1|addressee|${survey}|${hex(id)}`
