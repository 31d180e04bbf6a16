import type { TestContext } from 'node:test'
import { Fault, type Unit } from '@leat/connector-kit'
import { Worker } from '../src/jobs/worker.ts'
import { PostgresRunControl } from '../src/runs/postgres-run-control.ts'
import type { TestFlow, TestServer } from './flow-fixture.ts'
import { workContext, type Script } from './line-engine.ts'

/** An empty flow with workers that play the script until the test ends. */
export async function working(
  server: TestServer,
  t: TestContext,
  script: Script,
  workers = 1,
): Promise<{ flow: TestFlow; control: PostgresRunControl }> {
  const flow = await server.flow()
  for (let index = 0; index < workers; index++) {
    const worker = new Worker(workContext(flow, script), { databaseUrl: flow.url, leaseSeconds: 15 })
    await worker.start()
    t.after(() => worker.drain(0))
  }
  return { flow, control: new PostgresRunControl(flow.database, flow.queue) }
}

/** A run of one unit that waits before its first record, or the one with this number: `reached` when it does, until `release`. */
export function heldAt(unit: Unit, record = 0): { script: Script; reached: Promise<void>; release: () => void } {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const onRecord = async (_: Unit, number: number): Promise<void> => {
    if (number < record) return
    reached.resolve()
    await released.promise
  }
  return { script: { units: [unit], onRecord }, reached: reached.promise, release: released.resolve }
}

export function fault(
  kind: 'transient' | 'auth' | 'data' | 'bug' | 'rate_limited',
  rest: { code?: string; retryAfterMs?: number } = {},
): Fault {
  return new Fault({ kind, code: 'test.trouble', message: 'The test source is in trouble.', ...rest })
}

/** The row of a run, as soon as it has ended. */
export const ended = `select * from run where id = $1 and status in ('DONE', 'FAILED', 'STOPPED')`
export interface EndedRun {
  status: string
  units_total: number
  units_done: number
  problem: { code: string; message: string } | null
}
