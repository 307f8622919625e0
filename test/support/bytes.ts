import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'

/**
 * Where any of these texts stands in the files below a folder, packed backups unpacked: the database and its log of writes,
 * keys, publications. Each find is `file text`.
 */
export async function findTexts(folder: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const finds = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file)
      const plain = file.endsWith('.gz') ? gunzipSync(bytes) : bytes
      return texts.filter((text) => plain.includes(text)).map((text) => `${relative(folder, file)} ${text}`)
    }),
  )
  return finds.flat().sort()
}
