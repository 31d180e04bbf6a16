import assert from 'node:assert/strict'
import test from 'node:test'
import type { DataType } from '@leat/connector-kit'
import { decimal, list, openBench, schema, struct, t } from '../testing/duckdb.ts'
import { conformSelect } from './conform.ts'
import { duckdbType, parseDuckdbType, schemaFromDescribe } from './duckdb-type.ts'
import { toJsonSchema } from './json-schema.ts'
import { columnFor, keyOf } from './keys.ts'
import { mergeSchema, mergeType } from './merge.ts'
import { sameType } from './type.ts'

const samples: readonly DataType[] = [
  t('UNKNOWN'),
  t('BOOLEAN'),
  t('SMALLINT'),
  t('BIGINT'),
  t('UBIGINT'),
  t('DOUBLE'),
  t('VARCHAR'),
  t('JSON'),
  t('DATE'),
  t('TIMESTAMP'),
  t('TIMESTAMPTZ'),
  t('BLOB'),
  decimal(18, 2),
  decimal(38, 0),
  decimal(38, 30),
  list(t('BIGINT')),
  list(t('UNKNOWN')),
  struct({ a: t('BIGINT') }),
  struct({ a: decimal(18, 4), 'b "c"': list(t('DATE')) }),
  { kind: 'map', key: t('VARCHAR'), value: t('BIGINT') },
]

test('merging is symmetric in what it holds, and settles', () => {
  for (const a of samples)
    for (const b of samples) {
      const merged = mergeType(a, b)
      assert.ok(
        sameType(mergeType(merged, a), merged) && sameType(mergeType(merged, b), merged),
        `${duckdbType(a)} + ${duckdbType(b)} = ${duckdbType(merged)}`,
      )
    }
})

test('types merge as documented', () => {
  const cases: readonly (readonly [DataType, DataType, DataType])[] = [
    [t('BIGINT'), decimal(18, 2), decimal(21, 2)],
    [t('BIGINT'), t('DOUBLE'), t('DOUBLE')],
    [decimal(18, 2), decimal(18, 3), decimal(19, 3)],
    [t('BOOLEAN'), t('BIGINT'), t('VARCHAR')],
    [t('TIMESTAMP'), t('TIMESTAMPTZ'), t('VARCHAR')],
    [t('DATE'), t('TIMESTAMP'), t('TIMESTAMP')],
    [t('VARCHAR'), struct({ a: t('BIGINT') }), t('JSON')],
    [t('UBIGINT'), t('BIGINT'), decimal(38, 0)],
    [struct({ a: t('BIGINT') }), struct({ A: t('BIGINT') }), t('JSON')],
    [struct({ a: t('BIGINT') }), struct({ b: t('DATE') }), struct({ a: t('BIGINT'), b: t('DATE') })],
  ]
  for (const [a, b, merged] of cases) assert.deepEqual(mergeType(a, b), merged)
})

test('the text of a type is read back, as DuckDB prints it too', async () => {
  await using bench = await openBench()
  for (const type of samples)
    if (type.kind !== 'scalar' || type.name !== 'UNKNOWN')
      assert.ok(
        duckdbType(type).includes('JSON') || sameType(parseDuckdbType(duckdbType(type)), type),
        duckdbType(type),
      )
  const rows = await bench.session.rows(
    `DESCRIBE SELECT {'a b': [1::DECIMAL(5,1)], 'c"(': MAP{'k': [NULL::TIMESTAMPTZ]}, 'e': 'x'::ENUM('x', 'it''s, )')} s, [1]::INTEGER[1] l`,
  )
  assert.deepEqual(
    schemaFromDescribe(rows).fields.map((field) => duckdbType(field.type)),
    ['STRUCT("a b" DECIMAL(5,1)[], "c""(" MAP(VARCHAR, TIMESTAMPTZ[]), "e" VARCHAR)', 'INTEGER[]'],
  )
  assert.throws(() => parseDuckdbType('UNION(a INTEGER)'), /no counterpart/)
})

