import { Fault, type Schema } from '@leat/connector-kit'
import { quoteIdent, quoteLiteral } from '@leat/formats'
import { confineSelect } from '@leat/transforms'
import type { Compute, ComputeSession } from '../compute.ts'
import type { OriginRange, SegmentRef, SegmentStore } from '../ports.ts'
import { segmentsRelation } from '../segment-relation.ts'
import { parseExactly } from './exact-json.ts'

/** A nexset and its segments as a reader needs them, newest last. */
export interface ReadableNexset {
  readonly id: number
  readonly schema: Schema
  readonly segments: readonly SegmentRef[]
}

/** A record with where it came from. */
export interface SampleRecord {
  /** Numbers that a double cannot hold are raw JSON: `JSON.stringify` writes them digit by digit. */
  readonly record: Record<string, unknown>
  readonly origin: string
  readonly ordinal: number
  readonly runId: number
  /** ISO 8601: when its segment was committed. */
  readonly ingestedAt: string
}

export interface QuarantinedRecord {
  readonly origin: string
  readonly ordinal: number
  readonly code: string
  readonly reason: string
  /** The record as it came, byte for byte. */
  readonly raw: Uint8Array
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Values as JSON; 64-bit integers, decimals and times as text. */
  readonly rows: readonly (readonly unknown[])[]
  readonly truncated: boolean
}

/** Bytes of an answer of SQL, about as JSON. */
const answerLimit = 32_000_000

/** Reads nexsets and quarantine for people: samples, SQL, refused records. Never part of a run. */
export class DataReader {
  readonly #compute: Compute
  readonly #store: SegmentStore
  constructor(compute: Compute, store: SegmentStore) {
    this.#compute = compute
    this.#store = store
  }

  /** The first `count` records of the newest segments, as JSON objects. */
  async samples(nexset: ReadableNexset, count: number): Promise<readonly SampleRecord[]> {
    const records: SampleRecord[] = []
    await using session = await this.#compute.session()
    for (const segment of nexset.segments.toReversed()) {
      if (records.length >= count) break
      const relation = await segmentsRelation([segment], nexset.schema, this.#store, new AbortController().signal)
      const rows = await session.rows(
        `SELECT to_json(r)::VARCHAR AS record FROM ${relation} r LIMIT ${count - records.length}`,
      )
      rows.forEach((row, index) => {
        const { origin, ordinal } = originOf(segment.origins, index)
        const record = parseExactly(String(row['record'])) as Record<string, unknown>
        records.push({ record, origin, ordinal, runId: segment.runId, ingestedAt: segment.createdAt })
      })
    }
    return records
  }

  /** Refused records of one file of the store. */
  async quarantine(key: string, page: { limit: number; offset: number }): Promise<readonly QuarantinedRecord[]> {
    await using session = await this.#compute.session()
    const path = await this.#store.local(key)
    const rows = await session.rows(
      `SELECT origin, ordinal, code, reason, base64(raw) AS raw FROM read_parquet(${quoteLiteral(path)}) LIMIT ${page.limit} OFFSET ${page.offset}`,
    )
    return rows.map((row) => ({
      origin: String(row['origin'] ?? ''),
      ordinal: Number(row['ordinal']),
      code: String(row['code']),
      reason: String(row['reason']),
      raw: Buffer.from(String(row['raw'] ?? ''), 'base64'),
    }))
  }

  /** One SELECT over `nexset_<id>` views. It can reach those and scalar or aggregate functions, nothing else. */
  async query(
    sql: string,
    nexsets: readonly ReadableNexset[],
    limit: number,
    signal: AbortSignal,
  ): Promise<QueryResult> {
    await using session = await this.#compute.session()
    const { sql: select, relations } = confineSelect(sql, nexsets.map(viewName), 'query')
    const stop = (): void => session.interrupt()
    signal.addEventListener('abort', stop)
    try {
      for (const nexset of nexsets) if (relations.includes(viewName(nexset))) await this.#view(session, nexset, signal)
      const described = await session.rows(`DESCRIBE ${select}`)
      const columns = described.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }))
      const rows = await session.rows(measured(select, limit + 1))
      if (Number(rows.at(-1)?.['_leat_sum'] ?? 0) > answerLimit) throw answerTooLarge()
      const values = rows.slice(0, limit).map((row) => columns.map(({ name }) => row[name]))
      return { columns, rows: values, truncated: rows.length > limit }
    } catch (thrown) {
      throw thrown instanceof Fault ? thrown : queryFailed(thrown, signal)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async #view(session: ComputeSession, nexset: ReadableNexset, signal: AbortSignal): Promise<void> {
    const relation =
      nexset.segments.length === 0
        ? `(SELECT ${nexset.schema.fields.map((field) => `NULL AS ${quoteIdent(field.name)}`).join(', ') || '1 AS empty'} WHERE false)`
        : await segmentsRelation(nexset.segments, nexset.schema, this.#store, signal)
    await session.run(`CREATE OR REPLACE TEMP VIEW ${viewName(nexset)} AS SELECT * FROM ${relation}`)
  }
}

function viewName(nexset: ReadableNexset): string {
  return `nexset_${nexset.id}`
}

function originOf(origins: readonly OriginRange[], row: number): { origin: string; ordinal: number } {
  const range = origins.find((candidate) => row >= candidate.row && row < candidate.row + candidate.rows)
  return range === undefined
    ? { origin: '', ordinal: row }
    : { origin: range.origin, ordinal: range.ordinal + row - range.row }
}

/**
 * The rows up to the one with which the answer grows too large, each with the sum of the sizes so far. Counted in DuckDB: a value that it repeats takes
 * no memory there, and gigabytes as an answer.
 */
function measured(select: string, limit: number): string {
  const sized = `SELECT *, strlen(CAST(_leat_row AS VARCHAR)) AS _leat_size FROM (SELECT * FROM (${select}) LIMIT ${limit}) _leat_row`
  const summed = `SELECT *, sum(_leat_size) OVER (ROWS UNBOUNDED PRECEDING) AS _leat_sum FROM (${sized})`
  return `SELECT * FROM (${summed}) WHERE _leat_sum - _leat_size <= ${answerLimit}`
}

function answerTooLarge(): Fault {
  const message = `query: the answer has more than ${answerLimit / 1e6} MB. Select fewer columns or rows, or give a lower limit.`
  return new Fault({ kind: 'config', code: 'sql.answer_too_large', field: 'query', message })
}

function queryFailed(cause: unknown, signal: AbortSignal): Fault {
  const said = cause instanceof Error ? cause.message : String(cause)
  const message = signal.aborted
    ? 'query: it took too long and was stopped. Read fewer rows, or join on a condition.'
    : /^Out of Memory/i.test(said)
      ? 'query: it needs more memory than this server gives to a query. Read fewer or shorter values.'
      : withoutPaths(said)
  return new Fault({ kind: 'config', code: 'sql.failed', field: 'query', message, cause })
}

/** Paths of this machine are nobody's business. */
function withoutPaths(message: string): string {
  return message.replaceAll(/(?:\/[\w.@-]+){2,}/g, '…')
}
