import type { JsonObject } from '@leat/connector-kit'
import type { Generated, Id, Jsonb, JsonbByDefault, Nullable, NullableJsonb, TimeByDefault } from '../column.ts'

export interface AccessorTable {
  id: Id
  resource_kind: string
  resource_id: number
  type: 'USER' | 'TEAM' | 'ORG'
  user_id: Nullable<number>
  team_id: Nullable<number>
  org_id: Nullable<number>
  access_roles: Jsonb<string[]>
  created_at: TimeByDefault
  updated_at: TimeByDefault
}

export interface AuditEntryTable {
  id: Id
  org_id: number
  owner_id: Nullable<number>
  item_type: string
  item_id: number
  event: string
  change_summary: JsonbByDefault<string[]>
  object_changes: JsonbByDefault<Record<string, readonly unknown[]>>
  association_resource: NullableJsonb<JsonObject>
  request_ip: Nullable<string>
  request_user_agent: Nullable<string>
  request_url: Nullable<string>
  user_id: Nullable<number>
  created_at: TimeByDefault
}

/** See http/create-once.ts. */
export interface CreateReplayTable {
  id: Id
  fingerprint: Buffer
  resource_kind: string
  resource_id: number
  /** pending, written, lost */
  state: Generated<string>
  committed_at: Nullable<string | Date>
  created_at: TimeByDefault
}

export interface SettingTable {
  key: string
  value: Jsonb<unknown>
}
