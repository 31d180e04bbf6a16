import type { FlowLogs, LogEntry } from '@leat/contract'
import { sql, type RawBuilder } from 'kysely'
import type { Database } from '../database/connection.ts'
import { type Page, offsetOf, pageCount } from '../http/paging.ts'

export interface LogFilter {
  readonly originId: number
  readonly orgId: number
  readonly runIds?: readonly number[] | undefined
  /** Epoch ms. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly severities?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
  readonly text?: string | undefined
  readonly afterId?: number | undefined
  readonly oldestFirst: boolean
}

const resourceTypes: Readonly<Record<string, LogEntry['resource_type']>> = {
  data_source: 'SOURCE',
  data_set: 'DATASET',
  data_sink: 'SINK',
}

interface Row {
  readonly id: number
  readonly at: number
  readonly node_kind: string
  readonly node_id: number
  readonly run_id: number | null
  readonly severity: LogEntry['severity']
  readonly log_type: string
  readonly message: string
}

/** One page of the log of a flow in the wire form; times leave as epoch ms. */
export async function readLogs(db: Database, filter: LogFilter, page: Page, facets = false): Promise<FlowLogs> {
  const where = conditions(filter)
  const counted = await sql<{ total: number }>`select count(*) as total from flow_log l where ${where}`.execute(db)
  const { rows } = await sql<Row>`
    select l.id, (extract(epoch from l.created_at) * 1000)::bigint as at, l.node_kind, l.node_id, l.run_id, l.severity, l.log_type, l.message
    from flow_log l where ${where} order by l.id ${filter.oldestFirst ? sql`asc` : sql`desc`} limit ${page.per_page} offset ${offsetOf(page)}`.execute(
    db,
  )
  const total = counted.rows[0]!.total
  return {
    status: 200,
    message: 'Ok',
    logs: {
      data: rows.map((row) => ({
        id: row.id,
        timestamp: row.at,
        resource_id: row.node_id,
        resource_type: resourceTypes[row.node_kind] ?? 'SOURCE',
        run_id: row.run_id,
        log: row.message,
        log_type: row.log_type,
        severity: row.severity,
      })),
      meta: {
        current_page: page.page,
        pages_count: pageCount(page, total),
        total_count: total,
        org_id: filter.orgId,
        run_id: filter.runIds?.length === 1 ? filter.runIds[0]! : null,
      },
      ...(facets ? { facets: await facetsOf(db, where) } : {}),
    },
  }
}

function conditions(filter: LogFilter): RawBuilder<boolean> {
  const parts = [sql`l.org_id = ${filter.orgId} and l.origin_node_id = ${filter.originId}`]
  if (filter.runIds && filter.runIds.length > 0) parts.push(sql`l.run_id = any(${filter.runIds}::bigint[])`)
  if (filter.from !== undefined) parts.push(sql`l.created_at >= to_timestamp(${filter.from}::double precision / 1000)`)
  if (filter.to !== undefined) parts.push(sql`l.created_at <= to_timestamp(${filter.to}::double precision / 1000)`)
  if (filter.severities && filter.severities.length > 0)
    parts.push(sql`l.severity = any(${filter.severities.map((one) => one.toUpperCase())}::text[])`)
  if (filter.types && filter.types.length > 0)
    parts.push(sql`l.log_type = any(${filter.types.map((one) => one.toUpperCase())}::text[])`)
  if (filter.text !== undefined && filter.text !== '')
    parts.push(sql`position(lower(${filter.text}) in lower(l.message)) > 0`)
  if (filter.afterId !== undefined) parts.push(sql`l.id > ${filter.afterId}`)
  return sql`${sql.join(parts, sql` and `)}`
}

async function facetsOf(db: Database, where: RawBuilder<boolean>): Promise<Record<string, unknown>> {
  const { rows } = await sql<{ severity: string; log_type: string; count: number }>`
    select l.severity, l.log_type, count(*) as count from flow_log l where ${where} group by 1, 2`.execute(db)
  const sum = (key: 'severity' | 'log_type') =>
    rows.reduce<Record<string, number>>(
      (counts, row) => ({ ...counts, [row[key]]: (counts[row[key]] ?? 0) + row.count }),
      {},
    )
  return { severity: sum('severity'), log_type: sum('log_type') }
}
