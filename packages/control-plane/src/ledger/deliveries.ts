import { Fault } from '@leat/connector-kit'
import type { DeliveryLedger, StagedToken, WorkMetrics } from '@leat/engine'
import { fencedFollower } from './commit-derive.ts'
import { writeFlowLog } from './flow-log.ts'
import { everyRecord, rowsBetween, type Evidence } from './balance.ts'
import { holdBoundary } from './hold-boundary.ts'
import { bookWork } from './metrics.ts'
import { addQuarantine } from './quarantine.ts'
import { query, queryOne, type Sql } from './sql.ts'

export type Stage = Parameters<DeliveryLedger['stage']>[0]

interface SinkRow {
  readonly org_id: number
  readonly name: string
  readonly status: string
  readonly epoch: number
  readonly cursor_seq: number
  readonly data_set_id: number
}

/** What waits in a token until it is settled. */
interface StagedWork extends WorkMetrics {
  readonly evidence?: Evidence
}

export async function stagedTokens(on: Sql, sinkId: number): Promise<readonly StagedToken[]> {
  const rows = await query<{ id: number; token: StagedToken['token']; up_to: number }>(
    on,
    'select id, token, up_to from staged_token where data_sink_id = $1 and settled_at is null order by id',
    [sinkId],
  )
  return rows.map((row) => ({ id: Number(row.id), token: row.token, upTo: Number(row.up_to) }))
}

/** Step 3. The metrics wait in the token: they count as delivered only when it is settled. */
export async function stage(on: Sql, request: Stage): Promise<StagedToken> {
  const node = { kind: 'data_sink', id: request.sinkId } as const
  const sink = await queryOne<SinkRow>(
    on,
    'select org_id, name, status, epoch, cursor_seq, data_set_id from data_sink where id = $1 for no key update',
    [request.sinkId],
  )
  if (!sink)
    throw new Fault({
      kind: 'cancelled',
      code: 'sink.deleted',
      message: `Destination ${request.sinkId} was deleted while it was being written.`,
    })
  if (Number(sink.epoch) !== request.epoch) throw fencedFollower(`destination ${request.sinkId} "${sink.name}"`)
  if (sink.status !== 'ACTIVE')
    throw new Fault({
      kind: 'cancelled',
      code: 'sink.paused',
      message: `Destination ${request.sinkId} "${sink.name}" was paused.`,
    })
  const nexset = Number(sink.data_set_id)
  await holdBoundary(on, nexset, request.upTo)
  const before = await queryOne<{ up_to: number | null }>(
    on,
    'select max(up_to) as up_to from staged_token where data_sink_id = $1 and settled_at is null',
    [request.sinkId],
  )
  const after = Math.max(Number(sink.cursor_seq), Number(before?.up_to ?? 0))
  const evidence: Evidence = {
    taken: await rowsBetween(on, nexset, after, request.upTo),
    kept: null,
    held: request.quarantine.reduce((sum, file) => sum + file.records, 0),
  }
  const row = await queryOne<{ id: number }>(
    on,
    `insert into staged_token (data_sink_id, epoch, token, up_to, run_id, metrics) values ($1, $2, $3::jsonb, $4, $5, $6::jsonb) returning id`,
    [
      request.sinkId,
      request.epoch,
      JSON.stringify(request.token),
      request.upTo,
      request.runId,
      JSON.stringify({ ...request.metrics, evidence }),
    ],
  )
  await addQuarantine(on, node, sink.org_id, request.runId, request.quarantine)
  return { id: Number(row?.id), token: request.token, upTo: request.upTo }
}

/** A token whose rows the destination lost. Its quarantine was noted in the same transaction, so it has the same time. */
export async function discard(on: Sql, sinkId: number, tokenId: number): Promise<void> {
  const token = await queryOne<{ run_id: number }>(
    on,
    `with gone as (
       delete from staged_token where id = $1 and data_sink_id = $2 and settled_at is null returning created_at, run_id
     ), refused as (
       delete from quarantine q using gone
       where q.node_kind = 'data_sink' and q.node_id = $2 and q.run_id = gone.run_id and q.created_at = gone.created_at returning q.store_key
     ), kept as (
       insert into garbage (store_key, after) select store_key, now() from refused on conflict do nothing
     )
     select run_id from gone`,
    [tokenId, sinkId],
  )
  if (token)
    await writeFlowLog(on, { kind: 'data_sink', id: sinkId }, token.run_id, 'WARNING', [
      'The destination lost rows that were staged and not visible yet; they are delivered again.',
    ])
}

/** Step 5. A second call finds the token settled and changes nothing. */
export async function settle(
  on: Sql,
  sinkId: number,
  tokenId: number,
  extra: { readonly commitMs: number },
): Promise<void> {
  const node = { kind: 'data_sink', id: sinkId } as const
  const sink = await queryOne<{ org_id: number }>(on, 'select org_id from data_sink where id = $1 for no key update', [
    sinkId,
  ])
  const token = await queryOne<{ up_to: number; run_id: number; metrics: StagedWork }>(
    on,
    'update staged_token set settled_at = now() where id = $1 and data_sink_id = $2 and settled_at is null returning up_to, run_id, metrics',
    [tokenId, sinkId],
  )
  if (!sink || !token) return
  const { evidence, ...staged } = token.metrics
  const work = { ...staged, commitMs: staged.commitMs + extra.commitMs }
  await query(
    on,
    'update data_sink set cursor_seq = greatest(cursor_seq, $2), problem = null, updated_at = now() where id = $1',
    [sinkId, token.up_to],
  )
  // A token of an earlier version has no evidence; its figures are taken as they are.
  const against = evidence ?? { taken: null, kept: null, held: work.refused }
  await bookWork(on, node, sink.org_id, Number(token.run_id), work, against, everyRecord)
}
