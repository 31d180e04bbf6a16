import type { Defect } from '../defects.ts'
import { judgeFlow, localEnds, settled, startFlow } from '../flow.ts'
import { points, type Point } from '../points.ts'
import type { Scenario } from '../scenario.ts'

const catches: Partial<Record<Point, readonly Defect[]>> = {
  'before-commit': ['progress before delivery'],
  'after-commit': ['commit that is not idempotent'],
}

/** A worker is killed before and after each step that changes something; another one goes on. */
export const kills: readonly Scenario[] = points.map((point) => ({
  name: `kill ${point.replace('-', ' ')}`,
  catches: catches[point] ?? [],
  async run(stage) {
    const { cluster, name } = stage
    const ends = localEnds(cluster, name)
    const worker = await stage.workers({ incident: { point, signal: 'SIGKILL' } })
    const flow = await startFlow(cluster, name, ends, { first: { records: 300, bad: 3 } })
    await worker.struck()
    await settled(cluster, flow)
    return judgeFlow(cluster, flow, ends)
  },
}))
