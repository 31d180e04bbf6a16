import type { z } from 'zod'
import type { Schema } from './schema.ts'
import type { Observe, TelemetryEvent } from './telemetry.ts'

/**
 * The connector contract. A connector is a value: a pure spec and a lazily loaded driver. It moves bytes or
 * rows; it never parses a file format, infers a schema or touches DuckDB.
 *
 *   spec (pure data) --load()--> Driver --connect(credentials)--> Connection --source()/sink()--> sessions
 *
 * Every call may throw a `Fault` (see faults.ts); anything else that is thrown counts as a bug.
 * Every object with `Symbol.asyncDispose` is disposed exactly once by the engine, also after a fault.
 */

/** Encodings that a sink can ask for. The engine converts; the connector gets finished bytes. */
export const encodings = ['parquet', 'csv', 'tsv', 'ndjson', 'rows'] as const
export type Encoding = (typeof encodings)[number]

/**
 * What a sink promises when any process dies at any moment.
 * exactly_once: staged and cursor change in one transaction of the destination.
 * effectively_once: a repeat writes the same bytes to the same place.
 * at_least_once: a repeat may double.
 */
export const deliveries = ['exactly_once', 'effectively_once', 'at_least_once'] as const
export type Delivery = (typeof deliveries)[number]

export const categories = ['file', 'database', 'nosql', 'streaming', 'api', 'vector_db', 'special'] as const
export type Category = (typeof categories)[number]

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }
/** A config schema. Cross-field rules go into `refine`; they are checked by the server, not by JSON Schema. */
export type ConfigSchema = z.ZodObject

/** Everything that can be known of a connector without loading its driver. */
export interface ConnectorSpec {
  /** Wire name: `credentials_type`, `source_type`, `sink_type`. */
  readonly type: string
  readonly title: string
  readonly description: string
  readonly category: Category
  /** Name on the wire of credential types that this connector accepts besides its own (`min_io_s3` accepts `s3`). */
  readonly accepts_credentials?: readonly string[]
  /** Absent: the connector needs no credential. With a catchall, a credential may hold keys of the user's own; they count as secrets. */
  readonly credentials?: ConfigSchema
  /** True when a source or sink may do without a credential; a placeholder that needs one says so at activation. */
  readonly credentials_optional?: boolean
  /** Other spellings of keys -> the key of the schema. Applied by `normaliseConfig` before validation. */
  readonly aliases?: {
    readonly credentials?: Readonly<Record<string, string>>
    readonly source?: Readonly<Record<string, string>>
    readonly sink?: Readonly<Record<string, string>>
  }
  readonly source?: SourceSpec
  readonly sink?: SinkSpec
  /** What its driver tells of its work through `ConnectContext.observe`. Absent: nothing. */
  readonly telemetry?: readonly TelemetryEvent[]
}

export type SourceMode = 'poll' | 'push' | 'stream'

export interface SourceSpec {
  /**
   * True when the units of one listing belong together (ranges of one table), and another listing would cut otherwise: a run takes all of them or none,
   * and lists once. Only for listings of a few thousand units.
   */
  readonly lists_at_once?: boolean
  readonly options: ConfigSchema
  /**
   * poll: lists units of work at each run. push: records come to us (webhooks, uploads). stream: one unit that is read as long as the source is
   * active (`ingest_method` STREAMING); its parts say `more`.
   */
  readonly modes: readonly SourceMode[]
  /** True when a unit's bytes can be read from a byte offset (`PartRequest.offset`). */
  readonly seekable?: boolean
  /** Records are posted to a URL of ours and wait in an inbox (`ConnectContext.inbox`): such a source has `hosted_url` and `api_keys`. */
  readonly hosted?: boolean
}

export interface SinkSpec {
  readonly options: ConfigSchema
  readonly accepts: readonly Encoding[]
  readonly delivery: Delivery
  /** True when the destination itself refuses an older epoch; false when only the ledger does. */
  readonly fences: boolean
  /**
   * Where rows are between `prepare` and `commit`. durable (the default): any later writer can commit them. transaction: they may be in an open
   * transaction of the destination, which ends with its writer; a later writer's `commit` then finds the token in the destination's ledger and changes
   * nothing, or throws `stagedLost`.
   */
  readonly staging?: 'durable' | 'transaction'
  /** True when `write` can reject single records by index (row APIs, SQL); false when bytes are opaque (files). */
  readonly rejects_rows: boolean
  /** Name of the flag among its options with which its answers become records of a new source (`ConnectContext.answers`). */
  readonly keeps_answers?: string
}

export interface Connector extends ConnectorSpec {
  load(): Promise<Driver>
}

