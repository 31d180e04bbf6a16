import type { Schema } from '@leat/connector-kit'
import { conformSelect, quoteLiteral, sameSchema } from '@leat/formats'
import type { SegmentRef, SegmentStore } from './ports.ts'

/**
 * A relation over segments in order, with exactly the columns of `schema` (later columns NULL in older files, widened types
 * cast). `position`: name of one more column with the number of the row among them, from 0, whatever order they are read in.
 */
export async function segmentsRelation(
  segments: readonly SegmentRef[],
  schema: Schema,
  store: SegmentStore,
  signal: AbortSignal,
  position?: string,
): Promise<string> {
  // Files with the same types are one scan: a thousand segments must not be a thousand branches.
  const runs: { schema: Schema; paths: string[]; firsts: number[] }[] = []
  let first = 0
  for (const segment of segments) {
    const path = await store.local(segment.key, signal)
    const last = runs.at(-1)
    if (last !== undefined && sameSchema(last.schema, segment.schema)) {
      last.paths.push(path)
      last.firsts.push(first)
    } else runs.push({ schema: segment.schema, paths: [path], firsts: [first] })
    first += segment.rows
  }
  const selects = runs.map(({ schema: own, paths, firsts }) => {
    const read = `read_parquet([${paths.map(quoteLiteral).join(', ')}])`
    if (position === undefined) return conformSelect(own, schema, read)
    // Of one file the number itself: a range of it skips row groups.
    const number =
      firsts.length === 1 ? offset(firsts[0]!) : `[${firsts.join(', ')}][file_index::BIGINT + 1] + file_row_number`
    const numbered = `(SELECT *, ${number} AS ${position} FROM ${read})`
    return conformSelect(withPosition(own, position), withPosition(schema, position), numbered)
  })
  return `(${selects.join(' UNION ALL ')})`
}

function withPosition(schema: Schema, position: string): Schema {
  return { fields: [...schema.fields, { name: position, type: { kind: 'scalar', name: 'BIGINT' } }] }
}

function offset(first: number): string {
  return first === 0 ? 'file_row_number' : `${first} + file_row_number`
}
