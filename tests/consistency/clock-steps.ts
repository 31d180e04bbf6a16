import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Cluster } from './cluster.ts'
import { judgeFlow, localEnds, settled, startFlow, until } from './flow.ts'
import type { Verdict } from './judge.ts'

/** Hours by which the clock of a server and its workers is wrong, one after the other. */
const steps = [1, 0, -1, 0] as const
const hourMs = 3_600_000

export interface ClockFigures {
  readonly verdict: Verdict
  /** Jobs that had more than one holder: nobody was killed, so that none may. */
  readonly stolen: number
  /** Runs that the schedule of every second started after each step, while the suite waited. */
  readonly runsAfterStep: readonly number[]
}

/**
 * Two servers on one database; the clock of the first, and of its workers, is set forward and back by an hour while files come every moment. The
 * first one started, so that it is the one that keeps the schedules.
 */
export async function stepClocks(): Promise<ClockFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'leat-clock-'))
  const file = join(folder, 'wrong-ms')
  const set = async (hours: number): Promise<void> => {
    await writeFile(`${file}.new`, String(hours * hourMs))
    await rename(`${file}.new`, file)
  }
  await set(0)
  const env = { NODE_OPTIONS: `--import=${new URL('clock.ts', import.meta.url).href}`, LEAT_SUITE_CLOCK: file }
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  // A lease that no machine is too slow for: what is stolen is stolen by the clock.
  const cluster = stack.use(
    await Cluster.start({
      servers: 2,
      workers: 1,
      postgres: 'apart',
      leaseSeconds: 60,
      sharedStore: true,
      firstEnv: env,
    }),
  )
  const ends = localEnds(cluster, 'clock')
  const flow = await startFlow(cluster, 'clock', ends, { cron: '* * * * * ?', first: { records: 100, bad: 1 } })
  const runsAfterStep: number[] = []
  for (const hours of steps) {
    await set(hours)
    // Nobody sees the new time at once; what is asked is what happens when everybody does.
    await pause(50)
    const before = await runs(cluster, flow.sourceId)
    for (let round = 0; round < 3; round++) {
      await flow.stream.write({ records: 200, bad: 1 })
      await settled(cluster, flow, 60)
    }
    await until('the schedule goes on', async () => (await runs(cluster, flow.sourceId)) > before)
    runsAfterStep.push((await runs(cluster, flow.sourceId)) - before)
  }
  const { rows } = await cluster.database.pool.query(
    'select count(*)::int as stolen from pgboss.job where retry_count > 0',
  )
  return {
    verdict: await judgeFlow(cluster, flow, ends),
    stolen: (rows[0] as { stolen: number }).stolen,
    runsAfterStep,
  }
}

async function runs(cluster: Cluster, sourceId: number): Promise<number> {
  const { rows } = await cluster.database.pool.query(
    'select count(*)::int as runs from run where data_source_id = $1',
    [sourceId],
  )
  return (rows[0] as { runs: number }).runs
}
