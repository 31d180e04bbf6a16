import type { ResourceKind } from '@leat/contract'
import { sql } from 'kysely'
import type { Database } from '../database/connection.ts'

export type NodeKind = Extract<ResourceKind, 'data_sources' | 'data_sets' | 'data_sinks'>

export interface FlowNodeRow {
  readonly id: number
  readonly parent_node_id: number | null
  readonly origin_node_id: number
  readonly data_source_id: number | null
  readonly data_set_id: number | null
  readonly data_sink_id: number | null
  readonly name: string | null
  readonly description: string | null
  readonly status: string | null
}

export interface NodeResource {
  readonly kind: NodeKind
  readonly id: number
}

export function resourceOf(node: FlowNodeRow): NodeResource {
  if (node.data_source_id !== null) return { kind: 'data_sources', id: node.data_source_id }
  if (node.data_set_id !== null) return { kind: 'data_sets', id: node.data_set_id }
  return { kind: 'data_sinks', id: node.data_sink_id! }
}

export const nodeColumns = {
  data_sources: 'data_source_id',
  data_sets: 'data_set_id',
  data_sinks: 'data_sink_id',
} as const

/** Every node of these flows with the name and status of its resource, in the order in which they were made. */
export async function nodesOfFlows(db: Database, originIds: readonly number[]): Promise<FlowNodeRow[]> {
  if (originIds.length === 0) return []
  const { rows } = await sql<FlowNodeRow>`
    select n.id, n.parent_node_id, n.origin_node_id, n.data_source_id, n.data_set_id, n.data_sink_id,
      coalesce(s.name, d.name, k.name, n.name) as name, coalesce(s.description, d.description, k.description, n.description) as description,
      coalesce(s.status, d.status, k.status) as status
    from flow_node n
    left join data_source s on s.id = n.data_source_id left join data_set d on d.id = n.data_set_id left join data_sink k on k.id = n.data_sink_id
    where n.origin_node_id = any(${originIds}::bigint[]) order by n.id`.execute(db)
  return rows
}

/** Node id and flow id of a resource. */
export async function nodeOf(
  db: Database,
  kind: NodeKind,
  id: number,
): Promise<{ id: number; origin_node_id: number } | undefined> {
  return db
    .selectFrom('flow_node')
    .select(['id', 'origin_node_id'])
    .where(nodeColumns[kind], '=', id)
    .orderBy('id')
    .executeTakeFirst()
}

/** The node and everything below it. */
export function below(nodes: readonly FlowNodeRow[], id: number): FlowNodeRow[] {
  const wanted = new Set([id])
  // Parents are made before their children, so one pass in the order of ids is enough unless a sink was moved: repeat until stable.
  for (let before = 0; before !== wanted.size;) {
    before = wanted.size
    for (const node of nodes) if (node.parent_node_id !== null && wanted.has(node.parent_node_id)) wanted.add(node.id)
  }
  return nodes.filter((node) => wanted.has(node.id))
}

export async function insertOrigin(tx: Database, orgId: number, sourceId: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    with next as (select nextval(pg_get_serial_sequence('leat.flow_node', 'id')) as id)
    insert into flow_node (id, org_id, parent_node_id, origin_node_id, data_source_id)
    overriding system value select id, ${orgId}, null, id, ${sourceId} from next returning id`.execute(tx)
  return rows[0]!.id
}

export async function insertChild(
  tx: Database,
  orgId: number,
  parent: NodeResource,
  child: NodeResource,
): Promise<number> {
  const above = await nodeOf(tx, parent.kind, parent.id)
  if (!above) throw new Error(`${parent.kind} ${parent.id} has no flow node`)
  const column = nodeColumns[child.kind]
  const row = await tx
    .insertInto('flow_node')
    .values({ org_id: orgId, parent_node_id: above.id, origin_node_id: above.origin_node_id, [column]: child.id })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}
