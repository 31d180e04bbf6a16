import type { FlowMetrics, FlowNodeMetrics } from '@leat/contract'
import { sql } from 'kysely'
import { resourceRows, mayOn } from '../access/roles.ts'
import type { Caller } from '../auth/tokens.ts'
import { requireResourceNode } from '../flows/flow-handlers.ts'
import { type NodeKind, nodesOfFlows, resourceOf } from '../flows/flow-nodes.ts'
import type { Call, SomeHandlers } from '../http/call.ts'
import { type Page, offsetOf, pageCount, setPageHeaders } from '../http/paging.ts'
import { ApiProblem, invalid, notFound } from '../http/problem.ts'
import type { RequestLimits } from '../http/request-limits.ts'
import type { Platform } from '../platform.ts'
import { readLogs } from './log-queries.ts'
import {
  dailySums,
  dailySumsOfOwner,
  type Days,
  type NodeSums,
  type Sums,
  sums,
  sumsByRun,
  sumsOfFlow,
  withinDays,
} from './metric-queries.ts'

type Operations =
  | 'get_daily_metrics'
  | 'get_run_summary'
  | 'get_flow_metrics'
  | 'get_flow_logs'
  | 'get_flow_metric'
  | 'get_data_flow_metrics'
  | 'get_data_flow_logs'
  | 'get_metrics_of_period'
  | 'list_flow_logs'
  | 'search_flow_logs'
  | 'get_run_status'
  | 'get_user_metrics'
  | 'get_limits'

interface FlowMetricsQuery extends Days, Page {
  readonly groupby?: 'runId' | undefined
  readonly orderby?: 'runId' | 'created_at' | undefined
}

interface RunLogsQuery extends Page {
  readonly run_id: number
  readonly from?: number | undefined
  readonly to?: number | undefined
}

interface TypedParams {
  readonly resource_type: NodeKind
  readonly id: number
}

