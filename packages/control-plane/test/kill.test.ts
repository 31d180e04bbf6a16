import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { handleFollower } from '../src/jobs/handle-follower.ts'
import { handleIngest } from '../src/jobs/handle-ingest.ts'
import { handleList } from '../src/jobs/handle-list.ts'
import { releaseExpired } from '../src/jobs/heal.ts'
import type { JobRef } from '../src/jobs/job-queue.ts'
import { Worker } from '../src/jobs/worker.ts'
import { PostgresRunControl } from '../src/runs/postgres-run-control.ts'
import { TestServer, type TestFlow } from './flow-fixture.ts'
import { hurry, recordsOf, unit, until, workContext, type Script } from './line-engine.ts'

let server: TestServer
before(async () => void (server = await TestServer.start()))
after(() => server.stop())

/** A worker process that hangs before record `hang`, and the jobs that it says it holds. */
async function hangingWorker(
  t: TestContext,
  flow: TestFlow,
  hang: number,
): Promise<{ child: ChildProcess; held: Map<string, JobRef> }> {
  const held = new Map<string, JobRef>()
  const child = fork(fileURLToPath(new URL('./kill.worker.ts', import.meta.url)), {
    env: { ...process.env, TEST_DATABASE: flow.url, TEST_HANG: String(hang) },
  })
  t.after(() => child.kill('SIGKILL'))
  const { promise, resolve } = Promise.withResolvers<void>()
  child.on('message', (message: 'in the middle' | { job: JobRef; held: boolean }) => {
    if (message === 'in the middle') resolve()
    else if (message.held) held.set(message.job.id, message.job)
    else held.delete(message.job.id)
  })
  await promise
  return { child, held }
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

async function rescue(t: TestContext, flow: TestFlow): Promise<void> {
  const worker = new Worker(workContext(flow, { units: [unit('a', 6)] }), { databaseUrl: flow.url, leaseSeconds: 2 })
  await worker.start()
  t.after(() => worker.drain(0))
}

test('PROMISE-KILL-9: a worker killed in the middle costs neither a record nor a repetition; its supervisor gives the job away at once', async (t) => {
  const flow = await server.flow()
  const control = new PostgresRunControl(flow.database, flow.queue)
  const source = await flow.addSource('orders')
  const sink = await flow.addSink(await flow.addNexset(source, 'orders - 1'))
  const runId = await control.startRun(source, 'manual')
  const { child, held } = await hangingWorker(t, flow, 3)
  assert.ok(
    [...held.values()].some((job) => job.queue === 'ingest'),
    'the worker was reading when it died',
  )
  await kill(child)
  await rescue(t, flow)
  for (const job of held.values()) await flow.queue.release(job, 'killed by a test')
  const run = await until<{ status: string; units_done: number }>(
    flow,
    `select * from run where id = $1 and status in ('DONE', 'FAILED')`,
    [runId],
  )
  assert.deepEqual([run.status, run.units_done], ['DONE', 1])
  assert.deepEqual(await recordsOf(flow, 1), { a: 6 })
  // It may have died between taking a delivery and telling its supervisor: the leader of a server finds such a job by its lease.
  const leader = setInterval(() => void releaseExpired(flow.queue, 2), 200)
  t.after(() => clearInterval(leader))
  await until(flow, 'select 1 from data_sink where id = $1 and cursor_seq = 6', [sink])
  assert.deepEqual(await flow.row('select read, written from metric where node_kind = $1', ['data_sink']), {
    read: 6,
    written: 6,
  })
})

test('PROMISE-LEASE: without a supervisor, the job of a dead worker is given away when its lease has run out, and not before', async (t) => {
  const flow = await server.flow()
  const control = new PostgresRunControl(flow.database, flow.queue)
  const runId = await control.startRun(await flow.addSource('orders'), 'manual')
  const { child } = await hangingWorker(t, flow, 2)
  assert.equal(await releaseExpired(flow.queue, 3600), 0)
  await kill(child)
  await rescue(t, flow)
  while ((await releaseExpired(flow.queue, 2)) === 0) await pause(50)
  await until(flow, `select 1 from run where id = $1 and status = 'DONE'`, [runId])
  assert.deepEqual(await recordsOf(flow, 1), { a: 6 })
})

test('PROMISE-FENCED: a worker that was only slow finds out and changes nothing more', async (t) => {
  const flow = await server.flow()
  const control = new PostgresRunControl(flow.database, flow.queue)
  const runId = await control.startRun(await flow.addSource('orders'), 'manual')
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let stalls = 0
  const slow = workContext(flow, {
    units: [unit('a', 6)],
    onRecord: async (_, record) => {
      if (record !== 3 || stalls++ > 0) return
      reached.resolve()
      await released.promise
    },
  })
  const first = new Worker(slow, { databaseUrl: flow.url, leaseSeconds: 3600 })
  await first.start()
  await reached.promise
  await rescue(t, flow)
  for (const job of await flow.queue.findExpired(0)) await flow.queue.release(job, 'taken for dead by a test')
  await until(flow, `select 1 from run where id = $1 and status = 'DONE'`, [runId])
  released.resolve()
  await first.drain(10_000)
  assert.deepEqual(await recordsOf(flow, 1), { a: 6 })
  assert.deepEqual(await flow.row('select status, units_done from run'), { status: 'DONE', units_done: 1 })
})

test('PROMISE-FENCED: work that a late worker takes from the holder of the job, and drops, goes on with the holder', async (t) => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const sink = await flow.addSink(await flow.addNexset(source, 'orders - 1'))
  let late = 2
  const script: Script = {
    units: [unit('a', 6)],
    onRecord: async (_, record) => {
      if (record === 3 && late-- > 0) await flow.rows('update unit set epoch = epoch + 1')
    },
  }
  let lateWriter = true
  script.onDeliver = async () => {
    if (lateWriter) await flow.ledger.claim({ kind: 'data_sink', id: sink })
    lateWriter = false
  }
  const worker = new Worker(workContext(flow, script), { databaseUrl: flow.url, leaseSeconds: 3600 })
  await worker.start()
  t.after(() => worker.drain(0))
  const runId = await new PostgresRunControl(flow.database, flow.queue).startRun(source, 'manual')
  await until(flow, `select 1 from run where id = $1 and status = 'DONE'`, [runId])
  await until(flow, 'select 1 from data_sink where id = $1 and cursor_seq = 6', [sink])
  assert.deepEqual(await recordsOf(flow, 1), { a: 6 })
})

