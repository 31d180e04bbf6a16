import type { ActivatedSink, CopyOptions, Deleted, Sink, SinkPlan } from '@leat/contract'
import type { BodyOf, CallOptions, QueryOf } from '../call.ts'
import { everyPage } from '../pages.ts'
import type { DestinationCreate, DestinationUpdate } from '../requests.ts'
import { Resource } from './resource.ts'

type ListQuery = QueryOf<'list_sinks'>
type WriteOptions = CallOptions & { readonly strict?: boolean }

export class DestinationsResource extends Resource {
  protected readonly kind = 'sink'

  list(query?: ListQuery, options?: CallOptions): Promise<Sink[]> {
    return this.call('list_sinks', { query, ...options })
  }

  all(query?: ListQuery, options?: CallOptions): AsyncGenerator<Sink> {
    return everyPage((page, per_page) => this.list({ ...query, page, per_page }, options))
  }

  get(id: number, query?: QueryOf<'get_sink'>, options?: CallOptions): Promise<Sink> {
    return this.call('get_sink', { params: { id }, query, ...options })
  }

  /** A destination delivers nothing until it is activated. */
  create<const T extends string>(body: DestinationCreate<T>, { strict, ...options }: WriteOptions = {}): Promise<Sink> {
    return this.call('create_sink', { body: body as object as BodyOf<'create_sink'>, query: { strict }, ...options })
  }

  /** `sink_config` is replaced whole. */
  update(id: number, body: DestinationUpdate, { strict, ...options }: WriteOptions = {}): Promise<Sink> {
    return this.call('update_sink', { params: { id }, body, query: { strict }, ...options })
  }

  /** What was delivered stays. */
  delete(id: number, options?: CallOptions): Promise<Deleted> {
    return this.call('delete_sink', { params: { id }, ...options })
  }

  activate(id: number, options?: CallOptions): Promise<ActivatedSink> {
    return this.call('activate_sink', { params: { id }, ...options })
  }

  /** What the next delivery would change: statements and rows. Nothing of it is done. */
  plan(id: number, options?: CallOptions): Promise<SinkPlan> {
    return this.call('plan_sink', { params: { id }, ...options })
  }

  pause(id: number, options?: CallOptions): Promise<ActivatedSink> {
    return this.call('pause_sink', { params: { id }, ...options })
  }

  copy(id: number, body: CopyOptions = {}, options?: CallOptions): Promise<Sink> {
    return this.call('copy_sink', { params: { id }, body, ...options })
  }
}
