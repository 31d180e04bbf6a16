import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Fault } from '@leat/connector-kit'
import type { MeasuredInbox, JobQueue, OpenDatabase } from '@leat/control-plane'
import type { Merging } from '@leat/control-plane/work'
import type { Compute, DataReader, Log, SegmentStore } from '@leat/engine'
import { checkReachable, findDatabase, type FoundDatabase } from './find-database.ts'
import { guardPostgres } from './guard-postgres.ts'
import { checkSegmentStore, openDataFolder } from './open-data-folder.ts'
import { chores } from './chores.ts'
import type { Settings } from './settings.ts'
import { workerOrder } from './worker-order.ts'

export interface RunningServer {
  /** `http://127.0.0.1:8787`. */
  readonly address: string
  /** Only when this start created the organisation: shown once. */
  readonly serviceKey: string | undefined
  readonly keyFile: string
  readonly embedded: 'started' | 'adopted' | 'external'
  /** Resolves when the embedded database had to go to another port: only another start finds it. */
  readonly moved: Promise<void>
  /** Takes no more requests and jobs, finishes or hands back what is under way, stops the embedded database. At most 10 s. */
  stop(): Promise<void>
}

export interface ServerStart {
  /** Rejects when a step of the start fails or the signal aborts; what was begun has ended by then. */
  readonly ready: Promise<RunningServer>
  /** Ends workers and embedded database at once, also in the middle of a start or a stop. Committed data is safe. */
  kill(): Promise<void>
}

/** How long jobs under way may go on after the signal to end. */
const graceMs = 3000
/** Whatever a request, a chore or a worker that hangs is waiting for: the database is stopped in time. */
const partsEndWithinMs = graceMs + 2700
const databaseEndWithinMs = 2800

/** The connections of this server and its workers to the embedded database. */
const ours = `leat ${process.pid}`

interface Begun {
  readonly undo: (() => Promise<unknown>)[]
  readonly kill: (() => Promise<unknown>)[]
  /** Checked between steps: a start that nobody wants any more ends early. */
  readonly signal: AbortSignal
}

/** The whole server: database, API, workers and chores. `again`: it has run in this process already. */
export function startServer(settings: Settings, log: Log, signal: AbortSignal, again = false): ServerStart {
  const begun: Begun = { undo: [], kill: [], signal }
  return {
    ready: startOrUndo(settings, log, begun, again),
    async kill() {
      await Promise.allSettled(begun.kill.map((step) => step()))
    },
  }
}

async function startOrUndo(settings: Settings, log: Log, begun: Begun, again: boolean): Promise<RunningServer> {
  const { undo, kill, signal } = begun
  await openDataFolder(settings.data)
  // A store that was right and is away for a while keeps nobody from healing.
  if (!again) await checkSegmentStore(settings, signal)
  // Loading the code and starting PostgreSQL take about as long: one core each.
  const loading = import('./load-api.ts')
  loading.catch(() => undefined)
  try {
    kill.push(abandonDatabaseStart)
    const found = await findDatabase(settings)
    const { embedded } = found
    if (embedded) undo.push(() => embedded.stop({ unlessUsed: true, ours }))
    // At once means without asking the database who uses it; only one that belongs to another Leat is asked.
    const asking = embedded?.how === 'adopted' ? { unlessUsed: true, ours } : {}
    if (embedded) kill.push(() => embedded.stop({ ...asking, now: true }))
    signal.throwIfAborted()
    return await start(settings, log, { ...found, url: named(found) }, await loading, begun)
  } catch (error) {
    for (const step of undo.toReversed()) await step().catch(() => undefined)
    throw error
  }
}

async function abandonDatabaseStart(): Promise<void> {
  const { abandonPostgresStarts } = await import('@leat/control-plane/embedded-postgres')
  abandonPostgresStarts()
}

