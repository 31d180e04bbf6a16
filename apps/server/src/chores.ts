import {
  collectGarbage,
  expireSegments,
  releaseExpired,
  resumeForgotten,
  startDueRuns,
  sweepOrphans,
  wakeForgotten,
  type Chore,
  type Database,
  type JobQueue,
} from '@leat/control-plane/work'
import type { Log, SegmentStore } from '@leat/engine'

/** What one process of all does for everyone. */
export function chores(
  database: Database,
  queue: JobQueue,
  store: () => Promise<SegmentStore>,
  leaseSeconds: number,
  log: Log,
): readonly Chore[] {
  return [
    { name: 'start due runs', everyMs: 500, run: () => startDueRuns(database, queue, new Date()) },
    {
      name: 'release expired jobs',
      everyMs: Math.min(2000, (leaseSeconds * 1000) / 3),
      async run() {
        const released = await releaseExpired(queue, leaseSeconds)
        if (released > 0) log('warn', 'jobs released', { jobs: released, reason: 'their worker was silent' })
      },
    },
    {
      name: 'find forgotten work',
      everyMs: 10_000,
      async run() {
        const followers = await wakeForgotten(database, queue)
        const runs = await resumeForgotten(database, queue)
        if (followers.length + runs.length > 0)
          log('warn', 'forgotten work found', { followers: followers.length, runs: runs.length })
      },
    },
    {
      name: 'expire segments',
      everyMs: 60_000,
      async run() {
        const expired = await expireSegments(database)
        const removed = await collectGarbage(database, await store())
        if (expired + removed > 0) log('info', 'segments expired', { expired, removed })
      },
    },
    {
      name: 'sweep orphans',
      everyMs: 3_600_000,
      async run() {
        const swept = await sweepOrphans(database, await store(), Date.now())
        if (swept.length > 0) log('info', 'orphans swept', { files: swept.length })
      },
    },
  ]
}
