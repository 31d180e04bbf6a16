import type { Json, JsonObject } from './json.ts'
import type { Schema } from './schema.ts'

/* The contract of sources: units of work, read as parts. See contract.ts. */

export interface SourceSession extends AsyncDisposable {
  /**
   * The units of work that exist now, as a stream (never all in memory). The ledger drops units whose (key, version)
   * was read before; a null version means "always read, from the checkpoint of this key".
   */
  units(request: UnitsRequest): AsyncIterable<Unit>
  /**
   * Reads one unit as parts. A part's checkpoint says "everything up to and including this part may be committed
   * together"; reading again with that checkpoint continues after it, without loss or repetition. Aborting
   * `signal` ends the iteration within a second.
   */
  read(unit: Unit, request: ReadRequest): AsyncIterable<Part>
  /** The requests that a reading would begin with, where it is made of requests. Asks nobody; holds no secret. */
  dryRun?(request: DryRunRequest): Promise<readonly DryRequest[]>
  /** After our commit of everything up to `checkpoint`, also in the middle of a unit. Calling it twice is harmless. */
  acknowledge?(unit: Unit, checkpoint: Json): Promise<void>
}

export interface DryRunRequest extends UnitsRequest {
  /** What was stored last of the unit that was read last; null when nothing was. */
  readonly checkpoint: Json
}

/** A request as a person may see it. What only an answer or the credential knows stands there as its placeholder. */
export interface DryRequest {
  readonly step: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** What proves who asks and is added when the request is sent; `NONE` when nothing is. */
  readonly authentication: string
}

export interface UnitsRequest {
  readonly signal: AbortSignal
  /**
   * The start of the last run of this source that succeeded (epoch ms); absent until one has. Where that run went on from the checkpoints of earlier
   * ones, the start of the first of them: nothing that changed after this moment has been missed.
   */
  readonly since?: number
}

/** A file, a key range, a partition, a page chain. JSON: it is stored and handed to another process. */
export interface Unit {
  /** Stable identity within the source, e.g. `bucket/prefix/file.json`. Shown to people as the origin of records. */
  readonly key: string
  /** Changes when the content changes (etag, size and mtime). Null: always read. */
  readonly version: string | null
  /** Expected size, for grouping small units and splitting work. 0 when unknown. */
  readonly bytes: number
  /** Epoch ms of the last change, when the source knows it. */
  readonly modified_at?: number
  /** Whatever `read` needs to find the unit again. */
  readonly payload: JsonObject
}

export interface ReadRequest {
  readonly checkpoint: Json
  readonly signal: AbortSignal
}

export type Part = ObjectPart | RowsPart

/** What both kinds of parts may say besides their data. */
interface PartRemarks {
  readonly checkpoint?: Json
  /** Nobody knows whether another part comes, or when: the engine does not wait for it before it takes this one. */
  readonly more?: boolean
  /** On the last part of a unit: whether everything arrived, where the source can know. */
  readonly verdict?: Verdict
  /** For the log of the flow, in words: what was recognised, what was odd. Never a secret. */
  readonly notices?: readonly string[]
}

/**
 * Whether a unit gave all of its records. complete: a total was known and reached. unknown: nobody said how many there are. short: fewer than
 * announced came.
 */
export interface Verdict {
  readonly outcome: 'complete' | 'unknown' | 'short'
  readonly received: number
  /** What the remote side announced. */
  readonly expected?: number
  /** Why the reading ended, in words. */
  readonly reason: string
}

/** A file, a COPY stream, a response body: bytes in a format that the engine understands. */
export interface ObjectPart extends PartRemarks {
  readonly kind: 'object'
  /** Where the records come from, as a person would name it. */
  readonly origin: string
  /** Bytes, when known. */
  readonly size?: number
  /**
   * Format, when the source knows better than the name and the content (`parquet`, `csv`, `ndjson`, `copy_text` …). `json_lines`: UTF-8 that is not
   * compressed, in chunks of whole lines with a JSON document in each; nothing is looked at on its way, which pays for many small parts.
   */
  readonly format?: string
  /**
   * The columns, when the source knows them (a database does): nothing is inferred, and a change against the nexset's schema is drift. Needed for
   * `copy_text`, whose records say nothing about themselves (see sql/copy-text.ts).
   */
  readonly schema?: Schema
  /**
   * The bytes cannot be had again from the middle (a query sees other rows a moment later): the engine commits all of the part or nothing, so a
   * source keeps such parts small where it can.
   */
  readonly atomic?: boolean
  /** Keys of S-FILE (`json.path`, `xml.xpath`, `csv.delimiter` …) with which the engine reads this part; they win over the options of the source. */
  readonly options?: JsonObject
  /** The records' shape decides which nexset they go to, also where the source has one nexset only (`schema.detection.once`). */
  readonly fresh_shape?: boolean
  /**
   * Records of several shapes follow each other, and each belongs into the nexset of its shape. Absent: the first ones speak for all. Only for formats
   * with a JSON document in each line.
   */
  readonly mixed_shapes?: boolean
  /** May be called several times (a fallback reads again); each call streams from `offset` (default 0). */
  open(request?: OpenRequest): AsyncIterable<Uint8Array>
  /**
   * Throws `source.object_changed` (transient) when the object is no longer the version that was listed.
   * The engine calls it after it has read the last byte and before it commits.
   */
  verify?(): Promise<void>
}

export interface OpenRequest {
  /** First byte; default 0. */
  readonly offset?: number
  readonly signal?: AbortSignal
  /**
   * Where chunks of a megabyte or more may come from. A buffer that was taken belongs to the engine once it was yielded; the engine uses it again
   * when nobody looks at its bytes any more. Fresh buffers for every chunk cost a quarter of a worker's time in memory management.
   */
  readonly buffers?: BufferPool
}

export interface BufferPool {
  take(bytes: number): Buffer
}

/** Only where the driver gives rows (queues, row APIs). Values are JSON; the engine types them. */
export interface RowsPart extends PartRemarks {
  readonly kind: 'rows'
  readonly origin: string
  readonly rows: readonly JsonObject[]
  /** As `ObjectPart.schema`. */
  readonly schema?: Schema
}
