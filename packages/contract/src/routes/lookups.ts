import { z } from 'zod'
import { copyOptions, deleted, getQuery, listQuery } from '../resources/common.ts'
import {
  lookup,
  lookupCreate,
  lookupEntriesQuery,
  lookupEntriesUpsert,
  lookupEntry,
  lookupUpdate,
} from '../resources/lookup.ts'
import { route } from '../route.ts'
import { idParams } from '../values.ts'
import { needs } from './resource-access.ts'

const tag = 'data_maps'
const one = { path: '/data_maps/{id}', params: idParams, tag } as const
const entries = {
  path: '/data_maps/{id}/entries/{entry_keys}',
  /** Keys with commas between; `*` stands for any text. A comma or an asterisk that belongs to a key has a backslash in front. */
  params: idParams.extend({ entry_keys: z.string().min(1) }),
  tag,
} as const

export const lookupRoutes = {
  list_lookups: route({
    method: 'GET',
    path: '/data_maps',
    summary: 'Lookups that the caller may see',
    tag,
    query: listQuery,
    response: z.array(lookup),
    access: 'member',
  }),
  create_lookup: route({
    method: 'POST',
    path: '/data_maps',
    summary: 'Create a lookup, with its first entries in `data_map`',
    tag,
    body: lookupCreate,
    response: lookup,
    access: 'member',
  }),
  get_lookup: route({
    ...one,
    method: 'GET',
    summary: 'One lookup; `expand` shows the entries of a small one',
    query: getQuery,
    response: lookup,
    access: needs(tag, 'collaborator'),
  }),
  update_lookup: route({
    ...one,
    method: 'PUT',
    summary: 'Change a lookup; its entries stay',
    body: lookupUpdate,
    response: lookup,
    access: needs(tag, 'admin'),
  }),
  delete_lookup: route({
    ...one,
    method: 'DELETE',
    summary: 'Delete a lookup that no source reads, and its entries',
    response: deleted,
    access: needs(tag, 'owner'),
  }),
  copy_lookup: route({
    method: 'POST',
    path: '/data_maps/{id}/copy',
    summary: 'Copy a lookup with its entries',
    tag,
    params: idParams,
    body: copyOptions.prefault({}),
    response: lookup,
    access: needs(tag, 'collaborator'),
  }),
  upsert_lookup_entries: route({
    method: 'PUT',
    path: '/data_maps/{id}/entries',
    summary: 'Add entries, and replace those whose key is there',
    tag,
    params: idParams,
    body: lookupEntriesUpsert,
    response: z.array(lookupEntry),
    access: needs(tag, 'operator'),
  }),
  get_lookup_entries: route({
    ...entries,
    method: 'GET',
    summary: 'Entries by their keys, in the order of the keys; those that are not there are left out',
    query: lookupEntriesQuery,
    response: z.array(lookupEntry),
    access: needs(tag, 'collaborator'),
  }),
  delete_lookup_entries: route({
    ...entries,
    method: 'DELETE',
    summary: 'Delete entries by their keys; those that are not there are no mistake',
    response: deleted,
    access: needs(tag, 'operator'),
  }),
}
