import { query, type Sql } from './sql.ts'

export type NodeKind = 'data_source' | 'data_set' | 'data_sink'
export type Severity = 'INFO' | 'WARNING' | 'ERROR'

export interface NodeRef {
  readonly kind: NodeKind
  readonly id: number
}

const columnOf: Record<NodeKind, string> = {
  data_source: 'data_source_id',
  data_set: 'data_set_id',
  data_sink: 'data_sink_id',
}

/** Appends lines to the log that people read in the flow (`/flow/logs`). Part of the caller's transaction. */
export async function writeFlowLog(
  on: Sql,
  node: NodeRef,
  runId: number | null,
  severity: Severity,
  messages: readonly string[],
): Promise<void> {
  if (messages.length === 0) return
  await query(
    on,
    `insert into flow_log (org_id, origin_node_id, node_kind, node_id, run_id, severity, message)
     select n.org_id, (select origin_node_id from flow_node f where f.${columnOf[node.kind]} = n.id limit 1), $1, n.id, $3, $4, m
     from ${node.kind} n, unnest($5::text[]) with ordinality as lines(m, position)
     where n.id = $2 order by position`,
    [node.kind, node.id, runId, severity, messages],
  )
}
