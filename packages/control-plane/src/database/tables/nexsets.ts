import type { JsonObject, Schema } from '@leat/connector-kit'
import type { Generated, Id, JsonbByDefault, Nullable, NullableJsonb, TimeByDefault } from '../column.ts'
import type { Problem } from './problem.ts'

export interface DataSetTable {
  id: Id
  org_id: number
  owner_id: number
  name: string
  description: Nullable<string>
  status: Generated<string>
  data_source_id: Nullable<number>
  parent_data_set_id: Nullable<number>
  transform: NullableJsonb<JsonObject>
  transform_id: Nullable<number>
  has_custom_transform: Generated<boolean>
  schema: NullableJsonb<Schema>
  output_schema_annotations: NullableJsonb<JsonObject>
  output_schema_validation_enabled: Generated<boolean>
  output_validation_schema: NullableJsonb<JsonObject>
  custom_config: NullableJsonb<JsonObject>
  tags: JsonbByDefault<string[]>
  retention_days: Generated<number>
  next_seq: Generated<number>
  epoch: Generated<number>
  cursor_seq: Generated<number>
  problem: NullableJsonb<Problem>
  copied_from_id: Nullable<number>
  created_at: TimeByDefault
  updated_at: TimeByDefault
}
