import type { Batch, Rejection } from '@leat/connector-kit'
import type { ComputeSession } from '../compute.ts'
import type { NewQuarantine, SegmentRef, SegmentStore, SinkNode } from '../ports.ts'
import { refusedRelation, storeQuarantine } from '../quarantine.ts'
import type { Scratch } from '../scratch.ts'

/** Records that the destination refused, with the record as it was offered. */
export async function quarantineRejected(
  rejected: readonly Rejection[],
  batch: Batch,
  step: readonly SegmentRef[],
  work: { sink: SinkNode; compute: ComputeSession; scratch: Scratch; segments: SegmentStore },
): Promise<readonly NewQuarantine[]> {
  if (rejected.length === 0) return []
  const origin = `nexset_${work.sink.nexsetId}#${step[0]!.seq}-${step.at(-1)!.lastSeq}`
  const relation = await refusedRelation(
    rejected.map(({ index, code, reason, raw }) => ({
      origin,
      ordinal: index,
      code,
      reason,
      raw: Buffer.from(raw ?? (batch.kind === 'rows' ? JSON.stringify(batch.rows[index]) : '')),
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
