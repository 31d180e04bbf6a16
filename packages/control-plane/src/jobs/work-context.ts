import type { Unit } from '@leat/connector-kit'
import type { DerivedNode, LeasedUnit, Log, SinkNode, SourceNode } from '@leat/engine'
import type { Database } from '../database/connection.ts'
import type { JobQueue } from './job-queue.ts'

/** The engine's entry points, bound to its ports: the worker gets the real ones, tests their own. */
export interface Engine {
  ingest(
    job: { readonly source: SourceNode; readonly runId: number; readonly units: readonly LeasedUnit[] },
    signal: AbortSignal,
  ): Promise<void>
  derive(node: DerivedNode, signal: AbortSignal): Promise<void>
  deliver(sink: SinkNode, signal: AbortSignal): Promise<void>
  listUnits(source: SourceNode, since: number | null, signal: AbortSignal): AsyncIterable<Unit>
  groupUnits(units: AsyncIterable<Unit>, targetBytes: number): AsyncIterable<readonly Unit[]>
}

/** Nodes with everything that working on them needs. Each throws the fault that the work would meet: a missing credential, a wrong option. */
export interface Nodes {
  source(id: number): Promise<SourceNode>
  derived(id: number): Promise<DerivedNode>
  sink(id: number): Promise<SinkNode>
}

/** What the job handlers work with. */
export interface WorkContext {
  readonly database: Database
  readonly queue: JobQueue
  readonly engine: Engine
  readonly nodes: Nodes
  readonly log: Log
}
