import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import { Fault, type JsonObject } from '@leat/connector-kit'
import { EngineFlow, ids, orders, parseLines, upTo } from './engine-fixture.ts'

/** Orders of two countries, one of them awkward, delivered with these options: name -> text. */
async function delivered(options: JsonObject): Promise<Map<string, Buffer>> {
  await using flow = await EngineFlow.create()
  await flow.put(
    'a.json',
    '{"id":1,"country":"CH","note":""}\n{"id":2,"country":"A/B","note":null}\n{"id":3,"country":"CH","note":"x, \\"y\\""}\n',
  )
  await flow.run()
  await flow.deliver(flow.nexset().head.id, options)
  return new Map([...(await flow.delivered())].map(([name, bytes]) => [name, Buffer.from(bytes)]))
}

test('names follow from the sink and the range of segments, and bytes are the same in a second flow', async () => {
  const [first, second] = [await delivered({ data_format: 'parquet' }), await delivered({ data_format: 'parquet' })]
  assert.deepEqual([...first.keys()], ['2026/02/03/nexset-1-00000001-00000001.parquet'])
  const digest = (files: Map<string, Buffer>): string[] =>
    [...files].map(([name, bytes]) => `${name} ${createHash('sha256').update(bytes).digest('hex')}`)
  assert.deepEqual(digest(first), digest(second))
})

test('file.name.prefix and a folder pattern', async () => {
  const options = { data_format: 'json', 'file.name.prefix': 'sales', 'output.dir.name.pattern': 'y={YYYY}' }
  assert.deepEqual([...(await delivered(options)).keys()], ['y=2026/sales-1-00000001-00000001.json'])
  await assert.rejects(
    delivered({ ...options, 'file.name.prefix': '../x' }),
    (error: unknown) => error instanceof Fault && error.kind === 'config' && error.field === 'file.name.prefix',
  )
})

test('output.dir.name.pattern with {record.x} writes a folder for each value; no value leaves its folder', async () => {
  const files = await delivered({ data_format: 'json', 'output.dir.name.pattern': '{YYYY}/{record.country}' })
  assert.deepEqual([...files].map(([name, text]) => [name, ids(parseLines(text.toString()))]).toSorted(), [
    ['2026/A_B/nexset-1-00000001-00000001.json', [2]],
    ['2026/CH/nexset-1-00000001-00000001.json', [1, 3]],
  ])
})

for (const [data_format, file_compression] of [
  ['json', 'zstd'],
  ['csv', 'gzip'],
  ['csv', 'none'],
  ['parquet', 'snappy'],
] as const)
  test(`files by record count their rows: ${data_format}, ${file_compression}`, async () => {
    await using flow = await EngineFlow.create()
    await flow.put('a.json', '{"id":1,"c":"x"}\n{"id":2,"c":"y"}\n{"id":3,"c":"x"}\n')
    await flow.run()
    flow.ledger.metrics.length = 0
    const options = { data_format, file_compression, 'write.header': false, 'output.dir.name.pattern': '{record.c}' }
    await flow.deliver(flow.nexset().head.id, options)
    assert.equal((await flow.delivered()).size, 2)
    assert.deepEqual(flow.counts(), { read: 3, written: 3, filtered: 0, refused: 0 })
  })

test("a folder by record is found by the nexset's own column, also when the mapping renames it", async () => {
  const mapping = { mode: 'manual', mapping: { id: ['number'] } }
  const files = await delivered({ data_format: 'json', mapping, 'output.dir.name.pattern': '100%/{record.country}/x' })
  assert.deepEqual([...files].map(([name, text]) => [name, text.toString()]).toSorted(), [
    ['100%/A_B/x/nexset-1-00000001-00000001.json', '{"number":2}\n'],
    ['100%/CH/x/nexset-1-00000001-00000001.json', '{"number":1}\n{"number":3}\n'],
  ])
})

test('mapping renames, drops and orders columns', async () => {
  const mapping = { mode: 'manual', mapping: { country: ['land'], id: ['number'] }, fields_order: ['number', 'land'] }
  const [text] = (await delivered({ data_format: 'csv', mapping })).values()
  assert.equal(text!.toString(), 'number,land\n1,CH\n2,A/B\n3,CH\n')
  await assert.rejects(
    delivered({ data_format: 'csv', mapping: { mode: 'manual', mapping: { land: ['x'] } } }),
    (error: unknown) => error instanceof Fault && error.field === 'mapping' && /country/.test(error.message),
  )
})

test('csv tells an empty text from null; json is compressed with zstd', async () => {
  const [csv] = (await delivered({ data_format: 'csv' })).values()
  assert.equal(csv!.toString(), 'id,country,note\n1,CH,""\n2,A/B,\n3,CH,"x, ""y"""\n')
  const [[name, bytes] = ['', Buffer.of()]] = await delivered({ data_format: 'json', file_compression: 'zstd' })
  assert.match(name, /\.json\.zst$/)
  assert.deepEqual(ids(parseLines(zstdDecompressSync(bytes).toString())), [1, 2, 3])
})

test('max.file.size.mb cuts one range into numbered files with every row once', async () => {
  await using flow = await EngineFlow.create()
  const wide = upTo(40_000).map((id) =>
    JSON.stringify({ id, text: createHash('sha256').update(`${id}`).digest('hex') }),
  )
  await flow.put('a.json', `${wide.join('\n')}\n`)
  await flow.run()
  const nexset = flow.nexset().head.id
  await flow.deliver(nexset, { data_format: 'json', 'max.file.size.mb': 1 })
  const files = await flow.delivered()
  assert.ok(files.size > 1, `${files.size}`)
  assert.equal(flow.ledger.metrics.at(-1)!.written, 40_000)
  for (const name of files.keys()) assert.match(name, /^2026\/02\/03\/nexset-1-00000001-00000001(-\d+)?\.json$/)
  const found = ids(await flow.deliveredRecords()).toSorted((a, b) => a - b)
  assert.deepEqual(found, upTo(40_000))
  for (const bytes of files.values()) assert.ok(bytes.length < 3 << 20, `${bytes.length}`)
})

test('small segments of several files are one file; later ones get the next range', async () => {
  await using flow = await EngineFlow.create()
  const limits = { bytes: 1, sampleBytes: 1 << 16 }
  for (const file of [0, 1, 2]) await flow.put(`${file}.json`, orders(file * 2, 2))
  await flow.run({ limits })
  const nexset = flow.nexset().head.id
  await flow.deliver(nexset, { data_format: 'json' })
  await flow.put('3.json', orders(6, 2))
  await flow.run({ limits })
  await flow.deliver(nexset, { data_format: 'json' })
  const names = [...(await flow.delivered()).keys()].toSorted()
  assert.deepEqual(names, ['2026/02/03/nexset-1-00000001-00000003.json', '2026/02/03/nexset-1-00000004-00000004.json'])
  assert.deepEqual(ids(await flow.deliveredRecords()), upTo(8))
})
