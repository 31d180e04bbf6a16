import { Fault, type Schema } from '@leat/connector-kit'
import type {
  Claim,
  FollowerRef,
  IngestCommit,
  Ledger,
  NexsetHead,
  OriginRange,
  SegmentRef,
  StagedToken,
} from '@leat/engine'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { Schemas } from './append-segments.ts'
import { commitDerive, type DeriveCommit } from './commit-derive.ts'
import { commitIngest } from './commit-ingest.ts'
import { discard, settle, stage, stagedTokens, type Stage } from './deliveries.ts'
import { query, queryOne, type Database, transact } from './sql.ts'

export interface SegmentRow {
  readonly id: number
  readonly data_set_id: number
  readonly seq: number
  readonly last_seq: number
  readonly run_id: number
  readonly store_key: string
  readonly rows: number
  readonly bytes: number
  readonly schema: Schema
  readonly origins: readonly OriginRange[]
  readonly created_at: string
}

/** The engine's ledger over the control database: each method is one transaction, writers are fenced by epoch. */
export class PostgresLedger implements Ledger {
  readonly #database: Database
  readonly #queue: JobQueue
  readonly #schemas: Schemas

  constructor(database: Database, queue: JobQueue, schemas: Schemas) {
    this.#database = database
    this.#queue = queue
    this.#schemas = schemas
  }

  async nexsetsOf(sourceId: number): Promise<readonly NexsetHead[]> {
    const rows = await query<NexsetHead>(
      this.#database,
      'select id, name, schema from data_set where data_source_id = $1 order by id',
      [sourceId],
    )
    return rows.map((row) => ({ ...row, id: Number(row.id) }))
  }

  commitIngest(commit: IngestCommit): Promise<{ nexsetIds: readonly number[] }> {
    return transact(this.#database, (tx) => commitIngest(tx, this.#queue, this.#schemas, commit))
  }

  /** Throws `cancelled` when the follower is paused or gone. */
  async claim(follower: FollowerRef): Promise<Claim> {
    const claimed = await queryOne<{ epoch: number; cursor: number }>(
      this.#database,
      `update ${follower.kind} set epoch = epoch + 1 where id = $1 and status = 'ACTIVE' returning epoch, cursor_seq as cursor`,
      [follower.id],
    )
    if (claimed) return { epoch: Number(claimed.epoch), cursor: Number(claimed.cursor) }
    const what = follower.kind === 'data_set' ? 'nexset' : 'sink'
    throw new Fault({ kind: 'cancelled', code: `${what}.paused`, message: `The ${what} ${follower.id} is not active.` })
  }

  async segmentsAfter(nexsetId: number, cursor: number, limit: number): Promise<readonly SegmentRef[]> {
    const rows = await query<SegmentRow>(
      this.#database,
      'select * from segment where data_set_id = $1 and last_seq > $2 order by seq limit $3',
      [nexsetId, cursor, limit],
    )
    return rows.map(toSegmentRef)
  }

  async nexset(id: number): Promise<NexsetHead> {
    const row = await queryOne<NexsetHead>(this.#database, 'select id, name, schema from data_set where id = $1', [id])
    if (!row) throw new Fault({ kind: 'not_found', code: 'nexset.missing', message: `There is no nexset ${id}.` })
    return { ...row, id: Number(row.id) }
  }

  commitDerive(commit: DeriveCommit): Promise<void> {
    return transact(this.#database, (tx) => commitDerive(tx, this.#queue, this.#schemas, commit))
  }

  staged(sinkId: number): Promise<readonly StagedToken[]> {
    return stagedTokens(this.#database, sinkId)
  }

  stage(request: Stage): Promise<StagedToken> {
    return transact(this.#database, (tx) => stage(tx, request))
  }

  discard(sinkId: number, tokenId: number): Promise<void> {
    return transact(this.#database, (tx) => discard(tx, sinkId, tokenId))
  }

  settle(sinkId: number, tokenId: number, extra: { readonly commitMs: number }): Promise<void> {
    return transact(this.#database, (tx) => settle(tx, sinkId, tokenId, extra))
  }
}

export function toSegmentRef(row: SegmentRow): SegmentRef {
  return {
    id: Number(row.id),
    nexsetId: Number(row.data_set_id),
    seq: Number(row.seq),
    lastSeq: Number(row.last_seq),
    key: row.store_key,
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    schema: row.schema,
    runId: Number(row.run_id),
    origins: row.origins,
    createdAt: row.created_at,
  }
}
