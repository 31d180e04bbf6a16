import { join } from 'node:path'
import {
  buildApi,
  connectorRegistry,
  hookHandler,
  HookSources,
  loadNexset,
  parseCron,
  PostgresRunControl,
  SegmentDataReader,
  StoredNodes,
  type MeasuredInbox,
  type JobQueue,
  type OpenDatabase,
  type Vault,
} from '@leat/control-plane'
import { openapi } from '@leat/contract'
import type { DataReader, Log, SegmentStore } from '@leat/engine'
import { checkTransform, compileTransform } from '@leat/transforms'
import type { FastifyInstance } from 'fastify'
import { connectionTester } from './connection-tester.ts'
import { connectors } from './connectors.gen.ts'
import { planSink, type PlanParts } from './plan-sink.ts'
import type { Settings } from './settings.ts'

export interface ApiParts {
  readonly settings: Settings
  readonly open: OpenDatabase
  readonly queue: JobQueue
  readonly vault: Vault
  readonly reader: () => Promise<DataReader>
  readonly compute: PlanParts['compute']
  readonly store: () => Promise<SegmentStore>
  readonly log: Log
  readonly inbox: MeasuredInbox
}

/** Bytes of one uploaded file at most. */
const uploadLimit = 5 * 1024 ** 3

/** The HTTP server with everything that it stands on, not yet listening. */
export async function openApi({
  settings,
  open,
  queue,
  vault,
  reader,
  compute,
  store,
  log,
  inbox,
}: ApiParts): Promise<FastifyInstance> {
  const registry = connectorRegistry(connectors)
  const nodes = new StoredNodes({
    database: open.db,
    vault,
    registry,
    allowedFolders: settings.localFolders,
    dataFolder: settings.data,
    store,
  })
  const sources = new HookSources(open.db, vault, registry, inbox)
  const app = await buildApi({
    hooks: hookHandler({ sources, inbox: () => inbox, log }),
    platform: {
      db: open.db,
      vault,
      registry,
      log,
      runs: new PostgresRunControl(open.db, queue),
      data: new SegmentDataReader(reader, (id) => loadNexset(open.db, id)),
      tester: connectionTester(registry, settings.localFolders, join(settings.data, 'scratch', String(process.pid))),
      planSink: (id, signal) => planSink({ db: open.db, sink: (one) => nodes.sink(one), compute }, id, signal),
      checkTransform: (transform, parent) =>
        void (parent === null ? checkTransform(transform) : compileTransform(transform, parent)),
      checkCron: (text) => void parseCron(text),
      dataFolder: settings.data,
      uploadLimit,
      hooks: {
        url: (path) => `${settings.publicUrl ?? addressOf(app, settings)}/hooks/${path}`,
        changed: () => sources.forget(),
      },
    },
    openapi: () => openapi(),
    operations: { queueDepths: () => queue.depths() },
  })
  return app
}

/** As others on this machine reach the server; LEAT_PUBLIC_URL says it for everybody else. */
function addressOf(app: FastifyInstance, settings: Settings): string {
  const address = app.server.address()
  const port = address !== null && typeof address === 'object' ? address.port : settings.port
  const everywhere = ['0.0.0.0', '::'].includes(settings.host)
  const host = everywhere ? 'localhost' : settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return `http://${host}:${port}`
}
