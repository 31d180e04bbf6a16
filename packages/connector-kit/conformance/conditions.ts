import type { ConnectContext, Encoding, JsonObject, Schema } from '../src/index.ts'

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
  readonly context?: Partial<Pick<ConnectContext, 'allowedFolders' | 'uploadFolder'>>
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
}

export interface SinkConditions {
  readonly options: JsonObject
  /** Default: the first that the connector accepts. */
  readonly encoding?: Encoding
  /** Default: `id BIGINT, name VARCHAR`, which the rows of the suite have. */
  readonly schema?: Schema
  /** Files as a reader sees them: name below the sink's path -> bytes. Needed unless the encoding is rows. */
  files?(): Promise<ReadonlyMap<string, Uint8Array>>
  /** Rows as a reader sees them. Needed when the encoding is rows. */
  rows?(): Promise<readonly JsonObject[]>
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
