import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { compileTransform, functionUsages } from '../src/index.ts'
import { duckType } from '../src/expression/types.ts'
import { openDuck, relationOf, schemaOf } from './duck.ts'

// Another time zone than UTC: nothing may depend on it.
const duck = await openDuck()
await duck.rows("SET TimeZone = 'Asia/Tokyo'")
after(() => duck[Symbol.asyncDispose]())

const schema = schemaOf({
  n: 'BIGINT',
  small: 'INTEGER',
  big: 'HUGEINT',
  price: 'DECIMAL(10,2)',
  f: 'DOUBLE',
  s: 'VARCHAR',
  ok: 'BOOLEAN',
  day: 'DATE',
  at: 'TIMESTAMP',
  tz: 'TIMESTAMPTZ',
  list: ['VARCHAR'],
  numbers: ['BIGINT'],
  j: 'JSON',
  never: 'UNKNOWN',
  id: 'UUID',
  deep: { x: 'BIGINT', '*': 'VARCHAR' },
  tags: 'MAP(VARCHAR, BIGINT)',
})
const relation = relationOf(schema, [
  {
    n: 7,
    small: 2147483647,
    big: '170141183460469231731687303715884105727',
    price: '10.25',
    f: 2.5,
    s: ' Abc-Ü ',
    ok: true,
    day: '2026-03-15',
    at: '2026-03-15 10:20:30.123456',
    tz: '2026-03-15T23:30:00Z',
    list: ['b', 'a'],
    numbers: [3, 1],
    j: { a: { b: [10, 'x'] }, q: 'text', 'o"d.d': 1, '*': 2, none: null },
    never: null,
    id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    deep: { x: 5, '*': 'star' },
    tags: { red: 1 },
  },
])

