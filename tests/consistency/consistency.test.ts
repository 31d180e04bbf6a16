import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { Cluster } from './cluster.ts'
import { play, type Scenario } from './scenario.ts'
import { changes } from './scenarios/changes.ts'
import { scenarios } from './scenarios/index.ts'
import { kills } from './scenarios/kills.ts'
import { stopped } from './scenarios/stopped.ts'
import { unlike } from './scenarios/unlike.ts'

/* The short form of `npm run consistency`: each scenario once, clean, and once with each defect that it has to catch. */

const seed = Number(process.env['LEAT_CONSISTENCY_SEED'] ?? 1)

let cluster: Cluster
before(async () => void (cluster = await Cluster.start({ servers: 1, workers: 0, postgres: 'apart', leaseSeconds: 1 })))
after(() => cluster[Symbol.asyncDispose]())

async function clean(t: TestContext, list: readonly Scenario[]): Promise<void> {
  for (const scenario of list) {
    await t.test(scenario.name, async () => assert.deepEqual((await play(scenario, cluster, seed)).findings, []))
  }
}

test('PROMISE-KILL-POINTS: a worker killed before or after any step that changes something costs nothing', (t) =>
  clean(t, kills))

test('PROMISE-TWO-OWNERS: a worker that was stopped for longer than its lease wakes up and changes nothing', (t) =>
  clean(t, stopped))

test('PROMISE-CHANGES-MIDWAY: bad lines, files of one moment, retention, and a source that is paused, edited and changed in the middle cost nothing', (t) =>
  clean(t, changes))

test('PROMISE-KILL-POINTS: the same with pages of an API into PostgreSQL, and with a webhook', (t) => clean(t, unlike))

test('PROMISE-PLANTED: with any of its planted defects the suite fails', async (t) => {
  for (const scenario of scenarios) {
    for (const defect of scenario.catches ?? [])
      await t.test(`${defect}: ${scenario.name}`, async () =>
        assert.deepEqual((await play(scenario, cluster, seed, defect)).findings, []),
      )
  }
})
