import { z } from 'zod'
import { integer, jsonObject } from '../values.ts'
import { organizationBrief, owner, pageQuery, resourceBase } from './common.ts'

/** A row of a lookup: its key under the name `map_primary_key`, and whatever else belongs to it. */
export const lookupEntry = jsonObject

/** A lookup (`data_map`): rows that are found by their key. The Python client wants every field that is not optional here, and none of them null. */
export const lookup = z.object({
  ...resourceBase,
  name: z.string(),
  description: z.string(),
  owner,
  org: organizationBrief,
  access_roles: resourceBase.access_roles.unwrap(),
  /** The field of an entry that holds its key. */
  map_primary_key: z.string(),
  /** Of the values, in words: `string`. Kept as it was given. */
  data_type: z.string(),
  data_format: z.string().nullish(),
  /** What a lookup in a transform would emit for a key that has no entry, if `emit_data_default` says so. Entries that are asked for by key are those that are there. */
  data_defaults: jsonObject,
  emit_data_default: z.boolean(),
  map_entry_count: z.int(),
  /** With `expand`, for at most 1,000 entries: all of them, in the order of their keys. */
  data_map: z.array(lookupEntry).optional(),
  /** False: lookups are seen by their organisation only. Two names, because the public documentation and the Python client differ. */
  public: z.boolean(),
  public_map: z.boolean(),
  managed: z.boolean(),
  use_versioning: z.boolean(),
  data_sink_id: z.int().nullish(),
  data_set_id: z.int().nullish(),
})

export const lookupCreate = z.looseObject({
  name: z.string().min(1),
  data_type: z.string().min(1).default('string'),
  map_primary_key: z.string().min(1),
  description: z.string().nullish(),
  data_defaults: jsonObject.optional(),
  emit_data_default: z.boolean().optional(),
  /** The first entries. */
  data_map: z.array(lookupEntry).nullish(),
  tags: z.array(z.string()).optional(),
})

/** With another `map_primary_key` the entries get their keys from that field: each must have it, and no two the same. */
export const lookupUpdate = lookupCreate.omit({ data_type: true, data_map: true }).partial()

/** An entry whose key is there already is replaced whole. */
export const lookupEntriesUpsert = z.looseObject({ entries: z.array(lookupEntry) })

/** Without `page` and `per_page` everything that matches comes at once, or a 400 when that is more than 10,000 entries or 16 MB. */
export const lookupEntriesQuery = z.looseObject({
  page: integer.min(1).optional(),
  per_page: pageQuery.per_page.unwrap().optional(),
})

export type Lookup = z.output<typeof lookup>
export type LookupEntry = z.output<typeof lookupEntry>
export type LookupCreate = z.input<typeof lookupCreate>
export type LookupUpdate = z.input<typeof lookupUpdate>
