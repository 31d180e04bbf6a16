import type { ColumnType } from 'kysely'
import type { Generated, Id, Nullable, TimeByDefault } from '../column.ts'

export interface MetricTable {
  /** data_source, data_set, data_sink */
  node_kind: string
  node_id: number
  run_id: number
  /** `YYYY-MM-DD`, UTC. */
  day: ColumnType<string, string, string>
  org_id: number
  read: Generated<number>
  written: Generated<number>
  filtered: Generated<number>
  refused: Generated<number>
  bytes: Generated<number>
  bytes_read: Generated<number>
  source_wait_ms: Generated<number>
  transform_ms: Generated<number>
  destination_wait_ms: Generated<number>
  commit_ms: Generated<number>
  expanded: Generated<number>
  taken: number
  kept: number
  held: number
  unbalanced: Generated<number>
  updated_at: TimeByDefault
}

export interface FlowLogTable {
  id: Id
  org_id: number
  origin_node_id: Nullable<number>
  node_kind: string
  node_id: number
  run_id: Nullable<number>
  /** INFO, WARNING, ERROR */
  severity: string
  /** LOG, SUMMARY */
  log_type: Generated<string>
  message: string
  created_at: TimeByDefault
}
