import type { NewSegment, NexsetHead } from '@leat/engine'
import { Fault, type Schema } from '@leat/connector-kit'
import { query, queryOne, type Sql } from './sql.ts'

/** What the ledger asks of the engine about types. */
export interface Schemas {
  merge(current: Schema | null, incoming: Schema): Schema
  /** The nexset that data of this shape belongs to, or null when it needs a new one. */
  choose(nexsets: readonly NexsetHead[], shape: Schema, once: boolean): NexsetHead | null
}

/**
 * Appends segments at the end of a nexset and merges their types into its schema. Positions come from the row lock on the
 * nexset, which is held until the caller's transaction ends: they are gapless and in commit order.
 */
export async function appendSegments(
  on: Sql,
  nexsetId: number,
  runId: number,
  segments: readonly NewSegment[],
  merge: Schemas['merge'],
): Promise<void> {
  if (segments.length === 0) return
  const locked = await queryOne<{ schema: Schema | null }>(
    on,
    'select schema from data_set where id = $1 for no key update',
    [nexsetId],
  )
  if (!locked) {
    // Tried again, the engine looks for a nexset anew.
    throw new Fault({
      kind: 'transient',
      code: 'nexset.deleted',
      message: `Nexset ${nexsetId} was deleted while data for it was being read.`,
    })
  }
  const schema = segments.reduce<Schema | null>((merged, segment) => merge(merged, segment.schema), locked.schema)
  const taken = await queryOne<{ first: number }>(
    on,
    'update data_set set next_seq = next_seq + $2, schema = $3::jsonb, updated_at = now() where id = $1 returning next_seq - $2 as first',
    [nexsetId, segments.length, JSON.stringify(schema)],
  )
  const first = Number(taken?.first)
  await query(
    on,
    `insert into segment (data_set_id, seq, last_seq, run_id, store_key, rows, bytes, schema, origins)
     select $1, s.seq, s.seq, $2, s.key, s.rows, s.bytes, s.schema::jsonb, s.origins::jsonb
     from unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[]) as s(seq, key, rows, bytes, schema, origins)`,
    [
      nexsetId,
      runId,
      segments.map((_, index) => first + index),
      segments.map((segment) => segment.key),
      segments.map((segment) => segment.rows),
      segments.map((segment) => segment.bytes),
      segments.map((segment) => JSON.stringify(segment.schema)),
      segments.map((segment) => JSON.stringify(segment.origins)),
    ],
  )
}
