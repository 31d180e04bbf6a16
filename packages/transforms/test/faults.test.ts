import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { checkTransform, compileTransform, explainBinderError } from '../src/index.ts'
import { openDuck, relationOf, schemaOf } from './duck.ts'

const duck = await openDuck()
after(() => duck[Symbol.asyncDispose]())

const schema = schemaOf({
  id: 'BIGINT',
  status: 'VARCHAR',
  customer: { name: 'VARCHAR' },
  line_items: [{ sku: 'VARCHAR', qty: 'BIGINT' }],
  payload: 'JSON',
})

function faultOf(run: () => unknown): Fault {
  try {
    run()
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown))
    assert.equal(thrown.kind, 'config')
    return thrown
  }
  throw new assert.AssertionError({ message: 'no fault was thrown' })
}

/** Mistakes that need no schema: a create answers with them. */
const early: readonly (readonly [unknown, string, RegExp])[] = [
  [
    [{ operation: 'renam', fields: {} }],
    'operations[0].operation',
    /"renam" is not an operation\. Did you mean "rename"\? Operations are flatten, rename/,
  ],
  [
    [{ operation: 'filter', condition: 'true' }, { operation: 5 }],
    'operations[1].operation',
    /the name of an operation is expected, not 5/,
  ],
  [
    [{ operation: 'filter', conditon: 'a' }],
    'operations[0].conditon',
    /is not a key of this operation\. Did you mean "condition"\?/,
  ],
  [[{ operation: 'filter' }], 'operations[0].condition', /an expression is expected, as text, not nothing/],
  [[{ operation: 'filter', condition: '' }], 'operations[0].condition', /is empty/],
  [[{ operation: 'filter', condition: 'a = ' }], 'operations[0].condition', /column 5: ends where a value is expected/],
  [[{ operation: 'filter', condition: "a = 'x" }], 'operations[0].condition', /column 5: the ' is never closed/],
  [[{ operation: 'filter', condition: 'a < b < c' }], 'operations[0].condition', /cannot be chained/],
  [[{ operation: 'filter', condition: 'a = 5 5' }], 'operations[0].condition', /column 7: "5" is not expected here/],
  [[{ operation: 'filter', condition: 'a; drop table x' }], 'operations[0].condition', /";" has no meaning here/],
  [[{ operation: 'filter', condition: '(select 1)' }], 'operations[0].condition', /"\)" is expected here, not "1"/],
  [
    [{ operation: 'filter', condition: "read_text('/etc/passwd') = 'x'" }],
    'operations[0].condition',
    /there is no function "read_text"/,
  ],
  [
    [{ operation: 'filter', condition: 'main.upper(a) = 1' }],
    'operations[0].condition',
    /is not a function; functions have plain names/,
  ],
  [
    [{ operation: 'compute', expression: 'uper(a)', as: 'b' }],
    'operations[0].expression',
    /there is no function "uper"\. Did you mean "upper"\?/,
  ],
  [
    [{ operation: 'compute', expression: 'now()', as: 'b' }],
    'operations[0].expression',
    /same result when it is computed again/,
  ],
  [
    [{ operation: 'compute', expression: 'substring(a)', as: 'b' }],
    'operations[0].expression',
    /takes substring\(text, start, \[length\]\), not 1 argument$/,
  ],
  [[{ operation: 'compute', expression: '1' }], 'operations[0].as', /a field name is expected/],
  [[{ operation: 'compute', expression: '1', as: '_leat_error' }], 'operations[0].as', /belong to the platform/],
  [
    [{ operation: 'compute', expression: 'cast(a as bigit)', as: 'b' }],
    'operations[0].expression',
    /"bigit" is not a type\. Did you mean "bigint"\?/,
  ],
  [
    [{ operation: 'compute', expression: '('.repeat(200), as: 'b' }],
    'operations[0].expression',
    /nested more than 100 levels/,
  ],
  [
    [{ operation: 'compute', expression: `1${'+1'.repeat(6000)}`, as: 'b' }],
    'operations[0].expression',
    /10000 are allowed/,
  ],
  [[{ operation: 'typecast', fields: { a: 'strng' } }], 'operations[0].fields.a', /Did you mean "string"\?/],
  [[{ operation: 'typecast', fields: { a: 'decimal(40,2)' } }], 'operations[0].fields.a', /1 to 38 digits/],
  [[{ operation: 'rename', fields: [] }], 'operations[0].fields', /an object like/],
  [[{ operation: 'shift', spec: { a: 'b' } }], 'operations[0].spec', /use map, rename, select or drop/],
  [
    [
      { operation: 'sql', query: 'select 1' },
      { operation: 'filter', condition: 'true' },
    ],
    'operations[0].operation',
    /stands alone/,
  ],
  [[{ operation: 'sql', query: 'drop table x' }], 'operations[0].query', /only one SELECT/],
  ['flatten', 'operations', /a list of operations is expected/],
]

test('PROMISE-TRANSFORM-TEACHES a create with a wrong transform names the field, the value and the nearest valid choice', () => {
  for (const [operations, field, message] of early) {
    const fault = faultOf(() => {
      checkTransform({ version: 1, operations: operations as never })
    })
    assert.equal(fault.field, field)
    assert.match(fault.message, message)
    assert.ok(fault.message.startsWith(`${field}: `))
  }
  assert.match(
    faultOf(() => {
      checkTransform({ operation: [] })
    }).message,
    /transform\.operation: .* Did you mean "operations"\?/,
  )
  assert.match(
    faultOf(() => {
      checkTransform({ code_type: 'sqll', code: '' })
    }).message,
    /Did you mean "sql"\?/,
  )
  assert.match(
    faultOf(() => {
      checkTransform({ transforms: [{ x: 1 }] })
    }).message,
    /write the steps as "operations"/,
  )
})

/** Mistakes that show against the parent's schema. */
const late: readonly (readonly [unknown, string, RegExp])[] = [
  [
    [{ operation: 'filter', condition: "statu != 'X'" }],
    'operations[0].condition',
    /column 1: there is no field "statu"\. Did you mean "status"\? Fields are id, status/,
  ],
  [[{ operation: 'filter', condition: "Status = 'X'" }], 'operations[0].condition', /Did you mean "status"\?/],
  [[{ operation: 'filter', condition: "name = 'X'" }], 'operations[0].condition', /Did you mean "customer\.name"\?/],
  [
    [{ operation: 'filter', condition: "customer.nam = 'X'" }],
    'operations[0].condition',
    /there is no field "nam" in "customer"\. Did you mean "customer\.name"\?/,
  ],
  [
    [{ operation: 'filter', condition: 'line_items.qty > 1' }],
    'operations[0].condition',
    /"line_items" is a list; flatten it first/,
  ],
  [[{ operation: 'filter', condition: 'id' }], 'operations[0].condition', /gives BIGINT, not true or false/],
  [[{ operation: 'filter', condition: "id = 'abc'" }], 'operations[0].condition', /write the number without quotes/],
  [[{ operation: 'filter', condition: 'status = 5' }], 'operations[0].condition', /write '5' in quotes/],
  [[{ operation: 'filter', condition: 'status = null' }], 'operations[0].condition', /write "is null"/],
  [[{ operation: 'filter', condition: 'status || id' }], 'operations[0].condition', /join texts with concat\(a, b\)/],
  [[{ operation: 'compute', expression: "status + 'x'", as: 's' }], 'operations[0].expression', /use concat\(a, b\)/],
  [[{ operation: 'compute', expression: 'id / 0', as: 's' }], 'operations[0].expression', /column 6: division by zero/],
  [
    [{ operation: 'compute', expression: 'id.x', as: 's' }],
    'operations[0].expression',
    /"id" is BIGINT and has no field "x"/,
  ],
  [
    [{ operation: 'compute', expression: 'payload.a * 2', as: 's' }],
    'operations[0].expression',
    /needs numbers, this is JSON; write cast/,
  ],
  [[{ operation: 'compute', expression: 'id', as: 'ID' }], 'operations[0].as', /differ only in case/],
  [
    [{ operation: 'compute', expression: "coalesce(id, 'none')", as: 'x' }],
    'operations[0].expression',
    /mixes BIGINT with text/,
  ],
  [
    [{ operation: 'compute', expression: "cast(status as date) > '2026-02-31'", as: 'x' }],
    'operations[0].expression',
    /'2026-02-31' is not a DATE; write it as '2026-01-31'/,
  ],
  [[{ operation: 'flatten', path: 'lineitems' }], 'operations[0].path', /Did you mean "line_items"\?/],
  [[{ operation: 'flatten', path: 'status' }], 'operations[0].path', /only lists and structs can be flattened/],
  [
    [{ operation: 'flatten', path: 'line_items', alias: 'status' }],
    'operations[0].alias',
    /"status" would stand twice/,
  ],
  [
    [
      { operation: 'flatten', path: 'line_items', alias: 'item' },
      { operation: 'compute', expression: 'item.quantity * 2', as: 'x' },
    ],
    'operations[1].expression',
    /there is no field "quantity" in "item"/,
  ],
  [[{ operation: 'rename', fields: { id: 'status' } }], 'operations[0].fields', /would stand twice/],
  [
    [{ operation: 'rename', fields: { customer: 'c', 'customer.name': 'n' } }],
    'operations[0].fields.customer.name',
    /use two rename operations/,
  ],
  [[{ operation: 'drop', fields: ['id', 'nix'] }], 'operations[0].fields[1]', /there is no field "nix"/],
  [
    [{ operation: 'typecast', fields: { customer: 'bigint' } }],
    'operations[0].fields.customer',
    /a struct cannot be cast to BIGINT/,
  ],
]

test('what does not fit the parent is a config fault at compile time, with the operation and the column', () => {
  for (const [operations, field, message] of late) {
    const fault = faultOf(() => compileTransform({ operations: operations as never }, schema))
    assert.equal(fault.field, field, fault.message)
    assert.match(fault.message, message)
    checkTransform({ operations: operations as never })
  }
})

test('names and texts with quotes, semicolons and comments stay names and texts', async () => {
  const nasty = `a"; DROP TABLE t; -- '`
  const odd = schemaOf({
    [nasty]: 'VARCHAR',
    'dotted.name': 'BIGINT',
    'struct "s"': { "it's": 'BIGINT' },
    select: 'BIGINT',
  })
  const relation = relationOf(odd, [{ [nasty]: "x'y", 'dotted.name': 1, 'struct "s"': { "it's": 2 }, select: 3 }])
  const compiled = compileTransform(
    {
      operations: [
        { operation: 'compute', as: `new'"; --`, expression: "concat(\"a\"\"; DROP TABLE t; -- '\", '; DROP ''x''')" },
        { operation: 'compute', as: 'sum', expression: '`dotted.name` + "struct ""s""".`it\'s` + select' },
        { operation: 'rename', fields: { 'dotted.name': 'plain', [`"struct ""s""".\`it's\``]: 'lifted' } },
      ],
    },
    odd,
  )
  assert.deepEqual(await duck.rows(compiled.select(relation)), [
    { [nasty]: "x'y", plain: '1', select: '3', [`new'"; --`]: "x'y; DROP 'x'", sum: '6', lifted: '2' },
  ])
})

test('a JSON list is flattened, and a JSON value that is no list is refused', async () => {
  const json = schemaOf({ id: 'BIGINT', list: 'JSON' })
  const relation = relationOf(json, [
    { id: 1, list: [1, { a: 2 }] },
    { id: 2, list: [] },
    { id: 3, list: null },
    { id: 4, list: { a: 1 } },
  ])
  const compiled = compileTransform({ operations: [{ operation: 'flatten', path: 'list', alias: 'e' }] }, json)
  const rows = await duck.rows(compiled.tolerantSelect?.(relation) ?? '')
  assert.deepEqual(
    rows.map((row) => [row['id'], row['e'], row['_leat_error']]),
    [
      ['1', '1', null],
      ['1', '{"a":2}', null],
      ['2', null, null],
      ['3', null, null],
      ['4', null, 'flatten list: the value is not a list: cannot be computed for list = {"a":1}'],
    ],
  )
})

test('errors of the binder become config faults, errors of the data do not', async () => {
  const relation = relationOf(schema, [])
  const statement = compileTransform({ code_type: 'sql', code: 'SELECT statu FROM {nexset_this}' }, schema).select(
    relation,
  )
  const fault = await duck.rows(statement).then(
    () => null,
    (thrown: unknown) => explainBinderError(thrown, 'code'),
  )
  assert.equal(fault?.field, 'code')
  assert.match(fault?.message ?? '', /^code: Referenced column "statu" not found.*status/)
  const other = await duck.rows("SELECT CAST('x' AS BIGINT)").then(
    () => null,
    (thrown: unknown) => explainBinderError(thrown, 'code'),
  )
  assert.equal(other, null)
  assert.equal(explainBinderError(new Error('IO Error: No space left on device'), 'code'), null)
})
