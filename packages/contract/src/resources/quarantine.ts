import { z } from 'zod'
import { count, id, resourceType, timestamp } from '../values.ts'
import { pageQuery } from './common.ts'

/** Ours: the refused records, newest file first. */

export const quarantineQuery = z.looseObject({
  ...pageQuery,
  resource_type: resourceType.optional(),
  /** With `resource_type`. */
  id: id.optional(),
  run_id: id.optional(),
})

export const quarantinedRecord = z.object({
  resource_type: resourceType,
  resource_id: z.int(),
  run_id: z.int(),
  /** Where the record came from: a file, a table, a nexset position. */
  origin: z.string().nullable(),
  /** 0-based index of the record in its origin. */
  ordinal: z.int().nullable(),
  /** Low cardinality: `json.syntax`. */
  code: z.string(),
  reason: z.string(),
  /** The record as it came, cut to 64 KiB. */
  raw: z.string(),
  /** `base64` when the bytes are not UTF-8. */
  raw_encoding: z.enum(['text', 'base64']),
  raw_truncated: z.boolean().optional(),
  created_at: timestamp,
})

export const quarantinePage = z.object({
  /** All refused records that the filters match. */
  total: count,
  records: z.array(quarantinedRecord),
})

export type QuarantinedRecord = z.output<typeof quarantinedRecord>
export type QuarantinePage = z.output<typeof quarantinePage>
