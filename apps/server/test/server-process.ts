import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface ExitedProcess {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** `leat start` or `leat worker` as a process of its own. */
export class ServerProcess {
  readonly child: ChildProcess
  readonly exited: Promise<ExitedProcess>
  readonly #lines: Record<string, unknown>[] = []
  readonly #waiting = new Set<() => void>()
  /** Called with every log line. */
  onLine: (line: Record<string, unknown>) => void = () => undefined
  stderr = ''
  stdout = ''

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [program, ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        LEAT_LOG: 'debug',
        LEAT_HOST: '127.0.0.1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      this.#notify()
      return { code: code as number | null, signal: signal as NodeJS.Signals | null }
    })
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    let rest = ''
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString()
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('{')) continue
        const parsed = JSON.parse(line) as Record<string, unknown>
        this.#lines.push(parsed)
        this.onLine(parsed)
      }
      this.#notify()
    })
  }

  /** The first log line with this event (after `from` lines), or an error with everything that was said when the process ends without it. */
  async said(event: string, from = 0): Promise<Record<string, unknown>> {
    for (;;) {
      const line = this.#lines.slice(from).find((one) => one['event'] === event)
      if (line) return line
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`the process ended before "${event}":\n${this.stderr}`)
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      await promise
    }
  }

  get lines(): number {
    return this.#lines.length
  }

  async address(): Promise<string> {
    return String((await this.said('server ready'))['address'])
  }

  /** Process ids of its workers. */
  async workers(): Promise<number[]> {
    const children = await childrenOf(this.child.pid!)
    const commands = await Promise.all(children.map(commandOf))
    return children.filter((_, index) => commands[index]?.includes('worker-main'))
  }

  async end(signal: NodeJS.Signals): Promise<ExitedProcess> {
    this.child.kill(signal)
    return this.exited
  }

  /** The one line with which it ended, when it could not start. */
  async refusal(): Promise<string> {
    const { code } = await this.exited
    const lines = this.stderr.split('\n').filter((text) => text !== '' && !text.startsWith('{'))
    if (code !== 1 || lines.length !== 1) throw new Error(`it ended with ${code} and said:\n${this.stderr}`)
    return lines[0]!
  }

  #notify(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** Processes whose parent is `pid` (Linux). */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map(Number)
}

export async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
}

/** False for one that ended and whose parent has not asked yet. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

export async function postmasterPid(data: string): Promise<number | null> {
  const text = await readFile(join(data, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').catch(() => null)
  return text === null ? null : Number(text.split('\n')[0])
}

/** The port that the built-in PostgreSQL of a data folder listens on; null while it is down. */
export async function postmasterPort(data: string): Promise<number | null> {
  const text = await readFile(join(data, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').catch(() => null)
  const port = Number(text?.split('\n')[3])
  return Number.isInteger(port) && port > 0 ? port : null
}
