import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { resumeForgotten, wakeForgotten } from '../src/jobs/heal.ts'
import { Worker } from '../src/jobs/worker.ts'
import { PostgresRunControl } from '../src/runs/postgres-run-control.ts'
import { runProgress } from '../src/runs/run-view.ts'
import { TestServer } from './flow-fixture.ts'
import { recordsOf, unit, until, workContext, type Script } from './line-engine.ts'
import { ended, fault, heldAt, working, type EndedRun } from './run-fixture.ts'

let server: TestServer
before(async () => void (server = await TestServer.start()))
after(() => server.stop())

test('a run reads every unit once, several workers share it, and followers catch up', async (t) => {
  const script: Script = { units: Array.from({ length: 30 }, (_, index) => unit(`f${index}`, 3, 'v1', 20_000_000)) }
  const { flow, control } = await working(server, t, script, 2)
  const source = await flow.addSource('orders')
  const nexset = await flow.addNexset(source, 'orders - 1')
  const child = await flow.addChild(nexset)
  const sink = await flow.addSink(child)
  const runId = await control.startRun(source, 'manual')
  const run = await until<EndedRun>(flow, ended, [runId])
  assert.deepEqual([run.status, run.units_total, run.units_done, run.problem], ['DONE', 30, 30, null])
  await until(
    flow,
    'select 1 from data_sink s join data_set d on d.id = s.data_set_id where s.cursor_seq = 90 and d.cursor_seq = 90',
  )
  assert.deepEqual(await recordsOf(flow, nexset), Object.fromEntries(script.units.map(({ key }) => [key, 3])))
  assert.deepEqual(await recordsOf(flow, child), Object.fromEntries(script.units.map(({ key }) => [key, 3])))
  assert.deepEqual(
    await flow.row(`select sum(written)::int as n from metric where node_kind = 'data_sink' and node_id = $1`, [sink]),
    { n: 90 },
  )
  assert.deepEqual(await runProgress(flow.database, runId), { units_failed: 0, followers_caught_up: true, behind: [] })
})

test('PROMISE-READ-ONCE: a file is read once, a changed file again, a unit without a version in every run', async (t) => {
  const script: Script = { units: [unit('a'), unit('b'), unit('stream', 1, null)] }
  const { flow, control } = await working(server, t, script)
  const source = await flow.addSource('orders')
  await until(flow, ended, [await control.startRun(source, 'manual')])
  script.units = [unit('a'), unit('b', 1, 'v2'), unit('stream', 3, null), unit('c')]
  const second = await until<EndedRun>(flow, ended, [await control.startRun(source, 'manual')])
  assert.equal(second.units_total, 3)
  const rows = await flow.rows<{ origin: string; n: number }>(
    `select origins->0->>'origin' as origin, count(*)::int as n from segment group by 1 order by 1`,
  )
  // The stream goes on from its checkpoint: records 1 and 2 follow record 0.
  assert.deepEqual(rows, [
    { origin: 'a', n: 1 },
    { origin: 'b', n: 2 },
    { origin: 'c', n: 1 },
    { origin: 'stream', n: 3 },
  ])
})

test('PROMISE-PAUSE-RESUME: a paused source stops at its next commit and goes on from its checkpoint', async (t) => {
  const { script, reached, release } = heldAt(unit('a', 5), 2)
  const { flow, control } = await working(server, t, script)
  const source = await flow.addSource('orders')
  const runId = await control.startRun(source, 'activate')
  await reached
  await flow.rows(`update data_source set status = 'PAUSED'`)
  await control.pauseSource(source)
  release()
  assert.equal((await until<EndedRun>(flow, ended, [runId])).status, 'STOPPED')
  await until(
    flow,
    `select 1 where not exists (select 1 from pgboss.job where state in ('created', 'retry', 'active'))`,
  )
  assert.deepEqual(await recordsOf(flow, 1), { a: 2 })
  await assert.rejects(control.startRun(source, 'manual'), /is PAUSED. Activate it first/)
  await flow.rows(`update data_source set status = 'ACTIVE'`)
  await until(flow, ended, [await control.startRun(source, 'activate')])
  assert.deepEqual(await recordsOf(flow, 1), { a: 5 })
})

