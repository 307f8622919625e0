import { join } from 'node:path'
import { build, type Rolldown } from 'vite'

const root = join(import.meta.dirname, '../..')

/** One source file with all that it imports, as a module or as a script that sets `name`; nothing is written. */
export async function bundle(file: string, format: { module: true } | { name: string }): Promise<string> {
  const isModule = 'module' in format
  const built = await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2020',
      lib: { entry: join(root, file), formats: [isModule ? 'es' : 'iife'], name: isModule ? '' : format.name },
    },
  })
  const [first] = [built].flat() as Rolldown.RolldownOutput[]
  return first!.output[0].code
}
