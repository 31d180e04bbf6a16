import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Fault } from '@leat/connector-kit'
import { zip } from '../../../tools/fuzz/containers.ts'
import { EngineFlow, ids, orders, parseLines, upTo } from './engine-fixture.ts'

const idsIn = async (flow: EngineFlow, nexset?: number): Promise<number[]> =>
  ids((await flow.records(nexset)).map(({ record }) => record))

test('PROMISE-QUARANTINE: broken lines go to quarantine with their bytes, origin, ordinal and reason; the rest flows on to the destination', async () => {
  await using flow = await EngineFlow.create()
  const broken = ['{"id": 2, "name": "cut', 'not json at all', '{"id": 5]', '{"id": "é\u0000"']
  const lines = [...orders(0, 2).trimEnd().split('\n'), broken[0], ...orders(3, 2).trimEnd().split('\n'), broken[1]]
  await flow.put('a.json', `${lines.join('\n')}\n`)
  await flow.put('b.json', `${orders(6, 1)}${broken[2]}\n${orders(8, 1)}${broken[3]}\n`)
  await flow.put('c.json', orders(10, 3))
  await flow.run()

  assert.deepEqual(await idsIn(flow), [0, 1, 3, 4, 6, 8, 10, 11, 12])
  assert.deepEqual(
    (await flow.records()).map(({ origin, ordinal }) => `${origin}#${ordinal}`),
    [
      'in/a.json#0',
      'in/a.json#1',
      'in/a.json#3',
      'in/a.json#4',
      'in/b.json#0',
      'in/b.json#2',
      'in/c.json#0',
      'in/c.json#1',
      'in/c.json#2',
    ],
  )
  const refused = await flow.refused()
  assert.deepEqual(
    refused.map(({ origin, ordinal, raw }) => [origin, ordinal, Buffer.from(raw).toString()]),
    [
      ['in/a.json', 2, broken[0]],
      ['in/a.json', 5, broken[1]],
      ['in/b.json', 1, broken[2]],
      ['in/b.json', 3, broken[3]],
    ],
  )
  for (const { code, reason } of refused) {
    assert.match(code, /^json\./)
    assert.ok(reason.length > 10, reason)
  }
  assert.deepEqual(flow.counts(), { read: 13, written: 9, filtered: 0, refused: 4 })

  flow.ledger.metrics.length = 0
  const child = await flow.derive(flow.nexset().head.id, {
    version: 1,
    operations: [
      { operation: 'filter', condition: 'id != 6' },
      { operation: 'rename', fields: { name: 'title' } },
    ],
  })
  assert.deepEqual(flow.counts(), { read: 9, written: 8, filtered: 1, refused: 0 })

  flow.ledger.metrics.length = 0
  await flow.deliver(child, { data_format: 'json' })
  assert.deepEqual(flow.counts(), { read: 8, written: 8, filtered: 0, refused: 0 })
  const delivered = await flow.deliveredRecords()
  assert.deepEqual(delivered[0], { id: 0, title: 'order 0', items: [{ sku: 'a', qty: 2 }] })
  assert.deepEqual(ids(delivered), [0, 1, 3, 4, 8, 10, 11, 12])
})

test('records that a transform cannot compute go to quarantine as they came from the parent', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('a.json', '{"id":1,"n":"5"}\n{"id":2,"n":"five"}\n{"id":3,"n":"7"}\n')
  await flow.run()
  flow.ledger.metrics.length = 0
  const child = await flow.derive(flow.nexset().head.id, {
    version: 1,
    operations: [{ operation: 'typecast', fields: { n: 'integer' } }],
  })
  assert.deepEqual(await idsIn(flow, child), [1, 3])
  assert.deepEqual(flow.counts(), { read: 3, written: 2, filtered: 0, refused: 1 })
  const [refused] = await flow.refused()
  assert.deepEqual(parseLines(Buffer.from(refused!.raw).toString()), [{ id: 2, n: 'five' }])
  assert.equal(refused!.ordinal, 1)
})

test('PROMISE-SEGMENTS: a big object becomes several segments, and each row knows its record', async () => {
  await using flow = await EngineFlow.create()
  const broken = '{"id": oops}'
  await flow.put('big.json', `${orders(0, 50)}${broken}\n${orders(51, 49)}`)
  await flow.run({ options: { chunk_bytes: 700 }, limits: { bytes: 2000, sampleBytes: 1000 } })
  assert.ok(flow.nexset().segments.length > 1)
  assert.deepEqual(await idsIn(flow), [...upTo(50), ...upTo(49, 51)])
  assert.deepEqual(
    (await flow.records()).map(({ record, ordinal }) => ordinal - Number(record['id'])),
    Array.from({ length: 99 }, () => 0),
  )
  const [refused, ...more] = await flow.refused()
  assert.deepEqual(more, [])
  assert.deepEqual([refused!.ordinal, Buffer.from(refused!.raw).toString()], [50, broken])
  assert.deepEqual(flow.counts(), { read: 100, written: 99, filtered: 0, refused: 1 })
})

