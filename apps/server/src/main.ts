import { enableCompileCache } from 'node:module'
import { toFault } from '@leat/connector-kit'
import { compileCacheFolder } from './compile-cache.ts'
import { openLog } from './log.ts'
import { readSettings, type Settings } from './settings.ts'

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
  const began = performance.now()
  const log = openLog({ format: settings.log, level: settings.logLevel, process: 'server' })
  const { startServer } = await import('./start-server.ts')
  const starting = startServer(settings, log)
  let stopping = false
  onSignals(
    async () => {
      stopping = true
      const server = await starting.catch(() => undefined)
      log('info', 'server stopping')
      await server?.stop()
      log('info', 'server stopped')
    },
    () => void starting.then((server) => server.kill()),
  )
  const server = await starting
  if (stopping) return
  log('info', 'server ready', {
    address: server.address,
    api: `${server.address}/api`,
    data: settings.data,
    database: server.embedded,
    workers: settings.workers,
    ms: Math.round(performance.now() - began),
  })
  if (server.serviceKey !== undefined) {
    process.stdout.write(
      `\nThis is the owner's service key. It is shown once and kept in ${server.keyFile}:\n\n  ${server.serviceKey}\n\n`,
    )
  }
}

async function runStandaloneWorker(settings: Settings): Promise<void> {
  const log = openLog({ format: settings.log, level: settings.logLevel, process: 'worker' })
  const { startStandaloneWorker } = await import('./standalone-worker.ts')
  const starting = startStandaloneWorker(settings, log)
  onSignals(
    async () => void (await (await starting.catch(() => undefined))?.drain(4000)),
    () => undefined,
  )
  await starting
  log('info', 'worker ready', { store: settings.store, lease_seconds: settings.leaseSeconds })
}

/** The first signal drains, the second ends at once; so does a drain that takes longer than promised. */
function onSignals(drain: () => Promise<void>, kill: () => void): void {
  let signalled = false
  const end = (): void => {
    if (signalled) {
      kill()
      process.exit(130)
    }
    signalled = true
    setTimeout(() => {
      kill()
      process.exit(1)
    }, 9500).unref()
    drain().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}
