import type { Database } from './database/connection.ts'
import type { Vault } from './auth/vault.ts'
import type { DataReader } from './data-reader.ts'
import type { ConnectionTester } from './credentials/connection-tester.ts'
import type { ConnectorRegistry } from './registry.ts'
import type { RunControl } from './run-control.ts'
import type { JsonObject, Schema } from '@leat/connector-kit'
import type { SinkPlan } from '@leat/contract'

/** What the API stands on. `apps/server` puts it together; tests put fakes of the ports in. */
export interface Platform {
  readonly db: Database
  readonly vault: Vault
  readonly registry: ConnectorRegistry
  readonly runs: RunControl
  readonly data: DataReader
  readonly tester: ConnectionTester
  /** What the next delivery of a sink would change. Throws the fault that the delivery would meet. */
  readonly planSink: (id: number, signal: AbortSignal) => Promise<SinkPlan>
  /** Throws a `config` fault when a transform is wrong; with a null schema (no data seen yet), what can be said without one. */
  readonly checkTransform: (transform: JsonObject, parent: Schema | null) => void
  /** Throws a `config` fault when `start.cron` is wrong. */
  readonly checkCron: (text: string) => void
  /** `<data>`: uploads go below `uploads/`. */
  readonly dataFolder: string
  /** Bytes of one uploaded file at most. */
  readonly uploadLimit: number
  /** URLs of webhooks, as senders reach them. */
  readonly hooks: {
    /** `http://127.0.0.1:8787/hooks/<path>` */
    readonly url: (path: string) => string
    /** A source, its keys or its status were changed: what is remembered of it is looked up again. */
    readonly changed: () => void
  }
  /** What the process logs about a request that failed on our side. Never receives a secret. */
  readonly log: (level: 'info' | 'warn' | 'error', event: string, fields?: Readonly<Record<string, unknown>>) => void
}