for (const [what, name, encode] of [
  ['plain text, by a ranged read', 'big.json', (text: string) => text],
  ['a compressed object', 'big.json.gz', (text: string) => gzipSync(text)],
] as const)
  test(`a run that failed in the middle of an object goes on where it committed: ${what}`, async () => {
    const failures = [{ at: 'read_chunk', nth: 12, action: 'fail' }]
    await using flow = await EngineFlow.create(failures)
    // More than is fetched ahead, of text that does not compress: the object is read in many chunks.
    const text = upTo(300).map((id) => `${JSON.stringify({ id, noise: noise(id, 6000) })}\n`)
    await flow.put(name, encode(text.join('')))
    const settings = { options: { chunk_bytes: 65_536 }, limits: { bytes: 200_000, sampleBytes: 50_000 } }
    await assert.rejects(flow.run(settings), { code: 'chaos.planned' })
    const before = flow.nexset().segments.length
    assert.ok(before > 0, 'something was committed')
    await flow.run(settings)
    assert.ok(flow.nexset().segments.length > before)
    assert.deepEqual(await idsIn(flow), upTo(300))
    assert.deepEqual(
      (await flow.records()).map(({ ordinal }) => ordinal),
      upTo(300),
    )
  })

test('PROMISE-CUT-OBJECT: a compressed object that ends too early keeps its good records and is quarantined for the rest', async () => {
  await using flow = await EngineFlow.create()
  const text = upTo(2000)
    .map((id) => `${JSON.stringify({ id, noise: noise(id) })}\n`)
    .join('')
  const whole = gzipSync(text)
  await flow.put('cut.json.gz', whole.subarray(0, Math.floor(whole.length / 2)))
  await flow.put('whole.json.gz', gzipSync(orders(5000, 2)))
  assert.equal(gunzipSync(whole).length, text.length)
  await flow.run()
  const found = (await flow.records()).filter(({ origin }) => origin === 'in/cut.json.gz')
  assert.ok(found.length > 500 && found.length < 1500, `${found.length}`)
  assert.deepEqual(ids(found.map(({ record }) => record)), upTo(found.length))
  assert.deepEqual(
    (await flow.records()).filter(({ origin }) => origin === 'in/whole.json.gz').map(({ record }) => record['id']),
    [5000, 5001],
  )
  const refused = await flow.refused()
  assert.ok(refused.length >= 1)
  assert.ok(refused.every(({ origin }) => origin === 'in/cut.json.gz'))
  assert.ok(
    refused.some(({ reason }) => /cut|end|truncat|incomplete/i.test(reason)),
    JSON.stringify(refused.map((r) => r.reason)),
  )
  assert.deepEqual((await flow.lease()).length, 0, 'it is not read for ever')
})

test('an object that cannot be parsed at all is quarantined whole, and the run goes on', async () => {
  await using flow = await EngineFlow.create()
  const junk = Buffer.from('PAR1 this is no parquet file')
  await flow.put('a.json', orders(0, 2))
  await flow.put('b.parquet', junk)
  await flow.put('c.json.gz', 'this is no gzip')
  await flow.put('d.json', orders(2, 2))
  await flow.put('e.json', '')
  await flow.run()
  assert.deepEqual((await idsIn(flow)).toSorted(), [0, 1, 2, 3])
  const refused = await flow.refused()
  assert.deepEqual(
    refused.map(({ origin, ordinal, raw }) => [origin, ordinal, Buffer.from(raw).toString()]),
    [
      ['in/b.parquet', 0, junk.toString()],
      ['in/c.json.gz', 0, 'this is no gzip'],
    ],
  )
  assert.deepEqual(flow.counts(), { read: 6, written: 4, filtered: 0, refused: 2 })
  assert.equal((await flow.lease()).length, 0)
})

test('rows of Parquet files in one archive know the file that they came from', async () => {
  await using flow = await EngineFlow.create()
  const parquet = async (from: number): Promise<Buffer> => {
    const path = join(flow.ports.scratch, `${from}.parquet`)
    await using session = await flow.compute.session()
    await session.run(`COPY (SELECT * FROM range(${from}, ${from + 2}) t(id)) TO '${path}' (FORMAT parquet)`)
    return readFile(path)
  }
  await flow.put(
    'a.zip',
    zip([
      { name: 'x.parquet', data: await parquet(0) },
      { name: 'y.parquet', data: await parquet(2) },
    ]),
  )
  await flow.run()
  assert.deepEqual(
    (await flow.records()).map(({ record, origin, ordinal }) => [Number(record['id']), origin, ordinal]),
    [
      [0, 'in/a.zip!x.parquet', 0],
      [1, 'in/a.zip!x.parquet', 1],
      [2, 'in/a.zip!y.parquet', 0],
      [3, 'in/a.zip!y.parquet', 1],
    ],
  )
})

test('PROMISE-CHANGED-OBJECT: an object that changes between listing and the end of its read is not committed; its new version is read later', async () => {
  await using flow = await EngineFlow.create([{ at: 'read_chunk', nth: 2, action: 'change' }])
  await flow.put('a.json', orders(0, 100))
  const settings = { options: { chunk_bytes: 1000 } }
  await assert.rejects(
    flow.run(settings),
    (error: unknown) => error instanceof Fault && error.code === 'source.object_changed',
  )
  assert.equal(flow.ledger.nexsets.size, 0)
  assert.deepEqual(flow.ledger.metrics, [])
  await flow.run(settings)
  assert.deepEqual(await idsIn(flow), upTo(100))
})

test('a cancelled run commits nothing more', async () => {
  await using flow = await EngineFlow.create([{ at: 'read_chunk', nth: 3, action: 'hang' }])
  await flow.put('a.json', orders(0, 100))
  const abort = new AbortController()
  setImmediate(() => abort.abort())
  await assert.rejects(flow.run({ options: { chunk_bytes: 1000 }, signal: abort.signal }))
  assert.equal(flow.ledger.nexsets.size, 0)
})

/** Letters that do not compress, the same for the same seed. */
function noise(seed: number, length = 60): string {
  let state = seed + 1
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return String.fromCharCode(97 + (state % 26))
  }).join('')
}
