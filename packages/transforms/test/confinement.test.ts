import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { compileTransform, confineSelect } from '../src/index.ts'
import { openDuck, relationOf, schemaOf } from './duck.ts'

const folder = await mkdtemp(join(tmpdir(), 'leat-confine-'))
const canary = join(folder, 'canary.csv')
await writeFile(canary, 'secret\ncanary-4711\n')
// No wall but ours: what gets through here would reach the file.
const duck = await openDuck()
await duck.rows(`CREATE TABLE other_tenant AS SELECT 'canary-4711' AS secret`)
await duck.rows(`SET VARIABLE v = 'canary-4711'`)
await duck.rows(`CREATE MACRO sneaky() AS TABLE SELECT * FROM other_tenant`)
after(async () => {
  await duck[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const schema = schemaOf({ id: 'BIGINT', name: 'VARCHAR', tags: ['VARCHAR'], user: 'VARCHAR' })
const relation = relationOf(schema, [
  { id: 1, name: 'Ann', tags: ['x', 'y'], user: 'u1' },
  { id: 2, name: 'Bob', tags: [], user: 'u2' },
])

/** Each of these must be refused before it reaches DuckDB. FILE stands for the canary's path. */
const attacks: readonly string[] = [
  "SELECT * FROM 'FILE'",
  'SELECT * FROM "FILE"',
  "FROM 'FILE'",
  "SELECT * FROM nexset_this, 'FILE'",
  "SELECT * FROM nexset_this JOIN 'FILE' ON true",
  "SELECT * FROM read_csv('FILE')",
  "SELECT * FROM read_csv_auto('FILE')",
  "SELECT * FROM read_text('FILE')",
  "SELECT * FROM read_blob('FILE')",
  "SELECT * FROM read_json('FILE')",
  "SELECT * FROM read_ndjson_objects('FILE')",
  "SELECT * FROM read_parquet('FILE')",
  "SELECT * FROM parquet_scan('FILE')",
  "SELECT * FROM parquet_metadata('FILE')",
  "SELECT * FROM sniff_csv('FILE')",
  "SELECT * FROM glob('/*')",
  "SELECT * FROM read_duckdb('FILE')",
  'SELECT * FROM other_tenant',
  'SELECT * FROM main.other_tenant',
  'SELECT * FROM memory.main.other_tenant',
  'TABLE other_tenant',
  'FROM other_tenant',
  'SELECT (SELECT secret FROM other_tenant)',
  'SELECT * FROM nexset_this WHERE exists (FROM other_tenant)',
  'SELECT * FROM nexset_this WHERE name IN (SELECT secret FROM other_tenant)',
  'SELECT ARRAY(SELECT secret FROM other_tenant)',
  'SELECT * FROM (SELECT * FROM other_tenant)',
  'SELECT * FROM nexset_this UNION ALL SELECT * FROM other_tenant',
  'WITH a AS (SELECT * FROM other_tenant) SELECT * FROM a',
  'WITH other_tenant AS (SELECT * FROM other_tenant) SELECT * FROM other_tenant',
  'WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a',
  'SELECT * FROM (WITH "FILE" AS (SELECT 1) SELECT * FROM "FILE"), \'FILE\'',
  'SELECT * FROM nexset_this, (WITH other_tenant AS (SELECT 1) FROM other_tenant), other_tenant',
  'SELECT * FROM nexset_this, LATERAL (SELECT * FROM other_tenant)',
  "SELECT * FROM query('SELECT * FROM other_tenant')",
  "SELECT * FROM query_table('other_tenant')",
  "SELECT * FROM query_table(['other_tenant'])",
  'SELECT * FROM sneaky()',
  'SELECT * FROM duckdb_settings()',
  'SELECT * FROM duckdb_secrets()',
  'SELECT * FROM duckdb_tables()',
  'SELECT * FROM duckdb_variables()',
  'SELECT * FROM duckdb_functions()',
  'SELECT * FROM information_schema.tables',
  'SELECT * FROM pg_catalog.pg_tables',
  'SELECT * FROM sqlite_master',
  'SELECT * FROM duckdb_logs',
  'SELECT * FROM pragma_version()',
  "SELECT current_setting('home_directory')",
  "SELECT getenv('PATH')",
  "SELECT getvariable('v')",
  'SELECT current_database()',
  'SELECT current_user',
  'SELECT session_user',
  'SELECT current_query()',
  'SELECT version()',
  'SELECT random()',
  'SELECT uuid()',
  'SELECT now()',
  'SELECT current_timestamp',
  'SELECT today()',
  "SELECT nextval('s')",
  'SELECT txid_current()',
  "SELECT json_serialize_sql('SELECT 1')",
  "SELECT * FROM json_execute_serialized_sql('{}')",
  "SELECT json_deserialize_sql('{}')",
  "SELECT write_log('x')",
  'SELECT sleep_ms(10)',
  "SELECT repeat('x', 10000000000)",
  "SELECT lpad('x', 1000000000, 'y')",
  'SELECT range(10000000000)',
  'SELECT * FROM range(10000000000)',
  'SELECT * FROM generate_series(1, 10)',
  "SELECT printf('%1000000000d', 1)",
  'WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a',
  'SELECT * FROM test_all_types()',
  'SELECT * FROM seq_scan(other_tenant)',
  "COPY nexset_this TO 'FILE'",
  "COPY (SELECT 1) TO 'FILE'",
  "ATTACH 'FILE' AS x",
  'INSTALL httpfs',
  "LOAD 'FILE'",
  "SET memory_limit = '1TB'",
  'RESET ALL',
  'PRAGMA version',
  'CALL pragma_version()',
  'CREATE TABLE x AS SELECT 1',
  'DROP TABLE other_tenant',
  'INSERT INTO other_tenant VALUES (1)',
  'DELETE FROM other_tenant',
  'UPDATE other_tenant SET secret = 1',
  "EXPORT DATABASE 'FILE'",
  'EXPLAIN SELECT 1',
  'DESCRIBE other_tenant',
  'SUMMARIZE other_tenant',
  'SHOW TABLES',
  'SELECT * FROM (DESCRIBE other_tenant)',
  'SELECT * FROM (SHOW TABLES)',
  'SELECT * FROM (SUMMARIZE other_tenant)',
  'SELECT 1; SELECT * FROM other_tenant',
  "SELECT 1; COPY other_tenant TO 'FILE'",
  'SELECT 1) UNION (SELECT secret FROM other_tenant',
  'SELECT $1',
  'SELECT ?',
  'SELECT CAST(1 AS main.other_tenant)',
  "SELECT 'x'::geometry",
  'SELECT name COLLATE "FILE" FROM nexset_this',
  'SELECT * FROM nexset_this TABLESAMPLE 1 ROWS',
  'SELECT * FROM nexset_this AT (VERSION => 1)',
  'PIVOT other_tenant ON secret',
  "SELECT * FROM (PIVOT other_tenant ON secret IN ('a') USING count(*))",
  'SELECT system.main.getvariable(name) FROM nexset_this',
  "SELECT 'v'.getvariable()",
  'SELECT list_transform(tags, lambda x: getvariable(x)) FROM nexset_this',
  'SELECT list_transform(tags, lambda x: (SELECT secret FROM other_tenant)) FROM nexset_this',
  'SELECT count(*) FILTER (WHERE exists (FROM other_tenant)) FROM nexset_this',
  'SELECT * FROM nexset_this ORDER BY (SELECT secret FROM other_tenant)',
  'SELECT * FROM nexset_this LIMIT (SELECT count(*) FROM other_tenant)',
  'SELECT sum(id) OVER (ORDER BY getvariable(name)) FROM nexset_this',
  'SELECT * FROM nexset_this QUALIFY getvariable(name) IS NULL',
  'SELECT * FROM nexset_this ASOF JOIN other_tenant ON id >= id',
  'SELECT * FROM nexset_this POSITIONAL JOIN other_tenant',
  'SELECT * REPLACE (getvariable(name) AS name) FROM nexset_this',
  'VALUES ((SELECT secret FROM other_tenant))',
  'SELECT CASE WHEN true THEN getvariable(name) END FROM nexset_this',
  'SELECT /* comment */ getvariable/**/(name) FROM nexset_this -- end',
  'SELECT 1 /* open',
  "SELECT 'open",
  '',
  ';',
  'SELECT',
  'SELECT 1 \0',
  'SELECT {nexset_other}',
  'SELECT * FROM {nexset_12}',
  'SELECT * FROM nexset_12',
  'SELECT "getvariable"(name) FROM nexset_this',
  'SELECT GetVariable(name) FROM nexset_this',
  'SELECT main."getvariable"(\'v\')',
]

test(`PROMISE-SQL-CONFINED ${attacks.length} ways out of a SQL transform are refused with a config fault`, () => {
  assert.ok(attacks.length >= 60)
  const passed = attacks.map((attack) => attack.replaceAll('FILE', canary)).filter((sql) => !isRefused(sql))
  assert.deepEqual(passed, [])
})

function isRefused(sql: string): boolean {
  try {
    compileTransform({ code_type: 'sql', code: sql }, schema)
    return false
  } catch (thrown) {
    return (
      thrown instanceof Fault &&
      thrown.kind === 'config' &&
      /^transform\.sql_(invalid|forbidden)$/.test(thrown.code) &&
      thrown.field === 'code'
    )
  }
}

test('the attacks are real: without the confinement several of them reach the canary', async () => {
  const reached: string[] = []
  for (const attack of [
    "SELECT * FROM 'FILE'",
    'SELECT * FROM other_tenant',
    "SELECT * FROM query('SELECT * FROM other_tenant')",
    "SELECT getvariable('v')",
    'SELECT * FROM sneaky()',
    "SELECT * FROM read_text('FILE')",
  ]) {
    assert.ok(attacks.includes(attack))
    if (JSON.stringify(await duck.rows(attack.replaceAll('FILE', canary))).includes('canary-4711')) reached.push(attack)
  }
  assert.equal(reached.length, 6)
})

const honest: readonly (readonly [string, unknown])[] = [
  ['SELECT id, upper(name) AS name FROM {nexset_this} WHERE id > 1', [{ id: '2', name: 'BOB' }]],
  ['select count(*) as n from { nexset_this };', [{ n: '2' }]],
  [
    'SELECT t.id, u.tag FROM nexset_this t, unnest(t.tags) AS u(tag) ORDER BY ALL',
    [
      { id: '1', tag: 'x' },
      { id: '1', tag: 'y' },
    ],
  ],
  [
    'WITH a AS (SELECT id FROM {nexset_this}), b AS (SELECT max(id) AS m FROM a) SELECT m FROM b -- the last',
    [{ m: '2' }],
  ],
  [
    "SELECT \"user\", CASE WHEN id = 1 THEN 'one' ELSE 'more' END AS c FROM NEXSET_THIS ORDER BY id LIMIT 1",
    [{ user: 'u1', c: 'one' }],
  ],
  [
    'SELECT id, row_number() OVER (PARTITION BY name ORDER BY id DESC) AS r FROM {nexset_this} QUALIFY r = 1 ORDER BY id',
    [
      { id: '1', r: '1' },
      { id: '2', r: '1' },
    ],
  ],
  ['SELECT list_transform(tags, lambda x: upper(x)) AS t FROM {nexset_this} WHERE id = 1', [{ t: ['X', 'Y'] }]],
  [
    "SELECT CAST(id AS DECIMAL(10,2)) AS d, {'a': id}.a AS s, [1, 2][1] AS l, id::JSON AS j FROM {nexset_this} WHERE id = 1",
    [{ d: '1.00', s: '1', l: 1, j: '1' }],
  ],
  [
    "SELECT * EXCLUDE (tags, user) REPLACE (id + 1 AS id) FROM {nexset_this} WHERE name LIKE 'A%' AND id BETWEEN 1 AND 5 AND id IN (1, 2)",
    [{ id: '2', name: 'Ann' }],
  ],
  ['SELECT id FROM {nexset_this} EXCEPT SELECT 1', [{ id: '2' }]],
  [
    "SELECT sum(id) FILTER (WHERE id > 1) AS s, string_agg(name, ',' ORDER BY id) AS n FROM {nexset_this} GROUP BY ALL",
    [{ s: '2', n: 'Ann,Bob' }],
  ],
  [
    "SELECT date_trunc('day', TIMESTAMP '2026-11-01 10:00:00')::DATE AS d, strftime(DATE '2026-01-02', '%Y') AS y FROM {nexset_this} LIMIT 1",
    [{ d: '2026-11-01', y: '2026' }],
  ],
  ['FROM {nexset_this} SELECT id AS "{nexset_this}" WHERE id = 1', [{ nexset_this: '1' }]],
]

test('ordinary SQL passes the confinement and gives its rows', async () => {
  for (const [code, rows] of honest) {
    const compiled = compileTransform({ code_type: 'sql', code }, schema)
    assert.deepEqual(await duck.rows(compiled.select(relation)), rows, code)
  }
})

test('the operation form, base64 code and an ad-hoc query with several relations work alike', async () => {
  const forms = [
    { operations: [{ operation: 'sql', query: 'SELECT id FROM {nexset_this}' }] },
    { code_type: 'sql', code_encoding: 'base64', code: Buffer.from('SELECT id FROM {nexset_this}').toString('base64') },
  ]
  for (const form of forms) assert.equal((await duck.rows(compileTransform(form, schema).select(relation))).length, 2)
  const confined = confineSelect('SELECT a.id FROM nexset_12 a JOIN Nexset_13 b USING (id);', [
    'nexset_12',
    'nexset_13',
    'nexset_14',
  ])
  assert.deepEqual(confined, {
    sql: 'SELECT a.id FROM nexset_12 a JOIN Nexset_13 b USING (id)',
    relations: ['nexset_12', 'nexset_13'],
  })
  assert.throws(
    () => confineSelect('SELECT * FROM nexset_21', ['nexset_12'], 'query'),
    /query: there is no relation "nexset_21" here\. Did you mean "nexset_12"\?/,
  )
  assert.throws(() => confineSelect('SELECT * FROM nexset_21', [], 'query'), {
    message: 'query: there is no relation "nexset_21" here.',
  })
})

test('what is refused is named with the nearest that is allowed', () => {
  const refused = (code: string): string => {
    try {
      compileTransform({ code_type: 'sql', code }, schema)
    } catch (thrown) {
      return thrown instanceof Fault ? thrown.message : String(thrown)
    }
    return 'not refused'
  }
  assert.match(
    refused('SELECT uper(name) FROM {nexset_this}'),
    /^code: the function uper is not allowed here\. Did you mean "upper"\?/,
  )
  assert.match(refused('SELECT FROM WHERE'), /syntax error at or near/)
  assert.match(refused('DROP TABLE x'), /only one SELECT statement is allowed here/)
})
