import type { Log, NewSegment, SegmentRef } from '@leat/engine'
import type { Schema } from '@leat/connector-kit'
import type { Database } from '../database/connection.ts'
import type { Schemas } from '../ledger/append-segments.ts'
import { nexsetsToMerge, segmentsToMerge, swapMerged } from './merge-segments.ts'

/** What merging needs of the engine and the store. */
export interface Merging {
  readonly merge: Schemas['merge']
  /** One file with the rows of the segments, in the store when it returns. */
  compact(segments: readonly SegmentRef[], schema: Schema): Promise<NewSegment>
  /** Takes a file that nothing refers to out of the store. */
  remove(key: string): Promise<void>
  readonly log: Log
}

export interface MergedSegments {
  /** Segments that are gone. */
  readonly segments: number
  /** Segments that stand in their place. */
  readonly into: number
}

/**
 * Merges small neighbouring segments that nobody is reading (active followers have passed them, paused ones do not stand among them), in all nexsets, until there is nothing left to merge or `signal` is aborted.
 * A merge that somebody else overtook (a new follower, retention, another server) is dropped together with its file. When it dies between the
 * file and the swap, the file is an orphan and gets swept. `open` is called when there is something to merge.
 */
export async function mergeSmallSegments(
  database: Database,
  open: () => Promise<Merging>,
  signal: AbortSignal,
): Promise<MergedSegments> {
  let [segments, into] = [0, 0]
  const nexsets = await nexsetsToMerge(database)
  if (nexsets.length === 0) return { segments, into }
  let opened: Promise<Merging> | undefined
  const merging = (): Promise<Merging> => (opened ??= open())
  for (const nexset of nexsets) {
    try {
      while (!signal.aborted) {
        const gone = await mergeOnce(database, merging, nexset)
        if (gone === 0) break
        segments += gone
        into++
      }
    } catch (error) {
      // One nexset whose files cannot be read must not keep the others from being merged.
      if (!signal.aborted) (await merging()).log('warn', 'segments not merged', { nexset, error: String(error) })
    }
  }
  return { segments, into }
}

/** How many segments were replaced by one. */
async function mergeOnce(database: Database, open: () => Promise<Merging>, nexset: number): Promise<number> {
  const stretch = await segmentsToMerge(database, nexset)
  if (stretch.length === 0) return 0
  const merging = await open()
  const schema = stretch.reduce<Schema | null>((sum, { schema: own }) => merging.merge(sum, own), null)
  const merged = await merging.compact(stretch, schema ?? { fields: [] })
  if (await swapMerged(database, merging.merge, stretch, merged)) return stretch.length
  await merging.remove(merged.key)
  return 0
}
