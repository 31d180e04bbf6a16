import type { DailyMetrics, FlowLogs, FlowMetrics, Limits, ResourceType, RunSummary } from '@leat/contract'
import type { Caller, CallOptions, QueryOf } from '../call.ts'

/** Sizes in bytes, days in UTC. */
export class MetricsResource {
  readonly #call: Caller

  constructor(call: Caller) {
    this.#call = call
  }

  getResourceDailyMetrics(
    resource_type: ResourceType,
    id: number,
    query: QueryOf<'get_daily_metrics'>,
    options?: CallOptions,
  ): Promise<DailyMetrics> {
    const whole = { aggregate: 1, ...query }
    return this.#call('get_daily_metrics', { params: { resource_type, id }, query: whole, ...options })
  }

  getResourceMetricsByRun(
    resource_type: ResourceType,
    id: number,
    query?: QueryOf<'get_run_summary'>,
    options?: CallOptions,
  ): Promise<RunSummary> {
    return this.#call('get_run_summary', { params: { resource_type, id }, query, ...options })
  }

  getFlowMetrics(
    resource_type: ResourceType,
    id: number,
    query: QueryOf<'get_flow_metrics'>,
    options?: CallOptions,
  ): Promise<FlowMetrics> {
    return this.#call('get_flow_metrics', { params: { resource_type, id }, query, ...options })
  }

  /** Log of one run; `from` and `to` in epoch ms. */
  getFlowLogs(
    resource_type: ResourceType,
    id: number,
    query: QueryOf<'get_flow_logs'>,
    options?: CallOptions,
  ): Promise<FlowLogs> {
    return this.#call('get_flow_logs', { params: { resource_type, id }, query, ...options })
  }

  getResourceFlowMetrics(
    resource_type: ResourceType,
    id: number,
    metric_type: string,
    options?: CallOptions,
  ): Promise<Record<string, unknown>> {
    return this.#call('get_flow_metric', { params: { resource_type, id, metric_type }, ...options })
  }

  /** `daily`, `total` */
  getFlowMetricsSummary(period: string, options?: CallOptions): Promise<Record<string, unknown>> {
    return this.#call('get_metrics_of_period', { params: { period }, ...options })
  }

  getRateLimits(options?: CallOptions): Promise<Limits> {
    return this.#call('get_limits', { ...options })
  }
}
