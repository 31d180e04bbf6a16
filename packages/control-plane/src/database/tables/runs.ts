import type { Json, JsonObject, Verdict } from '@leat/connector-kit'
import type { Generated, Id, Jsonb, Nullable, NullableJsonb, NullableTime, TimeByDefault } from '../column.ts'
import type { Problem } from './problem.ts'

export interface RunTable {
  /** Epoch milliseconds at creation, made unique. */
  id: number
  org_id: number
  data_source_id: number
  /** activate, schedule, manual, retry, upload */
  trigger: string
  /** QUEUED, RUNNING, DONE, FAILED, STOPPED */
  status: Generated<string>
  listed: Generated<boolean>
  units_total: Generated<number>
  units_done: Generated<number>
  bytes_total: Generated<number>
  bytes_done: Generated<number>
  attempt: Generated<number>
  next_retry_at: NullableTime
  problem: NullableJsonb<Problem>
  config_version: number
  verdict: NullableJsonb<Verdict>
  created_at: TimeByDefault
  started_at: NullableTime
  finished_at: NullableTime
}

export interface UnitTable {
  id: Id
  data_source_id: number
  key: string
  version: Nullable<string>
  payload: Jsonb<JsonObject>
  bytes: Generated<number>
  run_id: number
  /** PENDING, LEASED, DONE, FAILED */
  status: Generated<string>
  epoch: Generated<number>
  attempts: Generated<number>
  checkpoint: NullableJsonb<Json>
  problem: NullableJsonb<Problem>
  begun_at: TimeByDefault
  verdict: NullableJsonb<Verdict>
  updated_at: TimeByDefault
}
