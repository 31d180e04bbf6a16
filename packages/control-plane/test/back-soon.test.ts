import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { Worker } from '../src/jobs/worker.ts'
import { query } from '../src/ledger/sql.ts'
import { PostgresRunControl } from '../src/runs/postgres-run-control.ts'
import { TestServer } from './flow-fixture.ts'
import { unit, until, workContext, type Script } from './line-engine.ts'

test('PROMISE-BACK-SOON: however often a destination could not be reached, the next try is never more than a minute away', async (t) => {
  const server = await TestServer.start()
  t.after(() => server.stop())
  const flow = await server.flow()
  let tries = 0
  const script: Script = {
    units: [unit('a', 3)],
    onDeliver: () => {
      tries++
      throw new Fault({ kind: 'transient', code: 'test.away', message: 'It is away.' })
    },
  }
  const worker = new Worker(workContext(flow, script), { databaseUrl: flow.url, leaseSeconds: 15 })
  await worker.start()
  t.after(() => worker.drain(0))
  const source = await flow.addSource('orders')
  const sink = await flow.addSink(await flow.addNexset(source, 'orders - 1'))
  await query(flow.database, `update data_sink set problem = '{"attempt": 50}' where id = $1`, [sink])
  await new PostgresRunControl(flow.database, flow.queue).startRun(source, 'manual')
  const shown = await until<{ problem: { at: string; retry_at: string } }>(
    flow,
    `select problem from data_sink where (problem->>'attempt')::int = 51`,
  )
  assert.equal(tries, 1)
  const { at, retry_at } = shown.problem
  const seconds = (Date.parse(retry_at) - Date.parse(at)) / 1000
  assert.ok(seconds >= 22 && seconds <= 38, `next try in ${seconds} s`)
  const job = await flow.row<{ seconds: number }>(
    `select extract(epoch from start_after - created_on)::float8 as seconds from pgboss.job where name = 'deliver' and state = 'created'`,
  )
  assert.ok(job.seconds > 20 && job.seconds < 39, `its job begins in ${job.seconds} s`)
})
