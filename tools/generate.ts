/** node tools/generate.ts: writes every generated file anew. */
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { generators } from './generators.ts'

const root = path.join(import.meta.dirname, '..')
for (const { name, command } of generators) {
  console.log(name)
  execFileSync(process.execPath, [...command], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
}
