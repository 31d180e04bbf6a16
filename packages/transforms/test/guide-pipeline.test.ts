import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { compileTransform } from '../src/index.ts'
import { duckType } from '../src/expression/types.ts'
import { openDuck, relationOf, schemaOf } from './duck.ts'

const duck = await openDuck()
after(() => duck[Symbol.asyncDispose]())

const orders = schemaOf({
  id: 'BIGINT',
  status: 'VARCHAR',
  placed_at: 'TIMESTAMPTZ',
  customer: { name: 'VARCHAR', email: 'VARCHAR' },
  line_items: [{ sku: 'VARCHAR', qty: 'BIGINT', unitPrice: 'DECIMAL(18,2)' }],
})
const item = (sku: string, qty: number | null, unitPrice: string | null) => ({ sku, qty, unitPrice })
const records = [
  {
    id: '9007199254740993',
    status: 'PAID',
    placed_at: '2026-11-01T10:00:00Z',
    customer: { name: 'Ann', email: 'a@x.org' },
    line_items: [item('a', 2, '10.50'), item('b', 3, '0.10')],
  },
  {
    id: '2',
    status: 'CANCELLED',
    placed_at: null,
    customer: { name: 'Bob', email: null },
    line_items: [item('c', 1, '1.00')],
  },
  { id: '3', status: 'PAID', placed_at: null, customer: null, line_items: [] },
  { id: '4', status: null, placed_at: null, customer: null, line_items: null },
]

test('PROMISE-TRANSFORM-GUIDE the pipeline of the guide gives exact counts, types and values', async () => {
  const compiled = compileTransform(
    {
      version: 1,
      operations: [
        { operation: 'flatten', path: 'line_items', alias: 'item' },
        { operation: 'rename', fields: { id: 'order_id', 'customer.name': 'customer_name', 'item.qty': 'qty' } },
        { operation: 'compute', expression: 'qty * item.unitPrice', as: 'line_total' },
        { operation: 'filter', condition: "status != 'CANCELLED'" },
      ],
    },
    orders,
  )
  const sql = compiled.select(relationOf(orders, records))
  assert.deepEqual(await duck.types(sql), [
    ['order_id', 'BIGINT'],
    ['status', 'VARCHAR'],
    ['placed_at', 'TIMESTAMP WITH TIME ZONE'],
    ['customer', 'STRUCT(email VARCHAR)'],
    ['item', 'STRUCT(sku VARCHAR, unitPrice DECIMAL(18,2))'],
    ['customer_name', 'VARCHAR'],
    ['qty', 'BIGINT'],
    ['line_total', 'DECIMAL(37,2)'],
  ])
  assert.deepEqual(
    (await duck.rows(sql)).map((row) => [row['order_id'], row['customer_name'], row['qty'], row['line_total']]),
    [
      ['9007199254740993', 'Ann', '2', '21.00'],
      ['9007199254740993', 'Ann', '3', '0.30'],
      ['3', null, null, null],
    ],
  )
  assert.equal(compiled.changesCardinality, true)
})

test('PROMISE-TRANSFORM-FLATTEN-KEEPS a record with an empty or missing list stays as one row with a null element', async () => {
  const compiled = compileTransform(
    { operations: [{ operation: 'flatten', path: 'line_items', alias: 'item' }] },
    orders,
  )
  const rows = await duck.rows(compiled.select(relationOf(orders, records)))
  assert.deepEqual(
    rows.map((row) => [row['id'], row['item'] === null]),
    [
      ['9007199254740993', false],
      ['9007199254740993', false],
      ['2', false],
      ['3', true],
      ['4', true],
    ],
  )
})

test('PROMISE-TRANSFORM-COUNTS unfilteredCount tells how many rows the filters dropped', async () => {
  const compiled = compileTransform(
    {
      operations: [
        { operation: 'flatten', path: 'line_items', alias: 'item' },
        { operation: 'filter', condition: 'item.qty > 1' },
      ],
    },
    orders,
  )
  const relation = relationOf(orders, records)
  assert.equal((await duck.rows(compiled.select(relation))).length, 2)
  assert.deepEqual(await duck.rows(compiled.unfilteredCount?.(relation) ?? ''), [{ rows: '5' }])
})

