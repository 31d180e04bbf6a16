import type { ConnectContext, Connection, Driver, JsonObject } from '@leat/connector-kit'
import { MemoryConnection, spaceOf, type Space } from '@leat/connector-memory'
import { ChaosSource } from './chaos-source.ts'
import { openChaosWriter } from './chaos-writer.ts'
import { FolderFailureMemory, ProcessFailureMemory } from './failure-memory.ts'
import type { FailurePoint } from './failure-options.ts'
import { FailurePlan, failuresIn } from './plan.ts'

const passedBySpace = new Map<string, Map<FailurePoint, number>>()
const processMemory = new ProcessFailureMemory()

/** Forgets how often each point was passed in a space of this process. */
export function resetChaos(spaceName: string): void {
  passedBySpace.delete(spaceName)
}

export const connect: Driver['connect'] = async (
  credentials: JsonObject,
  context: ConnectContext,
): Promise<Connection> => {
  const space = spaceOf(credentials)
  const plan = planFor(space, credentials)
  await plan.pass('connect', context.signal)
  const inner = new MemoryConnection(space, credentials)
  return {
    check: async () => {
      await plan.pass('check', context.signal)
      await inner.check()
    },
    tree: async (request) => {
      await plan.pass('tree', request.signal)
      return inner.tree(request)
    },
    source: (options) => new ChaosSource(inner.source(options), space, plan.with(options)),
    openWriter: (request) => openChaosWriter(inner, space, plan.with(request.options), request),
    plan: async (request) => {
      await plan.with(request.options).pass('plan', request.signal)
      return inner.plan(request)
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

function planFor(space: Space, credentials: JsonObject): FailurePlan {
  let passed = passedBySpace.get(space.name)
  if (passed === undefined) passedBySpace.set(space.name, (passed = new Map()))
  const { folder } = credentials
  const memory = typeof folder === 'string' ? new FolderFailureMemory(folder) : processMemory
  return new FailurePlan(failuresIn(credentials), passed, memory)
}
