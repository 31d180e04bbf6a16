import type { ActivatedNexset, Deleted, Nexset, NexsetCopyOptions, ResponseOf } from '@leat/contract'
import type { CallOptions, QueryOf } from '../call.ts'
import { everyPage } from '../pages.ts'
import type { NexsetCreate, NexsetUpdate } from '../requests.ts'
import { Resource } from './resource.ts'

type ListQuery = QueryOf<'list_nexsets'>
type WriteOptions = CallOptions & { readonly strict?: boolean }

export class NexsetsResource extends Resource {
  protected readonly kind = 'nexset'

  list(query?: ListQuery, options?: CallOptions): Promise<Nexset[]> {
    return this.call('list_nexsets', { query, ...options })
  }

  all(query?: ListQuery, options?: CallOptions): AsyncGenerator<Nexset> {
    return everyPage((page, per_page) => this.list({ ...query, page, per_page }, options))
  }

  get(id: number, query?: QueryOf<'get_nexset'>, options?: CallOptions): Promise<Nexset> {
    return this.call('get_nexset', { params: { id }, query, ...options })
  }

  /** Derives a nexset from `parent_data_set_id`. Throws `TransformError` that names the operation that is wrong. */
  create(body: NexsetCreate, { strict, ...options }: WriteOptions = {}): Promise<Nexset> {
    return this.call('create_nexset', { body: { ...body }, query: { strict }, ...options })
  }

  update(id: number, body: NexsetUpdate, { strict, ...options }: WriteOptions = {}): Promise<Nexset> {
    return this.call('update_nexset', { params: { id }, body: { ...body }, query: { strict }, ...options })
  }

  delete(id: number, options?: CallOptions): Promise<Deleted> {
    return this.call('delete_nexset', { params: { id }, ...options })
  }

  activate(id: number, options?: CallOptions): Promise<ActivatedNexset> {
    return this.call('activate_nexset', { params: { id }, ...options })
  }

  pause(id: number, options?: CallOptions): Promise<ActivatedNexset> {
    return this.call('pause_nexset', { params: { id }, ...options })
  }

  copy(id: number, body: NexsetCopyOptions = {}, options?: CallOptions): Promise<Nexset> {
    return this.call('copy_nexset', { params: { id }, body, ...options })
  }

  /** The latest records: `{count, include_metadata}`. */
  getSamples(
    id: number,
    query?: QueryOf<'get_nexset_samples'>,
    options?: CallOptions,
  ): Promise<ResponseOf<'get_nexset_samples'>> {
    return this.call('get_nexset_samples', { params: { id }, query, ...options })
  }
}