/** expression -> value as JSON. */
const values: readonly (readonly [string, unknown])[] = [
  ['upper(s)', ' ABC-Ü '],
  ['lower(trim(s))', 'abc-ü'],
  ['ltrim(s)', 'Abc-Ü '],
  ['rtrim(s)', ' Abc-Ü'],
  ["trim('xxaxx', 'x')", 'a'],
  ['length(s)', '7'],
  ['len(list)', '2'],
  ['size(numbers)', '2'],
  ["substring('hello', 2, 3)", 'ell'],
  ["substr('hello', 2)", 'ello'],
  ["left('hello', 2)", 'he'],
  ["right('hello', 2)", 'lo'],
  ["replace('a.b', '.', '')", 'ab'],
  ["reverse('abc')", 'cba'],
  ["concat(s, '|', n, '|', price, '|', ok, '|', null)", ' Abc-Ü |7|10.25|true|'],
  ["concat_ws('-', n, day)", '7-2026-03-15'],
  ['concat(tz)', '2026-03-15T23:30:00.000000Z'],
  ["starts_with('abc', 'ab')", true],
  ["ends_with('abc', 'ab')", false],
  ["contains('abc', 'b')", true],
  ["contains(list, 'a')", true],
  ['contains(numbers, 2)', false],
  ["position('abc', 'c')", '3'],
  ["split('a,b', ',')", ['a', 'b']],
  ["split_part('a,b', ',', 2)", 'b'],
  ["lpad('7', 3, '0')", '007'],
  ["rpad('7', 3)", '7  '],
  ["md5('a')", '0cc175b9c0f1b6a831c399e269772661'],
  ["sha256('')", 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ["regexp_matches(s, 'b[c]')", true],
  ["regexp_replace('a1b22', '[0-9]+', '#')", 'a#b#'],
  ["regexp_extract('k=v', '(.)=(.)', 2)", 'v'],
  ['abs(-n)', '7'],
  ['sign(-price)', '-1'],
  ['round(price)', '10'],
  ['round(price, 1)', '10.3'],
  ['round(-2.5)', '-3'],
  ['round(n)', '7'],
  ['round(f)', 3],
  ['floor(price)', '10'],
  ['ceil(price)', '11'],
  ['ceil(-0.5)', '0'],
  ['trunc(-2.7)', '-2'],
  ['floor(f)', 2],
  ['mod(n, 4)', '3'],
  ['sqrt(16)', 4],
  ['power(2, 10)', 1024],
  ['exp(0)', 1],
  ['ln(1)', 0],
  ['log10(100)', 2],
  ['small * 2', '4294967294'],
  ['big - 1', '170141183460469231731687303715884105726'],
  ['n / 2', '3.500000000000'],
  ['1 / 3', '0.333333333333'],
  ['-1 / 3', '-0.333333333333'],
  ['2 / 3', '0.666666666667'],
  ['-2 / -3', '0.666666666667'],
  ['price / 4', '2.562500000000'],
  ['n / f', 2.8],
  ['-7 % 3', '-1'],
  ['7.5 % 2', '1.5'],
  ['1e2 + 1', 101],
  ['.5 + 5.', '5.5'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['9223372036854775808', '9223372036854775808'],
  ['coalesce(never, n)', '7'],
  ['coalesce(null, price, n)', '10.25'],
  ['greatest(n, price, 3)', '10.25'],
  ['least(n, f)', 2.5],
  ["nullif('a', 'a')", null],
  ["if(n > 5, 'big', 'small')", 'big'],
  ["case n when 7 then 'seven' end", 'seven'],
  ['ok ? 1 : 2.5', '1.0'],
  ['case when not ok then 1 end', null],
  ['year(day)', '2026'],
  ['quarter(day)', '1'],
  ['month(at)', '3'],
  ['week(day)', '11'],
  ['day(tz)', '15'],
  ['hour(tz)', '23'],
  ['minute(at)', '20'],
  ['second(at)', '30'],
  ['dayofweek(day)', '0'],
  ['dayofyear(day)', '74'],
  ["date_trunc('month', at)", '2026-03-01 00:00:00'],
  ["epoch_ms(date_trunc('day', tz))", '1773532800000'],
  ["date_diff('day', day, tz)", '0'],
  ["date_diff('hours', at, tz)", '13'],
  ["date_add('month', 1, day)", '2026-04-15 00:00:00'],
  ["epoch_ms(date_add('hour', -1, tz))", '1773613800000'],
  ["to_date('15.03.2026', '%d.%m.%Y')", '2026-03-15'],
  ["to_date('2026-03-15')", '2026-03-15'],
  ["to_timestamp('15/03/2026 10', '%d/%m/%Y %H')", '2026-03-15 10:00:00'],
  ["format_time(tz, '%Y-%m-%dT%H')", '2026-03-15T23'],
  ['epoch_ms(tz)', '1773617400000'],
  ['epoch_ms(from_epoch_ms(1773617400000))', '1773617400000'],
  ["tz > '2026-03-15T23:29:59Z'", true],
  ["day = '2026-03-15'", true],
  ["at between '2026-03-15' and '2026-03-16 00:00:00'", true],
  ["epoch_ms(cast('2026-03-15 23:30:00' as timestamptz))", '1773617400000'],
  ['cast(tz as date)', '2026-03-15'],
  ['cast(tz as time)', '23:30:00'],
  ["json_text(j, '$.a.b[1]')", 'x'],
  ["json_extract(j, '$.a.b')", '[10,"x"]'],
  ['j.a.b', '[10,"x"]'],
  ["j.q = 'text'", true],
  ['j.none is null', true],
  ['j.missing is null', true],
  ['j."o""d.d"', '1'],
  ['j.`*`', '2'],
  ['deep."*"', 'star'],
  ['to_text(j.q)', 'text'],
  ['cast(j.a.b as text)', '[10,"x"]'],
  ['to_json(numbers)', '[3,1]'],
  ['tags.red + 1', '2'],
  ['tags.blue', null],
  ["join(list, '+')", 'b+a'],
  ['element_at(numbers, 1)', '3'],
  ['element_at(numbers, 9)', null],
  ["to_number('12.5')", '12.500000000'],
  ['to_number(n)', '7'],
  ['to_text(f)', '2.5'],
  ['to_text(deep)', '{"x":5,"*":"star"}'],
  ["id = '7c9e6679-7425-40de-944b-e07fc1f90ae7'::uuid", true],
  ["cast('12' as bigint)", '12'],
  ["'12.345'::decimal(10,2)", '12.35'],
  ['cast(price as double)', 10.25],
  ['cast(10.00 as int)', '10'],
  ['cast(ok as int)', '1'],
  ["cast('true' as boolean)", true],
  ['cast(n as text)', '7'],
  ['cast(null as bigint)', null],
  ["s like '%Abc%'", true],
  ["s ilike '%ABC%'", true],
  ["s not like 'x%'", true],
  ['never is null', true],
  ['never = 5', null],
  ['never + 1', null],
  ['upper(never)', null],
  ['ok is true', true],
  ['null is not distinct from never', true],
  ['n in (1, 7)', true],
  ["s not in ('a', 'b')", true],
  ['!ok || ok && ok', true],
  ['n is distinct from 8', true],
]

test('every function gives its value, and the type that the compiler declared for it, in any time zone', async () => {
  for (const [expression, value] of values) {
    const compiled = compileTransform({ operations: [{ operation: 'map', fields: { r: expression } }] }, schema)
    const sql = compiled.select(relation)
    const [field] = compiled.schema?.fields ?? []
    assert.ok(field !== undefined)
    assert.deepEqual(
      await duck.types(sql),
      await duck.types(`SELECT CAST(NULL AS ${duckType(field.type)}) AS r`),
      `type of ${expression}`,
    )
    assert.deepEqual((await duck.rows(sql))[0]?.['r'], value, expression)
  }
})

test('no function of the table is left without a value above', () => {
  const tried = values.map(([expression]) => expression).join(' ')
  const missing = functionUsages()
    .map((usage) => usage.slice(0, usage.indexOf('(')))
    .filter((name) => !new RegExp(`\\b${name}\\(`).test(tried))
  assert.deepEqual(missing, [])
})

const refused: readonly string[] = [
  'n / (n - 7)',
  'f % (n - 7)',
  'n * 9223372036854775807',
  "cast('8.7' as bigint)",
  'cast(8.7 as bigint)',
  'cast(f as bigint)',
  'cast(s as bigint)',
  'sqrt(-n)',
  'abs(-9223372036854775807 - 1)',
  "cast('2026-02-30' as date)",
  'small::tinyint',
  'cast(j.q as bigint)',
]

test('PROMISE-EXPRESSION-REFUSES what overflows, divides by zero or would be rounded refuses the record instead of giving another value', async () => {
  for (const expression of refused) {
    const compiled = compileTransform({ operations: [{ operation: 'map', fields: { r: expression } }] }, schema)
    await assert.rejects(duck.rows(compiled.select(relation)), expression)
    const [row] = await duck.rows(compiled.tolerantSelect?.(relation) ?? '')
    assert.equal(row?.['r'], null, expression)
    assert.match(String(row?.['_leat_error']), /^map r: .* cannot be computed for /, expression)
  }
})
