import type { JsonObject } from '@leat/connector-kit'
import type { DataReader as EngineReader, ReadableNexset, SegmentRef } from '@leat/engine'
import type {
  DataReader,
  QuarantineFilter,
  QuarantinedRecord,
  SampleRecord,
  SqlAnswer,
  SqlQuery,
} from '../data-reader.ts'

/** What the reader asks of the index: a nexset with its segments in order, or null when it has no data yet. */
export type LoadNexset = (nexsetId: number) => Promise<ReadableNexset | null>

/** Samples, quarantine and SQL over the segments. */
export class SegmentDataReader implements DataReader {
  readonly #engine: () => Promise<EngineReader>
  readonly #load: LoadNexset

  /** `engine` is asked at the first read: a server that nobody asks for data never starts DuckDB. */
  constructor(engine: () => Promise<EngineReader>, load: LoadNexset) {
    this.#engine = engine
    this.#load = load
  }

  async samples(nexsetId: number, count: number): Promise<readonly SampleRecord[]> {
    const nexset = await this.#load(nexsetId)
    if (nexset === null) return []
    const engine = await this.#engine()
    const newest = { ...nexset, segments: newestWith(nexset.segments, count) }
    return (await engine.samples(newest, count)).map((sample) => ({
      record: sample.record as JsonObject,
      origin: sample.origin === '' ? null : sample.origin,
      ordinal: sample.ordinal,
      runId: sample.runId,
      committedAt: Date.parse(sample.ingestedAt),
    }))
  }

  async quarantine(filter: QuarantineFilter): Promise<readonly QuarantinedRecord[]> {
    const engine = await this.#engine()
    const found: QuarantinedRecord[] = []
    let offset = filter.offset
    for (const file of filter.files) {
      if (found.length >= filter.limit) break
      if (offset >= file.records) offset -= file.records
      else {
        const records = await engine.quarantine(file.key, { offset, limit: filter.limit - found.length })
        found.push(
          ...records.map((record) => ({
            ...record,
            key: file.key,
            origin: record.origin === '' ? null : record.origin,
          })),
        )
        offset = 0
      }
    }
    return found
  }

  async query(request: SqlQuery): Promise<SqlAnswer> {
    const engine = await this.#engine()
    const named = new Set([...request.sql.matchAll(/nexset_(\d+)/gi)].map((match) => Number(match[1])))
    const nexsets: ReadableNexset[] = []
    for (const id of request.nexsetIds) {
      if (named.has(id)) nexsets.push((await this.#load(id)) ?? { id, schema: { fields: [] }, segments: [] })
    }
    return await engine.query(request.sql, nexsets, request.limit, request.signal)
  }
}

/** The last segments that hold at least `count` rows. */
function newestWith(segments: readonly SegmentRef[], count: number): readonly SegmentRef[] {
  let rows = 0
  let from = segments.length
  while (from > 0 && rows < count) rows += segments[--from]!.rows
  return segments.slice(from)
}
