import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DemoFolder } from './demo-folder.ts'
import type { DemoSettings } from './demo-settings.ts'
import { UsageError } from '../usage-error.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
/** Installing the locked packages on a fresh clone is part of the start. */
const readyWithinMs = 120_000
/** The server promises to end within 10 s of SIGTERM. */
const endWithinMs = 15_000

/** A server of its own for the demo: own data folder, and of the caller's settings those of `demoSettings`. */
export class DemoServer implements AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Set when the server is ready. */
  service_key = ''
  readonly #child: ChildProcess
  readonly #folder: DemoFolder
  #kept = false

  private constructor(child: ChildProcess, url: string, folder: DemoFolder) {
    this.#child = child
    this.#folder = folder
    this.url = url
    this.pid = child.pid ?? 0
  }

  /** Starts it and waits until it is ready. Throws with the end of its log when it ends before. */
  static async start(folder: DemoFolder, settings: DemoSettings, signal: AbortSignal): Promise<DemoServer> {
    const port = await portFor(settings)
    // The first start prints the service key.
    const log = await open(folder.serverLog, 'a', 0o600)
    // A process group of its own: Ctrl-C in the terminal reaches the demo only, which then stops the server in order.
    const child = spawn(join(repository, 'leat'), ['start'], {
      cwd: folder.root,
      env: serverEnvironment(settings, folder, port),
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    })
    // Listen before the next wait: the event comes once.
    const spawned = once(child, 'spawn')
    await Promise.all([spawned, log.close()])
    const server = new DemoServer(child, `http://${settings.host}:${port}/api`, folder)
    try {
      await writeFile(folder.pidFile, String(server.pid))
      await server.#ready(signal)
      server.service_key = (await readFile(join(folder.data, 'service-key'), 'utf8')).trim()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Lets it run on after the demo. */
  keep(): void {
    this.#kept = true
    this.#child.unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#kept) return
    if (this.#running) {
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await Promise.race([ended, pause(endWithinMs, undefined, { ref: false })])
    }
    // Whatever it left behind, should it have died or been stopped too late to clean up.
    signal(-this.pid, 'SIGKILL')
    await stopLeftDatabase(this.#folder.data)
    await rm(this.#folder.pidFile, { force: true })
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + readyWithinMs
    const health = new URL('/health/ready', this.url)
    for (;;) {
      signal.throwIfAborted()
      if (!this.#running) throw new Error(`The server ended before it was ready.\n${await this.#logTail()}`)
      const response = await fetch(health, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) }).catch(
        () => undefined,
      )
      if (response?.ok) return
      if (Date.now() > deadline)
        throw new Error(`The server was not ready within ${readyWithinMs / 1000} s.\n${await this.#logTail()}`)
      await pause(50, undefined, { signal })
    }
  }

  async #logTail(): Promise<string> {
    const text = await readFile(this.#folder.serverLog, 'utf8').catch(() => '')
    return `The end of ${this.#folder.serverLog}:\n${text.trimEnd().split('\n').slice(-15).join('\n')}`
  }
}

function serverEnvironment({ env }: DemoSettings, folder: DemoFolder, port: number): NodeJS.ProcessEnv {
  return {
    ...env,
    LEAT_DATA: folder.data,
    LEAT_PORT: String(port),
    LEAT_LOCAL_FOLDERS: folder.root,
    LEAT_LOG: 'json',
  }
}

/** The port that was asked for, or any. Whoever answers there already would be taken for the demo's own server. */
async function portFor({ port: wanted }: DemoSettings): Promise<number> {
  const probe = createServer()
  probe.listen(wanted ?? 0, '127.0.0.1')
  await once(probe, 'listening').catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UsageError(
      `LEAT_PORT "${wanted}" cannot be used (${reason}). Choose another port, or leave it out for any free one.`,
    )
  })
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** The built-in PostgreSQL runs in a session of its own; it removes its pid file (line 1: process, line 2: folder) when it ends. */
async function stopLeftDatabase(data: string): Promise<void> {
  const cluster = join(data, 'postgres', 'cluster')
  const [pid, folder] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  if (folder === cluster && Number(pid) > 1) signal(Number(pid), 'SIGINT')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Nobody is left.
  }
}
