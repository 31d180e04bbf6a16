import type { JsonObject } from '@leat/connector-kit'
import type { Generated, Id, JsonbByDefault, Nullable, NullableJsonb, NullableTime, TimeByDefault } from '../column.ts'
import type { ConfigWarning } from './credentials.ts'
import type { Problem } from './problem.ts'

export interface DataSourceTable {
  id: Id
  org_id: number
  owner_id: number
  name: string
  description: Nullable<string>
  status: Generated<string>
  source_type: string
  source_config: JsonbByDefault<JsonObject>
  /** `start.cron` of the normalised config. */
  start_cron: Nullable<string>
  template_config: NullableJsonb<JsonObject>
  ingest_method: Nullable<string>
  /** The destination whose answers are its records. */
  data_sink_id: Nullable<number>
  data_credentials_id: Nullable<number>
  vendor_endpoint_id: Nullable<number>
  code_container_id: Nullable<number>
  copied_from_id: Nullable<number>
  tags: JsonbByDefault<string[]>
  config_warnings: JsonbByDefault<ConfigWarning[]>
  config_version: Generated<number>
  problem: NullableJsonb<Problem>
  last_listed_at: NullableTime
  last_success_at: NullableTime
  created_at: TimeByDefault
  updated_at: TimeByDefault
}
