import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { requireConfig, type Json, type JsonObject, type ObjectPart } from '@leat/connector-kit'
import pg from 'pg'
import { startPostgres, type PostgresServer } from '../../../tools/peers/postgres.ts'
import { postgres } from '../src/postgres.connector.ts'
import { PostgresFlow } from './postgres-flow.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const signal = AbortSignal.timeout(300_000)

interface ReadPart {
  readonly lines: readonly string[]
  readonly checkpoint: Json
}

/** The parts of one read, each with its own lines; `most`: how many are read before the reader dies. */
async function parts(flow: PostgresFlow, given: JsonObject, checkpoint: Json, most = Infinity): Promise<ReadPart[]> {
  await using connection = await flow.connect()
  await using session = connection.source!(requireConfig(postgres.source!.options, {}, given))
  const found: ReadPart[] = []
  for await (const unit of session.units({ signal }))
    for await (const part of session.read(unit, {
      checkpoint: JSON.parse(JSON.stringify(checkpoint)) as Json,
      signal,
    })) {
      let text = ''
      for await (const bytes of (part as ObjectPart).open()) text += Buffer.from(bytes).toString()
      found.push({ lines: text.split('\n').slice(0, -1), checkpoint: part.checkpoint ?? null })
      if (found.length >= most) return found
    }
  return found
}

async function words(flow: PostgresFlow): Promise<readonly string[]> {
  return (await flow.engine.records()).map(({ record }) => String(record['word'])).sort()
}

test('PROMISE-POSTGRES-LATE-QUERIES an incremental query loses neither equal values nor rows that commit late, and reads none twice', async () => {
  for (const [mode, column] of [
    ['incrementing', 'id'],
    ['timestamp', 'at'],
  ] as const) {
    await using own = await PostgresFlow.create(server)
    await own.sql(`CREATE TABLE log (id bigint, at timestamptz, word text);
      INSERT INTO log VALUES (1, '2026-01-01 00:00:00.000001Z', 'a'), (2, '2026-01-01 00:00:00.000002Z', 'b')`)
    const options = {
      db_query_mode: 'Query',
      query: 'SELECT id, at, word FROM log',
      mode,
      [`${mode}.column.name`]: column,
    }
    await own.read(options)
    const { host, port, user, password } = server
    const slow = new pg.Client({ host, port, user, password, database: own.database })
    await slow.connect()
    await slow.query(`BEGIN; INSERT INTO log VALUES (3, '2026-01-01 00:00:00.000003Z', 'late')`)
    await own.sql(
      `INSERT INTO log VALUES (4, '2026-01-01 00:00:00.000004Z', 'early'), (2, '2026-01-01 00:00:00.000002Z', 'equal')`,
    )
    await own.read(options)
    await slow.query('COMMIT')
    await slow.end()
    await own.read(options)
    await own.read(options)
    assert.deepEqual(await words(own), ['a', 'b', 'early', 'equal', 'late'], mode)
  }
})

test('PROMISE-POSTGRES-LATE-QUERIES of a view, times older than the last one are read within the overlap', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE log (at timestamp, word text); CREATE VIEW seen AS SELECT * FROM log;
    INSERT INTO log VALUES ('2026-01-01 00:00:00', 'a'), ('2026-01-01 00:10:00', 'b')`)
  const options = { table: 'seen', mode: 'timestamp', 'timestamp.column.name': 'at', incremental_overlap_ms: 60_000 }
  await flow.read(options)
  await flow.sql(`INSERT INTO log VALUES ('2026-01-01 00:09:01', 'late'), ('2026-01-01 00:08:59', 'too late')`)
  await flow.read(options)
  await flow.sql(`INSERT INTO log VALUES ('2026-01-01 00:20:00', 'c'), ('2026-01-01 00:09:30', 'later')`)
  await flow.read(options)
  await flow.read(options)
  assert.deepEqual(await words(flow), ['a', 'b', 'c', 'late', 'later'])
})

test('PROMISE-POSTGRES-LATE-QUERIES a value that more rows share than are remembered: nothing is lost, and nothing comes twice while nothing new does', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE loads (load int, n int); INSERT INTO loads SELECT 1, i FROM generate_series(1, 40010) i`)
  const options = {
    db_query_mode: 'Query',
    query: 'SELECT * FROM loads',
    mode: 'incrementing',
    'incrementing.column.name': 'load',
  }
  let checkpoint: Json = null
  const next = async (): Promise<readonly string[]> => {
    const found = await parts(flow, options, checkpoint)
    checkpoint = found.at(-1)?.checkpoint ?? checkpoint
    return found.flatMap(({ lines }) => lines)
  }
  assert.equal(new Set(await next()).size, 40_010)
  assert.ok(JSON.stringify(checkpoint).length < 1000, 'its checkpoint stays small')
  assert.deepEqual(await next(), [])
  await flow.sql('INSERT INTO loads VALUES (1, 0), (2, 1)')
  const again = await next()
  assert.ok(again.includes('1\t0'), 'the new one is there')
  assert.equal(again.at(-1), '2\t1')
  assert.deepEqual(await next(), [])
})

