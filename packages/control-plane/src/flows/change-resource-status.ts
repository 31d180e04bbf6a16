import type { Caller } from '../auth/tokens.ts'
import type { Call } from '../http/call.ts'
import type { Platform } from '../platform.ts'
import { requireResourceNode } from './flow-handlers.ts'
import { setStatus } from './set-status.ts'

type ResourceType = Parameters<typeof requireResourceNode>[1]

/** Answers with a resource that was changed; `asFlow` when `all` or `full_tree` made it a call on the whole tree. */
type Present<Answer> = (
  platform: Platform,
  caller: Caller,
  id: number,
  originId: number,
  asFlow: boolean,
) => Promise<Answer>

/** Activates or pauses a resource and what is below it, or its whole flow: the one URL serves both. */
export function statusChange<Answer>(platform: Platform, resource: ResourceType, present: Present<Answer>) {
  return async (
    call: Call,
    id: number,
    to: 'ACTIVE' | 'PAUSED',
    query: { all?: boolean | undefined; full_tree?: boolean | undefined },
  ): Promise<Answer> => {
    const node = await requireResourceNode(platform, resource, id)
    const asFlow = query.all === true || query.full_tree === true
    await setStatus(platform, call, {
      to,
      nodeId: node.id,
      originId: node.origin_node_id,
      wholeTree: asFlow,
      leaveDrafts: !asFlow,
    })
    return present(platform, call.caller, id, node.origin_node_id, asFlow)
  }
}
