import { Fault, type JsonObject } from '@leat/connector-kit'
import type { DeriveLedger } from '@leat/engine'
import type { JobQueue } from '../jobs/job-queue.ts'
import { appendSegments, type Schemas } from './append-segments.ts'
import { writeFlowLog } from './flow-log.ts'
import { allowedTo, rowsBetween } from './balance.ts'
import { bookWork } from './metrics.ts'
import { holdBoundary } from './hold-boundary.ts'
import { addQuarantine } from './quarantine.ts'
import { query, queryOne, type Sql } from './sql.ts'
import { wakeFollowers } from './wake-followers.ts'

export type DeriveCommit = Parameters<DeriveLedger['commitDerive']>[0]

interface NexsetRow {
  readonly org_id: number
  readonly name: string
  readonly status: string
  readonly epoch: number
  readonly cursor_seq: number
  readonly transform: JsonObject | null
  readonly parent_data_set_id: number
}

/** Segments, cursor, schema, quarantine, metrics and the followers' jobs: all or nothing. */
export async function commitDerive(on: Sql, queue: JobQueue, schemas: Schemas, commit: DeriveCommit): Promise<void> {
  const node = { kind: 'data_set', id: commit.nexsetId } as const
  const row = await queryOne<NexsetRow>(
    on,
    'select org_id, name, status, epoch, cursor_seq, transform, parent_data_set_id from data_set where id = $1 for no key update',
    [commit.nexsetId],
  )
  if (!row)
    throw new Fault({
      kind: 'cancelled',
      code: 'nexset.deleted',
      message: `Nexset ${commit.nexsetId} was deleted while it was being derived.`,
    })
  if (Number(row.epoch) !== commit.epoch || Number(row.cursor_seq) > commit.upTo)
    throw fencedFollower(`nexset ${commit.nexsetId} "${row.name}"`)
  if (row.status !== 'ACTIVE')
    throw new Fault({
      kind: 'cancelled',
      code: 'nexset.paused',
      message: `Nexset ${commit.nexsetId} "${row.name}" was paused.`,
    })
  const parent = Number(row.parent_data_set_id)
  await holdBoundary(on, parent, commit.upTo)
  const taken = await rowsBetween(on, parent, Number(row.cursor_seq), commit.upTo)
  await query(on, 'update data_set set cursor_seq = $2, problem = null, updated_at = now() where id = $1', [
    commit.nexsetId,
    commit.upTo,
  ])
  await appendSegments(on, commit.nexsetId, commit.runId, commit.segments, schemas.merge)
  await addQuarantine(on, node, row.org_id, commit.runId, commit.quarantine)
  const evidence = {
    taken,
    kept: commit.segments.reduce((sum, segment) => sum + segment.rows, 0),
    held: commit.quarantine.reduce((sum, file) => sum + file.records, 0),
  }
  await bookWork(on, node, row.org_id, commit.runId, commit.metrics, evidence, allowedTo(row.transform))
  await writeFlowLog(on, node, commit.runId, 'INFO', commit.notices)
  if (commit.segments.length > 0) await wakeFollowers(on, queue, [commit.nexsetId])
}

export function fencedFollower(what: string): Fault {
  return new Fault({ kind: 'fenced', code: 'follower.fenced', message: `Another worker has taken over ${what}.` })
}
