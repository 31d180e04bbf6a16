import { z } from 'zod'
import { count, day, flag, integer, jsonObject } from '../values.ts'
import { pageQuery, sums } from './common.ts'

/** Units: `size` in bytes, days in UTC. `status` is the integer 200. */
const ok = z.literal(200)

export const dailyQuery = z.looseObject({ from: day, to: day.optional(), aggregate: integer.optional() })
export const dailyMetrics = z.object({ status: ok, metrics: z.array(z.object({ time: z.string(), ...sums })) })

export const userDailyQuery = dailyQuery.extend({
  resource_type: z.enum(['SOURCE', 'SINK']),
  org_id: integer.optional(),
})

/** Metrics name their page fields in camelCase, logs in snake_case: so the public API does. */
export const metricsMeta = z.object({ currentPage: z.int(), pageCount: z.int(), totalCount: z.int() })

export const runSummaryQuery = z.looseObject({
  groupby: z.string().optional(),
  orderby: z.enum(['runId', 'lastWritten']).optional(),
  page: pageQuery.page,
  size: pageQuery.per_page,
})

export const runSummary = z.object({
  status: ok,
  metrics: z.object({
    data: z.array(z.object({ runId: z.int().nullish(), lastWritten: z.int().nullish(), dataSetId: z.int(), ...sums })),
    meta: metricsMeta,
  }),
})

export const flowMetricsQuery = z.looseObject({
  ...pageQuery,
  /** Public documents ask for it, but one method of the public client never sends it; absent: everything. */
  from: day.optional(),
  to: day.optional(),
  groupby: z.literal('runId').optional(),
  orderby: z.enum(['runId', 'created_at']).optional(),
})

const nodeMetric = z.object({ id: z.int(), metric: z.object(sums) })

export const flowNodeMetrics = z.object({
  data_sources: z.array(nodeMetric),
  data_sets: z.array(nodeMetric),
  data_sinks: z.array(nodeMetric),
})

/** With `groupby=runId`, `data` is run id -> the same three lists. */
export const flowMetrics = z.object({
  status: ok,
  message: z.string(),
  metrics: z.object({ data: z.union([flowNodeMetrics, z.record(z.string(), flowNodeMetrics)]), meta: metricsMeta }),
})

/** `from` and `to` in epoch milliseconds. */
export const runLogsQuery = z.looseObject({
  ...pageQuery,
  run_id: integer,
  from: integer.optional(),
  to: integer.optional(),
})

/** `from` and `to` in epoch seconds. Newest first; with `after_id` oldest first. */
export const flowLogsQuery = z.looseObject({
  ...pageQuery,
  from: integer.optional(),
  to: integer.optional(),
  severity: z.string().optional(),
  run_id: integer.optional(),
  /** Ours: only entries after this id, for following a log. */
  after_id: integer.optional(),
})

export const logSearchQuery = z.looseObject({
  from: integer.optional(),
  to: integer.optional(),
  size: integer.min(1).max(1000).optional(),
  sort: z.string().optional(),
  facets: flag.optional(),
})

export const logSearch = z.looseObject({
  run_ids: z.array(z.int()).optional(),
  severity: z.array(z.string()).optional(),
  log_type: z.array(z.string()).optional(),
  search_string: z.string().optional(),
})

export const logEntry = z.object({
  /** Ours: grows with every entry. */
  id: z.int(),
  /** Epoch ms. */
  timestamp: z.int(),
  resource_id: z.int(),
  resource_type: z.enum(['SOURCE', 'DATASET', 'SINK']),
  run_id: z.int().nullish(),
  log: z.string(),
  log_type: z.string(),
  severity: z.enum(['INFO', 'WARNING', 'ERROR']),
  details: jsonObject.nullish(),
})

export const logs = z.object({
  status: ok,
  message: z.string(),
  logs: z.object({
    data: z.array(logEntry),
    meta: z.object({
      current_page: z.int(),
      pages_count: z.int(),
      total_count: z.int(),
      org_id: z.int().nullish(),
      run_id: z.int().nullish(),
    }),
    facets: jsonObject.optional(),
  }),
})

export const runStatus = z.object({
  status: z.string(),
  run_id: z.int(),
  flow_id: z.int(),
  started_at: z.string().nullish(),
  finished_at: z.string().nullish(),
})

const limit = z.object({ limit: count, count })
const limitClasses = z.object({ common: limit, light: limit, medium: limit, high: limit })
export const limits = z.object({ second: limitClasses, day: limitClasses })

export type DailyMetrics = z.output<typeof dailyMetrics>
export type RunSummary = z.output<typeof runSummary>
export type FlowMetrics = z.output<typeof flowMetrics>
export type FlowNodeMetrics = z.output<typeof flowNodeMetrics>
export type FlowLogs = z.output<typeof logs>
export type LogEntry = z.output<typeof logEntry>
export type LogSearch = z.input<typeof logSearch>
export type Limits = z.output<typeof limits>