export interface Driver {
  /**
   * Opens a connection for one check, probe, run or delivery. Cheap; may connect lazily.
   * `credentials` is already normalised and validated by the spec's schema.
   */
  connect(credentials: JsonObject, context: ConnectContext): Promise<Connection>
  /** For credentials that a person must allow in a browser. Throws a `config` fault for all others. */
  beginConsent?(credentials: JsonObject, request: ConsentRequest, context: ConnectContext): Promise<Consent>
  /** `callback` holds the query with which the browser came back. Stores what it gets in `context.shared`. */
  finishConsent?(
    credentials: JsonObject,
    request: ConsentRequest & { readonly pending: JsonObject; readonly callback: URLSearchParams },
    context: ConnectContext,
  ): Promise<void>
}

/** What the platform lends a driver. */
export interface ConnectContext {
  /** Folders that the operator allowed for local access; empty means none. */
  readonly allowedFolders: readonly string[]
  /** Folder where uploads of a source are kept (file_upload). */
  readonly uploadFolder?: string
  /**
   * What all processes share about the stored credential of this connection, by name (`tokens`, `pace`). Absent while a credential is tried before it is
   * stored, and for connections without one.
   */
  readonly shared?: (name: string) => SharedState
  /** Rows of a lookup (`data_maps`) of the platform by its id, in a stable order. Absent where there are none. */
  readonly lookup?: (id: number) => Promise<readonly JsonObject[]>
  /** What was posted to the URL of a source (`SourceSpec.hosted`) and waits to be read. */
  readonly inbox?: Inbox
  /** Where a destination that `keeps_answers` puts them. */
  readonly answers?: Answers
  /** Takes what the spec states as `telemetry`. Must not throw; costs little. */
  readonly observe?: Observe
  readonly signal: AbortSignal
}

export interface Answers {
  /** The body of one answer, as it came. It is durable when this resolves. */
  keep(body: Uint8Array, contentType: string): Promise<void>
}

/** Records that were acknowledged to whoever sent them, in parts that nothing is added to any more. */
export interface Inbox {
  /** Oldest first; also parts that were read already, until they are removed. */
  list(): AsyncIterable<InboxPart>
  /** Lines of NDJSON from a byte offset on; the same bytes each time. */
  open(part: Pick<InboxPart, 'place'>, offset: number): AsyncIterable<Uint8Array>
}

export interface InboxPart {
  /** Stable identity. */
  readonly key: string
  readonly bytes: number
  readonly records: number
  /** Epoch ms. */
  readonly received_at: number
  /** JSON, for `open` in another process. */
  readonly place: {
    readonly kind: 'folder' | 'store'
    readonly name: string
    readonly bytes: number
    readonly flags: number
  }
}

/** A small state that outlives processes and belongs to one of them at a time. Sealed where it is stored. */
export interface SharedState {
  /** What the last `change` returned; null before the first. */
  read(): Promise<JsonObject | null>
  /**
   * Calls `change` with the state while nobody else in the cluster changes it, stores what it returns, and only then resolves with that. When it throws,
   * nothing is stored. Waits for its turn at most a minute, then throws a `transient` fault.
   */
  change(change: (state: JsonObject | null) => Promise<JsonObject>): Promise<JsonObject>
}

/** The browser of a person, sent to a service that is to allow the platform to act for them (OAuth). */
export interface Consent {
  /** Where the browser goes. */
  readonly url: string
  /** Secret: what `finishConsent` needs. Kept sealed, for one use. */
  readonly pending: JsonObject
}

export interface ConsentRequest {
  /** Where the service sends the browser back to. */
  readonly redirectUri: string
  /** Comes back with the browser; cannot be guessed. */
  readonly state: string
}

export interface Connection extends AsyncDisposable {
  /** Imitates what a run does and needs no more permission than a run. Throws the fault that a run would meet. */
  check(): Promise<void>
  /** One level (depth 1) or more of what can be read. Bounded to `limit` nodes; moves nothing. */
  tree?(request: TreeRequest): Promise<Tree>
  /** `mode` is one of the spec's; absent where there is one only, and for samples. */
  source?(options: JsonObject, mode?: SourceMode): SourceSession
  /** Opens a writer that fences earlier epochs (where `fences`). */
  openWriter?(request: WriterRequest): Promise<Writer>
  /** What a delivery would change, in words and DDL. Changes nothing. */
  plan?(request: PlanRequest): Promise<readonly PlannedChange[]>
  /** What a delivery would do with the waiting rows, where that can be counted without a trace. */
  planRows?(request: PlanRowsRequest): Promise<PlannedRows>
}

export interface TreeRequest {
  readonly depth: number
  readonly path?: string
  readonly database?: string
  readonly table?: string
  readonly limit: number
  readonly signal: AbortSignal
}

/** The wire form of probe/tree: name -> node. */
export interface Tree {
  readonly [name: string]: TreeNode
}
export interface TreeNode {
  readonly type: 'folder' | 'file' | 'database' | 'table' | 'collection'
  readonly value: Tree | readonly JsonObject[]
  readonly display_name?: string
  /** Bytes. */
  readonly size?: number
  /** Epoch milliseconds. */
  readonly created_at?: number
  readonly updated_at?: number
}

// ---------------------------------------------------------------------------------------------------- sources

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

// -------------------------------------------------------------------------------------------------- destinations

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
