import type {
  Deleted,
  FlowCopyOptions,
  FlowLogs,
  FlowMetrics,
  FlowResponse,
  LogSearch,
  ResourceType,
  ResponseOf,
} from '@leat/contract'
import type { CallOptions, QueryOf } from '../call.ts'
import { Resource } from './resource.ts'

type TreeQuery = QueryOf<'activate_flow'>

/** A flow: a source, its nexsets and their destinations, as a tree. `id` is the id of any of its nodes. */
export class FlowsResource extends Resource {
  protected readonly kind = 'flow'

  /** One object with the trees in `flows` and, unless `flows_only`, the resources in lists beside it. */
  list(query?: QueryOf<'list_flows'>, options?: CallOptions): Promise<FlowResponse> {
    return this.call('list_flows', { query, ...options })
  }

  get(id: number, query?: QueryOf<'get_flow'>, options?: CallOptions): Promise<FlowResponse> {
    return this.call('get_flow', { params: { id }, query, ...options })
  }

  getByResource(
    resource_type: ResourceType,
    id: number,
    query?: QueryOf<'get_resource_flow'>,
    options?: CallOptions,
  ): Promise<FlowResponse> {
    return this.call('get_resource_flow', { params: { resource_type, id }, query, ...options })
  }

  /** The node and everything below it; the whole tree with `{all: true}`. */
  activate(id: number, query?: TreeQuery, options?: CallOptions): Promise<FlowResponse> {
    return this.call('activate_flow', { params: { id }, query, ...options })
  }

  pause(id: number, query?: TreeQuery, options?: CallOptions): Promise<FlowResponse> {
    return this.call('pause_flow', { params: { id }, query, ...options })
  }

  activateByResource(
    resource_type: ResourceType,
    id: number,
    query?: TreeQuery,
    options?: CallOptions,
  ): Promise<FlowResponse> {
    return this.call('activate_resource_flow', { params: { resource_type, id }, query, ...options })
  }

  pauseByResource(
    resource_type: ResourceType,
    id: number,
    query?: TreeQuery,
    options?: CallOptions,
  ): Promise<FlowResponse> {
    return this.call('pause_resource_flow', { params: { resource_type, id }, query, ...options })
  }

  copy(id: number, body: FlowCopyOptions = {}, options?: CallOptions): Promise<FlowResponse> {
    return this.call('copy_flow', { params: { id }, body, ...options })
  }

  /** With its source, nexsets and destinations. */
  delete(id: number, query?: QueryOf<'delete_flow'>, options?: CallOptions): Promise<Deleted> {
    return this.call('delete_flow', { params: { id }, query, ...options })
  }

  deleteByResource(resource_type: ResourceType, id: number, options?: CallOptions): Promise<Deleted> {
    return this.call('delete_resource_flow', { params: { resource_type, id }, ...options })
  }

  /** Log of one run; `from` and `to` in epoch ms. */
  getLogs(
    resource_type: ResourceType,
    id: number,
    query: QueryOf<'get_flow_logs'>,
    options?: CallOptions,
  ): Promise<FlowLogs> {
    return this.call('get_flow_logs', { params: { resource_type, id }, query, ...options })
  }

  /** `from` and `to` are UTC days. */
  getMetrics(
    resource_type: ResourceType,
    id: number,
    query: QueryOf<'get_flow_metrics'>,
    options?: CallOptions,
  ): Promise<FlowMetrics> {
    return this.call('get_flow_metrics', { params: { resource_type, id }, query, ...options })
  }

  /** Log of a flow; `from` and `to` in epoch seconds. */
  getFlowLogs(id: number, query?: QueryOf<'list_flow_logs'>, options?: CallOptions): Promise<FlowLogs> {
    return this.call('list_flow_logs', { params: { id }, query, ...options })
  }

  searchFlowLogs(
    id: number,
    body: LogSearch = {},
    query?: QueryOf<'search_flow_logs'>,
    options?: CallOptions,
  ): Promise<FlowLogs> {
    return this.call('search_flow_logs', { params: { id }, body, query, ...options })
  }

  getRunStatus(id: number, run_id: number, options?: CallOptions): Promise<ResponseOf<'get_run_status'>> {
    return this.call('get_run_status', { params: { id, run_id }, ...options })
  }
}
