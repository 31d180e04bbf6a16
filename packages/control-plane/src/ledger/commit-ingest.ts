import { Fault, type Schema } from '@leat/connector-kit'
import type { IngestCommit, NexsetHead } from '@leat/engine'
import type { JobQueue } from '../jobs/job-queue.ts'
import { finishRunIfDone } from '../runs/finish-run.ts'
import { lockGoingRun, stopReasons } from '../runs/going-run.ts'
import { appendSegments, type Schemas } from './append-segments.ts'
import { type NodeRef, writeFlowLog } from './flow-log.ts'
import { everyRecord } from './balance.ts'
import { bookWork, noWork } from './metrics.ts'
import { addQuarantine } from './quarantine.ts'
import { query, queryOne, type Sql } from './sql.ts'
import { wakeFollowers } from './wake-followers.ts'

interface SourceRow {
  readonly org_id: number
  readonly owner_id: number
}

/**
 * Locks, always in this order (all commits and edits of one source wait for each other, none for another source's):
 * source, run, units, nexsets, jobs of the followers.
 */
export async function commitIngest(
  on: Sql,
  queue: JobQueue,
  schemas: Schemas,
  commit: IngestCommit,
): Promise<{ nexsetIds: readonly number[] }> {
  const source = await lockRun(on, commit)
  await saveProgress(on, commit)
  const node: NodeRef = { kind: 'data_source', id: commit.sourceId }
  const nexsetIds: number[] = []
  let kept = 0
  for (const output of commit.outputs) {
    const id = await nexsetOf(on, schemas, commit.sourceId, source, output)
    await appendSegments(on, id, commit.runId, output.segments, schemas.merge)
    const rows = output.segments.reduce((sum, segment) => sum + segment.rows, 0)
    const bytes = output.segments.reduce((sum, segment) => sum + segment.bytes, 0)
    const appended = { ...noWork, read: rows, written: rows, bytes }
    const same = { taken: rows, kept: rows, held: 0 }
    await bookWork(on, { kind: 'data_set', id }, source.org_id, commit.runId, appended, same, everyRecord)
    kept += rows
    nexsetIds.push(id)
  }
  await addQuarantine(on, node, source.org_id, commit.runId, commit.quarantine)
  const held = commit.quarantine.reduce((sum, file) => sum + file.records, 0)
  await bookWork(on, node, source.org_id, commit.runId, commit.metrics, { taken: null, kept, held }, everyRecord)
  await writeFlowLog(on, node, commit.runId, 'INFO', commit.notices)
  await wakeFollowers(on, queue, nexsetIds)
  if (commit.progress.some((unit) => unit.done)) await finishRunIfDone(on, queue, commit.runId)
  return { nexsetIds }
}

async function lockRun(on: Sql, commit: IngestCommit): Promise<SourceRow> {
  const state = await lockGoingRun(on, commit.sourceId, commit.runId)
  if (state !== 'going') {
    throw new Fault({
      kind: 'cancelled',
      code: `run.${state}`,
      message: `Run ${commit.runId} of source ${commit.sourceId} does not go on: ${stopReasons[state]}`,
    })
  }
  return (await queryOne<SourceRow>(on, 'select org_id, owner_id from data_source where id = $1', [
    commit.sourceId,
  ])) as SourceRow
}

/** Moves the checkpoints, or throws `fenced` when any unit has a later holder. */
async function saveProgress(on: Sql, commit: IngestCommit): Promise<void> {
  const { progress, runId } = commit
  const moved = await query<{ done: boolean }>(
    on,
    `update unit u set checkpoint = p.checkpoint::jsonb, verdict = p.verdict::jsonb, status = case when p.done then 'DONE' else 'LEASED' end,
       attempts = 0, problem = null, updated_at = now()
     from unnest($1::bigint[], $2::bigint[], $3::text[], $4::boolean[], $6::text[]) as p(id, epoch, checkpoint, done, verdict)
     where u.id = p.id and u.epoch = p.epoch and u.status = 'LEASED' and u.run_id = $5
     returning p.done`,
    [
      progress.map((unit) => unit.unitId),
      progress.map((unit) => unit.epoch),
      progress.map((unit) => JSON.stringify(unit.checkpoint)),
      progress.map((unit) => unit.done),
      runId,
      progress.map((unit) => (unit.verdict ? JSON.stringify(unit.verdict) : null)),
    ],
  )
  if (moved.length !== progress.length) {
    throw new Fault({
      kind: 'fenced',
      code: 'run.unit_fenced',
      message: `${progress.length - moved.length} units of run ${runId} have another worker by now.`,
    })
  }
  await query(
    on,
    `update run set units_done = units_done + $2, bytes_done = least(bytes_total, bytes_done + $3), status = 'RUNNING', attempt = 1, next_retry_at = null, problem = null
     where id = $1`,
    [runId, moved.filter((unit) => unit.done).length, commit.metrics.bytesRead],
  )
  await query(on, 'update data_source set problem = null where id = $1 and problem is not null', [commit.sourceId])
}

/** Decided again under the lock of the source: of two workers that meet the first data of a source, the second finds what the first has made. */
async function nexsetOf(
  on: Sql,
  schemas: Schemas,
  sourceId: number,
  source: SourceRow,
  output: IngestCommit['outputs'][number],
): Promise<number> {
  if ('id' in output.nexset) return output.nexset.id
  const { name, once } = output.nexset.create
  const heads = await query<NexsetHead>(
    on,
    'select id, name, schema from data_set where data_source_id = $1 order by id',
    [sourceId],
  )
  const shape = output.segments.reduce<Schema | null>((merged, segment) => schemas.merge(merged, segment.schema), null)
  const found = shape === null ? heads[0] : schemas.choose(heads, shape, once)
  return found ? found.id : createNexset(on, sourceId, source, `${name} - ${heads.length + 1}`)
}

async function createNexset(on: Sql, sourceId: number, source: SourceRow, name: string): Promise<number> {
  const created = await queryOne<{ id: number }>(
    on,
    `insert into data_set (org_id, owner_id, name, data_source_id, status) values ($1, $2, $3, $4, 'ACTIVE') returning id`,
    [source.org_id, source.owner_id, name, sourceId],
  )
  const id = Number(created?.id)
  await query(
    on,
    `insert into flow_node (org_id, parent_node_id, origin_node_id, data_set_id, name)
     select org_id, id, origin_node_id, $2, $3 from flow_node where data_source_id = $1 order by id limit 1`,
    [sourceId, id, name],
  )
  return id
}
