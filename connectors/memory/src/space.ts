import type { Json, JsonObject } from '@leat/connector-kit'

/** The system that the connector talks to: objects to read, and a destination whose whole state changes at once. */
export interface Space {
  readonly name: string
  password(): Promise<string | null>

  /** Objects in the order of their keys. */
  objects(prefix: string): AsyncIterable<StoredObject>
  /** Null when there is no such object. */
  stat(key: string): Promise<StoredObject | null>
  read(key: string, request: { readonly offset: number; readonly chunkBytes: number }): AsyncIterable<Uint8Array>
  put(key: string, body: string | Uint8Array): Promise<void>
  remove(key: string): Promise<void>

  /** What a reader of the destination sees, and what is staged behind it. */
  state(): Promise<DestinationState>
  /**
   * One atomic change: `next` gets the state as it is and returns the new one, or the same one for no change. It may be called
   * again when another writer was faster. What it throws is passed on, and nothing has changed.
   */
  change(reason: ChangeReason, next: (state: DestinationState) => DestinationState): Promise<DestinationState>
  /** Called when the new state is durable but not yet visible. A place to die in, for tests. */
  beforePublish: ((reason: ChangeReason) => Promise<void>) | null

  /** Stores bytes that no state refers to yet; returns their key, which begins with `owner/`. */
  putBlob(owner: string, bytes: AsyncIterable<Uint8Array>): Promise<Blob>
  blob(key: string): Promise<Uint8Array>
  blobs(owner: string): Promise<readonly string[]>
  /** Removing what is not there is not an error. */
  removeBlob(key: string): Promise<void>
}

export type ChangeReason = 'claim' | 'prepare' | 'commit' | 'sweep' | 'acknowledge'

export interface StoredObject {
  readonly key: string
  readonly bytes: number
  readonly version: string
  /** Epoch milliseconds. */
  readonly modifiedAt: number
}

export interface Blob {
  readonly key: string
  readonly bytes: number
}

export interface DestinationState {
  /** Highest epoch per writer id. */
  readonly epochs: Readonly<Record<string, number>>
  readonly staged: Readonly<Record<string, Stage>>
  /** Stages that were committed. */
  readonly applied: readonly string[]
  /** Visible files: full name -> blob. */
  readonly files: Readonly<Record<string, string>>
  /** Visible rows: path -> blobs, each a JSON list. */
  readonly rows: Readonly<Record<string, readonly string[]>>
  readonly acknowledged: Readonly<Record<string, Json>>
}

export interface Stage {
  readonly owner: string
  readonly files: Readonly<Record<string, string>>
  readonly rows: Readonly<Record<string, readonly string[]>>
}

export const emptyState: DestinationState = {
  epochs: {},
  staged: {},
  applied: [],
  files: {},
  rows: {},
  acknowledged: {},
}

/** The files below a path as an independent reader sees them: name relative to the path -> bytes. */
export async function visibleFiles(space: Space, path: string): Promise<Map<string, Uint8Array>> {
  const { files } = await space.state()
  const prefix = `${trimmed(path)}/`
  const found = Object.entries(files).filter(([name]) => name.startsWith(prefix))
  return new Map(
    await Promise.all(found.map(async ([name, key]) => [name.slice(prefix.length), await space.blob(key)] as const)),
  )
}

/** The rows at a path as an independent reader sees them, in the order of their commits. */
export async function visibleRows(space: Space, path: string): Promise<readonly JsonObject[]> {
  const { rows } = await space.state()
  const lists = await Promise.all((rows[trimmed(path)] ?? []).map((key) => space.blob(key)))
  return lists.flatMap((bytes) => JSON.parse(Buffer.from(bytes).toString()) as JsonObject[])
}

/** A path without slashes at its ends. */
export function trimmed(path: string): string {
  return path.replaceAll(/^\/+|\/+$/g, '')
}
