import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Fault } from '@leat/connector-kit'
import type { JobQueue, OpenDatabase } from '@leat/control-plane'
import type { Merging } from '@leat/control-plane/work'
import type { DataReader, Log, SegmentStore } from '@leat/engine'
import { checkReachable, findDatabase, type FoundDatabase } from './find-database.ts'
import { guardPostgres } from './guard-postgres.ts'
import { openDataFolder } from './open-data-folder.ts'
import type { WorkerOrder } from './process-messages.ts'
import { chores } from './chores.ts'
import type { Settings } from './settings.ts'

export interface RunningServer {
  /** `http://127.0.0.1:8787`. */
  readonly address: string
  /** Only when this start created the organisation: shown once. */
  readonly serviceKey: string | undefined
  readonly keyFile: string
  readonly embedded: 'started' | 'adopted' | 'external'
  /** Takes no more requests and jobs, finishes or hands back what is under way, stops the embedded database. At most 10 s. */
  stop(): Promise<void>
  /** Ends the workers at once. */
  kill(): void
}

/** How long jobs under way may go on after the signal to end. */
const graceMs = 3000

/** The whole server: database, API, workers and chores. Whatever was begun is ended again when a later step fails. */
export async function startServer(settings: Settings, log: Log): Promise<RunningServer> {
  await openDataFolder(settings.data)
  // Loading the code and starting PostgreSQL take about as long: one core each.
  const loading = import('./load-api.ts')
  loading.catch(() => undefined)
  const undo: (() => Promise<unknown>)[] = []
  try {
    const found = await findDatabase(settings)
    if (found.embedded) undo.push(() => found.embedded?.stop({ unlessUsed: true }) ?? Promise.resolve())
    return await start(settings, log, found, await loading, undo)
  } catch (error) {
    for (const step of undo.toReversed()) await step().catch(() => undefined)
    throw error
  }
}

type Loaded = typeof import('./load-api.ts')

async function start(
  settings: Settings,
  log: Log,
  found: FoundDatabase,
  loaded: Loaded,
  undo: (() => Promise<unknown>)[],
): Promise<RunningServer> {
  const { openDatabase, JobQueue, openVault, firstStart, Leader, Supervisor } = loaded
  const open = openDatabase({ url: found.url, name: 'leat server' })
  undo.push(() => open.close())
  await checkReachable(open)
  await loaded.migrate(open.pool)
  const [queue, vault] = await Promise.all([
    JobQueue.connect(open, {
      install: true,
      onError: (error) => log('warn', 'queue failed', { error: error.message }),
    }),
    openVault({ db: open.db, dataFolder: settings.data, masterKey: settings.masterKey }),
  ])
  undo.push(() => queue.stop())
  const first = await firstStart(open.db, { dataFolder: settings.data })

  const ending = new AbortController()
  const engine = lazyEngine(settings, ending.signal, log)
  const supervisor = new Supervisor(workerOrder(settings, found.url), queue, log)
  const app = await loaded.openApi({ settings, open, queue, vault, reader: engine.reader, log })
  undo.push(() => app.close())
  const address = await listen(app, settings)
  supervisor.start(settings.workers)
  undo.push(() => supervisor.stop(0))
  const work = chores(open.db, queue, engine, { leaseSeconds: settings.leaseSeconds, ending: ending.signal }, log)
  const leader = new Leader(found.url, work, log)
  undo.push(() => leader.stop())
  await leader.start()
  const guard = found.embedded && guardPostgres(found.embedded, settings.data, log)
  return {
    address,
    serviceKey: first.serviceKey,
    keyFile: first.keyFile,
    embedded: found.embedded?.how ?? 'external',
    kill: () => supervisor.kill(),
    async stop() {
      guard?.stop()
      ending.abort()
      await Promise.all([supervisor.stop(graceMs), leader.stop(), app.close()])
      await closeStore(open, queue)
      await (guard?.current ?? found.embedded)?.stop({ unlessUsed: true })
    },
  }
}

async function closeStore(open: OpenDatabase, queue: JobQueue): Promise<void> {
  await queue.stop()
  await open.close()
}

function workerOrder(settings: Settings, databaseUrl: string): Omit<WorkerOrder, 'name'> {
  return {
    databaseUrl,
    store: settings.store,
    data: settings.data,
    masterKey: settings.masterKey,
    localFolders: settings.localFolders,
    leaseSeconds: settings.leaseSeconds,
    memoryMb: settings.workerMemoryMb,
    threads: availableParallelism(),
    parsingThreads: Math.max(1, Math.ceil(availableParallelism() / Math.max(1, settings.workers))),
    logFormat: settings.log,
    logLevel: settings.logLevel,
  }
}

interface LazyEngine {
  reader(): Promise<DataReader>
  store(): Promise<SegmentStore>
  merging(): Promise<Merging>
}

/** DuckDB loads when somebody looks at data, or segments are merged, for the first time. */
function lazyEngine(settings: Settings, ending: AbortSignal, log: Log): LazyEngine {
  const scratch = join(settings.data, 'scratch', String(process.pid))
  const place = { url: settings.store, cache: join(settings.data, 'cache') }
  const open = once(async () => {
    const engine = await import('@leat/engine')
    const compute = await engine.openDuckDb({
      threads: availableParallelism(),
      memoryMb: settings.workerMemoryMb,
      scratch,
      folders: [engine.localFolderOf(place)],
    })
    return { engine, compute }
  })
  const store = once(async () => {
    const engine = await import('@leat/engine')
    return engine.openSegmentStore({ ...place, env: process.env })
  })
  return {
    store,
    reader: once(async () => {
      const { engine, compute } = await open()
      return new engine.DataReader(compute, await store())
    }),
    async merging() {
      const [{ engine, compute }, segments] = await Promise.all([open(), store()])
      return {
        log,
        merge: engine.mergeSchema,
        compact: (old, schema) => engine.compact(old, schema, { compute, segments, scratch }, ending),
        remove: (key) => segments.remove(key),
      }
    },
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

async function listen(
  app: { listen(options: { host: string; port: number }): Promise<string> },
  settings: Settings,
): Promise<string> {
  try {
    return await app.listen({ host: settings.host, port: settings.port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const where = `${settings.host}:${settings.port}`
    const message =
      code === 'EADDRINUSE'
        ? `${where} is in use by another program (perhaps another Leat). Stop it, or choose another port with LEAT_PORT or --port.`
        : code === 'EACCES'
          ? `Leat may not listen on ${where}. Choose a port above 1023 with LEAT_PORT or --port.`
          : `Leat cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}. Check LEAT_HOST and LEAT_PORT.`
    throw new Fault({ kind: 'config', code: 'settings.address', field: 'LEAT_PORT', message, cause: error })
  }
}
