import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { compileTransform, confineSelect } from '../src/index.ts'
import { attacks, heavy } from './attacks.ts'
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

test(`PROMISE-SQL-CONFINED ${attacks.length} ways out of a SQL transform are refused with a config fault`, () => {
  assert.ok(attacks.length >= 60)
  const passed = attacks
    .map((attack) => attack.replaceAll('FILE', canary).replaceAll('FOLDER', folder))
    .filter((sql) => !isRefused(sql))
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

test(`PROMISE-SQL-CONFINED ${heavy.length} statements that would plan for minutes or exhaust the parser are refused`, () => {
  assert.deepEqual(
    heavy.filter(([, sql]) => !isRefused(sql)).map(([name]) => name),
    [],
  )
})

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
