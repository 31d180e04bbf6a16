import {
  collectGarbage,
  dueRuns,
  expireSegments,
  inboxFolderOf,
  mergeSmallSegments,
  recoverFolder,
  releaseExpired,
  resumeForgotten,
  sweepInbox,
  sweepOrphans,
  wakeForgotten,
  wakeInbox,
  type Chore,
  type Database,
  type JobQueue,
  type Merging,
  type Suspects,
} from '@leat/control-plane/work'
import type { Log, SegmentStore } from '@leat/engine'

/** The engine's part in the chores; it loads when the first chore needs it. */
export interface ChoreEngine {
  store(): Promise<SegmentStore>
  readonly merging: () => Promise<Merging>
}

/** What one process of all does for everyone. `ending` is aborted when the process is to end: long chores stop where they can. */
export function chores(
  database: Database,
  queue: JobQueue,
  engine: ChoreEngine,
  settings: { readonly leaseSeconds: number; readonly ending: AbortSignal; readonly dataFolder: string },
  log: Log,
): readonly Chore[] {
  const { leaseSeconds, ending } = settings
  const suspects: Suspects = new Map()
  const inbox = inboxFolderOf(settings.dataFolder)
  return [
    { name: 'start due runs', everyMs: 500, run: dueRuns(database, queue) },
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
      name: 'look after the inbox',
      everyMs: 5_000,
      async run() {
        const found = await recoverFolder(database, queue, inbox, { starting: false })
        const woken = await wakeInbox(database, queue)
        if (found + woken > 0) log('warn', 'forgotten records found', { records: found, sources: woken })
        const { files } = await sweepInbox(database, inbox, () => engine.store())
        if (files > 0) log('debug', 'inbox swept', { files })
      },
    },
    {
      name: 'expire segments',
      everyMs: 60_000,
      async run() {
        const expired = await expireSegments(database)
        const removed = await collectGarbage(database, await engine.store())
        if (expired + removed > 0) log('info', 'segments expired', { expired, removed })
      },
    },
    {
      name: 'merge segments',
      everyMs: 60_000,
      async run() {
        const merged = await mergeSmallSegments(database, engine.merging, ending)
        if (merged.into > 0) log('info', 'segments merged', { ...merged })
      },
    },
    {
      name: 'sweep orphans',
      everyMs: 3_600_000,
      async run() {
        const swept = await sweepOrphans(database, await engine.store(), suspects, performance.now())
        if (swept.length > 0) log('info', 'orphans swept', { files: swept.length })
      },
    },
  ]
}
