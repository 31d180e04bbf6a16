import type { Id, Nullable, TimeByDefault } from '../column.ts'

/** One of the three resource ids is set. The origin node has no parent and is its own origin; its id is the flow's id. */
export interface FlowNodeTable {
  id: Id
  org_id: number
  parent_node_id: Nullable<number>
  origin_node_id: number
  data_source_id: Nullable<number>
  data_set_id: Nullable<number>
  data_sink_id: Nullable<number>
  name: Nullable<string>
  description: Nullable<string>
  created_at: TimeByDefault
}
