import { spawn, type StdioOptions } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { killFamily } from './processes.ts'

export interface Apart {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly stdio: StdioOptions
  readonly cwd?: string
  /** Wall time. After that the program is killed, with everything that it has started. */
  readonly limitMs: number
}

export interface Ended {
  /** Null after a signal, and when the limit ended it. */
  readonly code: number | null
  /** Null when it ended with 0 by itself; else what became of it. */
  readonly trouble: string | null
  /** Commands of processes that it left behind; they have been killed. */
  readonly left: readonly string[]
}

/** Everything that may still be running: a signal to the runner must not leave it behind. */
const running = new Map<number, string>()

/**
 * Runs a program in a process group of its own, with a folder of its own for temporary files, and leaves nothing of it behind. Never waits for
 * a pipe that somebody else holds, nor longer than the limit.
 */
export async function runApart({ command, args, env, stdio, cwd, limitMs }: Apart): Promise<Ended> {
  const temporary = await mkdtemp(path.join(tmpdir(), 'lt-'))
  // PostgreSQL runs as another user when the tests run as root.
  await chmod(temporary, 0o755)
  const child = spawn(command, args, { detached: true, stdio, cwd, env: { ...env, TMPDIR: temporary } })
  const pid = child.pid ?? 0
  if (pid > 0) running.set(pid, temporary)
  const { promise, resolve } = Promise.withResolvers<Omit<Ended, 'left'>>()
  child.once('error', (error) => resolve({ code: null, trouble: `could not be started: ${error.message}` }))
  child.once('exit', (code, signal) =>
    resolve({ code, trouble: code === 0 ? null : `ended with ${code === null ? signal : `code ${code}`}` }),
  )
  const limit = setTimeout(
    () => resolve({ code: null, trouble: `did not end within ${limitMs / 1000} s and was killed` }),
    limitMs,
  )
  const ended = await promise
  clearTimeout(limit)
  const left = pid > 0 ? await killFamily(pid, temporary) : []
  running.delete(pid)
  await rm(temporary, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  return { ...ended, left }
}

/** For the end of the runner itself. */
export async function killRunning(): Promise<void> {
  await Promise.all([...running].map(([pid, temporary]) => killFamily(pid, temporary)))
}