export function metricHandlers(platform: Platform, limits: RequestLimits): SomeHandlers<Operations> {
  const { db } = platform

  const flowMetrics = async (
    { params, query }: { params: TypedParams; query: FlowMetricsQuery },
    call: Call,
  ): Promise<FlowMetrics> => {
    const { origin_node_id } = await requireResourceNode(platform, params.resource_type, params.id)
    const all = await visible(
      platform,
      call.caller,
      await sumsOfFlow(db, origin_node_id, query, query.groupby === 'runId' ? 'run' : null),
    )
    if (query.groupby !== 'runId')
      return {
        status: 200,
        message: 'Ok',
        metrics: { data: byKind(all), meta: { currentPage: 1, pageCount: 1, totalCount: 1 } },
      }
    const runs = [...new Set(all.map((row) => row.run_id!))]
    const shown = runs.slice(offsetOf(query), offsetOf(query) + query.per_page)
    const data = Object.fromEntries(shown.map((run) => [String(run), byKind(all.filter((row) => row.run_id === run))]))
    return {
      status: 200,
      message: 'Ok',
      metrics: {
        data,
        meta: { currentPage: query.page, pageCount: pageCount(query, runs.length), totalCount: runs.length },
      },
    }
  }

  const runLogs = async ({ params, query }: { params: TypedParams; query: RunLogsQuery }, call: Call) => {
    const { origin_node_id } = await requireResourceNode(platform, params.resource_type, params.id)
    return readLogs(
      db,
      {
        originId: origin_node_id,
        orgId: call.caller.orgId,
        runIds: [query.run_id],
        from: query.from,
        to: query.to,
        oldestFirst: true,
      },
      query,
    )
  }

  return {
    async get_daily_metrics({ params, query }) {
      return { status: 200, metrics: await dailySums(db, params.resource_type, params.id, query) }
    },

    async get_run_summary({ params, query }, call) {
      const page = { page: query.page, per_page: query.size }
      const { total, rows } = await sumsByRun(
        db,
        params.resource_type,
        params.id,
        query.orderby ?? 'runId',
        page.per_page,
        offsetOf(page),
      )
      setPageHeaders(call, page, total)
      const dataSetId = params.resource_type === 'data_sets' ? params.id : await nexsetBehind(platform, params)
      return {
        status: 200,
        metrics: {
          data: rows.map((row) => ({ ...row, dataSetId })),
          meta: { currentPage: page.page, pageCount: pageCount(page, total), totalCount: total },
        },
      }
    },

    get_flow_metrics: flowMetrics,
    get_data_flow_metrics: flowMetrics,
    get_flow_logs: runLogs,
    get_data_flow_logs: runLogs,

    async get_flow_metric({ params, query }, call) {
      const { origin_node_id } = await requireResourceNode(platform, params.resource_type, params.id)
      const known = ['metrics', 'daily', 'total']
      if (!known.includes(params.metric_type))
        throw new ApiProblem(
          'route_not_found',
          `There is no flow metric "${params.metric_type}". Valid: ${known.join(', ')}, logs.`,
        )
      const days = { from: dayIn(query, 'from'), to: dayIn(query, 'to') }
      if (params.metric_type === 'daily') {
        const all = await visible(platform, call.caller, await sumsOfFlow(db, origin_node_id, days, 'day'))
        return { status: 200, message: 'Ok', metrics: byDay(all, params) }
      }
      const all = await visible(platform, call.caller, await sumsOfFlow(db, origin_node_id, days, null))
      return { status: 200, message: 'Ok', metrics: byKind(all) }
    },

    async get_metrics_of_period({ params, query }, call) {
      const days = { from: dayIn(query, 'from'), to: dayIn(query, 'to') }
      const mine = sql`m.node_kind = 'data_source' and m.node_id in (select r.id from ${resourceRows('data_sources')} r where ${mayOn(call.caller, 'data_sources', 'collaborator')})`
      if (params.period === 'total' || params.period === 'active_flows_metrics') {
        const { rows } = await sql<{
          records: number | null
        }>`select ${sums} from metric m where ${mine} and ${withinDays(days)}`.execute(db)
        const { records, size, errors } = { size: 0, errors: 0, ...rows[0] }
        return { status: 200, metrics: { records: records ?? 0, size: size ?? 0, errors: errors ?? 0 } }
      }
      if (params.period !== 'daily')
        throw new ApiProblem('route_not_found', `There is no period "${params.period}". Valid: daily, total.`)
      const { rows } =
        await sql`select m.day as time, ${sums} from metric m where ${mine} and ${withinDays(days)} group by m.day order by m.day`.execute(
          db,
        )
      return { status: 200, metrics: rows }
    },

    async list_flow_logs({ params, query }, call) {
      const originId = await originOf(platform, params.id)
      const seconds = (value: number | undefined) => (value === undefined ? undefined : value * 1000)
      return readLogs(
        db,
        {
          originId,
          orgId: call.caller.orgId,
          runIds: query.run_id === undefined ? [] : [query.run_id],
          from: seconds(query.from),
          to: query.to === undefined ? undefined : endOf(query.to),
          severities: query.severity?.split(','),
          afterId: query.after_id,
          oldestFirst: query.after_id !== undefined,
        },
        query,
      )
    },

    async search_flow_logs({ params, query, body }, call) {
      const originId = await originOf(platform, params.id)
      return readLogs(
        db,
        {
          originId,
          orgId: call.caller.orgId,
          runIds: body.run_ids,
          from: query.from === undefined ? undefined : query.from * 1000,
          to: query.to === undefined ? undefined : endOf(query.to),
          severities: body.severity,
          types: body.log_type,
          text: body.search_string,
          oldestFirst: query.sort === 'asc',
        },
        { page: 1, per_page: query.size ?? 100 },
        query.facets ?? false,
      )
    },

    async get_run_status({ params }) {
      const originId = await originOf(platform, params.id)
      const { rows } = await sql<{
        status: string
        run_id: number
        started_at: string | null
        finished_at: string | null
      }>`
        select r.status, r.id as run_id, r.started_at, r.finished_at from run r join flow_node o on o.data_source_id = r.data_source_id
        where o.id = ${originId} and r.id = ${params.run_id}`.execute(db)
      if (!rows[0]) throw notFound('runs', params.run_id)
      return { ...rows[0], flow_id: originId }
    },

    async get_user_metrics({ params, query }, call) {
      if (params.id !== call.caller.userId && !call.caller.isAdmin)
        throw new ApiProblem('forbidden', 'Only admins of the organisation may see the metrics of other users.')
      const member = await db
        .selectFrom('org_member')
        .select('user_id')
        .where('org_id', '=', call.caller.orgId)
        .where('user_id', '=', params.id)
        .executeTakeFirst()
      if (!member) throw notFound('users', params.id)
      const table = query.resource_type === 'SOURCE' ? 'data_source' : 'data_sink'
      return { status: 200, metrics: await dailySumsOfOwner(db, call.caller.orgId, params.id, table, query) }
    },

    async get_limits(_request, call) {
      return limits.of(call.caller)
    },
  }
}

