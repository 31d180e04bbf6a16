import { enableCompileCache } from 'node:module'
import { toFault } from '@leat/connector-kit'
import type { Log } from '@leat/engine'
import { compileCacheFolder } from './compile-cache.ts'
import { openLog } from './log.ts'
import { readSettings, type Settings } from './settings.ts'
import type { RunningServer } from './start-server.ts'

enableCompileCache(compileCacheFolder)

// `leat start` and `leat worker`: the composition root. Everything that is chosen by name is chosen here.
try {
  const settings = readSettings(process.argv.slice(2), process.env)
  if (settings.command === 'start') await runServer(settings)
  else await runStandaloneWorker(settings)
} catch (thrown) {
  const fault = toFault(thrown)
  // A bug needs its stack; what the operator can put right needs one line.
  process.stderr.write(`leat: ${fault.kind === 'bug' && thrown instanceof Error ? thrown.stack : fault.message}\n`)
  process.exit(1)
}

async function runServer(settings: Settings): Promise<void> {
  const started = performance.now()
  const log = openLog({ format: settings.log, level: settings.logLevel, process: 'server' })
  const { startServer } = await import('./start-server.ts')
  const stopping = new AbortController()
  let starting = startServer(settings, log, stopping.signal)
  const end = onSignals(
    async () => {
      log('info', 'server stopping')
      stopping.abort()
      const server = await starting.ready.catch(() => undefined)
      await server?.stop()
      log('info', 'server stopped')
    },
    () => starting.kill(),
  )
  process.on('uncaughtException', (error) => {
    log('error', 'server crashed', { error: error.stack ?? String(error) })
    end(1)
  })
  // Once, unless the database has to move: then everything that is connected to it begins anew, at the same address.
  for (let began = started; ; began = performance.now()) {
    const server = await starting.ready.catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error
    })
    if (!server || stopping.signal.aborted) return
    announce(server, settings, log, performance.now() - began)
    await server.moved
    if (stopping.signal.aborted) return
    await server.stop()
    if (stopping.signal.aborted) return
    starting = startServer({ ...settings, port: Number(new URL(server.address).port) }, log, stopping.signal, true)
  }
}

function announce(server: RunningServer, settings: Settings, log: Log, ms: number): void {
  log('info', 'server ready', {
    address: server.address,
    api: `${server.address}/api`,
    data: settings.data,
    database: server.embedded,
    workers: settings.workers,
    ms: Math.round(ms),
  })
  if (server.serviceKey === undefined) return
  process.stdout.write(
    `\nThis is the owner's service key. It is shown once and kept in ${server.keyFile}:\n\n  ${server.serviceKey}\n\n`,
  )
}

async function runStandaloneWorker(settings: Settings): Promise<void> {
  const log = openLog({ format: settings.log, level: settings.logLevel, process: 'worker' })
  const { startStandaloneWorker } = await import('./standalone-worker.ts')
  const stopping = new AbortController()
  const starting = startStandaloneWorker(settings, log, stopping.signal)
  onSignals(
    async () => {
      stopping.abort()
      await (await starting.catch(() => undefined))?.drain(4000)
    },
    async () => undefined,
  )
  const worker = await starting.catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })
  if (!worker) return
  log('info', 'worker ready', { store: settings.store.replace(/\?.*/s, ''), lease_seconds: settings.leaseSeconds })
}

/** The first signal drains, the second ends at once; so does a drain that takes longer than promised. Returns what ends at once. */
function onSignals(drain: () => Promise<void>, kill: () => Promise<void>): (code: number) => void {
  let signalled = false
  let ending = false
  const endNow = (code: number): void => {
    // The first reason stands: what fails while everything is being killed is a consequence.
    if (ending) return
    ending = true
    // What does not end within this time will not end by waiting.
    setTimeout(() => process.exit(code), 2000)
    void kill().finally(() => process.exit(code))
  }
  const end = (): void => {
    if (signalled) return endNow(130)
    signalled = true
    setTimeout(() => endNow(1), 9500).unref()
    drain().then(
      () => ending || process.exit(0),
      () => endNow(1),
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end)
  return endNow
}
