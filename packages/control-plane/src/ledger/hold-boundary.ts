import { Fault } from '@leat/connector-kit'
import { queryOne, type Sql } from './sql.ts'

/**
 * A follower may stand only where a segment of its parent ends: inside of one it would read that one's first rows again. Segments that lie ahead
 * of a paused follower are merged, and it may have gone on since it read the index. Held until the caller's transaction ends: merging takes
 * the same row `for update`. Throws `transient`; the work is done again from the cursor, on the segments as they are now.
 */
export async function holdBoundary(on: Sql, nexsetId: number, position: number): Promise<void> {
  await queryOne(on, 'select 1 from data_set where id = $1 for key share', [nexsetId])
  const inside = await queryOne(on, 'select 1 from segment where data_set_id = $1 and seq <= $2 and last_seq > $2', [
    nexsetId,
    position,
  ])
  if (!inside) return
  throw new Fault({
    kind: 'transient',
    code: 'follower.segments_merged',
    message: `Segments of nexset ${nexsetId} were merged while they were read. They are read again.`,
  })
}
