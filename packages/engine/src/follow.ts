import type { FollowerLedger, SegmentRef } from './ports.ts'

/** Parent segments that one step takes: enough to make good files, few enough to redo cheaply. */
const stepSegments = 256
const stepBytes = 192 << 20

/** The parent's segments after `cursor`, in order, in steps. Ends when there is none left. */
export async function* stepsAfter(
  ledger: FollowerLedger,
  nexsetId: number,
  cursor: number,
  signal: AbortSignal,
): AsyncGenerator<readonly SegmentRef[]> {
  let after = cursor
  for (;;) {
    signal.throwIfAborted()
    const found = await ledger.segmentsAfter(nexsetId, after, stepSegments)
    if (found.length === 0) return
    for (const step of steps(found)) {
      yield step
      after = step.at(-1)!.lastSeq
    }
  }
}

function* steps(segments: readonly SegmentRef[]): Generator<readonly SegmentRef[]> {
  let step: SegmentRef[] = []
  let bytes = 0
  for (const segment of segments) {
    if (step.length > 0 && bytes + segment.bytes > stepBytes) {
      yield step
      step = []
      bytes = 0
    }
    step.push(segment)
    bytes += segment.bytes
  }
  if (step.length > 0) yield step
}
