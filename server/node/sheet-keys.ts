import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SheetKeys } from '../keys.ts'
import { destroyFile, makeKeyFolder, readKey, readOrCreate } from './key-files.ts'

/** The key of a survey's paper sheets as a file in the survey's own folder, made when the first sheet is typed. */
export function openSheetKeys(folderOf: (survey: string) => string): SheetKeys {
  const pathOf = (survey: string) => join(folderOf(survey), 'sheets.key')
  return {
    sealSheet(survey, sheet, text) {
      const place = folderOf(survey)
      for (const each of [dirname(dirname(place)), dirname(place), place]) makeKeyFolder(each)
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', readOrCreate(pathOf(survey)), iv).setAAD(contextOf(survey, sheet))
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },
    openSheet(survey, sheet, sealed) {
      if (sealed.length < 12 + 16 || !existsSync(pathOf(survey))) return null
      const bytes = Buffer.from(sealed)
      const decipher = createDecipheriv('aes-256-gcm', readKey(pathOf(survey)), bytes.subarray(0, 12))
      decipher.setAAD(contextOf(survey, sheet)).setAuthTag(bytes.subarray(bytes.length - 16))
      try {
        return decipher.update(bytes.subarray(12, bytes.length - 16), undefined, 'utf8') + decipher.final('utf8')
      } catch {
        return null
      }
    },
    destroySheetKey(survey) {
      if (!existsSync(pathOf(survey))) return false
      destroyFile(pathOf(survey))
      return true
    },
  }
}

const contextOf = (survey: string, sheet: string) => Buffer.from(`gp1|sheet|${survey}|${sheet}`)
