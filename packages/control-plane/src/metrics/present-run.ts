import type { Run, RunDetail, RunNode, WorkSums } from '@leat/contract'
import { sql, type RawBuilder } from 'kysely'
import type { Database } from '../database/connection.ts'
import type { Problem } from '../database/tables/problem.ts'
import { type NodeKind, nodeOf, nodesOfFlows, resourceOf } from '../flows/flow-nodes.ts'
import { metricKinds } from './metric-queries.ts'
import { balanceOf } from '../runs/run-balance.ts'
import { runProgress } from '../runs/run-view.ts'

interface SumsRow {
  readonly node_kind: string
  readonly node_id: number
  readonly read: number
  readonly written: number
  readonly filtered: number
  readonly refused: number
  readonly bytes: number
  readonly bytes_read: number
  readonly source_wait_ms: number
  readonly transform_ms: number
  readonly destination_wait_ms: number
  readonly commit_ms: number
  readonly expanded: number
  readonly taken: number
  readonly kept: number
  readonly held: number
  readonly unbalanced: number
}

interface RunRow extends Omit<Run, keyof WorkSums | 'followers_caught_up'> {
  readonly problem: Problem | null
}

export async function findRuns(
  db: Database,
  where: RawBuilder<unknown>,
  limit: number,
  offset: number,
): Promise<{ total: number; runs: Run[] }> {
  const counted = await sql<{ total: number }>`select count(*) as total from run r where ${where}`.execute(db)
  const { rows } = await sql<RunRow>`
    select r.id, r.data_source_id, s.name as source_name, r.trigger, r.status, r.listed, r.units_total, r.units_done, r.bytes_total, r.bytes_done, r.attempt,
      r.next_retry_at, r.problem, r.verdict, r.created_at, r.started_at, r.finished_at
    from run r join data_source s on s.id = r.data_source_id where ${where} order by r.id desc limit ${limit} offset ${offset}`.execute(
    db,
  )
  const sums = await sumsOfRuns(
    db,
    rows.map((row) => row.id),
  )
  const runs = await Promise.all(
    rows.map(async (row) => {
      const { followers_caught_up } = await runProgress(db, row.id)
      const mine = sums.filter((one) => one.run_id === row.id)
      const balanced = mine.every((one) => balanceOf(one).balanced)
      const source = mine.find((one) => one.node_kind === 'data_source')
      return { ...row, ...wireSums(source), balanced, followers_caught_up }
    }),
  )
  return { total: counted.rows[0]!.total, runs }
}

/** A run with every node of its flow, source first. */
export async function findRun(db: Database, id: number): Promise<RunDetail | null> {
  const { runs } = await findRuns(db, sql`r.id = ${id}`, 1, 0)
  const run = runs[0]
  if (!run) return null
  const origin = await nodeOf(db, 'data_sources', run.data_source_id)
  const [nodes, sums, progress, problems] = await Promise.all([
    nodesOfFlows(db, origin ? [origin.origin_node_id] : []),
    sumsOfRuns(db, [id]),
    runProgress(db, id),
    problemsOf(db, run.data_source_id),
  ])
  return {
    ...run,
    balance: balanceOf(sums.find((one) => one.node_kind === 'data_source')),
    nodes: nodes.map((node): RunNode => {
      const resource = resourceOf(node)
      const kind = metricKinds[resource.kind]
      const mine = sums.find((one) => one.node_kind === kind && one.node_id === resource.id)
      const behind = progress.behind.find((one) => one.kind === kind && one.id === resource.id)
      return {
        resource_type: resource.kind,
        id: resource.id,
        name: node.name,
        status: node.status,
        ...wireSums(mine),
        balance: balanceOf(mine),
        caught_up: resource.kind === 'data_sources' ? !['QUEUED', 'RUNNING'].includes(run.status) : !behind,
        problem: problems.get(`${resource.kind} ${resource.id}`) ?? null,
      }
    }),
  }
}

async function sumsOfRuns(db: Database, ids: readonly number[]): Promise<readonly (SumsRow & { run_id: number })[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<SumsRow & { run_id: number }>`
    select m.run_id, m.node_kind, m.node_id, sum(m.read)::bigint as read, sum(m.written)::bigint as written, sum(m.filtered)::bigint as filtered,
      sum(m.refused)::bigint as refused, sum(m.bytes)::bigint as bytes, sum(m.bytes_read)::bigint as bytes_read,
      sum(m.source_wait_ms)::bigint as source_wait_ms, sum(m.transform_ms)::bigint as transform_ms,
      sum(m.destination_wait_ms)::bigint as destination_wait_ms, sum(m.commit_ms)::bigint as commit_ms,
      sum(m.expanded)::bigint as expanded, sum(m.taken)::bigint as taken, sum(m.kept)::bigint as kept, sum(m.held)::bigint as held,
      sum(m.unbalanced)::bigint as unbalanced
    from metric m where m.run_id = any(${ids}::bigint[])
    group by m.run_id, m.node_kind, m.node_id`.execute(db)
  return rows
}

async function problemsOf(db: Database, sourceId: number): Promise<Map<string, Problem>> {
  const { rows } = await sql<{ kind: NodeKind; id: number; problem: Problem }>`
    with flow as (select n.* from flow_node n join flow_node o on o.id = n.origin_node_id where o.data_source_id = ${sourceId})
    select 'data_sources' as kind, s.id, s.problem from data_source s join flow f on f.data_source_id = s.id where s.problem is not null
    union all select 'data_sets', d.id, d.problem from data_set d join flow f on f.data_set_id = d.id where d.problem is not null
    union all select 'data_sinks', k.id, k.problem from data_sink k join flow f on f.data_sink_id = k.id where k.problem is not null`.execute(
    db,
  )
  return new Map(rows.map((row) => [`${row.kind} ${row.id}`, row.problem]))
}

function wireSums(row: SumsRow | undefined): WorkSums {
  return {
    records_read: row?.read ?? 0,
    records_written: row?.written ?? 0,
    records_filtered: row?.filtered ?? 0,
    records_refused: row?.refused ?? 0,
    bytes_read: row?.bytes_read ?? 0,
    bytes_written: row?.bytes ?? 0,
    time: {
      source_wait_ms: row?.source_wait_ms ?? 0,
      transform_ms: row?.transform_ms ?? 0,
      destination_wait_ms: row?.destination_wait_ms ?? 0,
      commit_ms: row?.commit_ms ?? 0,
    },
  }
}
