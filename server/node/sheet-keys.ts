import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SheetKeys } from '../keys.ts'
import { destroyFile, makeKeyFolder, readKey, readOrCreate } from './key-files.ts'
import { openText, sealText } from './sealed-text.ts'

/** The key of a survey's paper sheets as a file in the survey's own folder, made when the first sheet is typed. */
export function openSheetKeys(folderOf: (survey: string) => string): SheetKeys {
  const pathOf = (survey: string) => join(folderOf(survey), 'sheets.key')
  return {
    sealSheet(survey, sheet, text) {
      const place = folderOf(survey)
      for (const each of [dirname(dirname(place)), dirname(place), place]) makeKeyFolder(each)
      return sealText(readOrCreate(pathOf(survey)), contextOf(survey, sheet), text)
    },
    openSheet(survey, sheet, sealed) {
      return existsSync(pathOf(survey)) ? openText(readKey(pathOf(survey)), contextOf(survey, sheet), sealed) : null
    },
    destroySheetKey(survey) {
      if (!existsSync(pathOf(survey))) return false
      destroyFile(pathOf(survey))
      return true
    },
  }
}

const contextOf = (survey: string, sheet: string) => `gp1|sheet|${survey}|${sheet}`
