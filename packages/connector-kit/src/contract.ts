import type { z } from 'zod'
import type {
  Encoding,
  PlannedChange,
  PlannedRows,
  PlanRequest,
  PlanRowsRequest,
  Writer,
  WriterRequest,
} from './contract-sink.ts'
import type { SourceSession } from './contract-source.ts'
import type { JsonObject } from './json.ts'
import type { Observe, TelemetryEvent } from './telemetry.ts'

export * from './contract-sink.ts'
export type * from './contract-source.ts'
export type * from './json.ts'

/**
 * The connector contract. A connector is a value: a pure spec and a lazily loaded driver. It moves bytes or
 * rows; it never parses a file format, infers a schema or touches DuckDB.
 *
 *   spec (pure data) --load()--> Driver --connect(credentials)--> Connection --source()/sink()--> sessions
 *
 * Every call may throw a `Fault` (see faults.ts); anything else that is thrown counts as a bug.
 * Every object with `Symbol.asyncDispose` is disposed exactly once by the engine, also after a fault.
 */

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
  /** The lookups that options name, for those who change them: they must be there, and are not deleted meanwhile. Absent: none. */
  readonly lookups?: (options: JsonObject) => readonly LookupReference[]
  /** Records are posted to a URL of ours and wait in an inbox (`ConnectContext.inbox`): such a source has `hosted_url` and `api_keys`. */
  readonly hosted?: boolean
}

export interface LookupReference {
  /** The key that names it: `rest.iterations.0.map.id`. */
  readonly field: string
  readonly id: number
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
  /**
   * Reads a lookup (`data_maps`) of the platform, as far as the owner of the source may: the entries whose key is `from` or follows it in the order of keys,
   * from the first when it is null; at most a thousand, and always more than one when there are more. Throws a `config` fault that says what to do when it
   * is not there or may not be read. Absent where there are no lookups.
   */
  readonly lookup?: (id: number, from: string | null) => Promise<readonly LookupEntry[]>
  /** What was posted to the URL of a source (`SourceSpec.hosted`) and waits to be read. */
  readonly inbox?: Inbox
  /** Where a destination that `keeps_answers` puts them. */
  readonly answers?: Answers
  /** Takes what the spec states as `telemetry`. Must not throw; costs little. */
  readonly observe?: Observe
  readonly signal: AbortSignal
}

export interface LookupEntry {
  /** Text; unique, and what the entries are in the order of. */
  readonly key: string
  /** All of its columns, the key among them. */
  readonly entry: JsonObject
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
