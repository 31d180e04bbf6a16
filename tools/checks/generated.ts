import { glob, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generators, type Generator } from '../generators.ts'
import { root, runCommand, type Check } from './check.ts'

/** Runs every generator and compares; what it changed is put back. */
export const generated: Check = {
  name: 'generated files',
  remedy: 'Run `npm run generate` and commit what it writes.',
  async run() {
    const lines: string[] = []
    for (const generator of generators) lines.push(...(await differences(generator)))
    return { ok: lines.length === 0, lines }
  },
}

async function differences(generator: Generator): Promise<readonly string[]> {
  const before = await contents(generator.outputs)
  const { ok, lines } = await runCommand(process.execPath, generator.command)
  const after = await contents(generator.outputs)
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  )
  for (const file of changed) await restore(file, before.get(file))
  if (!ok) return [`${generator.name}: ${lines.join('\n')}`]
  return changed.map((file) => `${generator.name}: ${file} is out of date`)
}

async function contents(patterns: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for await (const file of glob(patterns, { cwd: root })) files.set(file, await readFile(path.join(root, file), 'utf8'))
  return files
}

async function restore(file: string, text: string | undefined): Promise<void> {
  if (text === undefined) await rm(path.join(root, file))
  else await writeFile(path.join(root, file), text)
}
