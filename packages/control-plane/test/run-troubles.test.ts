import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runProgress } from '../src/runs/run-view.ts'
import { TestServer } from './flow-fixture.ts'
import { hurry, recordsOf, unit, until, type Script } from './line-engine.ts'
import { ended, fault, working, type EndedRun } from './run-fixture.ts'

let server: TestServer
before(async () => void (server = await TestServer.start()))
after(() => server.stop())

test('PROMISE-RETRY-VISIBLE: a transient fault is tried again from the checkpoint, and the next try can be seen', async (t) => {
  let failures = 0
  const script: Script = {
    units: [unit('a', 4)],
    onRecord: (_, record) => {
      if (record === 2 && failures++ < 2) throw fault('transient')
    },
  }
  const { flow, control } = await working(server, t, script)
  const source = await flow.addSource('orders')
  const runId = await control.startRun(source, 'manual')
  const waiting = await until<{ attempt: number; problem: { code: string }; next_retry_at: string }>(
    flow,
    'select * from run where id = $1 and problem is not null',
    [runId],
  )
  assert.equal(waiting.problem.code, 'test.trouble')
  assert.ok(waiting.next_retry_at)
  const shown = await flow.row<{ problem: { retry_at: string } }>('select problem from data_source')
  assert.equal(new Date(shown.problem.retry_at).getTime(), new Date(waiting.next_retry_at).getTime())
  await hurry(flow)
  await until(flow, 'select 1 from run where id = $1 and attempt = 3 or status = $2', [runId, 'DONE'])
  await hurry(flow)
  const run = await until<EndedRun>(flow, ended, [runId])
  assert.deepEqual([run.status, run.problem], ['DONE', null])
  assert.deepEqual(await flow.row('select problem from data_source'), { problem: null })
  assert.deepEqual(await recordsOf(flow, 1), { a: 4 })
})

test('a rate limit is respected for as long as the remote asks', async (t) => {
  const script: Script = {
    units: [],
    onList: () => {
      throw fault('rate_limited', { retryAfterMs: 3_600_000 })
    },
  }
  const { flow, control } = await working(server, t, script)
  const runId = await control.startRun(await flow.addSource('orders'), 'manual')
  const { wait } = await until<{ wait: number }>(
    flow,
    'select extract(epoch from next_retry_at - now())::int as wait from run where id = $1 and next_retry_at is not null',
    [runId],
  )
  assert.ok(wait > 3500, `${wait} s`)
})

test('a wrong credential fails the run at once, with the reason on run and source', async (t) => {
  const script: Script = {
    units: [unit('a'), unit('b')],
    onRecord: () => {
      throw fault('auth')
    },
  }
  const { flow, control } = await working(server, t, script)
  const run = await until<EndedRun>(flow, ended, [await control.startRun(await flow.addSource('orders'), 'manual')])
  assert.deepEqual([run.status, run.problem?.code], ['FAILED', 'test.trouble'])
  assert.equal(
    (await flow.row<{ problem: { retry_at: null } }>('select problem from data_source')).problem.retry_at,
    null,
  )
  assert.equal((await flow.row<{ n: number }>('select count(*)::int as n from segment')).n, 0)
})

test('PROMISE-ONE-BAD-UNIT: a unit that cannot be read does not stop the others, and is named', async (t) => {
  const script: Script = {
    units: Array.from({ length: 20 }, (_, index) => unit(`f${index}`)),
    onRecord: ({ key }) => {
      if (key === 'f7') throw fault('data')
    },
  }
  const { flow, control } = await working(server, t, script, 2)
  const source = await flow.addSource('orders')
  const run = await until<EndedRun>(flow, ended, [await control.startRun(source, 'manual')])
  assert.deepEqual([run.status, run.units_done], ['FAILED', 19])
  assert.match(run.problem?.message ?? '', /"f7" could not be read: The test source is in trouble\./)
  delete script.onRecord
  const second = await until<EndedRun>(flow, ended, [await control.startRun(source, 'manual')])
  assert.deepEqual([second.status, second.units_total, second.problem], ['DONE', 1, null])
  assert.equal(Object.keys(await recordsOf(flow, 1)).length, 20)
})

test('PROMISE-NO-MIXED-READ: an object that changes while it is read is kept out, and looked at again soon', async (t) => {
  const script: Script = {
    units: [unit('a'), unit('b')],
    onRecord: ({ key }) => {
      if (key === 'b') throw fault('transient', { code: 'source.object_changed' })
    },
  }
  const { flow, control } = await working(server, t, script)
  const run = await until<EndedRun>(flow, ended, [await control.startRun(await flow.addSource('orders'), 'manual')])
  assert.deepEqual([run.status, run.problem], ['DONE', null])
  assert.deepEqual(await recordsOf(flow, 1), { a: 1 })
  const { soon } = await flow.row<{ soon: boolean }>(
    `select next_run_at between now() and now() + interval '11 s' as soon from data_source`,
  )
  assert.ok(soon)
})

test('PROMISE-BUG-BOUNDED: a bug is tried a bounded number of times', async (t) => {
  let tries = 0
  const script: Script = {
    units: [unit('a')],
    onRecord: () => {
      tries++
      throw new TypeError('undefined is not a function')
    },
  }
  const { flow, control } = await working(server, t, script)
  const runId = await control.startRun(await flow.addSource('orders'), 'manual')
  for (const attempt of [2, 3]) {
    await until(flow, 'select 1 from run where id = $1 and attempt = $2', [runId, attempt])
    await hurry(flow)
  }
  const run = await until<EndedRun>(flow, ended, [runId])
  assert.deepEqual([run.status, run.problem?.code, tries], ['FAILED', 'platform.bug', 3])
})

test('PROMISE-RETRY-VISIBLE: a sink that is down is tried again, shows why, and recovers', async (t) => {
  let down = true
  const script: Script = {
    units: [unit('a', 3)],
    onDeliver: () => {
      if (down) throw fault('transient')
    },
  }
  const { flow, control } = await working(server, t, script)
  const source = await flow.addSource('orders')
  const sink = await flow.addSink(await flow.addNexset(source, 'orders - 1'))
  const runId = await control.startRun(source, 'manual')
  const shown = await until<{ problem: { code: string; retry_at: string | null } }>(
    flow,
    'select problem from data_sink where problem is not null',
  )
  assert.equal(shown.problem.code, 'test.trouble')
  assert.ok(shown.problem.retry_at)
  await until(flow, ended, [runId])
  const progress = await runProgress(flow.database, runId)
  assert.equal(progress.followers_caught_up, false)
  assert.deepEqual(
    progress.behind.map(({ kind, id, segments }) => [kind, id, segments]),
    [['data_sink', sink, 3]],
  )
  down = false
  await control.wakeFollower('data_sink', sink)
  await until(flow, 'select 1 from data_sink where cursor_seq = 3 and problem is null')
  assert.equal((await runProgress(flow.database, runId)).followers_caught_up, true)
})
