import type { JsonObject } from '@leat/connector-kit'

/** Reads what is in nexsets and in quarantine. Implemented over the segments by the engine. */
export interface DataReader {
  /** The latest records of a nexset, newest last, at most `count`; empty when it has none. Values as JSON: 64-bit integers, decimals and times as text when a JSON number would lose digits. */
  samples(nexsetId: number, count: number): Promise<readonly SampleRecord[]>
  /** Refused records of these files, in their order, skipping `offset`, at most `limit`. */
  quarantine(filter: QuarantineFilter): Promise<readonly QuarantinedRecord[]>
  /**
   * One read-only SELECT over `nexset_<id>` tables. `nexsetIds` are those that the caller may read: any other name is a `config` fault with
   * code `sql.unknown_table`. Syntax errors are `config` faults. Stops after `limit` rows or when `signal` aborts.
   */
  query(request: SqlQuery): Promise<SqlAnswer>
}

export interface SampleRecord {
  readonly record: JsonObject
  /** Object that the record came from; null when it is not known. */
  readonly origin: string | null
  /** 0-based index of the record in its origin. */
  readonly ordinal: number | null
  readonly runId: number | null
  /** Epoch ms of the commit. */
  readonly committedAt: number | null
}

export interface QuarantineFilter {
  /** Files of refused records to read, newest first, as the index knows them; already checked against the caller. */
  readonly files: readonly { readonly key: string; readonly records: number }[]
  readonly offset: number
  readonly limit: number
}

export interface QuarantinedRecord {
  /** `key` of the file. */
  readonly key: string
  readonly origin: string | null
  readonly ordinal: number | null
  readonly code: string
  readonly reason: string
  readonly raw: Uint8Array
}

export interface SqlQuery {
  readonly sql: string
  readonly limit: number
  readonly nexsetIds: readonly number[]
  readonly signal: AbortSignal
}

export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  readonly truncated: boolean
}
