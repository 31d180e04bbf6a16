import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'

/** A Leat server with its workers in processes of their own, as a user would start it. */
export interface Platform extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/api` */
  readonly url: string
  readonly serviceKey: string
  readonly data: string
  readonly process: ChildProcess
  /** Process ids of the workers. */
  workers(): Promise<readonly number[]>
  stop(): Promise<void>
}

export interface PlatformOptions {
  /** Data folder; a temporary one that is removed at the end unless given. */
  readonly data?: string
  readonly env?: Readonly<Record<string, string>>
}

const root = path.resolve(import.meta.dirname, '..')
/** Settings of the person who runs this must not leak in. */
const foreign = [
  'NEXLA_SERVICE_KEY',
  'NEXLA_ACCESS_TOKEN',
  'NEXLA_API_URL',
  'DATABASE_URL',
  'LEAT_STORE',
  'LEAT_DATA',
  'LEAT_MASTER_KEY',
]

export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const data = options.data ?? (await mkdtemp(path.join(os.tmpdir(), 'leat-platform-')))
  const port = await freePort()
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.includes(name)))
  const child = spawn(path.join(root, 'leat'), ['start'], {
    env: { ...inherited, LEAT_DATA: data, LEAT_PORT: String(port), LEAT_LOG: 'json', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(path.join(data, 'server.log'))
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const base = `http://127.0.0.1:${port}`
  await ready(base, child, path.join(data, 'server.log'))
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
    log.end()
    if (options.data === undefined) await rm(data, { recursive: true, force: true })
  }
  return {
    url: `${base}/api`,
    serviceKey: (await readFile(path.join(data, 'service-key'), 'utf8')).trim(),
    data,
    process: child,
    workers: () => childrenOf(child.pid ?? 0, 'worker-main'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function ready(base: string, child: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`leat ended with ${child.exitCode}:\n${(await readFile(log, 'utf8')).slice(-4000)}`)
    const answer = await fetch(`${base}/health/ready`).catch(() => null)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`leat was not ready within 60 s:\n${(await readFile(log, 'utf8')).slice(-4000)}`)
}

/** Descendants of a process whose command line names `what` (Linux). */
async function childrenOf(pid: number, what: string): Promise<readonly number[]> {
  const parents = new Map<number, number>()
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    if (parent > 0) parents.set(Number(entry), parent)
  }
  const descends = (child: number): boolean => {
    for (let at: number | undefined = child; at !== undefined; at = parents.get(at)) if (at === pid) return true
    return false
  }
  const found: number[] = []
  for (const candidate of parents.keys()) {
    const command = await readFile(`/proc/${candidate}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(what) && descends(candidate)) found.push(candidate)
  }
  return found
}
