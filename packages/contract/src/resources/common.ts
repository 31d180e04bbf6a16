import { z } from 'zod'
import { count, flag, integer, timestamp } from '../values.ts'

/**
 * Pieces of several resources. Optional fields whose default in the Python client is a list, an object or a boolean
 * refuse an explicit null there: they are `optional()` here and never nullable.
 */

export const owner = z.object({ id: z.int(), full_name: z.string(), email: z.string() })

export const organizationBrief = z.object({
  id: z.int(),
  name: z.string(),
  email_domain: z.string().nullish(),
  email: z.string().nullish(),
  client_identifier: z.string().nullish(),
  org_webhook_host: z.string().nullish(),
  status: z.string().nullish(),
})

/** Once present, all six must be there. */
export const connectorBrief = z.object({
  id: z.int(),
  type: z.string(),
  connection_type: z.string(),
  name: z.string(),
  description: z.string(),
  nexset_api_compatible: z.boolean(),
})

export const accessRole = z.enum(['owner', 'admin', 'operator', 'collaborator'])

/**
 * A key of a config that has no effect: no connector knows it (`nearest`: what was probably meant), or this version does not act on it (`reason`).
 * It is stored; with `strict=true` it would have been an error.
 */
export const configWarning = z.object({
  key: z.string(),
  nearest: z.string().nullish(),
  reason: z.string().optional(),
})

/** A failure as a resource or a run carries it. */
export const problemNote = z.object({
  /** Low cardinality, `<area>.<what>`: `s3.bucket_missing`. */
  code: z.string(),
  message: z.string(),
  kind: z.string().nullish(),
  whose: z.string().nullish(),
  field: z.string().nullish(),
  at: timestamp.nullish(),
  /** When the platform tries again by itself. */
  retry_at: timestamp.nullish(),
  attempt: z.int().nullish(),
})

/** Fields that every resource answers with. */
export const resourceBase = {
  id: z.int(),
  description: z.string().nullish(),
  owner: owner.optional(),
  org: organizationBrief.optional(),
  access_roles: z.array(accessRole).optional(),
  tags: z.array(z.string()).optional(),
  copied_from_id: z.int().nullish(),
  created_at: timestamp.optional(),
  updated_at: timestamp.optional(),
}

/** Answer of a delete. */
export const deleted = z.object({ code: z.string(), message: z.string() })

/** `page` counts from 1. Answers carry `Link`, `X-Total-Count`, `X-Current-Page`, `X-Page-Count`; past the end comes `[]`. */
export const pageQuery = {
  page: integer.min(1).default(1),
  per_page: integer.min(1).max(1000).default(100),
}

export const listQuery = z.looseObject({ ...pageQuery, access_role: accessRole.optional(), expand: flag.optional() })

export const getQuery = z.looseObject({ expand: flag.optional() })

/** Create and update: unknown config keys are warnings, or errors with `strict`. */
export const writeQuery = z.looseObject({ strict: flag.optional() })

/** Activate and pause: `all` and `full_tree` take the whole flow instead of the node and everything below it. */
export const treeQuery = z.looseObject({
  all: flag.optional(),
  full_tree: flag.optional(),
  async: flag.optional(),
  request_id: integer.optional(),
})

export const copyOptions = z.looseObject({
  reuse_data_credentials: z.boolean().optional(),
  copy_access_controls: z.boolean().optional(),
  owner_id: z.int().optional(),
  org_id: z.int().optional(),
})

export const sums = { records: count, size: count, errors: count }

export type Owner = z.output<typeof owner>
export type OrganizationBrief = z.output<typeof organizationBrief>
export type ConnectorBrief = z.output<typeof connectorBrief>
export type ConfigWarning = z.output<typeof configWarning>
export type ProblemNote = z.output<typeof problemNote>
export type Deleted = z.output<typeof deleted>
export type CopyOptions = z.input<typeof copyOptions>
