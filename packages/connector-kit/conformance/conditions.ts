import type { ConnectContext, Encoding, JsonObject, Part, Schema } from '../src/index.ts'
import type { Differences, ValueCase } from './values.ts'

/** What a connector was tried against. Only `real server` is proof; the others say so in the table of results. */
export interface Peer {
  readonly kind: 'real server' | 'emulator' | 'protocol fake' | 'in process'
  /** With its version: `versitygw 1.7.0`. */
  readonly name: string
}

/**
 * A fresh, empty place in the peer, made for one law and removed after it. Everything that looks into the peer here must
 * not go through the connector.
 */
export interface Conditions extends AsyncDisposable {
  /** As a client would send them; aliases are welcome. */
  readonly credentials: JsonObject
  /** Each is refused by the peer. Needed when the connector has credentials. */
  readonly badCredentials?: readonly JsonObject[]
  readonly context?: Partial<Pick<ConnectContext, 'allowedFolders' | 'uploadFolder' | 'inbox'>>
  readonly source?: SourceConditions
  readonly sink?: SinkConditions
  /** Handles, sessions or connections that the peer or the driver still counts as open. */
  openHandles?(): number | Promise<number>
}

export interface SourceConditions {
  readonly options: JsonObject
  /** Folder of the source from the root of `tree`, `/`-separated; empty when the source is the root itself. */
  readonly root: string
  /** Puts an object at `name` below the root, or replaces it. The body is JSON lines. */
  put(name: string, body: Uint8Array): Promise<void>
  /** Options that read what `tree` lists at a path from its root. Default: the options with `path` replaced. */
  optionsAt?(path: string): JsonObject
  /** For sources whose objects are no units: pages of an API, which are parts of one unit, or records that were pushed. */
  readonly pages?: PageConditions
  /** For sources that read tables: then `put` makes a table with the members of its records as columns, and `options` read the one called `main`. */
  readonly tables?: TableConditions
  /** For sources that know the types of their values (tables, row APIs): law 23 then reads the value table from the peer. */
  readonly values?: SourceValues
}

export interface TableConditions {
  /** Options that read the table of this name whole. */
  whole(name: string): JsonObject
  /** Options that read what is new in it, by its column `n`. */
  since(name: string): JsonObject
  /** Adds records to a table that `put` made. */
  add(name: string, body: Uint8Array): Promise<void>
  /** Makes a table with so many records of some twenty bytes, without their coming from here. */
  fill(name: string, rows: number): Promise<void>
  /** Awkward names that a table cannot have at this peer, and why. */
  readonly refusedNames?: Readonly<Record<string, string>>
}

export interface PageConditions {
  /** The name, as `put` was given it, of the object that a part with this origin comes from. Absent: objects have no names. Objects come in the order of `put`. */
  nameOf?(origin: string): string
  /** Whether an object may hold bytes that are no text. */
  readonly bytes: boolean
}

export interface SourceValues {
  /** Options that read the table, with the columns `id` and those of the cases. */
  readonly options: JsonObject
  /** Puts the values into the peer with its own means: case n has `id` n, its value in its column, and null in all others. */
  put(cases: readonly ValueCase[], schema: Schema): Promise<void>
  /** What the peer cannot hold or the source cannot give. `refused: 'column'`: the case is not put. */
  readonly differences?: Differences
  /** Records of a part. Default: rows as they are; objects by their format (CSV with a header, JSON lines). */
  records?(part: Part): Promise<readonly Readonly<Record<string, unknown>>[]>
}

export interface SinkConditions {
  readonly options: JsonObject
  /** Default: the first that the connector accepts. */
  readonly encoding?: Encoding
  /** Default: `id BIGINT, name VARCHAR`, which the rows of the suite have. */
  readonly schema?: Schema
  /** Files as a reader sees them: name below the sink's path -> bytes. For destinations that keep files. */
  files?(): Promise<ReadonlyMap<string, Uint8Array>>
  /**
   * Records as a reader sees them, for destinations that keep records, also when they take them as files. Values as the reader's own client shows them
   * (`sameValue` says which spellings count as the same; never a Date). A column without a value is null or absent.
   */
  rows?(): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** A file of these records in the encoding of the sink. Needed for Parquet when `rows` is given. */
  encode?(schema: Schema, rows: readonly JsonObject[]): Promise<Uint8Array>
  /** Options for the value table and the changes of schema (laws 11, 12), where those of `options` fix the columns. */
  readonly valueOptions?: JsonObject
  /** What the destination cannot hold; law 11 checks this too. */
  readonly differences?: Differences
  /** Changes of schema that the destination refuses, and why; law 12 then checks that it refuses and keeps what it had. */
  readonly refusedChanges?: Readonly<Partial<Record<'add' | 'widen' | 'drop' | 'rename', string>>>
  /** A row that the destination refuses. Needed when the connector rejects rows. */
  readonly badRow?: JsonObject
  /** How many staged, uncommitted things the peer still holds. With it, law 21 sees leftovers. */
  staged?(): Promise<number>
  /** Where another process finds the connector, when it can reach the same peer: then law 7 commits there too. */
  readonly elsewhere?: { readonly module: string; readonly name: string }
}

/** A law that this connector cannot be held to, why, and which test keeps the promise instead. */
export interface Skip {
  readonly law: number
  readonly reason: string
  /** Name or path of the test that takes its place. */
  readonly replacement: string
}
