import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { PgBoss } from 'pg-boss'
import { TestServer } from './flow-fixture.ts'

let server: TestServer
before(async () => void (server = await TestServer.start()))
after(() => server.stop())

test("PROMISE-KILL-9: a waiting job outlives the queue's own maintenance", async () => {
  const { database, queue, url } = await server.flow()
  await queue.addList(database, { sourceId: 1, runId: 1, attempt: 1 })
  await queue.addIngest(database, [{ sourceId: 1, runId: 1, unitIds: [1], attempt: 1 }])
  await queue.wake(database, { kind: 'data_sink', id: 1 })
  await queue.wakeNow(database, { kind: 'data_sink', id: 1 })
  await queue.wake(database, { kind: 'data_set', id: 1 }, 600)
  const waiting = await queue.depths()
  assert.deepEqual(waiting, { list: 1, ingest: 1, stream: 0, deliver: 1, derive: 1 })
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, migrate: false })
  await boss.start()
  await boss.supervise()
  await boss.stop({ graceful: false })
  assert.deepEqual(await queue.depths(), waiting)
})

test('PROMISE-STREAM-LEASE: the job of a stream that its worker holds is not ended for its age', async () => {
  const { database, queue, url } = await server.flow()
  await queue.addIngest(database, [{ sourceId: 1, runId: 1, unitIds: [1], attempt: 1 }], { queue: 'stream' })
  const job = (await queue.take('stream'))!
  await sql`update pgboss.job set started_on = now() - interval '25 hours' where id = ${job.id}::uuid`.execute(database)
  assert.equal(await queue.touch(job), true)
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, migrate: false })
  await boss.start()
  await boss.supervise()
  await boss.stop({ graceful: false })
  assert.equal(await queue.touch(job), true, 'it still has its holder')
})
