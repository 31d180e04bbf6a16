import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Recipe } from './cache.ts'
import { runCommand } from './run-command.ts'
import { startServer } from './start-server.ts'

/** A virtual environment with what the Python tests import; the packages are pinned in requirements.txt. */
export const pythonRecipe: Recipe = environmentRecipe('python', 'requirements.txt')

/** AWS services for tests of logins: https://docs.getmoto.org */
export const motoRecipe: Recipe = environmentRecipe('moto', 'requirements-moto.txt')

/** Other tools to be timed beside Leat: dlt and Sling. */
export const rivalsRecipe: Recipe = environmentRecipe('rivals', 'requirements-rivals.txt')

/** The interpreter of an installed environment. */
export function pythonIn(folder: string): string {
  return path.join(folder, 'venv/bin/python')
}

export interface AwsServer {
  readonly endpoint: string
  stop(): Promise<void>
}

export async function startMoto(folder: string): Promise<AwsServer> {
  const server = await startServer((port) => ({
    command: pythonIn(folder),
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
  }))
  return { endpoint: `http://127.0.0.1:${server.port}`, stop: server.stop }
}

/** A virtual environment with the packages of a list beside this file. */
export function environmentRecipe(name: string, requirements: string): Recipe {
  const list = path.join(import.meta.dirname, requirements)
  const text = readFileSync(list, 'utf8')
  const packages = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return {
    name,
    stamp: `${packages.join(', ')}\n${createHash('sha256').update(text).digest('hex')}`,
    async install(folder, say) {
      await runCommand('python3', ['-m', 'venv', path.join(folder, 'venv')])
      say(`${name}: downloading ${packages.length} packages`)
      const options = ['--disable-pip-version-check', '--no-input', '--only-binary', ':all:', '-q', '-r', list]
      await runCommand(pythonIn(folder), ['-m', 'pip', 'install', ...options])
    },
  }
}
