import type { JsonObject, Schema } from '@leat/connector-kit'
import type { OriginRange, WorkMetrics } from '@leat/engine'
import type { Id, Jsonb, JsonbByDefault, NullableTime, Time, TimeByDefault } from '../column.ts'

export interface SegmentTable {
  id: Id
  data_set_id: number
  seq: number
  last_seq: number
  run_id: number
  store_key: string
  rows: number
  bytes: number
  schema: Jsonb<Schema>
  origins: JsonbByDefault<OriginRange[]>
  created_at: TimeByDefault
}

export interface GarbageTable {
  store_key: string
  after: Time
}

export interface QuarantineTable {
  id: Id
  org_id: number
  /** data_source, data_set, data_sink */
  node_kind: string
  node_id: number
  run_id: number
  store_key: string
  records: number
  bytes: number
  codes: JsonbByDefault<{ code: string; count: number; example: string }[]>
  created_at: TimeByDefault
}

export interface StagedTokenTable {
  id: Id
  data_sink_id: number
  epoch: number
  token: Jsonb<JsonObject>
  up_to: number
  run_id: number
  metrics: Jsonb<WorkMetrics>
  settled_at: NullableTime
  created_at: TimeByDefault
}
