import { z } from 'zod'
import { day, jsonObject, timestamp } from '../values.ts'
import { accessRole, pageQuery } from './common.ts'

const granted = { access_roles: z.array(accessRole).min(1) }

export const accessorRequest = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('USER'),
    id: z.int().optional(),
    email: z.string().optional(),
    org_id: z.int().optional(),
    ...granted,
  }),
  /** Skill texts of the public client send `team_id` for `id`; both are accepted. */
  z.looseObject({
    type: z.literal('TEAM'),
    id: z.int().optional(),
    team_id: z.int().optional(),
    name: z.string().optional(),
    ...granted,
  }),
  z.looseObject({
    type: z.literal('ORG'),
    id: z.int().optional(),
    client_identifier: z.string().optional(),
    email_domain: z.string().optional(),
    ...granted,
  }),
])

export const accessorsRequest = z.looseObject({ accessors: z.array(accessorRequest) })

export const accessor = z.object({
  type: z.enum(['USER', 'TEAM', 'ORG']),
  access_roles: z.array(accessRole),
  id: z.int().nullish(),
  email: z.string().nullish(),
  name: z.string().nullish(),
  org_id: z.int().nullish(),
  client_identifier: z.string().nullish(),
  email_domain: z.string().nullish(),
  created_at: timestamp.optional(),
  updated_at: timestamp.optional(),
})

export const accessors = z.array(accessor)

export const auditQuery = z.looseObject({
  ...pageQuery,
  from: day.optional(),
  to: day.optional(),
  event_filter: z.string().optional(),
  change_filter: z.string().optional(),
})

export const auditEntry = z.object({
  id: z.int(),
  /** `DataSource`, `DataSet`, `DataSink`, `DataCredentials`, `Flow`. */
  item_type: z.string(),
  item_id: z.int(),
  /** `create`, `update`, `delete`, `activate`, `pause` … */
  event: z.string(),
  change_summary: z.array(z.string()),
  /** field -> [before, after]; secrets are never in here. */
  object_changes: z.record(z.string(), z.array(z.unknown())),
  association_resource: jsonObject.nullish(),
  request_ip: z.string(),
  request_user_agent: z.string(),
  request_url: z.string(),
  user: jsonObject,
  impersonator_id: z.int().nullish(),
  org_id: z.int(),
  owner_id: z.int(),
  owner_email: z.string(),
  created_at: timestamp,
})

export const auditLog = z.array(auditEntry)

export type Accessor = z.output<typeof accessor>
export type AccessorRequest = z.input<typeof accessorRequest>
export type AuditEntry = z.output<typeof auditEntry>
export type AuditQuery = z.input<typeof auditQuery>
