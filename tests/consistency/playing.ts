import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { openPlayground, type PlaygroundName } from './playgrounds.ts'
import { play, type Playground, type Scenario } from './scenario.ts'

/** Of every scenario, for all tests; from the environment to repeat a run. */
export const seed = Number(process.env['LEAT_CONSISTENCY_SEED'] ?? 1)

/** Each scenario, clean, as a test of its own. */
export async function clean(t: TestContext, playground: Playground, list: readonly Scenario[]): Promise<void> {
  for (const scenario of list) {
    await t.test(scenario.name, async () => assert.deepEqual((await play(scenario, playground, seed)).findings, []))
  }
}

/** Opens the playground for the length of `work`; where it cannot be had, the test is skipped and says so. */
export async function within(
  t: TestContext,
  name: PlaygroundName,
  work: (playground: Playground) => Promise<void>,
): Promise<void> {
  const s3 = await peer('versitygw')
  if (name === 'two servers' && isMissing(s3)) return t.skip(s3.missing)
  await using playground = await openPlayground(name)
  await work(playground)
}