test('PROMISE-SELF-HEAL: deaths of workers hold a destination back, and never end it; a read that gets on between them is not blamed', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const sink = await flow.addSink(await flow.addNexset(source, 'orders - 1'))
  await new PostgresRunControl(flow.database, flow.queue).startRun(source, 'manual')
  const context = workContext(flow, { units: [unit('a', 6)] })
  const { signal } = new AbortController()
  const die = async (queue: 'ingest' | 'deliver'): Promise<void> =>
    flow.queue.release((await flow.queue.take(queue))!, 'died in a test')
  await handleList(context, (await flow.queue.take('list'))!, signal)
  for (let death = 0; death < 4; death++) {
    // As a commit before the death leaves it.
    await flow.rows('update unit set attempts = 0')
    await die('ingest')
  }
  await handleIngest(context, (await flow.queue.take('ingest'))!, signal)
  assert.deepEqual(await flow.row('select status from run'), { status: 'DONE' })
  for (let attempt = 1; attempt < 5; attempt++) {
    for (let death = 0; death < 3; death++) await die('deliver')
    await handleFollower(context, (await flow.queue.take('deliver'))!, signal)
    const { problem } = await flow.row<{ problem: object }>('select problem from data_sink where id = $1', [sink])
    assert.partialDeepStrictEqual(problem, { code: 'follower.worker_died', attempt })
    assert.notEqual((problem as { retry_at: string | null }).retry_at, null)
    await hurry(flow)
  }
  await handleFollower(context, (await flow.queue.take('deliver'))!, signal)
  assert.deepEqual(await flow.row('select cursor_seq, problem from data_sink'), { cursor_seq: 6, problem: null })
})
