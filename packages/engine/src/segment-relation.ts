import type { Schema } from '@leat/connector-kit'
import { conformSelect, quoteLiteral, sameSchema } from '@leat/formats'
import type { SegmentRef, SegmentStore } from './ports.ts'

/** A relation over segments in order, with exactly the columns of `schema` (later columns NULL in older files, widened types cast). */
export async function segmentsRelation(
  segments: readonly SegmentRef[],
  schema: Schema,
  store: SegmentStore,
  signal: AbortSignal,
): Promise<string> {
  // Files with the same types are one scan: a thousand segments must not be a thousand branches.
  const runs: { schema: Schema; paths: string[] }[] = []
  for (const segment of segments) {
    const path = await store.local(segment.key, signal)
    const last = runs.at(-1)
    if (last !== undefined && sameSchema(last.schema, segment.schema)) last.paths.push(path)
    else runs.push({ schema: segment.schema, paths: [path] })
  }
  const selects = runs.map(({ schema: own, paths }) =>
    conformSelect(own, schema, `read_parquet([${paths.map(quoteLiteral).join(', ')}])`),
  )
  return `(${selects.join(' UNION ALL ')})`
}
