import type { Compute } from './compute.ts'
import type { Connection, Json, JsonObject, Schema, SourceMode, Token, Unit, Verdict } from '@leat/connector-kit'

/**
 * What the engine needs from the world. It knows no HTTP server and no control database: the control plane
 * implements these over PostgreSQL, tests over memory.
 *
 * Every ledger method is one transaction. A method that takes an `epoch` throws a `Fault` of kind `fenced` when a
 * later claim exists, and then has changed nothing.
 */
export interface Ports {
  readonly compute: Compute
  readonly ledger: Ledger
  readonly segments: SegmentStore
  readonly log: Log
  /** Folder for temporary files of this process; emptied at its start. */
  readonly scratch: string
}

/** Structured log line; `event` is a noun and a past verb (`segment committed`). */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: string,
  fields?: Readonly<Record<string, unknown>>,
) => void

// ------------------------------------------------------------------------------------------------------ segments

/** An immutable Parquet file of one nexset, as the index knows it. */
export interface SegmentRef {
  readonly id: number
  readonly nexsetId: number
  /** Position in the nexset: gapless, in commit order, so a cursor never skips one. Rows of `seq` precede those of `seq + 1`. */
  readonly seq: number
  /** Last position that this file covers; above `seq` after small segments were merged. */
  readonly lastSeq: number
  /** Key in the segment store. */
  readonly key: string
  readonly rows: number
  readonly bytes: number
  /** Types of this file; the nexset's schema is the merge of all of them. */
  readonly schema: Schema
  readonly runId: number
  readonly origins: readonly OriginRange[]
  /** ISO 8601. */
  readonly createdAt: string
}

/** Where a stretch of rows came from: rows [row, row + rows) of the segment are records ordinal… of `origin`. */
export interface OriginRange {
  readonly origin: string
  /** First row of the stretch in the segment. */
  readonly row: number
  readonly rows: number
  /** 0-based index of the first record of the stretch in its origin. */
  readonly ordinal: number
}

/** Object store of segments and quarantine files. Keys are `/`-separated and never reused. */
export interface SegmentStore {
  /** Moves a local file in; durable when it returns. */
  put(localFile: string, key: string): Promise<{ bytes: number }>
  /** A path that DuckDB can read: the file itself for a local store, a cached download otherwise. */
  local(key: string, signal?: AbortSignal): Promise<string>
  open(key: string, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** Deleting a key that is not there is not an error. */
  remove(key: string): Promise<void>
  list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedAt: number }>
}

// -------------------------------------------------------------------------------------------------------- ledger

export interface Ledger extends IngestLedger, DeriveLedger, DeliveryLedger {}

export interface NewSegment {
  readonly key: string
  readonly rows: number
  readonly bytes: number
  readonly schema: Schema
  readonly origins: readonly OriginRange[]
}

/** A file of refused records: Parquet with (origin VARCHAR, ordinal BIGINT, raw BLOB, code VARCHAR, reason VARCHAR). */
export interface NewQuarantine {
  readonly key: string
  readonly records: number
  readonly bytes: number
  /** For listings: the most frequent codes and one reason each. */
  readonly codes: readonly { code: string; count: number; example: string }[]
}

/** Work done since the last commit; the ledger adds it to the run's and the day's sums. Times in ms. */
export interface WorkMetrics {
  /** Records read from the source or parent. read + expanded = written + filtered + refused. */
  readonly read: number
  /** Records that a flatten, a script or SQL made more (or, negative, fewer) out of those it read; 0 for everything else. */
  readonly expanded?: number
  /** Records in the new segments, or delivered. */
  readonly written: number
  readonly filtered: number
  readonly refused: number
  /** Bytes of the new segments, or delivered. */
  readonly bytes: number
  /** Bytes read from the source. */
  readonly bytesRead: number
  readonly sourceWaitMs: number
  readonly transformMs: number
  readonly destinationWaitMs: number
  readonly commitMs: number
}

export interface NexsetHead {
  readonly id: number
  readonly name: string
  /** Null until the first segment. */
  readonly schema: Schema | null
}

/** One lease of one unit of work. `epoch` fences a worker that was thought dead. */
export interface LeasedUnit {
  readonly id: number
  readonly epoch: number
  readonly unit: Unit
  /** Where the last committed part ended; null at the start. */
  readonly checkpoint: Json
}

