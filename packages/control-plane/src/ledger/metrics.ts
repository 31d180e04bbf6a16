import type { WorkMetrics } from '@leat/engine'
import { type NodeRef, writeFlowLog } from './flow-log.ts'
import { query, type Sql } from './sql.ts'

export const noWork: WorkMetrics = {
  read: 0,
  written: 0,
  filtered: 0,
  refused: 0,
  bytes: 0,
  bytesRead: 0,
  sourceWaitMs: 0,
  transformMs: 0,
  destinationWaitMs: 0,
  commitMs: 0,
}

/** Adds work to the sums of (node, run, UTC day). Part of the caller's transaction. */
export async function addMetrics(
  on: Sql,
  node: NodeRef,
  orgId: number,
  runId: number,
  work: WorkMetrics,
): Promise<void> {
  await query(
    on,
    `insert into metric (node_kind, node_id, run_id, day, org_id, read, written, filtered, refused, bytes, bytes_read,
                         source_wait_ms, transform_ms, destination_wait_ms, commit_ms)
     values ($1, $2, $3, (now() at time zone 'UTC')::date, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (node_kind, node_id, run_id, day) do update set
       read = metric.read + excluded.read, written = metric.written + excluded.written,
       filtered = metric.filtered + excluded.filtered, refused = metric.refused + excluded.refused,
       bytes = metric.bytes + excluded.bytes, bytes_read = metric.bytes_read + excluded.bytes_read,
       source_wait_ms = metric.source_wait_ms + excluded.source_wait_ms,
       transform_ms = metric.transform_ms + excluded.transform_ms,
       destination_wait_ms = metric.destination_wait_ms + excluded.destination_wait_ms,
       commit_ms = metric.commit_ms + excluded.commit_ms, updated_at = now()`,
    [
      node.kind,
      node.id,
      runId,
      orgId,
      work.read,
      work.written,
      work.filtered,
      work.refused,
      work.bytes,
      work.bytesRead,
      ms(work.sourceWaitMs),
      ms(work.transformMs),
      ms(work.destinationWaitMs),
      ms(work.commitMs),
    ],
  )
}

/**
 * Every record that was read must have gone somewhere. A broken sum is a bug of ours: it is logged where people look
 * and does not stop the flow, because stopping would not bring the records back.
 */
export async function checkConservation(on: Sql, node: NodeRef, runId: number, work: WorkMetrics): Promise<void> {
  const accounted = work.written + work.filtered + work.refused
  if (work.read === accounted) return
  await writeFlowLog(on, node, runId, 'ERROR', [
    `Record count does not add up: ${work.read} read, but ${work.written} written + ${work.filtered} filtered + ` +
      `${work.refused} refused = ${accounted}. Please report this with the run id ${runId}.`,
  ])
}

function ms(value: number): number {
  return Math.max(0, Math.round(value))
}
