import type { Fault } from '@leat/connector-kit'
import { confineSelect } from '@leat/transforms'
import type { ConnectionTester } from '../src/credentials/connection-tester.ts'
import type { DataReader, QuarantineFilter, SqlQuery } from '../src/data-reader.ts'
import { jsonb } from '../src/database/column.ts'
import type { OpenDatabase } from '../src/database/connection.ts'
import type { RunControl, RunTrigger } from '../src/run-control.ts'
import { orderSchema } from './api-connectors.ts'

/** Plays the runner: a started run "detects" one nexset and ends at once, with some metrics and a log line. */
export class FakeRuns implements RunControl {
  readonly calls: string[] = []
  readonly #open: OpenDatabase
  #lastRun = Date.now()

  constructor(open: OpenDatabase) {
    this.#open = open
  }

  async startRun(sourceId: number, trigger: RunTrigger): Promise<number> {
    this.calls.push(`startRun ${sourceId} ${trigger}`)
    const { db } = this.#open
    const source = await db.selectFrom('data_source').selectAll().where('id', '=', sourceId).executeTakeFirstOrThrow()
    const id = ++this.#lastRun
    await db
      .insertInto('run')
      .values({
        id,
        org_id: source.org_id,
        data_source_id: sourceId,
        trigger,
        status: 'DONE',
        listed: true,
        config_version: source.config_version,
      })
      .execute()
    const nexset = await this.#detect(source)
    const day = new Date().toISOString().slice(0, 10)
    for (const [node_kind, node_id] of [
      ['data_source', sourceId],
      ['data_set', nexset],
    ] as const)
      await db
        .insertInto('metric')
        .values({
          node_kind,
          node_id,
          run_id: id,
          day,
          org_id: source.org_id,
          read: 10,
          written: 9,
          refused: 1,
          taken: 10,
          kept: 9,
          held: 1,
          bytes: 900,
          bytes_read: 1000,
        })
        .execute()
    const node = await db
      .selectFrom('flow_node')
      .select('id')
      .where('data_source_id', '=', sourceId)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('flow_log')
      .values({
        org_id: source.org_id,
        origin_node_id: node.id,
        node_kind: 'data_source',
        node_id: sourceId,
        run_id: id,
        severity: 'INFO',
        message: `Run started (${trigger}).`,
      })
      .execute()
    return id
  }

  async #detect(source: { id: number; org_id: number; owner_id: number; name: string }): Promise<number> {
    const { db } = this.#open
    const known = await db
      .selectFrom('data_set')
      .select('id')
      .where('data_source_id', '=', source.id)
      .executeTakeFirst()
    if (known) return known.id
    const { id } = await db
      .insertInto('data_set')
      .values({
        org_id: source.org_id,
        owner_id: source.owner_id,
        name: source.name,
        data_source_id: source.id,
        schema: jsonb(orderSchema),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const node = await db
      .selectFrom('flow_node')
      .select('id')
      .where('data_source_id', '=', source.id)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('flow_node')
      .values({ org_id: source.org_id, parent_node_id: node.id, origin_node_id: node.id, data_set_id: id })
      .execute()
    return id
  }

  async awaitDetection(sourceId: number, timeoutMs: number): Promise<void> {
    this.calls.push(`awaitDetection ${sourceId} ${timeoutMs}`)
  }
  async sourceChanged(sourceId: number): Promise<void> {
    this.calls.push(`sourceChanged ${sourceId}`)
  }
  async pauseSource(sourceId: number): Promise<void> {
    this.calls.push(`pauseSource ${sourceId}`)
  }
  async wakeFollower(kind: 'data_set' | 'data_sink', id: number): Promise<void> {
    this.calls.push(`wakeFollower ${kind} ${id}`)
  }
  async cancelRun(runId: number): Promise<void> {
    this.calls.push(`cancelRun ${runId}`)
  }
}

/** Says what it was asked; `fault` makes it fail like a driver whose message holds a secret. */
export class FakeTester implements ConnectionTester {
  fault: Fault | null = null
  async #answer<T>(value: T): Promise<T> {
    if (this.fault) throw this.fault
    return value
  }
  check = () => this.#answer(undefined)
  tree = () => this.#answer({ raw: { type: 'folder', value: {} } } as const)
  preflight = () => this.#answer(undefined)
  dryRun = () => this.#answer([])
  sample = () => this.#answer({ contentType: 'text/plain', response: '{"id":1}' })
}

export class FakeData implements DataReader {
  readonly queries: SqlQuery[] = []
  async samples(nexsetId: number, count: number) {
    return [
      {
        record: { id: '9007199254740993', nexset: nexsetId, count },
        origin: 'raw/orders/1.json',
        ordinal: 0,
        runId: 1,
        committedAt: 1_764_000_000_000,
      },
    ]
  }
  async quarantine({ files, offset, limit }: QuarantineFilter) {
    return files
      .flatMap((file) =>
        Array.from({ length: file.records }, (_, ordinal) => ({
          key: file.key,
          origin: 'a.json',
          ordinal,
          code: 'json.syntax',
          reason: 'unexpected end',
          raw: Buffer.from(`{"broken": ${ordinal}`),
        })),
      )
      .slice(offset, offset + limit)
  }
  async query(query: SqlQuery) {
    this.queries.push(query)
    confineSelect(
      query.sql,
      query.nexsetIds.map((id) => `nexset_${id}`),
      'query',
    )
    return { columns: [{ name: 'n', type: 'BIGINT' }], rows: [['1']], truncated: false }
  }
}
