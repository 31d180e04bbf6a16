import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPlayground } from './playgrounds.ts'
import { clean, seed } from './playing.ts'
import { play, type Playground } from './scenario.ts'
import { changes } from './scenarios/changes.ts'
import { scenarios } from './scenarios/index.ts'
import { kills } from './scenarios/kills.ts'
import { stopped } from './scenarios/stopped.ts'
import { unlike } from './scenarios/unlike.ts'

/*
 * The short form of `npm run consistency`: each scenario once, clean, and once with each defect that it has to catch. consistency-many.test.ts
 * has several workers and servers.
 */

let playground: Playground
before(async () => void (playground = await openPlayground('one worker')))
after(() => playground[Symbol.asyncDispose]())

test('PROMISE-KILL-POINTS: a worker killed before or after any step that changes something costs nothing', (t) =>
  clean(t, playground, kills))

test('PROMISE-TWO-OWNERS: a worker that was stopped for longer than its lease wakes up and changes nothing', (t) =>
  clean(t, playground, stopped))

test('PROMISE-CHANGES-MIDWAY: bad lines, files of one moment, retention, and a source that is paused, edited and changed in the middle cost nothing', (t) =>
  clean(t, playground, changes))

test('PROMISE-KILL-POINTS: the same with pages of an API into PostgreSQL, and with a webhook', (t) =>
  clean(t, playground, unlike))

test('PROMISE-PLANTED: with any of its planted defects the suite fails', async (t) => {
  for (const scenario of scenarios) {
    for (const defect of scenario.catches ?? [])
      await t.test(`${defect}: ${scenario.name}`, async () =>
        assert.deepEqual((await play(scenario, playground, seed, defect)).findings, []),
      )
  }
})
