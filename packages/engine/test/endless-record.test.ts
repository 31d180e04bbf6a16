import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { EngineFlow } from './engine-fixture.ts'

const megabyte = 1 << 20

test('a packed file in which no record ends is quarantined in bounded memory, and what is beside it arrives', async () => {
  const zeros = Buffer.alloc(600 * megabyte)
  for (const [name, text] of [
    ['zeros.json.gz', zeros],
    ['open-quote.csv.gz', Buffer.concat([Buffer.from('id,note\n1,"'), zeros.fill('x')])],
  ] as const) {
    await using flow = await EngineFlow.create()
    const bomb = gzipSync(text, { level: 1 })
    await flow.put('a.json', Buffer.from('{"id":1}\n{"id":2}\n'))
    await flow.put(name, bomb)
    await flow.put('z.json', Buffer.from('{"id":3}\n'))
    const before = process.memoryUsage().rss
    let most = 0
    const look = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - before)), 20)
    await flow.run()
    clearInterval(look)
    const ids = (await flow.records()).map(({ record }) => Number(record['id'])).filter((id) => id > 0)
    assert.deepEqual(
      ids.toSorted((a, b) => a - b),
      [1, 2, 3],
      name,
    )
    assert.ok(
      (await flow.refused()).some(({ origin, code }) => origin.endsWith(name) && code === 'record.too_long'),
      name,
    )
    assert.ok(most < 500 * megabyte, `${name}: ${Math.round(most / megabyte)} MB more`)
  }
})
