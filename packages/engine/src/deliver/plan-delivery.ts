import { Fault, type PlannedChange, type PlannedRows, type Schema } from '@leat/connector-kit'
import type { Compute } from '../compute.ts'
import type { SegmentRef, SegmentStore, SinkNode } from '../ports.ts'
import { Scratch } from '../scratch.ts'
import { FormEncoder } from './form-encoder.ts'
import { sinkMapping } from './sink-mapping.ts'
import { writerId } from './writer-id.ts'

export interface DeliveryPlan {
  readonly changes: readonly PlannedChange[]
  /** Null where the destination cannot count without a trace, or nothing waits. */
  readonly rows: PlannedRows | null
  /** Records that wait for delivery. */
  readonly waiting: number
  /** Records that `rows` is about: the first that wait. */
  readonly counted: number
}

/** Records that are tried against the destination at most: somebody waits for the answer. */
const mostCounted = 2_000_000

/** What the next delivery would change. `waiting`: the segments after the sink's cursor. Changes nothing in the destination. */
export async function planDelivery(
  sink: SinkNode,
  schema: Schema,
  waiting: readonly SegmentRef[],
  ports: { readonly compute: Compute; readonly segments: SegmentStore; readonly scratch: string },
  signal: AbortSignal,
): Promise<DeliveryPlan> {
  await using connection = await sink.connect(signal)
  if (connection.plan === undefined)
    throw new Fault({
      kind: 'unsupported',
      code: 'sink.no_plan',
      message: `"${sink.type}" cannot say beforehand what it would do.`,
    })
  const mapping = sinkMapping(sink.options, schema)
  const request = { id: writerId(sink), options: sink.options, schema: mapping?.schema ?? schema, signal }
  const changes = await connection.plan(request)
  const total = waiting.reduce((sum, segment) => sum + segment.rows, 0)
  const step: SegmentRef[] = []
  let counted = 0
  for (const segment of waiting) {
    if (counted > 0 && counted + segment.rows > mostCounted) break
    step.push(segment)
    counted += segment.rows
  }
  if (connection.planRows === undefined || counted === 0) return { changes, rows: null, waiting: total, counted: 0 }
  await using scratch = await Scratch.create(ports.scratch)
  await using compute = await ports.compute.session()
  const work = { schema, compute, scratch, segments: ports.segments, signal }
  const rows = await connection.planRows({
    ...request,
    async *encode(form) {
      const encoder = new FormEncoder(work, form, mapping)
      yield (await encoder.encode(step)).batch
      await encoder.release()
    },
  })
  return { changes, rows, waiting: total, counted }
}
