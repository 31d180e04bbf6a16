import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startPostgres, type PostgresServer } from '../../../tools/peers/postgres.ts'
import { PostgresFlow } from './postgres-flow.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const values = `
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE TABLE from_here (id bigint PRIMARY KEY, small smallint, amount numeric(20,4), free numeric, ratio double precision, half real, yes boolean, words text,
    blob bytea, day date, at timestamp, zoned timestamptz, clock time, id2 uuid, doc jsonb, tags text[], numbers numeric(10,2)[], feeling mood, span int4range, "Odd ""Name" text);
  INSERT INTO from_here VALUES
    (-9223372036854775808, -32768, -9999999999999999.9999, 123456789012345678.000000000000000001, 1e308, 1.5, true, '', '\\x00ff0a', '0001-01-01', '2026-01-01 00:00:00.000001', '2026-03-29 02:30:00.5+02', '23:59:59.999999', '00000000-0000-0000-0000-000000000001', '{"a": [1, null, "x\\ty"]}', '{a,NULL,"b,c",""}', '{1.50,NULL}', 'happy', '[1,5)', 'x'),
    (9223372036854775807, 32767, 0.0001, -0.500000000000000000, 'NaN', 'Infinity', false, E'tab\\t nl\\n cr\\r back\\\\ slash \\\\N quote" ü 🎈', '', '9999-12-31', 'infinity', '-infinity', '00:00:00', NULL, '"text"', '{}', '{}', 'sad', 'empty', E'\\\\.'),
    (0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`

test('PROMISE-POSTGRES-VALUES every value survives the way out of PostgreSQL and back into it', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(values)
  await flow.read({ table: 'from_here' })
  assert.deepEqual(await flow.engine.refused(), [])
  await flow.sql('CREATE TABLE to_there (LIKE from_here INCLUDING ALL)')
  await flow.write({ table: 'to_there' })
  const different = await flow.sql(
    `SELECT f::text AS sent, t::text AS got FROM from_here f FULL JOIN to_there t USING (id) WHERE f::text IS DISTINCT FROM t::text`,
  )
  assert.deepEqual(different, [])
  // Into a table that Leat makes: what text can tell is the same.
  await flow.write({ table: 'made', create_destination: true }).catch((error: unknown) => assert.fail(String(error)))
})

test('a created table has types that hold the values, and a second delivery of nothing changes nothing', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(values)
  await flow.read({ table: 'from_here' })
  await flow.write({ table: 'made', create_destination: true, load_type: 'merge', key_columns: ['id'] })
  const [row] = await flow.sql(
    `SELECT count(*) AS n, min(id) AS low, max(amount) AS amount, max(zoned)::text AS zoned FROM made`,
  )
  assert.equal(row?.['n'], '3')
  assert.equal(row?.['low'], '-9223372036854775808')
  assert.equal(row?.['amount'], '0.0001')
  await flow.write({ table: 'made', create_destination: true, load_type: 'merge', key_columns: ['id'] })
  const [again] = await flow.sql('SELECT count(*) AS n FROM made')
  assert.equal(again?.['n'], '3')
})

test('a mapping names columns and gives their types, in a schema of the options, and rows are added by INSERT', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(
    `CREATE SCHEMA reporting; CREATE TABLE src AS SELECT 7 AS id, '2026-02-28' AS day, '1.50' AS price, '[1]' AS doc`,
  )
  await flow.read({ table: 'src' })
  const options = {
    schema: 'reporting',
    table: 'made',
    'insert.mode': 'INSERT',
    create_destination: true,
    mapping: {
      mode: 'manual',
      tracker_mode: 'NONE',
      mapping: {
        id: { id: 'SMALLINT' },
        day: { day: 'DATE' },
        price: { price: 'NUMERIC(8,2)' },
        doc: { doc: 'JSONB' },
      },
    },
  } as const
  for (let time = 0; time < 2; time++) {
    await flow.write(options)
    await flow.read({ table: 'src' })
  }
  const types = await flow.sql(
    `SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) AS t FROM pg_attribute WHERE attrelid = 'reporting.made'::regclass AND attnum > 0`,
  )
  assert.deepEqual(types, [{ t: 'smallint date numeric(8,2) jsonb' }])
  const rows = await flow.sql('SELECT id, day, price, doc, count(*) AS n FROM reporting.made GROUP BY 1, 2, 3, 4')
  assert.deepEqual(rows, [{ id: '7', day: '2026-02-28', price: '1.50', doc: '[1]', n: '2' }])
})

test('PROMISE-POSTGRES-UPSERT the last row of a key in a batch counts, unchanged rows are left alone, nulls as upsert.nulls says', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE orders (id int PRIMARY KEY, status text, note text); INSERT INTO orders VALUES (1, 'old', 'keep'), (2, 'same', NULL);
    CREATE TABLE changes (n serial PRIMARY KEY, id int, status text, note text);
    INSERT INTO changes (id, status, note) VALUES (1, 'first', NULL), (2, 'same', NULL), (3, 'new', 'x'), (1, 'last', NULL)`)
  await flow.read({ db_query_mode: 'Query', query: 'SELECT id, status, note FROM changes ORDER BY n' })
  const [before] = await flow.sql('SELECT xmin::text AS x FROM orders WHERE id = 2')
  await flow.write({ table: 'orders', 'insert.mode': 'UPSERT', 'primary.key': 'id', 'upsert.nulls': false })
  assert.deepEqual(await flow.sql('SELECT * FROM orders ORDER BY id'), [
    { id: '1', status: 'last', note: 'keep' },
    { id: '2', status: 'same', note: null },
    { id: '3', status: 'new', note: 'x' },
  ])
  const [after] = await flow.sql('SELECT xmin::text AS x FROM orders WHERE id = 2')
  assert.equal(after?.['x'], before?.['x'])
  assert.deepEqual(await flow.sql(`SELECT relname FROM pg_class WHERE relname LIKE '\\_leat\\_stage%'`), [])
})

