import type { Defect } from '../defects.ts'
import { judgeFlow, localEnds, settled, startFlow } from '../flow.ts'
import type { Point } from '../points.ts'
import type { Scenario } from '../scenario.ts'

const stops: readonly Point[] = [
  'before-put',
  'before-commitIngest',
  'before-commitDerive',
  'before-write',
  'before-prepare',
  'before-stage',
  'before-commit',
  'before-settle',
]
const catches: Partial<Record<Point, readonly Defect[]>> = {
  'before-commitIngest': ['no fencing'],
  'before-commitDerive': ['no fencing'],
}

/** Two workers believe that they own the same work: the first was stopped (SIGSTOP) for longer than its lease, and wakes up when the second is done. */
export const stopped: readonly Scenario[] = stops.map((point) => ({
  name: `stopped ${point.replace('-', ' ')}`,
  catches: catches[point] ?? [],
  async run(stage) {
    const { cluster, name } = stage
    const ends = localEnds(cluster, name)
    const first = await stage.workers({ incident: { point, signal: 'SIGSTOP' } })
    const starting = startFlow(cluster, name, ends, { first: { records: 300, bad: 3 } })
    await Promise.race([first.struck(), starting.then(() => first.struck())])
    await stage.workers()
    const flow = await starting
    await settled(cluster, flow)
    await first.wake()
    await settled(cluster, flow)
    return judgeFlow(cluster, flow, ends)
  },
}))
