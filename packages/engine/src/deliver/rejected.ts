import type { Batch, Rejection, Schema } from '@leat/connector-kit'
import { textOfNested } from '@leat/formats'
import type { ComputeSession } from '../compute.ts'
import type { NewQuarantine, SegmentRef, SegmentStore, SinkNode } from '../ports.ts'
import { refusedRelation, storeQuarantine } from '../quarantine.ts'
import { segmentsRelation } from '../segment-relation.ts'
import type { Scratch } from '../scratch.ts'

/** Records that the destination refused, with the record as it was offered. */
export async function quarantineRejected(
  rejected: readonly Rejection[],
  batch: Batch,
  step: readonly SegmentRef[],
  work: {
    sink: SinkNode
    schema: Schema
    compute: ComputeSession
    scratch: Scratch
    segments: SegmentStore
    signal: AbortSignal
  },
): Promise<readonly NewQuarantine[]> {
  if (rejected.length === 0) return []
  const origin = `nexset_${work.sink.nexsetId}#${step[0]!.seq}-${step.at(-1)!.lastSeq}`
  const records =
    batch.kind === 'rows' || rejected.every(({ raw }) => raw !== undefined)
      ? null
      : await recordsAt(rejected, step, work)
  const relation = await refusedRelation(
    rejected.map(({ index, code, reason, raw }) => ({
      origin,
      ordinal: index,
      code,
      reason,
      raw: Buffer.from(
        raw ?? (batch.kind === 'rows' ? JSON.stringify(batch.rows[index]) : (records?.get(index) ?? '')),
      ),
    })),
    work.scratch,
  )
  const { compute: session, scratch, segments } = work
  const stored = await storeQuarantine([relation], {
    session,
    scratch,
    segments,
    prefix: `quarantine/sink-${work.sink.id}`,
  })
  return stored === null ? [] : [stored]
}

/** Rows of the step by their position, as JSON: the records as the nexset holds them. */
async function recordsAt(
  rejected: readonly Rejection[],
  step: readonly SegmentRef[],
  work: { schema: Schema; compute: ComputeSession; segments: SegmentStore; signal: AbortSignal },
): Promise<ReadonlyMap<number, string>> {
  const position = '_leat_position'
  const relation = await segmentsRelation(step, work.schema, work.segments, work.signal, position)
  const record = textOfNested('r', { kind: 'struct', fields: work.schema.fields })
  const found = new Map<number, string>()
  for (let at = 0; at < rejected.length; at += 10_000) {
    const wanted = rejected.slice(at, at + 10_000).map(({ index }) => index)
    const rows = await work.compute.rows(
      `SELECT ${position} AS position, ${record} AS record FROM ${relation} r WHERE ${position} IN (${wanted.join(', ')})`,
    )
    for (const row of rows) found.set(Number(row['position']), String(row['record']))
  }
  return found
}
