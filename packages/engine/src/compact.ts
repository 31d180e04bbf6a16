import { randomUUID } from 'node:crypto'
import type { Schema } from '@leat/connector-kit'
import { quoteLiteral } from '@leat/formats'
import type { NewSegment, OriginRange, Ports, SegmentRef } from './ports.ts'
import { Scratch } from './scratch.ts'
import { segmentCopyOptions } from './segment-file.ts'
import { segmentsRelation } from './segment-relation.ts'

/**
 * Writes neighbouring segments of one nexset, in order of `seq`, into one: the same rows in the same order, with the columns of `schema`
 * (the merge of theirs). The file is in the store when this returns, but nothing refers to it until the index swaps it in; a file
 * that never is gets swept.
 */
export async function compact(
  segments: readonly SegmentRef[],
  schema: Schema,
  ports: Pick<Ports, 'compute' | 'segments' | 'scratch'>,
  signal: AbortSignal,
): Promise<NewSegment> {
  refuseDisorder(segments)
  await using scratch = await Scratch.create(ports.scratch)
  await using compute = await ports.compute.session()
  const abort = (): void => compute.interrupt()
  signal.addEventListener('abort', abort)
  try {
    const relation = await segmentsRelation(segments, schema, ports.segments, signal)
    const file = scratch.file('parquet')
    signal.throwIfAborted()
    const rows = await compute.copy(`COPY (SELECT * FROM ${relation}) TO ${quoteLiteral(file)} ${segmentCopyOptions}`)
    signal.throwIfAborted()
    const key = `segments/nexset-${segments[0]!.nexsetId}/${randomUUID()}.parquet`
    const { bytes } = await ports.segments.put(file, key)
    return { key, rows, bytes, schema, origins: joinedOrigins(segments) }
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Origins of the segments' rows as one segment holds them; stretches that continue each other become one. */
export function joinedOrigins(
  segments: readonly { readonly rows: number; readonly origins: readonly OriginRange[] }[],
): OriginRange[] {
  const joined: OriginRange[] = []
  let before = 0
  for (const { rows, origins } of segments) {
    for (const range of origins) {
      const next = { ...range, row: range.row + before }
      const last = joined.at(-1)
      if (last !== undefined && continues(last, next))
        joined[joined.length - 1] = { ...last, rows: last.rows + next.rows }
      else joined.push(next)
    }
    before += rows
  }
  return joined
}

function continues(last: OriginRange, next: OriginRange): boolean {
  return last.origin === next.origin && last.row + last.rows === next.row && last.ordinal + last.rows === next.ordinal
}

/** Rows out of order or of two nexsets: a mistake of the caller. Gaps are what retention took, and every follower has passed them. */
function refuseDisorder(segments: readonly SegmentRef[]): void {
  if (segments.length === 0) throw new Error('nothing to merge: the list of segments is empty')
  for (const [index, segment] of segments.entries()) {
    const previous = segments[index - 1]
    if (previous === undefined) continue
    if (segment.nexsetId !== previous.nexsetId || segment.seq <= previous.lastSeq)
      throw new Error(
        `segment ${segment.nexsetId}#${segment.seq} does not come after ${previous.nexsetId}#${previous.lastSeq}: only segments of one nexset are merged, in order`,
      )
  }
}
