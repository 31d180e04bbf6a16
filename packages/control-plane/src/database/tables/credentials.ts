import type { JsonObject } from '@leat/connector-kit'
import type { Id, JsonbByDefault, Nullable, NullableJsonb, NullableTime, TimeByDefault } from '../column.ts'

export interface DataCredentialTable {
  id: Id
  org_id: number
  owner_id: number
  name: string
  description: Nullable<string>
  credentials_type: string
  sealed: Nullable<Buffer>
  non_secure: JsonbByDefault<JsonObject>
  template_config: NullableJsonb<JsonObject>
  vendor_id: Nullable<number>
  auth_template_id: Nullable<number>
  tags: JsonbByDefault<string[]>
  config_warnings: JsonbByDefault<ConfigWarning[]>
  verified_status: Nullable<string>
  verified_at: NullableTime
  copied_from_id: Nullable<number>
  created_at: TimeByDefault
  updated_at: TimeByDefault
}

/** A config key without effect: it is stored, and said. */
export interface ConfigWarning {
  readonly key: string
  readonly nearest?: string
  readonly reason?: string
}