test('PROMISE-TYPES-KEPT: conforming fills, widens and renames without loss, and raises where it would round', async () => {
  await using bench = await openBench()
  const { session } = bench
  const file = schema({
    Id: t('INTEGER'),
    id_2: t('BIGINT'),
    d: decimal(18, 2),
    o: struct({ a: t('BIGINT') }),
    l: list(t('UNKNOWN')),
    z: t('TIMESTAMPTZ'),
    n: t('UNKNOWN'),
  })
  const target = schema({
    Id: t('BIGINT'),
    d: decimal(19, 3),
    o: struct({ b: t('VARCHAR'), a: decimal(21, 2) }),
    l: list(t('DATE')),
    z: t('VARCHAR'),
    n: t('BOOLEAN'),
    id_2: t('VARCHAR'),
    more: t('JSON'),
  })
  const relation = `(SELECT 1::INTEGER AS "Id", 9007199254740993 AS id_2, 1.10::DECIMAL(18,2) d, {'a': 5::BIGINT} o, [NULL::JSON] l, TIMESTAMPTZ '2026-01-01 10:00:00.5+00' z, NULL::JSON n UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS t`
  const sql = conformSelect(file, target, relation)
  assert.deepEqual(
    (await session.rows(`DESCRIBE ${sql}`)).map((row) => row.column_type),
    [
      'BIGINT',
      'DECIMAL(19,3)',
      'STRUCT(b VARCHAR, a DECIMAL(21,2))',
      'DATE[]',
      'VARCHAR',
      'BOOLEAN',
      'VARCHAR',
      'JSON',
    ],
  )
  assert.deepEqual(await session.rows(sql), [
    {
      Id: '1',
      d: '1.100',
      o: { b: null, a: '5.00' },
      l: [null],
      z: '2026-01-01T10:00:00.500000Z',
      n: null,
      id_2: '9007199254740993',
      more: null,
    },
    { Id: null, d: null, o: null, l: null, z: null, n: null, id_2: null, more: null },
  ])
  const doubles = (value: string) =>
    session.rows(
      conformSelect(schema({ a: t('BIGINT') }), schema({ a: t('DOUBLE') }), `(SELECT ${value}::BIGINT AS a) AS t`),
    )
  assert.deepEqual(await doubles('9007199254740992'), [{ a: 9007199254740992 }])
  await assert.rejects(doubles('9007199254740993'), /without rounding/)
})

test('values become JSON without losing digits', async () => {
  await using bench = await openBench()
  const sql = conformSelect(
    schema({ d: decimal(38, 2), o: struct({ a: t('VARCHAR'), z: t('TIMESTAMP') }), s: t('VARCHAR') }),
    schema({ d: t('JSON'), o: t('JSON'), s: t('JSON') }),
    `(SELECT 123456789012345678901234567890.10::DECIMAL(38,2) d, {'a': 'x"', 'z': TIMESTAMP '2026-01-01 10:00:00'} o, '5' s UNION ALL SELECT NULL, NULL, NULL) AS t`,
  )
  assert.deepEqual(await bench.session.rows(sql), [
    { d: '123456789012345678901234567890.10', o: '{"a":"x\\"","z":"2026-01-01T10:00:00"}', s: '"5"' },
    { d: null, o: null, s: null },
  ])
})

test('columns of keys that SQL cannot tell apart can be read backwards', () => {
  const fields = [...schema({ Name: t('VARCHAR') }).fields]
  for (const key of ['name', '', 'NAME', 'item_2', 'Name_x']) {
    const column = columnFor(
      key,
      fields.map((field) => field.name),
    )
    fields.push({ name: column, type: t('VARCHAR') })
    assert.equal(keyOf(column, fields), key)
  }
  assert.deepEqual(
    mergeSchema(schema({ Name: t('BIGINT') }), schema({ name: t('DATE') })),
    schema({ Name: t('BIGINT'), name_2: t('DATE') }),
  )
})

test('a schema as JSON Schema', () => {
  assert.deepEqual(
    toJsonSchema(
      schema({ id: t('BIGINT'), p: decimal(18, 2), l: list(struct({ z: t('TIMESTAMPTZ') })), j: t('JSON') }),
    ),
    {
      $schema: 'http://json-schema.org/draft-04/schema#',
      type: 'object',
      properties: {
        id: { type: 'integer', format: 'int64' },
        p: { type: 'number', format: 'decimal(18,2)' },
        l: { type: 'array', items: { type: 'object', properties: { z: { type: 'string', format: 'date-time' } } } },
        j: { format: 'json' },
      },
    },
  )
})
