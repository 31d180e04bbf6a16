import { spawn } from 'node:child_process'
import path from 'node:path'

export const root = path.join(import.meta.dirname, '../..')

/** One thing that must hold of the repository. */
export interface Check {
  readonly name: string
  /** What to do when it fails. */
  readonly remedy: string
  run(): Promise<Outcome>
}

export interface Outcome {
  readonly ok: boolean
  /** Findings, one a line; notes when ok. */
  readonly lines: readonly string[]
}

/** A check that is a command: ok when it ends with 0. */
export function commandCheck(name: string, remedy: string, command: string, args: readonly string[]): Check {
  return { name, remedy, run: () => runCommand(command, args) }
}

export async function runCommand(command: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1' },
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', (error) => resolve({ ok: false, lines: [`${command} cannot be started: ${error.message}`] }))
    child.on('close', (code) =>
      resolve({
        ok: code === 0,
        lines: Buffer.concat(chunks)
          .toString('utf8')
          .trim()
          .split('\n')
          .filter((line) => line !== ''),
      }),
    )
  })
}

/** A script of an npm package of this repository. */
export function bin(name: string): string {
  return path.join(root, 'node_modules/.bin', name)
}

/** Tracked and new files that git does not ignore, relative to the root. */
export async function sourceFiles(): Promise<readonly string[]> {
  const { ok, lines } = await runCommand('git', [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  ])
  if (!ok) throw new Error(`git ls-files failed: ${lines.join(' ')}`)
  return lines
}