/** On the embedded server, which several Leats may share, every connection says whose it is. */
function named({ url, embedded }: FoundDatabase): string {
  if (!embedded) return url
  const address = new URL(url)
  address.searchParams.set('application_name', ours)
  return address.href
}

type Loaded = typeof import('./load-api.ts')

async function start(
  settings: Settings,
  log: Log,
  found: FoundDatabase,
  loaded: Loaded,
  { undo, kill, signal }: Begun,
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
  signal.throwIfAborted()
  const first = await firstStart(open.db, { dataFolder: settings.data })

  const ending = new AbortController()
  const engine = lazyEngine(settings, ending.signal, log)
  const supervisor = new Supervisor(workerOrder(settings, found.url, Math.max(1, settings.workers)), queue, log)
  const inbox = await recoverInbox(settings, open, queue, engine.store, log)
  undo.push(() => inbox.close())
  const app = await loaded.openApi({
    settings,
    open,
    queue,
    vault,
    reader: engine.reader,
    compute: engine.compute,
    store: engine.store,
    log,
    inbox,
  })
  undo.push(() => app.close())
  const address = await listen(app, settings)
  signal.throwIfAborted()
  kill.push(async () => supervisor.kill())
  undo.push(() => supervisor.stop(0))
  supervisor.start(settings.workers)
  const work = chores(
    open.db,
    queue,
    engine,
    { leaseSeconds: settings.leaseSeconds, ending: ending.signal, dataFolder: settings.data },
    log,
  )
  const leader = new Leader(found.url, work, log)
  undo.push(() => leader.stop())
  await leader.start()
  signal.throwIfAborted()
  const moved = Promise.withResolvers<void>()
  const guard = found.embedded && guardPostgres(found.embedded, settings.data, log, moved.resolve)
  return {
    address,
    serviceKey: first.serviceKey,
    keyFile: first.keyFile,
    embedded: found.embedded?.how ?? 'external',
    moved: moved.promise,
    async stop() {
      ending.abort()
      // What was taken is acknowledged before the connections go.
      const closing = (async (): Promise<void> => {
        await app.close()
        await inbox.close()
      })()
      const parts = [supervisor.stop(graceMs), leader.stop(), closing, guard?.stop() ?? Promise.resolve()]
      await within(partsEndWithinMs, Promise.allSettled(parts))
      supervisor.kill()
      await within(500, Promise.allSettled([closeStore(open, queue)]))
      const embedded = guard?.current ?? found.embedded
      if (embedded) await within(databaseEndWithinMs, embedded.stop({ unlessUsed: true, ours }))
    },
  }
}

/** Waits for the work, but not longer than this. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, promise])
  clearTimeout(timer)
}

async function closeStore(open: OpenDatabase, queue: JobQueue): Promise<void> {
  await queue.stop()
  await open.close()
}

interface LazyEngine {
  reader(): Promise<DataReader>
  store(): Promise<SegmentStore>
  merging(): Promise<Merging>
  compute(): Promise<{ compute: Compute; segments: SegmentStore; scratch: string }>
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
    async compute() {
      const [{ compute }, segments] = await Promise.all([open(), store()])
      return { compute, segments, scratch }
    },
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

/** What senders were told is kept is brought in first, should the last process here have been killed. */
async function recoverInbox(
  settings: Settings,
  open: OpenDatabase,
  queue: JobQueue,
  store: () => Promise<SegmentStore>,
  log: Log,
): Promise<MeasuredInbox> {
  const { inboxFolderOf, MeasuredInbox, recoverFolder, registerInboxFile } = await import('@leat/control-plane/work')
  const { openInbox } = await import('./open-inbox.ts')
  const records = await recoverFolder(open.db, queue, inboxFolderOf(settings.data), { starting: true })
  if (records > 0) log('warn', 'inbox recovered', { records })
  return new MeasuredInbox(
    (register) => openInbox({ data: settings.data, storeUrl: settings.store, store, register, log }),
    (file) => registerInboxFile(open.db, queue, file),
  )
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
