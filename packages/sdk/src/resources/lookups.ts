import type { CopyOptions, Deleted, Lookup, LookupEntry } from '@leat/contract'
import type { CallOptions, QueryOf } from '../call.ts'
import { everyPage } from '../pages.ts'
import type { LookupCreate, LookupUpdate } from '../requests.ts'
import { Resource } from './resource.ts'

type ListQuery = QueryOf<'list_lookups'>

/** Rows of one's own that are found by their key; `data_maps` on the wire. */
export class LookupsResource extends Resource {
  protected readonly kind = 'lookup'

  list(query?: ListQuery, options?: CallOptions): Promise<Lookup[]> {
    return this.call('list_lookups', { query, ...options })
  }

  all(query?: ListQuery, options?: CallOptions): AsyncGenerator<Lookup> {
    return everyPage((page, per_page) => this.list({ ...query, page, per_page }, options))
  }

  /** With `expand`, the entries of a lookup of at most 1,000 come in `data_map`. */
  get(id: number, query?: QueryOf<'get_lookup'>, options?: CallOptions): Promise<Lookup> {
    return this.call('get_lookup', { params: { id }, query, ...options })
  }

  create(body: LookupCreate, options?: CallOptions): Promise<Lookup> {
    return this.call('create_lookup', { body, ...options })
  }

  update(id: number, body: LookupUpdate, options?: CallOptions): Promise<Lookup> {
    return this.call('update_lookup', { params: { id }, body, ...options })
  }

  delete(id: number, options?: CallOptions): Promise<Deleted> {
    return this.call('delete_lookup', { params: { id }, ...options })
  }

  copy(id: number, body: CopyOptions = {}, options?: CallOptions): Promise<Lookup> {
    return this.call('copy_lookup', { params: { id }, body, ...options })
  }

  /** Adds entries, and replaces those whose key is there, all or none. One request holds up to 16 MB. */
  upsertEntries(id: number, entries: LookupEntry[], options?: CallOptions): Promise<LookupEntry[]> {
    return this.call('upsert_lookup_entries', { params: { id }, body: { entries }, ...options })
  }

  /** Entries by their keys, in which `*` stands for any text; `lookupKey` writes a key that holds a comma or an asterisk. */
  getEntries(
    id: number,
    entryKeys: string | readonly string[],
    query?: QueryOf<'get_lookup_entries'>,
    options?: CallOptions,
  ): Promise<LookupEntry[]> {
    return this.call('get_lookup_entries', { params: { id, entry_keys: joined(entryKeys) }, query, ...options })
  }

  /** All that match, page by page, in the order of their keys. */
  allEntries(
    id: number,
    entryKeys: string | readonly string[] = '*',
    options?: CallOptions,
  ): AsyncGenerator<LookupEntry> {
    return everyPage((page, per_page) => this.getEntries(id, entryKeys, { page, per_page }, options), 1000)
  }

  deleteEntries(id: number, entryKeys: string | readonly string[], options?: CallOptions): Promise<Deleted> {
    return this.call('delete_lookup_entries', { params: { id, entry_keys: joined(entryKeys) }, ...options })
  }
}

/** A key that is meant as it is, whatever commas and asterisks it holds. */
export function lookupKey(key: string): string {
  return key.replaceAll(/[\\,*]/g, '\\$&')
}

function joined(keys: string | readonly string[]): string {
  return typeof keys === 'string' ? keys : keys.join(',')
}
