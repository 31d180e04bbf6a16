import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { openPlayground, type PlaygroundName } from './playgrounds.ts'
import { play, type Playground, type Scenario } from './scenario.ts'
import { changes } from './scenarios/changes.ts'
import { scenarios } from './scenarios/index.ts'
import { kills } from './scenarios/kills.ts'
import { stopped } from './scenarios/stopped.ts'
import { unlike } from './scenarios/unlike.ts'

/*
 * The short form of `npm run consistency`: each scenario once, clean, and once with each defect that it has to catch. With several workers or
 * servers, every second one; the long form plays all of them everywhere.
 */

const seed = Number(process.env['LEAT_CONSISTENCY_SEED'] ?? 1)
const second = (_: unknown, index: number): boolean => index % 2 === 1

async function clean(t: TestContext, playground: Playground, list: readonly Scenario[]): Promise<void> {
  for (const scenario of list) {
    await t.test(scenario.name, async () => assert.deepEqual((await play(scenario, playground, seed)).findings, []))
  }
}

async function within(
  t: TestContext,
  name: PlaygroundName,
  work: (playground: Playground) => Promise<void>,
): Promise<void> {
  const s3 = await peer('versitygw')
  if (name === 'two servers' && isMissing(s3)) return t.skip(s3.missing)
  await using playground = await openPlayground(name)
  await work(playground)
}

test('with one worker', (t) =>
  within(t, 'one worker', async (playground) => {
    await t.test(
      'PROMISE-KILL-POINTS: a worker killed before or after any step that changes something costs nothing',
      (t) => clean(t, playground, kills),
    )
    await t.test(
      'PROMISE-TWO-OWNERS: a worker that was stopped for longer than its lease wakes up and changes nothing',
      (t) => clean(t, playground, stopped),
    )
    await t.test(
      'PROMISE-CHANGES-MIDWAY: bad lines, files of one moment, retention, and a source that is paused, edited and changed in the middle cost nothing',
      (t) => clean(t, playground, changes),
    )
    await t.test('PROMISE-KILL-POINTS: the same with pages of an API into PostgreSQL, and with a webhook', (t) =>
      clean(t, playground, unlike),
    )
    await t.test('PROMISE-PLANTED: with any of its planted defects the suite fails', async (t) => {
      for (const scenario of scenarios) {
        for (const defect of scenario.catches ?? [])
          await t.test(`${defect}: ${scenario.name}`, async () =>
            assert.deepEqual((await play(scenario, playground, seed, defect)).findings, []),
          )
      }
    })
  }))

test('PROMISE-KILL-POINTS, PROMISE-TWO-OWNERS: the same with three workers on one run', (t) =>
  within(t, 'three workers', (playground) => clean(t, playground, scenarios.filter(second))))

test('PROMISE-KILL-POINTS, PROMISE-TWO-OWNERS: the same with two servers on one PostgreSQL and one S3 store', (t) =>
  within(t, 'two servers', (playground) => clean(t, playground, scenarios.filter(second))))
