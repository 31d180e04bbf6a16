import type { JsonObject } from './json.ts'
import type { Schema } from './schema.ts'

/* The contract of destinations: a writer that stages and commits, and the plan of it. See contract.ts. */

/** Encodings that a sink can ask for. The engine converts; the connector gets finished bytes. */
export const encodings = ['parquet', 'csv', 'tsv', 'ndjson', 'rows'] as const
export type Encoding = (typeof encodings)[number]

export interface WriterRequest {
  /** Stable identity of the delivery (`sink-12`): names files and ledger rows in the destination. */
  readonly id: string
  /** Grows with every claim of the sink. A writer with an older epoch must not become visible (where `fences`). */
  readonly epoch: number
  readonly options: JsonObject
  /** Columns of the batches: the nexset's, after the sink's `mapping`. */
  readonly schema: Schema
  readonly signal: AbortSignal
}

/**
 * Stages batches and makes them visible.
 *   write* -> prepare() -> token (nothing visible, survives this process) -> commit(token) (visible; repeatable by any later writer)
 */
export interface Writer extends AsyncDisposable {
  /** The files that `write` takes, when the destination and not the user decides about them (a database that loads files). */
  readonly form?: BatchForm
  /** Takes the next batch. Returns the records that the destination refuses; the others count as staged. */
  write(batch: Batch): Promise<readonly Rejection[]>
  /** Everything written since the last prepare is accepted by the destination and still invisible; durable, unless the sink's `staging` says otherwise. */
  prepare(): Promise<Token>
  /**
   * Makes a prepared token visible. A second call, also by another writer, changes nothing. Throws `stagedLost` when the destination lost what was
   * staged and it is certain that nothing of the token is or will be visible: the engine then delivers again from its cursor.
   */
  commit(token: Token): Promise<void>
  /** Removes what was staged under this id by tokens that are not in `keep` (their process died before step 3). */
  sweep?(keep: readonly Token[]): Promise<void>
}

export type Token = JsonObject

/** How the engine encodes a batch for a destination that loads files. No header, no compression. */
export interface BatchForm {
  /**
   * csv: comma, `"` doubled, NULL is an empty field and the empty text `""`; times ISO 8601, nested values JSON text.
   * ndjson, parquet: as a file sink writes them.
   */
  readonly encoding: 'csv' | 'ndjson' | 'parquet'
  /** Name of a last column with the position of the row in the batch, from 0: what `Rejection.index` refers to. */
  readonly ordinal?: string
  /** About equal files, so that several connections can load at once. Rows are in no order then: the ordinal has it. Default 1. */
  readonly files?: number
  /**
   * One file instead, encoded while it is read, so that loading need not wait for encoding; its `bytes` count what was read so far. Its rows are in the
   * order of the batch, without an ordinal.
   */
  readonly streamed?: boolean
  /** How CSV writes BLOBs: base64 unless given, `0aff`, or `\\x0aff`. */
  readonly blob?: 'base64' | 'hex' | 'hex_prefixed'
}

export type Batch = FileBatch | RowBatch

/** Encoded files, complete, on local disk of this process; only `BatchForm.streamed` makes one that is encoded while it is read. */
export interface FileBatch {
  readonly kind: 'files'
  readonly files: readonly EncodedFile[]
  /** The same rows in another form, for a second, closer look at them. Absent: there is only this one. */
  again?(form: BatchForm): Promise<FileBatch>
}

export interface EncodedFile {
  /** Final name relative to the sink's path, `/`-separated, derived from (sink, range): a repeat has the same name. */
  readonly name: string
  readonly encoding: Exclude<Encoding, 'rows'>
  readonly bytes: number
  readonly rows: number
  open(): AsyncIterable<Uint8Array>
}

export interface RowBatch {
  readonly kind: 'rows'
  readonly schema: Schema
  /** Values as JSON; 64-bit integers, decimals and timestamps as text. */
  readonly rows: readonly JsonObject[]
}

export interface Rejection {
  /** Index of the row in the batch. */
  readonly index: number
  /** Low-cardinality code, `<connector>.<what>`. */
  readonly code: string
  readonly reason: string
  /** The record as it was offered, where the batch is files. */
  readonly raw?: string
}

export interface PlanRequest {
  /** Of the writer whose delivery is planned. */
  readonly id: string
  readonly options: JsonObject
  readonly schema: Schema
  readonly signal: AbortSignal
}
export interface PlannedChange {
  readonly what: string
  readonly ddl?: string
}

export interface PlanRowsRequest extends PlanRequest {
  /** Encodes what waits for delivery; may be called once. */
  encode(form: BatchForm): AsyncIterable<Batch>
}

/** Rows by what a delivery would do with them. */
export interface PlannedRows {
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly refused: number
}
