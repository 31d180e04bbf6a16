import type { JsonObject, Schema } from '@leat/connector-kit'

/**
 * What the engine asks of a format. Bytes in, DuckDB SQL out: no row of the default path becomes a JS object.
 *
 *   bytes --decompress/normalise--> text that DuckDB reads --strictSelect--> typed rows        (the fast path)
 *                                                          \--isolate-----> typed rows + refused records
 */

/** A DuckDB connection as the engine lends it. Statements run one after another. */
export interface SqlSession {
  run(sql: string): Promise<void>
  /** Small results only; values as JSON (64-bit integers and decimals as text). */
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
}

export type Compression = 'none' | 'gzip' | 'zstd' | 'snappy' | 'bzip2'

export interface Detected {
  readonly format: 'json' | 'csv' | 'parquet' | 'xml' | 'copy_text'
  readonly compression: Compression
  readonly archive: 'none' | 'zip'
  /** True when neither name nor content told the format (`data.gz`): `openDecoder` decides by the decompressed head. */
  readonly guessed?: boolean
  /** The name says which delimiter: `.tsv`, `.psv`. */
  readonly delimited?: 'tsv' | 'psv'
}

/** Source config keys (S-FILE, normalised) that steer parsing: `csv.delimiter`, `json.path`, `file_format` … */
export type ReadOptions = JsonObject

/** One decoder serves every object with the same `groupKey` (same format, dialect, header). */
export interface Decoder {
  readonly detected: Detected
  /** The source said what the columns are: the schema is this one, merged with the nexset's, and nothing is inferred. */
  readonly declared?: Schema
  /** Objects with equal keys may be concatenated after `normalise`; null: each object is read alone (Parquet). */
  readonly groupKey: string | null
  /** False when DuckDB needs a seekable file (Parquet): the engine then writes a temporary file instead of a pipe. */
  readonly streams: boolean
  /**
   * Text that is better given in several pipes is cut after this many bytes: DuckDB keeps all that it reads from one pipe in memory until that is at
   * its end. Absent: one pipe may be of any length.
   */
  readonly pipeBytes?: number
  /** True when `normalise` passes bytes through unchanged, so that a byte offset in the object is one in the text. */
  readonly identity: boolean
  /**
   * Bytes of one (already decompressed) object as DuckDB reads them: BOM dropped, header and skipped lines dropped, JSON arrays and
   * documents turned into lines; always ends with a record separator. Errors that spoil the rest of the object (an unclosed
   * array, invalid zip) throw a `data` fault after everything before them was yielded.
   */
  normalise(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** Index just after the last complete record in `text`, or -1: where a segment may be cut. */
  lastBoundary(text: Uint8Array): number
  /** Number of records in a piece of normalised text that ends at a boundary. */
  countRecords(text: Uint8Array): number
  /**
   * Names at the top of the first records of normalised text, or in the header: what shape it has, at a glance. Records that cannot be read at a glance
   * have none. Absent: the shape is declared, or told by reading all of it.
   */
  topNames?(text: Uint8Array, records: number): ReadonlySet<string>
  /** Types of a sample of normalised text (cut at a record boundary), or of a file when `streams` is false. */
  infer(session: SqlSession, sample: { readonly text: Uint8Array } | { readonly path: string }): Promise<Schema>
  /**
   * A SELECT over one normalised file or pipe (or several files, in order; Parquet: exactly one) with exactly the columns of `schema`, in order. It raises on any record that does not
   * fit exactly: bad syntax, an unknown key, a wrong type, a number that would be rounded, a time that would shift.
   * `scratch` is a folder for helper files that must live as long as the SELECT runs.
   */
  strictSelect(path: string | readonly string[], schema: Schema, scratch: string): Promise<string>
  /**
   * Looks at the text that the strict select of this schema reads, chunk by chunk: true for something that DuckDB would take and bend without raising.
   * Absent: DuckDB raises for everything.
   */
  doubts?(schema: Schema): (chunk: Uint8Array) => boolean
  /**
   * The slow path over a normalised local file, after the strict read failed. Writes the good records to `output` (Parquet, snappy)
   * and the refused ones to `refused` (Parquet: ordinal BIGINT, raw BLOB, code VARCHAR, reason VARCHAR). Ordinals count records of the file from 0.
   */
  isolate(session: SqlSession, request: IsolateRequest): Promise<Isolated>
}

export interface IsolateRequest {
  readonly path: string
  /** Schema so far; null when this is the first data. */
  readonly schema: Schema | null
  readonly drift: DriftPolicy
  readonly output: string
  readonly refused: string
  readonly scratch: string
}

/**
 * evolve: new fields are added, types widen, a column whose values mostly have another type becomes text or JSON.
 * quarantine: a record that does not fit the schema is refused; the schema stays.
 * stop: the source stops with `data.schema_drift` and nothing of the unit is committed.
 */
export const driftPolicies = ['evolve', 'quarantine', 'stop'] as const
export type DriftPolicy = (typeof driftPolicies)[number]

export interface Isolated {
  readonly schema: Schema
  readonly rows: number
  readonly refused: number
  /** Ordinals of the refused records, ascending, so that origins of the good rows stay exact. */
  readonly refusedOrdinals: readonly number[]
  /** In words: `added column "discount" DECIMAL(18,2)`. */
  readonly drift: readonly string[]
}

/** How a sink's files are written: K-FILE keys, normalised. */
export interface EncodePlan {
  readonly encoding: 'parquet' | 'csv' | 'tsv' | 'ndjson'
  /** File name ending, with compression: `parquet`, `csv.gz`, `json.zst`. */
  readonly extension: string
  /** Tail of `COPY … TO 'file' <here>`: `(FORMAT parquet, COMPRESSION snappy)`. */
  readonly copyOptions: string
  /** True when a Parquet segment written by the engine (snappy) is already this file. */
  readonly passThrough: boolean
  /** Text at the beginning of each file, instead of the column names: `withHeader` puts it into the options. */
  readonly header?: string
  /** True when `encodeSelect` gives finished lines in one column (`planFor`). */
  readonly lines?: boolean
}
