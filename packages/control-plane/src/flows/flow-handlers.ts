import type { FlowResponse } from '@leat/contract'
import { sql } from 'kysely'
import { requireRole } from '../access/guard.ts'
import { removeAccessors } from '../access/accessors.ts'
import { mayOn, resourceRows } from '../access/roles.ts'
import { audit } from '../audit/record.ts'
import type { Caller } from '../auth/tokens.ts'
import { requireOwnOrganisation } from '../check-config.ts'
import type { Call, SomeHandlers } from '../http/call.ts'
import { createOnce } from '../http/create-once.ts'
import { offsetOf, setPageHeaders } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { completeHook } from '../hooks/hook-keys.ts'
import type { Platform } from '../platform.ts'
import { copyFlow } from './copy-flow.ts'
import { requireCopyOwner } from './copy-owner.ts'
import { type FlowNodeRow, type NodeKind, below, nodeOf, nodesOfFlows } from './flow-nodes.ts'
import { presentFlows } from './present-flow.ts'
import { removeNodes } from './remove-nodes.ts'
import { setStatus } from './set-status.ts'

type Operations =
  | 'list_flows'
  | 'get_flow'
  | 'delete_flow'
  | 'activate_flow'
  | 'pause_flow'
  | 'copy_flow'
  | 'get_resource_flow'
  | 'delete_resource_flow'
  | 'activate_resource_flow'
  | 'pause_resource_flow'

interface TreeQuery {
  readonly all?: boolean | undefined
  readonly full_tree?: boolean | undefined
}

export function flowHandlers(platform: Platform): SomeHandlers<Operations> {
  const { db } = platform
  const show = (
    caller: Caller,
    originId: number,
    query: { flows_only?: boolean | undefined; include_run_metrics?: boolean | undefined } = {},
  ) =>
    presentFlows(platform, caller, [originId], {
      flowsOnly: query.flows_only ?? false,
      metrics: query.include_run_metrics ?? false,
    })

  const change = async (
    call: Call,
    to: 'ACTIVE' | 'PAUSED',
    node: { id: number; origin_node_id: number },
    query: TreeQuery,
  ): Promise<FlowResponse> => {
    const wholeTree = query.all === true || query.full_tree === true || node.id === node.origin_node_id
    await setStatus(platform, call, {
      to,
      nodeId: node.id,
      originId: node.origin_node_id,
      wholeTree,
      leaveDrafts: false,
    })
    return show(call.caller, node.origin_node_id)
  }

  const remove = async (
    call: Call,
    originId: number,
    choose: (nodes: readonly FlowNodeRow[]) => readonly FlowNodeRow[],
  ) => {
    const sources = choose(await nodesOfFlows(db, [originId])).flatMap((node) => node.data_source_id ?? [])
    await db.transaction().execute(async (tx) => {
      if (sources.length > 0)
        await tx.updateTable('data_source').set({ status: 'PAUSED' }).where('id', 'in', sources).execute()
      const nodes = choose(await nodesOfFlows(tx, [originId]))
      await removeNodes(tx, call, nodes)
      if (nodes.some((node) => node.id === originId)) await removeAccessors(tx, 'flows', [originId])
      await audit(tx, call, {
        kind: 'flows',
        id: originId,
        event: 'delete',
        ownerId: call.caller.userId,
        before: { nodes: nodes.length },
      })
    })
    for (const id of sources) await platform.runs.pauseSource(id)
    return { code: '200', message: `Flow ${originId} was deleted.` }
  }

  return {
    async list_flows({ query }, call) {
      const mine = sql`select r.id from ${resourceRows('flows')} r where r.id = r.origin and ${mayOn(call.caller, 'flows', query.access_role ?? 'owner')}`
      const counted = await sql<{ total: number }>`select count(*) as total from (${mine}) as found`.execute(db)
      const { rows } = await sql<{
        id: number
      }>`select id from (${mine}) as found order by id limit ${query.per_page} offset ${offsetOf(query)}`.execute(db)
      setPageHeaders(call, query, counted.rows[0]!.total)
      return presentFlows(
        platform,
        call.caller,
        rows.map((row) => row.id),
        { flowsOnly: query.flows_only ?? false, metrics: query.include_run_metrics ?? false },
      )
    },

    async get_flow({ params, query }, call) {
      return show(call.caller, (await requireNode(platform, params.id)).origin_node_id, query)
    },

    async delete_flow({ params, query }, call) {
      const node = await requireNode(platform, params.id)
      const whole = node.id === node.origin_node_id || query.all === true || query.full_tree === true
      return remove(call, node.origin_node_id, (nodes) => (whole ? nodes : below(nodes, node.id)))
    },

    async activate_flow({ params, query }, call) {
      return change(call, 'ACTIVE', await requireNode(platform, params.id), query)
    },

    async pause_flow({ params, query }, call) {
      return change(call, 'PAUSED', await requireNode(platform, params.id), query)
    },

    async copy_flow({ params, body }, call) {
      requireOwnOrganisation(call.caller.orgId, body.org_id)
      await requireCopyOwner(db, call.caller, body.owner_id)
      const { origin_node_id } = await requireNode(platform, params.id)
      const id = await createOnce(db, call, 'flows', async (tx) => {
        const copy = await copyFlow(tx, call, origin_node_id, body)
        const [origin] = await nodesOfFlows(tx, [copy])
        await completeHook(tx, platform, origin!.data_source_id!)
        return copy
      })
      return show(call.caller, id)
    },

    async get_resource_flow({ params, query }, call) {
      return show(
        call.caller,
        (await requireResourceNode(platform, params.resource_type, params.id)).origin_node_id,
        query,
      )
    },

    async delete_resource_flow({ params }, call) {
      const { origin_node_id } = await requireResourceNode(platform, params.resource_type, params.id)
      await requireRole(db, call.caller, 'flows', origin_node_id, 'owner')
      return remove(call, origin_node_id, (nodes) => nodes)
    },

    async activate_resource_flow({ params, query }, call) {
      return change(call, 'ACTIVE', await requireResourceNode(platform, params.resource_type, params.id), query)
    },

    async pause_resource_flow({ params, query }, call) {
      return change(call, 'PAUSED', await requireResourceNode(platform, params.resource_type, params.id), query)
    },
  }
}

async function requireNode(platform: Platform, id: number): Promise<{ id: number; origin_node_id: number }> {
  const node = await platform.db
    .selectFrom('flow_node')
    .select(['id', 'origin_node_id'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!node) throw notFound('flows', id)
  return node
}

export async function requireResourceNode(
  platform: Platform,
  kind: NodeKind,
  id: number,
): Promise<{ id: number; origin_node_id: number }> {
  const node = await nodeOf(platform.db, kind, id)
  if (!node) throw notFound(kind, id)
  return node
}
