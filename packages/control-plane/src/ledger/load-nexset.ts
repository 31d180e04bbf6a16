import type { Schema } from '@leat/connector-kit'
import type { SegmentRef } from '@leat/engine'
import { toSegmentRef, type SegmentRow } from './postgres-ledger.ts'
import { query, queryOne, type Sql } from './sql.ts'

/** A nexset with its segments in order, for readers outside of runs; null when it does not exist or has no data yet. */
export async function loadNexset(
  on: Sql,
  id: number,
): Promise<{ id: number; schema: Schema; segments: readonly SegmentRef[] } | null> {
  const row = await queryOne<{ schema: Schema | null }>(on, 'select schema from data_set where id = $1', [id])
  if (!row?.schema) return null
  const segments = await query<SegmentRow>(on, 'select * from segment where data_set_id = $1 order by seq', [id])
  return { id, schema: row.schema, segments: segments.map(toSegmentRef) }
}
