import type { Call } from '../http/call.ts'
import type { Platform } from '../platform.ts'
import { requireResourceNode } from './flow-handlers.ts'
import { setStatus } from './set-status.ts'

type ResourceType = Parameters<typeof requireResourceNode>[1]

/** What a call on a resource turned out to be: `flow` when `all` or `full_tree` made it a call on the whole tree. */
export interface ChangedResource {
  readonly originId: number
  readonly flow: boolean
}

/** Activates or pauses a resource and what is below it, or its whole flow: the one URL serves both. */
export async function changeResourceStatus(
  platform: Platform,
  call: Call,
  resource: ResourceType,
  id: number,
  to: 'ACTIVE' | 'PAUSED',
  query: { all?: boolean | undefined; full_tree?: boolean | undefined },
): Promise<ChangedResource> {
  const node = await requireResourceNode(platform, resource, id)
  const flow = query.all === true || query.full_tree === true
  await setStatus(platform, call, {
    to,
    nodeId: node.id,
    originId: node.origin_node_id,
    wholeTree: flow,
    leaveDrafts: !flow,
  })
  return { originId: node.origin_node_id, flow }
}