test('an edit ends the run that is going and starts one with the new settings', async (t) => {
  const { script, reached, release } = heldAt(unit('a', 2))
  const { flow, control } = await working(server, t, script)
  const runId = await control.startRun(await flow.addSource('orders'), 'manual')
  await reached
  await flow.rows('update data_source set config_version = config_version + 1')
  release()
  assert.equal((await until<EndedRun>(flow, ended, [runId])).status, 'STOPPED')
  const next = await until<{ status: string; config_version: number }>(
    flow,
    `select * from run where id > $1 and status = 'DONE'`,
    [runId],
  )
  assert.equal(next.config_version, 2)
  assert.deepEqual(await recordsOf(flow, 1), { a: 2 })
})

test('PROMISE-ONE-RUN: a source has one run at a time; an upload in the meantime starts another one after it', async (t) => {
  const { script, reached, release } = heldAt(unit('a'))
  const { flow, control } = await working(server, t, script)
  const source = await flow.addSource('orders')
  const first = await control.startRun(source, 'manual')
  await reached
  assert.deepEqual(await Promise.all([control.startRun(source, 'schedule'), control.startRun(source, 'upload')]), [
    first,
    first,
  ])
  script.units = [unit('a'), unit('uploaded')]
  release()
  await until(flow, `select 1 from run where id > $1 and trigger = 'upload' and status = 'DONE'`, [first])
  assert.equal((await flow.row<{ n: number }>('select count(*)::int as n from run')).n, 2)
  assert.deepEqual(await recordsOf(flow, 1), { a: 1, uploaded: 1 })
})

test('an upload during a run that is then paused starts nothing', async (t) => {
  const { script, reached, release } = heldAt(unit('a'))
  const { flow, control } = await working(server, t, script)
  const source = await flow.addSource('orders')
  const runId = await control.startRun(source, 'manual')
  await reached
  await control.startRun(source, 'upload')
  await flow.rows(`update data_source set status = 'PAUSED'`)
  release()
  assert.equal((await until<EndedRun>(flow, ended, [runId])).status, 'STOPPED')
  assert.equal((await flow.row<{ n: number }>('select count(*)::int as n from run')).n, 1)
})

test('detection answers when the nexset has a schema, when the run has failed, or in time', async (t) => {
  const script: Script = { units: [unit('a')] }
  const { flow, control } = await working(server, t, script)
  const source = await flow.addSource('orders')
  await control.startRun(source, 'activate')
  await control.awaitDetection(source, 20_000)
  assert.equal((await flow.ledger.nexsetsOf(source)).length, 1)
  script.onList = () => {
    throw fault('auth')
  }
  const broken = await flow.addSource('broken')
  await control.startRun(broken, 'activate')
  await control.awaitDetection(broken, 20_000)
  assert.deepEqual(await flow.row(`select status from run where data_source_id = $1`, [broken]), { status: 'FAILED' })
})

test('PROMISE-DRAIN: a worker that is drained in the middle hands its job on, and another goes on from the checkpoint', async (t) => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const sink = await flow.addSink(await flow.addNexset(source, 'orders - 1'))
  const reached = Promise.withResolvers<void>()
  const stuck = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  const script: Script = {
    units: [unit('a', 6)],
    onRecord: async (_, record, signal) => {
      if (record < 3) return
      reached.resolve()
      await stuck(signal)
    },
  }
  const first = new Worker(workContext(flow, script), { databaseUrl: flow.url, leaseSeconds: 3600 })
  await first.start()
  const runId = await new PostgresRunControl(flow.database, flow.queue).startRun(source, 'manual')
  await reached.promise
  await first.drain(0)
  assert.deepEqual(await recordsOf(flow, 1), { a: 3 })
  const second = new Worker(workContext(flow, { units: [] }), { databaseUrl: flow.url, leaseSeconds: 3600 })
  await second.start()
  t.after(() => second.drain(0))
  await until(flow, `select 1 from run where id = $1 and status = 'DONE'`, [runId])
  await until(flow, 'select 1 from data_sink where id = $1 and cursor_seq = 6', [sink])
  assert.deepEqual(await recordsOf(flow, 1), { a: 6 })
})

