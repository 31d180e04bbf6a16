import type { JsonObject } from '@leat/connector-kit'
import type { WorkMetrics } from '@leat/engine'
import { queryOne, type Sql } from './sql.ts'

/**
 * What the index says of the work that a worker gives figures for: a second book, kept by nobody who reads or writes the records. Null where
 * there is no such book: the index knows neither what stands in a source nor what a destination holds.
 */
export interface Evidence {
  /** Rows of the parent's segments that the cursor has passed. */
  readonly taken: number | null
  /** Rows of the new segments. */
  readonly kept: number | null
  /** Records of the new files of quarantine. */
  readonly held: number
}

/** What a node may do to the number of records. */
export interface Allowed {
  readonly filter: boolean
  readonly expand: boolean
}

export const everyRecord: Allowed = { filter: false, expand: false }

/** Operations make of one record one, but for these; what SQL and scripts make is theirs to say. */
export function allowedTo(transform: JsonObject | null): Allowed {
  if (transform === null) return everyRecord
  const operations = transform['operations']
  if (!Array.isArray(operations)) return { filter: true, expand: true }
  const names = new Set(operations.map((item) => String((item as JsonObject)['operation'])))
  const known = ['rename', 'map', 'compute', 'filter', 'typecast', 'flatten', 'select', 'drop', 'shift']
  const unknown = [...names].some((name) => !known.includes(name))
  return { filter: unknown || names.has('filter'), expand: unknown || names.has('flatten') }
}

/** What does not add up, in words with the figures; empty when everything does. */
export function imbalances(work: WorkMetrics, evidence: Evidence, allowed: Allowed): readonly string[] {
  const { read, written, filtered, refused, expanded = 0 } = work
  const found: string[] = []
  const accounted = written + filtered + refused
  if (read + expanded !== accounted)
    found.push(
      `${read} read${expanded === 0 ? '' : ` + ${expanded} made of them`}, but ${written} written + ${filtered} filtered + ${refused} refused = ${accounted}`,
    )
  if (evidence.taken !== null && evidence.taken !== read)
    found.push(`${read} read, but the segments of the parent hold ${evidence.taken}`)
  if (evidence.kept !== null && evidence.kept !== written)
    found.push(`${written} written, but the new segments hold ${evidence.kept}`)
  if (evidence.held !== refused) found.push(`${refused} refused, but ${evidence.held} are in quarantine`)
  if (filtered < 0 || (filtered > 0 && !allowed.filter))
    found.push(`${filtered} filtered, where ${allowed.filter ? 'more came out than went in' : 'nothing filters'}`)
  if (expanded !== 0 && !allowed.expand) found.push(`${expanded} made, where nothing makes records`)
  return found
}

/** Rows in the segments of a nexset after one position, up to another. */
export async function rowsBetween(on: Sql, nexsetId: number, after: number, upTo: number): Promise<number> {
  const row = await queryOne<{ rows: number }>(
    on,
    'select coalesce(sum(rows), 0)::bigint as rows from segment where data_set_id = $1 and last_seq > $2 and last_seq <= $3',
    [nexsetId, after, upTo],
  )
  return Number(row?.rows ?? 0)
}