test('PROMISE-POSTGRES-BAD-ROWS a row that the table refuses goes to quarantine with its reason, the rest lands', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE input (id int, code text, amount bigint, parent int);
    INSERT INTO input SELECT i, 'c' || i, i, 1 FROM generate_series(1, 2000) i;
    INSERT INTO input VALUES (3001, 'much too long', 1, 1), (3002, 'a', 99999999999, 1), (3003, NULL, 1, 1), (5, 'twice', 1, 1), (3004, 'check', -1, 1), (3005, 'parent', 1, 99);
    CREATE TABLE parents (id int PRIMARY KEY); INSERT INTO parents VALUES (1);
    CREATE TABLE strict (id int PRIMARY KEY, code varchar(8) NOT NULL, amount int CHECK (amount >= 0), parent int REFERENCES parents)`)
  await flow.read({ table: 'input' })
  await flow.write({ table: 'strict' })
  const [count] = await flow.sql('SELECT count(*) AS n FROM strict')
  assert.equal(count?.['n'], '2000')
  const refused = await flow.engine.refused()
  assert.deepEqual(
    refused.map(({ raw, code }) => [JSON.parse(Buffer.from(raw).toString()).code, code]),
    [
      ['much too long', 'postgres.value_misfit'],
      ['a', 'postgres.value_misfit'],
      [null, 'postgres.null_value'],
      ['twice', 'postgres.unique_violation'],
      ['check', 'postgres.constraint'],
      ['parent', 'postgres.constraint'],
    ],
  )
  assert.match(refused[0]!.reason, /^code: "much too long" does not fit character varying\(8\)$/)
})

/** Rows that are only added wait in an open transaction, rows that replace others in unlogged tables. */
const ways = { append: {}, merge: { load_type: 'merge', key_columns: ['id'] } } as const

for (const [way, options] of Object.entries(ways))
  test(`PROMISE-POSTGRES-STAGED-LOST ${way}: rows that a crash of the server took before they were visible are delivered again, once`, async () => {
    await using flow = await PostgresFlow.create(server)
    await flow.sql(`CREATE TABLE src AS SELECT i AS id FROM generate_series(1, 5000) i; CREATE TABLE dst (id int)`)
    await flow.read({ table: 'src' })
    const { ledger } = flow.engine
    const stage = ledger.stage.bind(ledger)
    ledger.stage = async (request) => {
      const staged = await stage(request)
      ledger.stage = stage
      await server.crash()
      return staged
    }
    const write = () => flow.write({ table: 'dst', ...options })
    await assert.rejects(write())
    for (let attempt = 0; attempt < 3 && ledger.tokens.some((token) => !token.settled); attempt++)
      await write().catch(() => undefined)
    await write()
    const [row] = await flow.sql('SELECT count(*) AS n, count(DISTINCT id) AS d FROM dst')
    assert.deepEqual(row, { n: '5000', d: '5000' })
  })

test('PROMISE-POSTGRES-LATE-COMMITS an incremental read loses neither equal values nor rows that commit late', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql('CREATE TABLE log (id bigint, at timestamptz, word text)')
  await flow.sql(`INSERT INTO log SELECT i, now(), 'w' || i FROM generate_series(1, 10) i`)
  const options = { table: 'log', mode: 'incrementing', 'incrementing.column.name': 'id' }
  await flow.read(options)
  // A transaction takes id 11, another id 12 and commits first.
  const { default: pg } = await import('pg')
  const slow = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.user,
    password: server.password,
    database: flow.database,
  })
  await slow.connect()
  await slow.query(`BEGIN; INSERT INTO log VALUES (11, now(), 'late')`)
  await flow.sql(`INSERT INTO log VALUES (12, now(), 'early'), (10, now(), 'equal')`)
  await flow.read(options)
  await slow.query('COMMIT')
  await slow.end()
  await flow.read(options)
  await flow.read(options)
  const words = (await flow.engine.records()).map(({ record }) => String(record['word'])).sort()
  assert.deepEqual(words, [...Array.from({ length: 10 }, (_, i) => `w${i + 1}`), 'early', 'equal', 'late'].sort())
})

test('PROMISE-POSTGRES-KILLS a server that is killed at any moment of a delivery has every row once in the end', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE src AS SELECT i AS id, 'row ' || i AS word FROM generate_series(1, 60000) i`)
  await flow.read({ table: 'src' })
  const { ledger } = flow.engine
  for (let round = 0; round < 15; round++) {
    const table = `dst${round}`
    await flow.sql(`CREATE TABLE ${table} (id int, word text)`)
    ledger.claims.clear()
    let delivered = false
    let said: unknown
    const options = round % 3 === 2 ? ways.merge : ways.append
    for (let attempt = 0; !delivered; attempt++) {
      // The moment moves through the delivery, round by round; the second attempt and later ones are left alone.
      const kill = attempt > 0 ? null : setTimeout(() => process.kill(server.pid(), 'SIGKILL'), round * 45)
      delivered = await flow.write({ table, ...options }).then(
        () => ledger.tokens.every((token) => token.settled),
        (error: unknown) => {
          said = error
          return false
        },
      )
      clearTimeout(kill ?? undefined)
      if (attempt === 0) await server.crash()
      assert.ok(attempt < 5, `round ${round} was never delivered: ${String(said)}`)
    }
    const [row] = await flow.sql(`SELECT count(*) AS n, count(DISTINCT id) AS d FROM ${table}`)
    assert.deepEqual(row, { n: '60000', d: '60000' }, `round ${round}`)
  }
  assert.deepEqual(await flow.sql(`SELECT relname FROM pg_class WHERE relname LIKE '\\_leat\\_stage%'`), [])
})
