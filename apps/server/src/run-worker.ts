import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  answersFor,
  connectorRegistry,
  JobQueue,
  openDatabase,
  openVault,
  PostgresLedger,
  registerInboxFile,
  StoredNodes,
  Worker,
  type Engine,
  type InboxLog,
  type JobRef,
  type Nodes,
  type OpenDatabase,
} from '@leat/control-plane/work'
import type { Log, Ports, SegmentStore } from '@leat/engine'
import { connectors } from './connectors.gen.ts'
import { openInbox } from './open-inbox.ts'
import type { WorkerOrder } from './process-messages.ts'

const databasePatienceMs = 20_000

export interface RunningWorker {
  /** Takes no more jobs, gives those under way `graceMs`, hands the rest to other workers, and closes everything. */
  drain(graceMs: number): Promise<void>
}

/**
 * What stands between a worker's parts. The platform puts nothing there; a composition for tests puts failures there, and defects that
 * its tests have to find.
 */
export interface Between {
  ports?(ports: Ports, open: OpenDatabase): Ports
  nodes?(nodes: Nodes): Nodes
}

/** Puts a worker together and lets it take jobs. Resolves when it does. */
export async function runWorker(
  order: WorkerOrder,
  log: Log,
  onHeld?: (job: JobRef, held: boolean) => void,
  between: Between = {},
): Promise<RunningWorker> {
  limitHeaps(order.parsingThreads)
  const open = openDatabase({ url: order.databaseUrl, connections: 4, name: `leat ${order.name}` })
  const { db } = open
  await databaseIsBack(open)
  const scratch = join(order.data, 'scratch', String(process.pid))
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  const [queue, vault] = await Promise.all([
    JobQueue.connect(open, {
      install: false,
      onError: (error) => log('warn', 'queue failed', { error: error.message }),
    }),
    openVault({ db, dataFolder: order.data, masterKey: order.masterKey }),
  ])
  const registry = connectorRegistry(connectors)
  let inbox: InboxLog | undefined
  // Only a destination that keeps its answers needs one here.
  const answerInbox = (): InboxLog =>
    (inbox ??= openInbox({
      data: order.data,
      storeUrl: order.store,
      store: () => openStore(order),
      register: (file) => registerInboxFile(db, queue, file),
      log,
    }))
  const stored = new StoredNodes({
    database: db,
    vault,
    registry,
    allowedFolders: order.localFolders,
    log,
    dataFolder: order.data,
    store: () => openStore(order),
    answers: (sourceId) => answersFor(answerInbox, sourceId),
  })
  const nodes = between.nodes?.(stored) ?? stored
  const engine = lazyEngine(async () => {
    const opened = await openEngine(order, scratch, log, (schemas) => new PostgresLedger(db, queue, schemas))
    return { ...opened, ports: between.ports?.(opened.ports, open) ?? opened.ports }
  }, log)
  const worker = new Worker(
    { database: db, queue, engine, nodes, log },
    { databaseUrl: order.databaseUrl, leaseSeconds: order.leaseSeconds, ...(onHeld ? { onHeld } : {}) },
  )
  await worker.start()
  return {
    async drain(graceMs) {
      await worker.drain(graceMs)
      await inbox?.close()
      await queue.stop()
      await open.close()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

/** A worker that replaces a dead one begins while the database that died with it starts: cheaper than ending and being started again. */
async function databaseIsBack({ pool }: OpenDatabase): Promise<void> {
  for (const deadline = Date.now() + databasePatienceMs; ; await pause(100)) {
    try {
      return void (await pool.query('select 1'))
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      if (!['ECONNREFUSED', 'ECONNRESET', '57P03', '57P01'].includes(code) || Date.now() > deadline) throw error
    }
  }
}

type OpenLedger = (schemas: ConstructorParameters<typeof PostgresLedger>[2]) => Ports['ledger']

/**
 * As many heaps in DuckDB's allocator as threads parse, which it reads when it is loaded, with the first job. An arena for each core, its own choice, keeps
 * much more memory, and that costs time as well: pages are given back in one arena and asked for in the next, as statements move from thread to thread.
 */
function limitHeaps(parsingThreads: number): void {
  process.env['DUCKDB_JE_MALLOC_CONF'] ??= `narenas:${parsingThreads}`
}

/** The engine and DuckDB load with the first job: a worker that waits needs a third of the memory, and the server's start does not wait for it. */
function lazyEngine(openOnce: () => ReturnType<typeof openEngine>, log: Log): Engine {
  let opened: ReturnType<typeof openEngine> | undefined
  const open = () => (opened ??= openOnce())
  return {
    async ingest(job, signal) {
      const { engine, ports } = await open()
      await engine.ingest(job, ports, signal)
    },
    async derive(node, signal) {
      const { engine, ports } = await open()
      await engine.derive(node, ports, signal)
    },
    async deliver(sink, signal) {
      const { engine, ports } = await open()
      await engine.deliver(sink, ports, signal)
    },
    async *listUnits(source, since, signal) {
      const { engine } = await open()
      yield* engine.listUnits(source, { log }, since, signal)
    },
    async *groupUnits(units, targetBytes) {
      const { engine } = await open()
      yield* engine.groupUnits(units, targetBytes)
    },
  }
}

function placeOf(order: WorkerOrder): { url: string; cache: string } {
  return { url: order.store, cache: join(order.data, 'cache') }
}

async function openStore(order: WorkerOrder): Promise<SegmentStore> {
  const { openSegmentStore } = await import('@leat/engine')
  return openSegmentStore({ ...placeOf(order), env: process.env })
}

async function openEngine(
  order: WorkerOrder,
  scratch: string,
  log: Log,
  openLedger: OpenLedger,
): Promise<{ engine: typeof import('@leat/engine'); ports: Ports }> {
  const engine = await import('@leat/engine')
  const place = placeOf(order)
  const segments = await openStore(order)
  const compute = await engine.openDuckDb({
    threads: order.threads,
    parsingThreads: order.parsingThreads,
    memoryMb: order.memoryMb,
    scratch,
    folders: [engine.localFolderOf(place)],
  })
  const ledger = openLedger({ merge: engine.mergeSchema, choose: engine.chooseNexset })
  return { engine, ports: { ledger, segments, log, scratch, compute } }
}
