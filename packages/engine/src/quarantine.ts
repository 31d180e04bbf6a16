import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { quoteLiteral } from '@leat/formats'
import type { ComputeSession } from './compute.ts'
import type { NewQuarantine, OriginRange, SegmentStore } from './ports.ts'
import type { Scratch } from './scratch.ts'

/** A refused record (or, with ordinal 0 and the first bytes as raw, a refused object). */
export interface RefusedRecord {
  readonly origin: string
  readonly ordinal: number
  readonly raw: Uint8Array
  /** Low-cardinality code: `json.malformed`. */
  readonly code: string
  /** For a person: field, value, what was expected. */
  readonly reason: string
}

const columns = "{origin: 'VARCHAR', ordinal: 'BIGINT', raw: 'VARCHAR', code: 'VARCHAR', reason: 'VARCHAR'}"

/** A relation with the quarantine columns over records that are in memory. */
export async function refusedRelation(records: readonly RefusedRecord[], scratch: Scratch): Promise<string> {
  const file = scratch.file('refused.json')
  const lines = records.map((record) => JSON.stringify({ ...record, raw: Buffer.from(record.raw).toString('base64') }))
  await writeFile(file, lines.join('\n'))
  // DuckDB reserves twice this much for each thread before it reads the first byte.
  const longest = lines.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), 1 << 20)
  const read = `read_json(${quoteLiteral(file)}, format = 'newline_delimited', columns = ${columns}, maximum_object_size = ${longest + 1024})`
  return `(SELECT origin, ordinal, from_base64(raw) AS raw, code, reason FROM ${read})`
}

/** The refused records of a stretch (`ordinal` counts from its start), with their real origins. */
export function refusedOfStretch(file: string, origins: readonly OriginRange[]): string {
  const ranges = origins.map((o) => `(${quoteLiteral(o.origin)}, ${o.row}, ${o.row + o.rows}, ${o.ordinal})`)
  const source = `read_parquet(${quoteLiteral(file)}) r`
  if (ranges.length === 0) return `(SELECT '' AS origin, ordinal, raw, code, reason FROM ${source})`
  return `(SELECT o.origin, r.ordinal - o.first + o.ordinal AS ordinal, r.raw, r.code, r.reason FROM ${source}
    LEFT JOIN (VALUES ${ranges.join(', ')}) o(origin, first, past, ordinal) ON r.ordinal >= o.first AND r.ordinal < o.past)`
}

/** Writes one quarantine file from the given relations and puts it into the store; null when they are empty. */
export async function storeQuarantine(
  relations: readonly string[],
  work: { session: ComputeSession; scratch: Scratch; segments: SegmentStore; prefix: string },
): Promise<NewQuarantine | null> {
  if (relations.length === 0) return null
  const file = work.scratch.file('quarantine.parquet')
  const union = relations.map((relation) => `SELECT * FROM ${relation}`).join(' UNION ALL ')
  const records = await work.session.copy(`COPY (${union}) TO ${quoteLiteral(file)} (FORMAT parquet, COMPRESSION zstd)`)
  if (records === 0) return null
  const counted = await work.session.rows(
    `SELECT code, count(*)::INTEGER AS count, first(reason) AS example FROM read_parquet(${quoteLiteral(file)}) GROUP BY code ORDER BY 2 DESC LIMIT 10`,
  )
  const key = `${work.prefix}/${randomUUID()}.parquet`
  const { bytes } = await work.segments.put(file, key)
  const codes = counted.map((row) => ({
    code: String(row['code']),
    count: Number(row['count']),
    example: String(row['example']),
  }))
  return { key, records, bytes, codes }
}