/** The client turns a day into its first second; as an end, the whole day is meant. */
function endOf(seconds: number): number {
  return seconds % 86_400 === 0 ? (seconds + 86_400) * 1000 - 1 : seconds * 1000 + 999
}

function dayIn(query: Record<string, unknown>, key: 'from' | 'to'): string | undefined {
  const value = query[key]
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value)) return value
  throw invalid([
    { field: key, value, message: `"${key}" is ${JSON.stringify(value)}: give a UTC day such as 2026-11-30.` },
  ])
}

async function visible(platform: Platform, caller: Caller, rows: readonly NodeSums[]): Promise<NodeSums[]> {
  const seen = new Map<NodeKind, Set<number>>()
  for (const kind of ['data_sources', 'data_sets', 'data_sinks'] as const) {
    const ids = rows.filter((row) => row.kind === kind).map((row) => row.id)
    const found = await sql<{
      id: number
    }>`select r.id from ${resourceRows(kind)} r where r.id = any(${ids}::bigint[]) and ${mayOn(caller, kind, 'collaborator')}`.execute(
      platform.db,
    )
    seen.set(kind, new Set(found.rows.map((row) => row.id)))
  }
  return rows.filter((row) => seen.get(row.kind)?.has(row.id))
}

function byKind(rows: readonly NodeSums[]): FlowNodeMetrics {
  const of = (kind: NodeKind) =>
    rows
      .filter((row) => row.kind === kind)
      .map(({ id, records, size, errors }) => ({ id, metric: { records, size, errors } }))
  return { data_sources: of('data_sources'), data_sets: of('data_sets'), data_sinks: of('data_sinks') }
}

/** A row per day on which the flow did anything: the sums of the resource that was asked for, and those of every node of its flow. */
function byDay(
  rows: readonly NodeSums[],
  { resource_type, id }: TypedParams,
): (FlowNodeMetrics & Sums & { time: string })[] {
  return [...Map.groupBy(rows, (row) => row.time!)].map(([time, ofDay]) => {
    const own = ofDay.find((row) => row.kind === resource_type && row.id === id)
    const { records, size, errors } = own ?? { records: 0, size: 0, errors: 0 }
    return { time, records, size, errors, ...byKind(ofDay) }
  })
}

async function originOf(platform: Platform, nodeId: number): Promise<number> {
  const node = await platform.db
    .selectFrom('flow_node')
    .select('origin_node_id')
    .where('id', '=', nodeId)
    .executeTakeFirst()
  if (!node) throw notFound('flows', nodeId)
  return node.origin_node_id
}

/** `dataSetId` of a summary of a source or sink: its first nexset, or the one it receives. */
async function nexsetBehind(platform: Platform, params: TypedParams): Promise<number> {
  const { id, origin_node_id } = await requireResourceNode(platform, params.resource_type, params.id)
  const nodes = await nodesOfFlows(platform.db, [origin_node_id])
  const node = nodes.find((one) => one.id === id)!
  const near =
    params.resource_type === 'data_sources'
      ? nodes.find((one) => one.parent_node_id === id && one.data_set_id !== null)
      : nodes.find((one) => one.id === node.parent_node_id)
  return near ? resourceOf(near).id : 0
}
