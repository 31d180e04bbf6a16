import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

export interface RunningServer {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/**
 * The server runs under a shell that ends it when our end of a pipe closes. That happens however this process ends, by
 * SIGKILL too, so no test leaves a server behind.
 */
const leash = `exec 3<&0; "$@" </dev/null & server=$!; (cat <&3 >/dev/null; kill $server 2>/dev/null) & wait $server`

const startWithinMs = 30_000
const attempts = 5

/** Starts a server on a free port of 127.0.0.1 and waits until it answers HTTP. Another port is tried when it was taken meanwhile. */
export async function startServer(commandFor: (port: number) => ServerCommand): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const { command, args, env } = commandFor(port)
    const child = spawn('sh', ['-c', leash, 'leash', command, ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    let errors = ''
    child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)))
    child.stdin?.on('error', () => undefined)
    if (await isReady(child, port)) return { port, pid: child.pid ?? 0, stop: () => stop(child) }
    await stop(child)
    if (attempt === attempts) throw new Error(`${command} did not start:\n${errors.trim()}`)
  }
}

async function isReady(child: ChildProcess, port: number): Promise<boolean> {
  const until = Date.now() + startWithinMs
  while (Date.now() < until && child.exitCode === null) {
    const answered = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.arrayBuffer().then(() => true),
      () => false,
    )
    if (answered) return child.exitCode === null
    await delay(30)
  }
  return false
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.stdin?.end()
  await ended
}

async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
