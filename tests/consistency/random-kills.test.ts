import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { killAtRandom } from './random-kills.ts'
import type { Shape } from './shapes.ts'

/* 200 kills in CI; the long form is `npm run consistency -- --kills 1000`. */

const share = (process.env['CI'] === 'true' ? 200 : 60) / 4
const seed = Number(process.env['LEAT_CONSISTENCY_SEED'] ?? Math.floor(Math.random() * 1e9))

async function kill(shape: Shape, say: (line: string) => void): Promise<void> {
  say(`repeat with: npm run consistency -- --only "${shape}" --kills ${share} --seed ${seed}`)
  const figures = await killAtRandom(shape, share, seed, say)
  say(`${share} kills, ${figures.records} records, slowest recovery ${figures.slowestSeconds.toFixed(1)} s`)
  assert.deepEqual(figures.findings, [])
}

test('PROMISE-RANDOM-KILLS: kill -9 of workers, the server and PostgreSQL at random moments loses and doubles nothing', (t) =>
  kill('one server', (line) => t.diagnostic(line)))

test('PROMISE-RANDOM-KILLS: the same with LEAT_WORKERS=3', (t) => kill('three workers', (line) => t.diagnostic(line)))

test('PROMISE-TWO-SERVERS: the same with two servers on one PostgreSQL and one S3 store', async (t) => {
  const s3 = await peer('versitygw')
  if (isMissing(s3)) return t.skip(s3.missing)
  await kill('two servers', (line) => t.diagnostic(line))
})

test('PROMISE-RANDOM-KILLS: the same with pages of an API and webhooks into PostgreSQL, which is killed too', (t) =>
  kill('REST, webhooks and PostgreSQL', (line) => t.diagnostic(line)))
