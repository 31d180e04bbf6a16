import { sql } from 'kysely'
import { removeAccessors } from '../access/accessors.ts'
import { audit } from '../audit/record.ts'
import type { Database } from '../database/connection.ts'
import type { Call } from '../http/call.ts'
import { type FlowNodeRow, type NodeKind, resourceOf } from './flow-nodes.ts'

const tables = { data_sources: 'data_source', data_sets: 'data_set', data_sinks: 'data_sink' } as const

/**
 * Deletes resources with their nodes, children first, in the caller's transaction. Their files in the segment store become garbage, which the
 * sweeper removes after an hour (a reader that has just listed them may still be at it).
 */
export async function removeNodes(tx: Database, call: Call, nodes: readonly FlowNodeRow[]): Promise<void> {
  for (const node of childrenFirst(nodes)) {
    const { kind, id } = resourceOf(node)
    await discardFiles(tx, kind, id)
    await removeAccessors(tx, kind, [id])
    await tx.deleteFrom('flow_node').where('id', '=', node.id).execute()
    const row = await tx
      .deleteFrom(tables[kind])
      .where('id', '=', id)
      .returning(['owner_id', 'name'])
      .executeTakeFirst()
    await tx.deleteFrom('metric').where('node_kind', '=', tables[kind]).where('node_id', '=', id).execute()
    await tx.deleteFrom('flow_log').where('node_kind', '=', tables[kind]).where('node_id', '=', id).execute()
    if (row) await audit(tx, call, { kind, id, event: 'delete', ownerId: row.owner_id, before: { name: row.name } })
  }
}

function childrenFirst(nodes: readonly FlowNodeRow[]): FlowNodeRow[] {
  const depth = (node: FlowNodeRow): number => {
    const parent = nodes.find((one) => one.id === node.parent_node_id)
    return parent ? depth(parent) + 1 : 0
  }
  return nodes.toSorted((a, b) => depth(b) - depth(a))
}

async function discardFiles(tx: Database, kind: NodeKind, id: number): Promise<void> {
  if (kind === 'data_sets')
    await sql`insert into garbage (store_key, after) select store_key, now() + interval '1 hour' from segment where data_set_id = ${id} on conflict do nothing`.execute(
      tx,
    )
  await sql`with gone as (delete from quarantine where node_kind = ${tables[kind]} and node_id = ${id} returning store_key)
    insert into garbage (store_key, after) select store_key, now() + interval '1 hour' from gone on conflict do nothing`.execute(
    tx,
  )
}
