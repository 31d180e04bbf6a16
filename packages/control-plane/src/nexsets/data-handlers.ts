import type { QuarantinePage } from '@leat/contract'
import { sql } from 'kysely'
import { mayOn, resourceRows } from '../access/roles.ts'
import { requireRole } from '../access/guard.ts'
import type { Call, SomeHandlers } from '../http/call.ts'
import { offsetOf, type Page, setPageHeaders } from '../http/paging.ts'
import { invalid } from '../http/problem.ts'
import { metricKinds } from '../metrics/metric-queries.ts'
import type { Platform } from '../platform.ts'
import type { NodeKind } from '../flows/flow-nodes.ts'
import { withNexsets } from './unknown-nexset.ts'

const maxRaw = 64 * 1024
const sqlPatienceMs = 60_000

/** What reads data itself rather than what is said about it: quarantine and SQL. */
export function dataHandlers(platform: Platform): SomeHandlers<'list_quarantine' | 'query_sql'> {
  return {
    async list_quarantine({ query }, call) {
      if (query.id !== undefined && query.resource_type === undefined)
        throw invalid([
          {
            field: 'resource_type',
            message:
              '"resource_type" is missing: with "id", say whether it is one of data_sources, data_sets, data_sinks.',
          },
        ])
      if (query.id !== undefined)
        await requireRole(platform.db, call.caller, query.resource_type!, query.id, 'collaborator')
      return quarantinePage(platform, call, query)
    },

    async query_sql({ body }, call) {
      const mentioned = [
        ...new Set([...body.query.matchAll(/\bnexset_(\d{1,15})\b/gi)].map((match) => Number(match[1]))),
      ]
      const { rows } = await sql<{ id: number }>`
        select r.id from ${resourceRows('data_sets')} r where r.id = any(${mentioned}::bigint[]) and ${mayOn(call.caller, 'data_sets', 'collaborator')} order by r.id`.execute(
        platform.db,
      )
      const signal = AbortSignal.any([call.signal, AbortSignal.timeout(sqlPatienceMs)])
      const request = { sql: body.query, limit: body.limit, nexsetIds: rows.map((row) => row.id), signal }
      const answer = await platform.data.query(request).catch(async (thrown: unknown) => {
        throw await withNexsets(thrown, platform.db, call.caller)
      })
      return {
        columns: [...answer.columns],
        rows: answer.rows.map((row) => [...row]),
        row_count: answer.rows.length,
        truncated: answer.truncated,
      }
    },
  }
}

interface QuarantineQuery extends Page {
  readonly resource_type?: NodeKind | undefined
  readonly id?: number | undefined
  readonly run_id?: number | undefined
}

interface FileRow {
  readonly store_key: string
  readonly records: number
  readonly node_kind: string
  readonly node_id: number
  readonly run_id: number
  readonly created_at: string
  /** Records in newer files that match. */
  readonly before: number
}

async function quarantinePage(platform: Platform, call: Call, query: QuarantineQuery): Promise<QuarantinePage> {
  const kinds = query.resource_type ? [query.resource_type] : (['data_sources', 'data_sets', 'data_sinks'] as const)
  const mine = sql.join(
    kinds.map(
      (kind) =>
        sql`(q.node_kind = ${metricKinds[kind]} and q.node_id in (select r.id from ${resourceRows(kind)} r where ${mayOn(call.caller, kind, 'collaborator')}))`,
    ),
    sql` or `,
  )
  const where = sql`(${mine}) ${query.id === undefined ? sql`` : sql`and q.node_id = ${query.id}`} ${query.run_id === undefined ? sql`` : sql`and q.run_id = ${query.run_id}`}`
  const counted = await sql<{
    total: number
  }>`select coalesce(sum(q.records), 0)::bigint as total from quarantine q where ${where}`.execute(platform.db)
  const total = counted.rows[0]!.total
  const offset = offsetOf(query)
  // Only the files that hold a record of this page.
  const { rows } = await sql<FileRow>`
    select * from (select q.store_key, q.records, q.node_kind, q.node_id, q.run_id, q.created_at,
      (sum(q.records) over (order by q.id desc) - q.records)::bigint as before from quarantine q where ${where}) as f
    where f.before < ${offset + query.per_page} and f.before + f.records > ${offset} order by f.before`.execute(
    platform.db,
  )
  setPageHeaders(call, query, total)
  if (rows.length === 0) return { total, records: [] }
  const files = rows.map((row) => ({ key: row.store_key, records: row.records }))
  const records = await platform.data.quarantine({ files, offset: offset - rows[0]!.before, limit: query.per_page })
  const byKey = new Map(rows.map((row) => [row.store_key, row]))
  return { total, records: records.map((record) => wireRecord(record, byKey.get(record.key)!)) }
}

function wireRecord(
  record: Awaited<ReturnType<Platform['data']['quarantine']>>[number],
  file: FileRow,
): QuarantinePage['records'][number] {
  const bytes = Buffer.from(record.raw)
  const cut = bytes.subarray(0, maxRaw)
  const text = cut.toString('utf8')
  const isText =
    !bytes.includes(0) &&
    (!text.includes('\uFFFD') || (cut.length < bytes.length && text.indexOf('\uFFFD') >= text.length - 1))
  const kind = (Object.keys(metricKinds) as NodeKind[]).find((one) => metricKinds[one] === file.node_kind)!
  return {
    resource_type: kind,
    resource_id: file.node_id,
    run_id: file.run_id,
    origin: record.origin,
    ordinal: record.ordinal,
    code: record.code,
    reason: record.reason,
    raw: isText ? text : cut.toString('base64'),
    raw_encoding: isText ? 'text' : 'base64',
    raw_truncated: cut.length < bytes.length,
    created_at: file.created_at,
  }
}