export interface IngestLedger {
  /** The nexsets that this source has produced, oldest first. */
  nexsetsOf(sourceId: number): Promise<readonly NexsetHead[]>
  /**
   * Step 4 of a record's life: segments + schema + checkpoints + quarantine + metrics + jobs of the followers, or nothing.
   * Throws `fenced` when any of the units was leased again with a higher epoch.
   */
  commitIngest(commit: IngestCommit): Promise<{ nexsetIds: readonly number[] }>
}

export interface IngestCommit {
  readonly sourceId: number
  readonly runId: number
  readonly outputs: readonly {
    /** An existing nexset, or a new one (the first of the source, or a file of a different shape). */
    /** `create` is decided again under the ledger's lock with `chooseNexset`: two workers that see the first data make one nexset. */
    readonly nexset: { readonly id: number } | { readonly create: { readonly name: string; readonly once: boolean } }
    readonly segments: readonly NewSegment[]
  }[]
  readonly quarantine: readonly NewQuarantine[]
  readonly progress: readonly {
    readonly unitId: number
    readonly epoch: number
    readonly checkpoint: Json
    readonly done: boolean
    /** What the source said with the last part of the unit. */
    readonly verdict?: Verdict
  }[]
  readonly metrics: WorkMetrics
  /** What changed in the schema, for the flow log. */
  readonly notices: readonly string[]
}

/** A node that follows a nexset with a cursor: a child nexset (derive) or a sink (deliver). */
export interface FollowerRef {
  readonly kind: 'data_set' | 'data_sink'
  readonly id: number
}

export interface Claim {
  /** Grows by one with every claim; fences every earlier worker. */
  readonly epoch: number
  /** Last position (`seq`) of the parent that is done; 0 at the start. */
  readonly cursor: number
}

export interface FollowerLedger {
  claim(follower: FollowerRef): Promise<Claim>
  /** Segments of a nexset with lastSeq > cursor, in order, at most `limit`. */
  segmentsAfter(nexsetId: number, cursor: number, limit: number): Promise<readonly SegmentRef[]>
  nexset(id: number): Promise<NexsetHead>
}

export interface DeriveLedger extends FollowerLedger {
  /** Segments + cursor + schema + quarantine + metrics + jobs of the followers, or nothing. */
  commitDerive(commit: {
    readonly nexsetId: number
    readonly epoch: number
    readonly upTo: number
    readonly segments: readonly NewSegment[]
    readonly quarantine: readonly NewQuarantine[]
    readonly metrics: WorkMetrics
    /** Run of the last parent segment that went in. */
    readonly runId: number
    readonly notices: readonly string[]
  }): Promise<void>
}

export interface StagedToken {
  readonly id: number
  readonly token: Token
  readonly upTo: number
}

export interface DeliveryLedger extends FollowerLedger {
  /** Tokens that were staged and not settled, oldest first. */
  staged(sinkId: number): Promise<readonly StagedToken[]>
  /** Step 3: cursor candidate + token + quarantine, or nothing. */
  stage(stage: {
    readonly sinkId: number
    readonly epoch: number
    readonly token: Token
    readonly upTo: number
    readonly runId: number
    readonly quarantine: readonly NewQuarantine[]
    readonly metrics: WorkMetrics
  }): Promise<StagedToken>
  /** Forgets a staged token whose rows the destination lost before they were visible, and its quarantine. There is never a later one. */
  discard(sinkId: number, tokenId: number): Promise<void>
  /** Step 5: the cursor moves to the token's `upTo`, its metrics count as delivered. Twice is harmless. */
  settle(sinkId: number, tokenId: number, extra: { readonly commitMs: number }): Promise<void>
}

// ------------------------------------------------------------------------------------------------- nodes to work on

/** A source with everything that a run of it needs. Config values are normalised and validated. */
export interface SourceNode {
  /** As the connector's spec says. */
  readonly listsAtOnce?: boolean
  /** How it is read, where its connector can do so in several ways. */
  readonly mode?: SourceMode
  readonly id: number
  readonly name: string
  readonly type: string
  readonly options: JsonObject
  connect(signal: AbortSignal): Promise<Connection>
}

/** A nexset derived from another by a transform. */
export interface DerivedNode {
  readonly id: number
  readonly name: string
  readonly parentId: number
  /** The wire form: `{version, operations: [...]}`, a SQL transform, or null (pass everything on). */
  readonly transform: JsonObject | null
}

export interface SinkNode {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly nexsetId: number
  readonly options: JsonObject
  connect(signal: AbortSignal): Promise<Connection>
}
