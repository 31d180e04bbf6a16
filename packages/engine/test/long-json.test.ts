import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineFlow } from './engine-fixture.ts'

const filler = 'x'.repeat(470)
const records = 240_000

/** About 120 MB: a stretch, and several pipes. */
function longText(spoil: (line: number) => string | null = () => null): Buffer {
  return Buffer.from(
    Array.from(
      { length: records },
      (_, line) => spoil(line) ?? `{"id":${line},"note":"${filler}","tags":["a","b"]}\n`,
    ).join(''),
  )
}

test('a long JSON file is one segment, whole and in order, and DuckDB does not hold all of it', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('long.json', longText())
  await using look = await flow.compute.session()
  let most = 0
  let looks = 0
  const held = async (): Promise<void> => {
    const [row] = await look.rows('SELECT sum(memory_usage_bytes)::BIGINT AS bytes FROM duckdb_memory()')
    most = Math.max(most, Number(row?.['bytes'] ?? 0))
    looks++
  }
  const timer = setInterval(() => void held(), 10)
  await flow.run()
  clearInterval(timer)
  assert.ok(looks > 10, `${looks} looks`)
  assert.ok(most > 1 << 20 && most < 140 << 20, `DuckDB held ${Math.round(most / 2 ** 20)} MB of 120`)
  const { segments } = flow.nexset()
  assert.deepEqual(
    segments.map(({ rows }) => rows),
    [records],
  )
  const path = await flow.store.local(segments[0]!.key, new AbortController().signal)
  const [row] = await look.rows(
    `SELECT count(*) FILTER (id = n)::BIGINT AS in_order FROM (SELECT id, row_number() OVER () - 1 AS n FROM read_parquet('${path}'))`,
  )
  assert.equal(Number(row?.['in_order']), records)
})

test('a record that is spoiled far inside of a long JSON file is refused, and all others arrive', async () => {
  await using flow = await EngineFlow.create()
  const bad = 200_001
  await flow.put(
    'long.json',
    longText((line) => (line === bad ? '{"id":\n' : null)),
  )
  await flow.run()
  assert.deepEqual(flow.counts(), { read: records, written: records - 1, filtered: 0, refused: 1 })
  assert.deepEqual(
    (await flow.refused()).map(({ origin, ordinal, code }) => [origin, ordinal, code]),
    [['in/long.json', bad, 'json.malformed']],
  )
})
