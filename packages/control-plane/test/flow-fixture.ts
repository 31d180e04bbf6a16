import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Field, Schema } from '@leat/connector-kit'
import { chooseNexset, type NewSegment, type WorkMetrics } from '@leat/engine'
import pg from 'pg'
import { openDatabase, type OpenDatabase } from '../src/database/connection.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/database/embedded-postgres.ts'
import { migrate } from '../src/database/migrate.ts'
import { JobQueue } from '../src/jobs/job-queue.ts'
import { PostgresLedger } from '../src/ledger/postgres-ledger.ts'
import { noWork } from '../src/ledger/metrics.ts'
import { query, queryOne } from '../src/ledger/sql.ts'

/** A PostgreSQL server of this test file, with an empty database for each test that asks. */
export class TestServer {
  readonly #folder: string
  readonly #postgres: EmbeddedPostgres
  readonly #open: (() => Promise<void>)[] = []

  private constructor(folder: string, postgres: EmbeddedPostgres) {
    this.#folder = folder
    this.#postgres = postgres
  }

  static async start(): Promise<TestServer> {
    const folder = await mkdtemp(join(tmpdir(), 'leat-flow-'))
    return new TestServer(folder, await startEmbeddedPostgres(folder))
  }

  async stop(): Promise<void> {
    for (const close of this.#open.toReversed()) await close()
    await this.#postgres.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** A migrated database with queues, a ledger, one organisation and its owner. */
  async flow(): Promise<TestFlow> {
    const name = `flow_${randomBytes(6).toString('hex')}`
    const admin = new pg.Client({ connectionString: this.#postgres.url })
    await admin.connect()
    await admin.query(`create database ${name}`)
    await admin.end()
    const url = new URL(this.#postgres.url)
    url.pathname = `/${name}`
    const open = openDatabase({ url: url.href, connections: 4 })
    await migrate(open.pool)
    const errors: Error[] = []
    const queue = await JobQueue.connect(open, { install: true, onError: (error) => errors.push(error) })
    const flow = new TestFlow(open, queue, errors)
    await flow.begin()
    this.#open.push(async () => {
      await queue.stop()
      await open.close()
    })
    return flow
  }
}

export class TestFlow {
  readonly database: OpenDatabase['db']
  readonly url: string
  readonly queue: JobQueue
  readonly ledger: PostgresLedger
  /** What the queue reported; a test that is done may look. */
  readonly errors: readonly Error[]

  constructor(open: OpenDatabase, queue: JobQueue, errors: readonly Error[]) {
    this.database = open.db
    this.url = open.url
    this.queue = queue
    this.errors = errors
    this.ledger = new PostgresLedger(open.db, queue, { merge: mergeNames, choose: chooseNexset })
  }

  async begin(): Promise<void> {
    await query(this.database, `insert into org (name) values ('Acme')`)
    await query(
      this.database,
      `insert into app_user (email, full_name, default_org_id) values ('owner@acme.test', 'Owner', 1)`,
    )
  }

  async addSource(name: string, cron: string | null = null): Promise<number> {
    const id = await this.#insert(
      `insert into data_source (org_id, owner_id, name, status, source_type, start_cron) values (1, 1, $1, 'ACTIVE', 'test', $2) returning id`,
      [name, cron],
    )
    await query(
      this.database,
      `with node as (select nextval(pg_get_serial_sequence('leat.flow_node', 'id')) as id)
       insert into flow_node (id, org_id, origin_node_id, data_source_id) overriding system value select node.id, 1, node.id, $1 from node`,
      [id],
    )
    return id
  }

  async addNexset(source: number, name = 'data'): Promise<number> {
    return this.#insert(
      `insert into data_set (org_id, owner_id, name, data_source_id) values (1, 1, $1, $2) returning id`,
      [name, source],
    )
  }

  async addChild(parent: number, transform: object | null = null): Promise<number> {
    return this.#insert(
      `insert into data_set (org_id, owner_id, name, parent_data_set_id, transform) values (1, 1, 'child', $1, $2::jsonb) returning id`,
      [parent, transform && JSON.stringify(transform)],
    )
  }

  async addSink(nexset: number): Promise<number> {
    return this.#insert(
      `insert into data_sink (org_id, owner_id, name, status, sink_type, data_set_id) values (1, 1, 'out', 'ACTIVE', 'test', $1) returning id`,
      [nexset],
    )
  }

  /** A run with leased units, as a worker finds them. */
  async addRun(
    source: number,
    units: readonly string[] = [],
    status = 'RUNNING',
  ): Promise<{ runId: number; unitIds: number[] }> {
    const runId = await this.#insert(
      `insert into run (id, org_id, data_source_id, trigger, status, config_version, listed, units_total, bytes_total)
       select coalesce(max(r.id), 1000) + 1, 1, $1, 'manual', $2, (select config_version from data_source where id = $1), true, $3, $3 * 60 from run r returning id`,
      [source, status, units.length],
    )
    const rows = await query<{ id: number }>(
      this.database,
      `insert into unit (data_source_id, key, version, payload, run_id, status, epoch, attempts)
       select $1, k, 'v1', '{}', $2, 'LEASED', 1, 1 from unnest($3::text[]) with ordinality u(k, p) order by p returning id`,
      [source, runId, units],
    )
    return { runId, unitIds: rows.map((row) => row.id) }
  }

  rows<R>(text: string, values: readonly unknown[] = []): Promise<readonly R[]> {
    return query<R>(this.database, text, values)
  }

  async row<R>(text: string, values: readonly unknown[] = []): Promise<R> {
    const row = await queryOne<R>(this.database, text, values)
    if (row === undefined) throw new Error(`no row: ${text}`)
    return row
  }

  async #insert(text: string, values: readonly unknown[]): Promise<number> {
    return (await this.row<{ id: number }>(text, values)).id
  }
}

export function schemaOf(...names: readonly string[]): Schema {
  return { fields: names.map((name) => ({ name, type: { kind: 'scalar', name: 'BIGINT' } })) }
}

export function mergeNames(current: Schema | null, incoming: Schema): Schema {
  const fields = new Map<string, Field>(
    [...(current?.fields ?? []), ...incoming.fields].map((field) => [field.name, field]),
  )
  return { fields: [...fields.values()] }
}

let keys = 0
export function segment(rows: number, schema: Schema = schemaOf('a')): NewSegment {
  return {
    key: `segments/${process.pid}/${++keys}.parquet`,
    rows,
    bytes: rows * 10,
    schema,
    origins: [{ origin: 'file', row: 0, rows, ordinal: 0 }],
  }
}

export function work(read: number, rest: Partial<WorkMetrics> = {}): WorkMetrics {
  return { ...noWork, read, written: read, bytes: read * 10, bytesRead: read * 20, ...rest }
}
