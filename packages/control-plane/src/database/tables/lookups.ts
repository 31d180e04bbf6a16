import type { JsonObject } from '@leat/connector-kit'
import type { Generated, Id, Jsonb, JsonbByDefault, Nullable, TimeByDefault } from '../column.ts'

export interface DataMapTable {
  id: Id
  org_id: number
  owner_id: number
  name: string
  description: Nullable<string>
  data_type: string
  map_primary_key: string
  data_defaults: JsonbByDefault<JsonObject>
  emit_data_default: Generated<boolean>
  entry_count: Generated<number>
  tags: JsonbByDefault<string[]>
  copied_from_id: Nullable<number>
  created_at: TimeByDefault
  updated_at: TimeByDefault
}

export interface DataMapEntryTable {
  data_map_id: number
  key: string
  /** `json`, not `jsonb`: the fields stay in the order in which they were sent. */
  entry: Jsonb<JsonObject>
}
