import type { JsonObject } from '@leat/connector-kit'
import type { Generated, Id, JsonbByDefault, Nullable, NullableJsonb, TimeByDefault } from '../column.ts'
import type { ConfigWarning } from './credentials.ts'
import type { Problem } from './problem.ts'

export interface DataSinkTable {
  id: Id
  org_id: number
  owner_id: number
  name: string
  description: Nullable<string>
  status: Generated<string>
  sink_type: string
  sink_config: JsonbByDefault<JsonObject>
  template_config: NullableJsonb<JsonObject>
  data_set_id: Nullable<number>
  data_credentials_id: Nullable<number>
  vendor_endpoint_id: Nullable<number>
  create_destination: Generated<boolean>
  data_map: NullableJsonb<JsonObject>
  copied_from_id: Nullable<number>
  tags: JsonbByDefault<string[]>
  config_warnings: JsonbByDefault<ConfigWarning[]>
  epoch: Generated<number>
  cursor_seq: Generated<number>
  problem: NullableJsonb<Problem>
  created_at: TimeByDefault
  updated_at: TimeByDefault
}
