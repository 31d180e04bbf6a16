import { sql } from 'kysely'
import type { Database } from '../database/connection.ts'
import type { NodeKind } from '../flows/flow-nodes.ts'

export const metricKinds = {
  data_sources: 'data_source',
  data_sets: 'data_set',
  data_sinks: 'data_sink',
} as const satisfies Record<NodeKind, string>

export interface Sums {
  readonly records: number
  readonly size: number
  readonly errors: number
}

export interface Days {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** UTC days, both included; the public client also hands over full ISO times. */
export function withinDays({ from, to }: Days) {
  return sql<boolean>`(${from?.slice(0, 10) ?? null}::date is null or m.day >= ${from?.slice(0, 10) ?? null}::date)
    and (${to?.slice(0, 10) ?? null}::date is null or m.day <= ${to?.slice(0, 10) ?? null}::date)`
}

/** What a node wrote (source, nexset) or delivered (sink), in bytes, and what it refused. */
export const sums = sql`sum(m.written)::bigint as records, sum(m.bytes)::bigint as size, sum(m.refused)::bigint as errors`

export async function dailySums(
  db: Database,
  kind: NodeKind,
  id: number,
  days: Days,
): Promise<(Sums & { time: string })[]> {
  const { rows } = await sql<Sums & { time: string }>`
    select m.day as time, ${sums} from metric m where m.node_kind = ${metricKinds[kind]} and m.node_id = ${id} and ${withinDays(days)}
    group by m.day order by m.day`.execute(db)
  return rows
}

export async function dailySumsOfOwner(
  db: Database,
  orgId: number,
  ownerId: number,
  table: 'data_source' | 'data_sink',
  days: Days,
): Promise<(Sums & { time: string })[]> {
  const { rows } = await sql<Sums & { time: string }>`
    select m.day as time, ${sums} from metric m join ${sql.table(table)} r on r.id = m.node_id
    where m.node_kind = ${table} and m.org_id = ${orgId} and r.owner_id = ${ownerId} and ${withinDays(days)} group by m.day order by m.day`.execute(
    db,
  )
  return rows
}

export interface RunSums extends Sums {
  readonly runId: number
  /** Epoch ms. */
  readonly lastWritten: number
}

export async function sumsByRun(
  db: Database,
  kind: NodeKind,
  id: number,
  order: 'runId' | 'lastWritten',
  limit: number,
  offset: number,
): Promise<{ total: number; rows: RunSums[] }> {
  const of = sql`from metric m where m.node_kind = ${metricKinds[kind]} and m.node_id = ${id}`
  const by = order === 'lastWritten' ? sql`max(m.updated_at) desc` : sql`m.run_id desc`
  const counted = await sql<{ total: number }>`select count(distinct m.run_id) as total ${of}`.execute(db)
  const { rows } = await sql<RunSums>`
    select m.run_id as "runId", (extract(epoch from max(m.updated_at)) * 1000)::bigint as "lastWritten", ${sums} ${of}
    group by m.run_id order by ${by} limit ${limit} offset ${offset}`.execute(db)
  return { total: counted.rows[0]!.total, rows }
}

export interface NodeSums extends Sums {
  readonly kind: NodeKind
  readonly id: number
  readonly run_id: number | null
  /** UTC day. */
  readonly time: string | null
}

/** Sums of every node of a flow, over all runs, per run (the newest first) or per day (the oldest first). */
export async function sumsOfFlow(
  db: Database,
  originId: number,
  days: Days,
  by: 'run' | 'day' | null,
): Promise<NodeSums[]> {
  const run = by === 'run' ? sql`m.run_id` : sql`null::bigint`
  const day = by === 'day' ? sql`m.day` : sql`null::date`
  const { rows } = await sql<NodeSums>`
    with node as (
      select 'data_sources' as kind, 'data_source' as metric_kind, data_source_id as id from flow_node where origin_node_id = ${originId} and data_source_id is not null
      union all select 'data_sets', 'data_set', data_set_id from flow_node where origin_node_id = ${originId} and data_set_id is not null
      union all select 'data_sinks', 'data_sink', data_sink_id from flow_node where origin_node_id = ${originId} and data_sink_id is not null)
    select n.kind, n.id, ${run} as run_id, ${day} as time, coalesce(sum(m.written), 0)::bigint as records, coalesce(sum(m.bytes), 0)::bigint as size, coalesce(sum(m.refused), 0)::bigint as errors
    from node n ${by === null ? sql`left join` : sql`join`} metric m on m.node_kind = n.metric_kind and m.node_id = n.id and ${withinDays(days)}
    group by n.kind, n.id, 3, 4 order by 3 desc nulls last, 4, n.kind, n.id`.execute(db)
  return rows
}