test('PROMISE-TRANSFORM-TOLERANT a record that cannot be computed is refused alone, once, with the values that it had', async () => {
  const schema = schemaOf({ id: 'BIGINT', n: 'BIGINT', text: 'VARCHAR', list: ['BIGINT'] })
  const compiled = compileTransform(
    {
      operations: [
        { operation: 'compute', expression: 'n * 3', as: 'triple' },
        { operation: 'typecast', fields: { text: 'bigint' } },
        { operation: 'flatten', path: 'list', alias: 'one' },
        { operation: 'filter', condition: '10 / n > 1' },
      ],
    },
    schema,
  )
  const relation = relationOf(schema, [
    { id: 1, n: 5, text: '7', list: [1, 2] },
    { id: 2, n: '9223372036854775807', text: '7', list: [1, 2] },
    { id: 3, n: 5, text: '8.7', list: [1, 2] },
    { id: 4, n: 0, text: null, list: [1, 2] },
    { id: 5, n: 50, text: '1', list: [1] },
    { id: 6, n: null, text: null, list: [] },
  ])
  await assert.rejects(duck.rows(compiled.select(relation)))
  const rows = await duck.rows(
    compiled.tolerantSelect?.(`(SELECT *, row_number() OVER () AS _leat_row FROM ${relation})`, ['_leat_row']) ?? '',
  )
  assert.deepEqual(
    rows.map((row) => [row['_leat_row'], row['one'], row['triple'], row['_leat_error']]),
    [
      ['1', '1', '15', null],
      ['1', '2', '15', null],
      ['2', null, null, 'compute triple: n * 3: cannot be computed for n = 9223372036854775807'],
      ['3', null, '15', 'typecast text to BIGINT: cannot be computed for text = 8.7'],
      ['4', '1', '0', 'filter: 10 / n > 1: cannot be computed for n = 0'],
      ['4', '2', '0', 'filter: 10 / n > 1: cannot be computed for n = 0'],
    ],
  )
  // 2 written, 4 refused, 2 filtered (records 5 and 6): a refused record is not flattened.
  assert.deepEqual(await duck.rows(compiled.unfilteredCount?.(relation, { tolerant: true }) ?? ''), [{ rows: '8' }])
})

test('null and the empty shapes pass everything on', async () => {
  for (const transform of [
    null,
    {},
    { version: 1, data_maps: [], transforms: [], custom_config: {} },
    { version: 1, operations: [{ operation: 'shift', spec: { '*': '&' } }] },
  ]) {
    const compiled = compileTransform(transform, orders)
    assert.deepEqual(compiled.schema, orders)
    assert.equal(compiled.tolerantSelect, null)
    assert.equal((await duck.rows(compiled.select(relationOf(orders, records)))).length, 4)
  }
})

test('each operation gives the columns that it declares', async () => {
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    [
      'map',
      [
        {
          operation: 'map',
          fields: { who: 'upper(customer.name)', n: 5, contact: { mail: 'customer.email', ok: true }, none: null },
        },
      ],
    ],
    ['rename swaps', [{ operation: 'rename', fields: { id: 'status', status: 'id' } }]],
    [
      'rename lifts two and drops the empty struct',
      [{ operation: 'rename', fields: { 'customer.name': 'a', 'customer.email': 'b' } }],
    ],
    ['flatten struct', [{ operation: 'flatten', path: 'customer' }]],
    ['flatten struct with alias', [{ operation: 'flatten', path: 'customer', alias: 'c' }]],
    [
      'flatten keeps name',
      [
        { operation: 'flatten', path: 'line_items' },
        { operation: 'flatten', path: 'line_items' },
      ],
    ],
    [
      'typecast nested',
      [
        { operation: 'flatten', path: 'line_items', alias: 'item' },
        { operation: 'typecast', fields: { 'item.qty': 'decimal(10,2)', id: 'string' } },
      ],
    ],
    ['typecast single', [{ operation: 'typecast', field: 'placed_at', type: 'date' }]],
    ['select', [{ operation: 'select', fields: ['customer.email', 'id'] }]],
    ['drop', [{ operation: 'drop', fields: ['customer.email', 'line_items'] }]],
    ['compute replaces', [{ operation: 'compute', expression: 'id + 1', as: 'id' }]],
  ]
  for (const [name, operations] of cases) {
    const compiled = compileTransform({ operations: operations as never }, orders)
    const relation = relationOf(orders, records)
    const described = await duck.types(compiled.select(relation))
    assert.ok(compiled.schema !== null)
    const declared = await duck.types(
      `SELECT ${compiled.schema.fields.map((field) => `CAST(NULL AS ${duckType(field.type)}) AS "${field.name}"`).join(', ')}`,
    )
    assert.deepEqual(described, declared, name)
    const tolerant = compiled.tolerantSelect
    if (tolerant !== null)
      assert.deepEqual(await duck.types(tolerant(relation)), [...declared, ['_leat_error', 'VARCHAR']], name)
    assert.ok((await duck.rows(compiled.select(relation))).length >= 4, name)
  }
})
