import { Fault } from '@leat/connector-kit'
import { loadNexset, type Database } from '@leat/control-plane'
import type { SinkPlan } from '@leat/contract'
import type { Compute, SegmentStore, SinkNode } from '@leat/engine'

export interface PlanParts {
  readonly db: Database
  readonly sink: (id: number) => Promise<SinkNode>
  readonly compute: () => Promise<{
    readonly compute: Compute
    readonly segments: SegmentStore
    readonly scratch: string
  }>
}

/** The plan of a sink's next delivery: everything after its cursor, tried against the destination and undone. */
export async function planSink({ db, sink, compute }: PlanParts, id: number, signal: AbortSignal): Promise<SinkPlan> {
  const node = await sink(id)
  const { cursor_seq: cursor } = await db
    .selectFrom('data_sink')
    .select('cursor_seq')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const nexset = await loadNexset(db, node.nexsetId)
  if (nexset === null)
    throw new Fault({
      kind: 'config',
      code: 'sink.nothing_to_plan',
      message: `Nexset ${node.nexsetId} has no data yet, so nobody knows its columns. Activate its source first.`,
    })
  const { planDelivery } = await import('@leat/engine')
  const waiting = nexset.segments.filter((segment) => segment.lastSeq > Number(cursor))
  const plan = await planDelivery(node, nexset.schema, waiting, await compute(), signal)
  return { ...plan, changes: plan.changes.map(({ what, ddl }) => ({ what, ...(ddl === undefined ? {} : { ddl }) })) }
}
