import { atLeast, rolesOn } from '../access/roles.ts'
import { audit } from '../audit/record.ts'
import type { Database } from '../database/connection.ts'
import type { Call } from '../http/call.ts'
import { notFound } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { preflight } from './preflight.ts'
import { refuseLoops } from './refuse-loops.ts'
import { type FlowNodeRow, type NodeKind, below, nodesOfFlows, resourceOf } from './flow-nodes.ts'

/** The answer to an activation comes after the first detection, or after this time at the latest. */
const detectionPatienceMs = 4_700

export interface StatusChange {
  readonly to: 'ACTIVE' | 'PAUSED'
  /** The node that the call names. */
  readonly nodeId: number
  readonly originId: number
  /** `all`, `full_tree`, or the origin node of a flow: every node of the tree instead of the named one and those below it. */
  readonly wholeTree: boolean
  /**
   * A call on a resource (not on a flow) leaves those below it that were never activated as they are: activating a source again must not start a
   * destination that somebody is still preparing.
   */
  readonly leaveDrafts: boolean
}

/** Activates or pauses a part of a flow. Nodes on which the caller is not at least operator stay as they are. */
export async function setStatus(platform: Platform, call: Call, change: StatusChange): Promise<void> {
  const { db, runs } = platform
  const nodes = await nodesOfFlows(db, [change.originId])
  const wanted = change.wholeTree ? nodes : below(nodes, change.nodeId)
  const allowed = await operable(platform, call, wanted)
  const chosen = allowed.filter((node) => node.id === change.nodeId || !(change.leaveDrafts && node.status === 'INIT'))
  const changed = chosen.filter((node) => node.status !== change.to)
  if (change.to === 'ACTIVE') {
    await refuseLoops(
      platform,
      nodes.filter((node) => node.status === 'ACTIVE' || chosen.includes(node)),
    )
    await preflight(
      platform,
      call,
      chosen.filter((node) => changed.includes(node) || node.id === change.nodeId),
    )
  }
  await db.transaction().execute(async (tx) => {
    for (const node of changed) await setOne(tx, call, node, change.to)
  })
  platform.hooks.changed()
  // Followers first: they wait for what the source is going to bring.
  for (const node of chosen.toReversed()) {
    const { kind, id } = resourceOf(node)
    if (kind === 'data_sources') continue
    if (change.to === 'ACTIVE') await runs.wakeFollower(kind === 'data_sets' ? 'data_set' : 'data_sink', id)
  }
  for (const node of chosen.filter((one) => one.data_source_id !== null))
    await switchSource(platform, node, change, changed.includes(node))
}

async function switchSource(
  platform: Platform,
  node: FlowNodeRow,
  change: StatusChange,
  changed: boolean,
): Promise<void> {
  const id = node.data_source_id!
  if (change.to === 'PAUSED') return platform.runs.pauseSource(id)
  await platform.runs.sourceChanged(id)
  // Naming an active source itself asks for a run; activating a flow around it does not.
  if (!changed && !(change.leaveDrafts && node.id === change.nodeId)) return
  await platform.runs.startRun(id, 'activate')
  await platform.runs.awaitDetection(id, detectionPatienceMs)
}

async function operable(platform: Platform, call: Call, nodes: readonly FlowNodeRow[]): Promise<FlowNodeRow[]> {
  const ids = (kind: NodeKind) =>
    nodes
      .map(resourceOf)
      .filter((one) => one.kind === kind)
      .map((one) => one.id)
  const kinds = ['data_sources', 'data_sets', 'data_sinks'] as const
  const roles = new Map(
    await Promise.all(
      kinds.map(async (kind) => [kind, await rolesOn(platform.db, call.caller, kind, ids(kind))] as const),
    ),
  )
  return nodes.filter((node) => {
    const { kind, id } = resourceOf(node)
    return atLeast(roles.get(kind)?.get(id) ?? null, 'operator')
  })
}

async function setOne(tx: Database, call: Call, node: FlowNodeRow, status: StatusChange['to']): Promise<void> {
  const { kind, id } = resourceOf(node)
  const table = ({ data_sources: 'data_source', data_sets: 'data_set', data_sinks: 'data_sink' } as const)[kind]
  const row = await tx
    .updateTable(table)
    .set({ status, updated_at: new Date() })
    .where('id', '=', id)
    .returning('owner_id')
    .executeTakeFirst()
  if (!row) throw notFound(kind, id)
  const event = status === 'ACTIVE' ? 'activate' : 'pause'
  await audit(tx, call, { kind, id, event, ownerId: row.owner_id, before: { status: node.status }, after: { status } })
}
