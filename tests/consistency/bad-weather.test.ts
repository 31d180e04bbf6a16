import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { runThrough, weathers } from './bad-weather.ts'
import { findings } from './judge.ts'

test('PROMISE-BAD-NETWORK: a network to the store that is cut, slow or silent, and a store that fails after it has written, cost nothing', async (t) => {
  const s3 = await peer('versitygw')
  if (isMissing(s3)) return t.skip(s3.missing)
  for (const weather of weathers) {
    await t.test(weather, async (sub) => {
      const { spoilt, verdict } = await runThrough(weather, 1)
      sub.diagnostic(`${spoilt} requests spoilt, ${verdict.found} records found`)
      assert.deepEqual(findings(verdict), [])
      if (weather !== 'slow') assert.ok(spoilt > 0, 'the weather was felt')
    })
  }
})
