import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { environmentRecipe } from './python.ts'

/** Attacks an HTTP API by its OpenAPI description: https://schemathesis.readthedocs.io */
export const schemathesisRecipe = environmentRecipe('schemathesis', 'requirements-schemathesis.txt')

export interface Attack {
  /** Arguments of `schemathesis run`. */
  readonly args: readonly string[]
  /** Settings file, https://schemathesis.readthedocs.io/en/stable/reference/configuration/ */
  readonly config: string
}

/** Runs it to its end; its report, and whether it found nothing. */
export async function runSchemathesis(
  folder: string,
  { args, config }: Attack,
): Promise<{ readonly passed: boolean; readonly report: string }> {
  const program = path.join(folder, 'venv/bin/schemathesis')
  const child = spawn(program, ['--config-file', config, 'run', '--no-color', ...args], {
    cwd: path.dirname(config),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let report = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (report += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { passed: code === 0, report }
}
