import type { Json, JsonObject } from '@leat/connector-kit'

/** Where the next record to read stands, exact to the record. Stored as the checkpoint of a unit. */
export interface Position {
  /** Index of the unit in the job. */
  readonly unitIndex: number
  /** What the source session continues from. */
  readonly source: Json
  /** Objects of the unit after `source` that are in already. */
  readonly object: number
  /** Entry of an archive. */
  readonly entry: number
  /** Bytes of the entry's normalised text that are in. */
  readonly offset: number
  /** Records of the entry that are in (refused ones count). */
  readonly ordinal: number
}

export function startOf(unitIndex: number, checkpoint: Json): Position {
  const stored = checkpoint as Partial<Position> | null
  return {
    unitIndex,
    source: stored?.source ?? null,
    object: stored?.object ?? 0,
    entry: stored?.entry ?? 0,
    offset: stored?.offset ?? 0,
    ordinal: stored?.ordinal ?? 0,
  }
}

/** What the source session itself gave with the part that was stored last. */
export function sourceCheckpoint(stored: Json): Json {
  return startOf(0, stored).source
}

export function toCheckpoint(position: Position): JsonObject {
  const { unitIndex: _, ...rest } = position
  return rest
}
