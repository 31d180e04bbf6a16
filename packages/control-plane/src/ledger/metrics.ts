import type { WorkMetrics } from '@leat/engine'
import { imbalances, type Allowed, type Evidence } from './balance.ts'
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
async function addMetrics(
  on: Sql,
  node: NodeRef,
  orgId: number,
  runId: number,
  work: WorkMetrics,
  evidence: Evidence,
  wrong: boolean,
): Promise<void> {
  await query(
    on,
    `insert into metric (node_kind, node_id, run_id, day, org_id, read, written, filtered, refused, bytes, bytes_read,
                         source_wait_ms, transform_ms, destination_wait_ms, commit_ms, expanded, taken, kept, held, unbalanced)
     values ($1, $2, $3, (now() at time zone 'UTC')::date, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
             $15, $16, $17, $18, $19)
     on conflict (node_kind, node_id, run_id, day) do update set
       read = metric.read + excluded.read, written = metric.written + excluded.written,
       filtered = metric.filtered + excluded.filtered, refused = metric.refused + excluded.refused,
       bytes = metric.bytes + excluded.bytes, bytes_read = metric.bytes_read + excluded.bytes_read,
       source_wait_ms = metric.source_wait_ms + excluded.source_wait_ms,
       transform_ms = metric.transform_ms + excluded.transform_ms,
       destination_wait_ms = metric.destination_wait_ms + excluded.destination_wait_ms,
       commit_ms = metric.commit_ms + excluded.commit_ms, expanded = metric.expanded + excluded.expanded,
       taken = metric.taken + excluded.taken, kept = metric.kept + excluded.kept, held = metric.held + excluded.held,
       unbalanced = metric.unbalanced + excluded.unbalanced, updated_at = now()`,
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
      work.expanded ?? 0,
      evidence.taken ?? work.read,
      evidence.kept ?? work.written,
      evidence.held,
      wrong ? 1 : 0,
    ],
  )
}

/**
 * Books the work of a node and holds it against the index. A broken sum is a bug of ours: it is logged where people look, counted where the
 * run shows it, and does not stop the flow, because stopping would not bring the records back.
 */
export async function bookWork(
  on: Sql,
  node: NodeRef,
  orgId: number,
  runId: number,
  work: WorkMetrics,
  evidence: Evidence,
  allowed: Allowed,
): Promise<void> {
  const wrong = imbalances(work, evidence, allowed)
  await addMetrics(on, node, orgId, runId, work, evidence, wrong.length > 0)
  if (wrong.length === 0) return
  await writeFlowLog(on, node, runId, 'ERROR', [
    `Record count does not add up: ${wrong.join('; ')}. Please report this with the run id ${runId}.`,
  ])
}

function ms(value: number): number {
  return Math.max(0, Math.round(value))
}
