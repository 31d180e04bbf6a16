import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dueRuns, planAgain, startDueRuns } from '../src/schedule/scheduler.ts'
import { PostgresRunControl } from '../src/runs/postgres-run-control.ts'
import { TestServer } from './flow-fixture.ts'

let server: TestServer
before(async () => void (server = await TestServer.start()))
after(() => server.stop())

const noon = new Date('2027-03-01T12:00:00Z')
const later = (minutes: number): Date => new Date(noon.getTime() + minutes * 60_000)

async function scheduled(cron: string | null) {
  const flow = await server.flow()
  const source = await flow.addSource('orders', cron)
  const tick = (at: Date) => startDueRuns(flow.database, flow.queue, at)
  const end = () => flow.rows(`update run set status = 'DONE' where status = 'QUEUED'`)
  return { flow, source, tick, end }
}

test('a source with a schedule runs when it is due, and not before', async () => {
  const { flow, source, tick, end } = await scheduled('30 * * * *')
  assert.deepEqual(await tick(noon), [])
  assert.deepEqual(await flow.row('select next_run_at from data_source'), { next_run_at: '2027-03-01T12:30:00.000Z' })
  assert.deepEqual(await tick(later(29)), [])
  assert.deepEqual(await tick(later(30)), [source])
  assert.deepEqual(await flow.row('select trigger, status from run'), { trigger: 'schedule', status: 'QUEUED' })
  await end()
  assert.deepEqual(await tick(later(31)), [])
  assert.deepEqual(await tick(later(90)), [source])
})

test('PROMISE-MISSED-ONCE: times that passed without a server make one run', async () => {
  const { flow, source, tick, end } = await scheduled('0 * * * *')
  await tick(noon)
  assert.deepEqual(await tick(later(7 * 60 + 5)), [source])
  await end()
  assert.deepEqual(await tick(later(7 * 60 + 6)), [])
  assert.deepEqual(await flow.row('select count(*)::int as runs from run'), { runs: 1 })
  assert.deepEqual(await flow.row('select next_run_at from data_source'), { next_run_at: '2027-03-01T20:00:00.000Z' })
})

test('PROMISE-ONE-RUN: a time that comes while a run is going is skipped', async () => {
  const { flow, source, tick, end } = await scheduled('*/10 * * * *')
  await tick(noon)
  assert.deepEqual(await tick(later(10)), [source])
  assert.deepEqual(await tick(later(20)), [])
  await end()
  assert.deepEqual(await tick(later(21)), [])
  assert.deepEqual(await tick(later(30)), [source])
  assert.deepEqual(await flow.row('select count(*)::int as runs from run'), { runs: 2 })
})

test('PROMISE-ONE-RUN: two schedulers at once start one run', async () => {
  const { flow, tick } = await scheduled('*/10 * * * *')
  await tick(noon)
  await Promise.all([tick(later(10)), tick(later(10)), tick(later(10))])
  assert.deepEqual(await flow.row('select count(*)::int as runs from run'), { runs: 1 })
})

test('an edited schedule counts from the edit; a removed one ends', async () => {
  const { flow, source, tick } = await scheduled('0 0 1 1 *')
  await tick(noon)
  await flow.rows(`update data_source set start_cron = '*/5 * * * *'`)
  await tick(later(1))
  assert.deepEqual(await flow.row('select next_run_at from data_source'), { next_run_at: '2027-03-01T12:05:00.000Z' })
  await flow.rows(`update data_source set start_cron = null`)
  assert.deepEqual(await tick(later(60)), [])
  assert.deepEqual(await flow.row('select next_run_at from data_source where id = $1', [source]), { next_run_at: null })
})

test('a paused source is not started; once active it is planned anew, and what it missed is not made up for', async () => {
  const { flow, source, tick } = await scheduled('*/10 * * * *')
  await tick(noon)
  await flow.rows(`update data_source set status = 'PAUSED'`)
  await new PostgresRunControl(flow.database, flow.queue).pauseSource(source)
  assert.deepEqual(await tick(later(60)), [])
  await flow.rows(`update data_source set status = 'ACTIVE'`)
  assert.deepEqual(await tick(later(61)), [])
  assert.deepEqual(await tick(later(70)), [source])
})

test('a source without a schedule, or with one that is over, is left alone', async () => {
  for (const cron of [null, '0 0 22 10 11 ? 2022']) {
    const { tick } = await scheduled(cron)
    assert.deepEqual([await tick(noon), await tick(later(100_000))], [[], []], String(cron))
  }
})

test('a schedule that cannot be read is a problem of its source and of no other', async () => {
  const { flow, tick } = await scheduled('every day')
  const good = await flow.addSource('good', '*/10 * * * *')
  await tick(noon)
  assert.deepEqual(await tick(later(10)), [good])
  const { problem } = await flow.row<{ problem: { code: string; message: string } }>(
    `select problem from data_source where name = 'orders'`,
  )
  assert.equal(problem.code, 'schedule.cron_invalid')
  assert.match(problem.message, /"every day" is not a schedule/)
})

test('PROMISE-CLOCK: what is due is told by the clock of the database, whatever the server believes; one that was set back stalls nothing', async (t) => {
  const { flow, source } = await scheduled('0 * * * *')
  const tick = dueRuns(flow.database, flow.queue)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_600_000 })
  assert.deepEqual(await tick(), [])
  await new PostgresRunControl(flow.database, flow.queue).sourceChanged(source)
  const soon = `select next_run_at - now() < interval '61 minutes' as soon from data_source`
  assert.deepEqual(await flow.row(`select next_run_at - now() <= interval '60 minutes' as soon from data_source`), {
    soon: true,
  })
  // As a clock of the database that was an hour ahead has left it.
  await flow.rows(`update data_source set next_run_at = next_run_at + interval '1 hour'`)
  await planAgain(flow.database, new Date((await flow.row<{ at: string }>('select now() as at')).at))
  assert.deepEqual(await flow.row(soon), { soon: true })
})
