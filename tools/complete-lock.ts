/**
 * node tools/complete-lock.ts [--check]
 *
 * Adds to package-lock.json the optional packages of other platforms that npm left out. npm does so when it resolves next to an
 * existing node_modules, or when the registry at hand lacks a platform's build; `npm ci` then refuses the lock file everywhere. An added
 * entry has a version and the platform that its name tells, so npm skips it on the others without asking a registry.
 */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { completed, type Lock } from './lock/complete.ts'

const file = path.join(import.meta.dirname, '../package-lock.json')
const lock = JSON.parse(await readFile(file, 'utf8')) as Lock
const { packages, added } = completed(lock)
if (added.length === 0) console.log('package-lock.json names every platform')
else if (process.argv.includes('--check')) {
  for (const name of added) console.log(`package-lock.json lacks ${name}`)
  process.exitCode = 1
} else {
  await writeFile(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
  console.log(`added ${added.length} packages of other platforms`)
}