test('a read of a query that ends after any of its parts goes on there, without loss or repetition', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(
    `CREATE TABLE log (id numeric(30,0)); INSERT INTO log SELECT 9007199254740993 + i FROM generate_series(1, 50) i`,
  )
  const options = {
    db_query_mode: 'Query',
    query: 'SELECT id FROM log',
    mode: 'incrementing',
    'incrementing.column.name': 'id',
    incremental_overlap_ids: 5,
  }
  const first = await parts(flow, options, null)
  const start = first.at(-1)!.checkpoint
  await flow.sql(
    `INSERT INTO log VALUES (9007199254741040), (9007199254741100), (9007199254741101), (9007199254741200)`,
  )
  const whole = (await parts(flow, options, start)).flatMap(({ lines }) => lines)
  assert.deepEqual(
    whole.map((line) => line.trim()),
    ['9007199254741040', '9007199254741100', '9007199254741101', '9007199254741200'],
  )
  const count = (await parts(flow, options, start)).length
  assert.ok(count > 2, `${count} parts`)
  for (let most = 1; most <= count; most++) {
    const begun = await parts(flow, options, start, most)
    const rest = await parts(flow, options, begun.at(-1)!.checkpoint)
    assert.deepEqual(
      [...begun, ...rest].flatMap(({ lines }) => lines),
      whole,
      `after part ${most} of ${count}`,
    )
  }
})

test('cursors keep every digit, and load.from says where to begin: ids beyond 2^53, microseconds, epoch milliseconds', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE t (id numeric(30,5), at timestamp, word text); INSERT INTO t VALUES
    (9007199254740993.00001, '2026-01-01 00:00:00.000001', 'a'), (9007199254740993.00002, '2026-01-01 00:00:00.000002', 'b')`)
  const ids = { table: 't', mode: 'incrementing', 'incrementing.column.name': 'id' }
  const times = { table: 't', mode: 'timestamp', 'timestamp.column.name': 'at' }
  const both = { ...ids, ...times, mode: 'incrementing,timestamp' }
  const cases: [JsonObject, string][] = [
    [{ ...ids, 'incrementing.load.from': '9007199254740993.00002' }, 'b'],
    [{ ...times, 'timestamp.load.from': '2026-01-01T00:00:00.000002' }, 'b'],
    [{ ...times, 'timestamp.load.from': Date.parse('2026-01-01T00:00:00Z') }, 'ab'],
    [{ ...both, 'incrementing.load.from': '9007199254740993.00002', 'timestamp.load.from': '2025-01-01' }, 'b'],
    [ids, 'ab'],
  ]
  const begun = await Promise.all(cases.map(([options]) => parts(flow, options, null)))
  const wordsOf = (found: readonly ReadPart[]): string =>
    found.flatMap(({ lines }) => lines.map((line) => line.split('\t').at(-1))).join('')
  assert.deepEqual(
    begun.map(wordsOf),
    cases.map(([, expected]) => expected),
  )
  await flow.sql(`INSERT INTO t VALUES (9007199254740993.00003, '2026-01-01 00:00:00.000003', 'c')`)
  for (const [index, [options]] of cases.entries())
    assert.equal(wordsOf(await parts(flow, options, begun[index]!.at(-1)!.checkpoint)), 'c', JSON.stringify(options))
})

test('commit.on.read keeps what a query changed; without it a query that changes is refused', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE queue (id int, taken boolean DEFAULT false); INSERT INTO queue VALUES (1), (2);
    CREATE FUNCTION take() RETURNS SETOF int LANGUAGE sql AS 'UPDATE queue SET taken = true WHERE NOT taken RETURNING id'`)
  const options = { db_query_mode: 'Query', query: 'SELECT id FROM take() id' }
  await assert.rejects(parts(flow, options, null), { code: 'postgres.read_only' })
  const taken = () => flow.sql('SELECT count(*) AS n FROM queue WHERE taken')
  assert.deepEqual(await taken(), [{ n: '0' }])
  const [part] = await parts(flow, { ...options, 'commit.on.read': 'true' }, null)
  assert.equal(part?.lines.length, 2)
  assert.deepEqual(await taken(), [{ n: '2' }])
})
