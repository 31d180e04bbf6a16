import type { Unit } from '@leat/connector-kit'
import type { JobQueue } from '../jobs/job-queue.ts'
import { query, queryOne, type Sql } from '../ledger/sql.ts'

/** Units that are compared with what was read before, in one statement. */
const batchSize = 2000

/** Passes on the units that this run has to read: new ones, changed ones, unfinished ones and those without a version. */
export async function* dropRead(
  on: Sql,
  sourceId: number,
  runId: number,
  units: AsyncIterable<Unit>,
): AsyncGenerator<Unit> {
  let batch = new Map<string, Unit>()
  for await (const unit of units) {
    batch.set(unit.key, unit)
    if (batch.size < batchSize) continue
    yield* await unreadOf(on, sourceId, runId, batch)
    batch = new Map()
  }
  if (batch.size > 0) yield* await unreadOf(on, sourceId, runId, batch)
}

async function unreadOf(
  on: Sql,
  sourceId: number,
  runId: number,
  batch: ReadonlyMap<string, Unit>,
): Promise<Iterable<Unit>> {
  const known = await query<{ key: string; version: string | null; status: string; run_id: number }>(
    on,
    'select key, version, status, run_id from unit where data_source_id = $1 and key = any($2::text[])',
    [sourceId, [...batch.keys()]],
  )
  const read = new Set<string>()
  for (const row of known) {
    const unit = batch.get(row.key)
    const sameVersion = unit?.version !== null && unit?.version === row.version
    if (row.run_id === runId || (row.status === 'DONE' && sameVersion)) read.add(row.key)
  }
  return [...batch.values()].filter((unit) => !read.has(unit.key))
}

/**
 * Notes a group of units as work of the run and makes the job that reads them, in the caller's transaction. A unit that an earlier run did
 * not finish goes on from its checkpoint while its version is the same; its epoch grows, so that a worker of that run is fenced out.
 */
export async function enlist(
  on: Sql,
  queue: JobQueue,
  sourceId: number,
  runId: number,
  group: readonly Unit[],
): Promise<void> {
  const run = await queryOne<{ status: string }>(on, 'select status from run where id = $1 for no key update', [runId])
  if (run?.status !== 'RUNNING')
    throw new DOMException(`Run ${runId} was stopped while its source was being listed.`, 'AbortError')
  const enlisted = await query<{ id: number; key: string; bytes: number }>(
    on,
    `insert into unit (data_source_id, key, version, bytes, modified_at, payload, run_id)
     select $1, u.key, u.version, u.bytes, u.modified_at, u.payload::jsonb, $2
     from unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[]) as u(key, version, bytes, modified_at, payload)
     on conflict (data_source_id, key) do update set
       version = excluded.version, bytes = excluded.bytes, modified_at = excluded.modified_at, payload = excluded.payload, run_id = excluded.run_id,
       checkpoint = case when excluded.version is null or excluded.version = unit.version then unit.checkpoint end,
       begun_at = case when unit.status <> 'DONE' and unit.checkpoint is not null and (excluded.version is null or excluded.version = unit.version)
         then unit.begun_at else now() end,
       verdict = null, status = 'PENDING', epoch = unit.epoch + 1, attempts = 0, problem = null, updated_at = now()
     where unit.run_id <> excluded.run_id
     returning id, key, bytes`,
    [
      sourceId,
      runId,
      group.map((unit) => unit.key),
      group.map((unit) => unit.version),
      group.map((unit) => unit.bytes),
      group.map((unit) => unit.modified_at ?? null),
      group.map((unit) => JSON.stringify(unit.payload)),
    ],
  )
  const idOf = new Map(enlisted.map((row) => [row.key, row.id]))
  const unitIds = group.flatMap((unit) => idOf.get(unit.key) ?? [])
  const bytes = enlisted.reduce((sum, row) => sum + row.bytes, 0)
  await query(on, 'update run set units_total = units_total + $2, bytes_total = bytes_total + $3 where id = $1', [
    runId,
    unitIds.length,
    bytes,
  ])
  if (unitIds.length > 0) await queue.addIngest(on, [{ sourceId, runId, unitIds, attempt: 1 }])
}