test('PROMISE-SELF-HEAL: what has lost its job goes on by itself', async (t) => {
  const script: Script = { units: [unit('a', 2)] }
  const { flow, control } = await working(server, t, script)
  const source = await flow.addSource('orders')
  const sink = await flow.addSink(await flow.addNexset(source, 'orders - 1'))
  await flow.rows(`update data_sink set status = 'PAUSED'`)
  await until(flow, ended, [await control.startRun(source, 'manual')])
  await flow.rows(`update data_sink set status = 'ACTIVE'`)
  assert.deepEqual(await wakeForgotten(flow.database, flow.queue), [{ kind: 'data_sink', id: sink }])
  await until(flow, 'select 1 from data_sink where cursor_seq = 2')
  assert.deepEqual(await wakeForgotten(flow.database, flow.queue), [])

  const { runId } = await flow.addRun(await flow.addSource('second'), ['x'])
  await flow.rows(`update unit set payload = '{"records": 1}', status = 'PENDING' where run_id = $1`, [runId])
  assert.deepEqual(await resumeForgotten(flow.database, flow.queue), [], 'young runs are left alone')
  await flow.rows(`update run set created_at = now() - interval '1 minute' where id = $1`, [runId])
  assert.deepEqual(await resumeForgotten(flow.database, flow.queue), [runId])
  assert.equal((await until<EndedRun>(flow, ended, [runId])).status, 'DONE')
})

test('a nexset without a parent is not worked on, also when it has a job from the time when it had one', async (t) => {
  const { flow, control } = await working(server, t, { units: [] })
  const source = await flow.addSource('orders')
  const nexset = await flow.addNexset(source)
  await control.wakeFollower('data_set', nexset)
  assert.deepEqual(await flow.rows(`select 1 from pgboss.job where name = 'derive'`), [])
  await flow.rows(`update data_set set problem = '{"code": "node.missing", "message": "left by an earlier version"}'`)
  await flow.queue.wakeNow(flow.database, { kind: 'data_set', id: nexset })
  await until(flow, `select 1 from pgboss.job where name = 'derive' and state = 'completed'`)
  assert.deepEqual(await flow.row('select problem from data_set'), { problem: null })
})

test('50,000 small files are listed and handed out in jobs of many', async (t) => {
  const flow = await server.flow()
  const script: Script = {
    units: Array.from({ length: 50_000 }, (_, index) => unit(`bucket/small/file-${index}.json`)),
  }
  const context = workContext(flow, script)
  const control = new PostgresRunControl(flow.database, flow.queue)
  const runId = await control.startRun(await flow.addSource('many'), 'manual')
  const worker = new Worker(
    {
      ...context,
      engine: {
        ...context.engine,
        ingest: (_job, signal) =>
          new Promise((_, reject) => {
            const refuse = (): void => reject(signal.reason as Error)
            if (signal.aborted) refuse()
            else signal.addEventListener('abort', refuse)
          }),
      },
    },
    { databaseUrl: flow.url, leaseSeconds: 15 },
  )
  t.after(() => worker.drain(0))
  const began = performance.now()
  await worker.start()
  const run = await until<{ units_total: number }>(flow, 'select units_total from run where id = $1 and listed', [
    runId,
  ])
  t.diagnostic(`listed and enqueued in ${Math.round(performance.now() - began)} ms`)
  assert.equal(run.units_total, 50_000)
  assert.equal((await flow.row<{ n: number }>(`select count(*)::int as n from pgboss.job where name = 'ingest'`)).n, 25)
})
