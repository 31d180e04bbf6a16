import assert from 'node:assert/strict'
import test from 'node:test'
import type { DataType } from '@leat/connector-kit'
import { decimal, list, openBench, prepare, schema, struct, t } from '../testing/duckdb.ts'
import { inferLines } from './decoder.ts'

const typeOf = (...values: readonly string[]): DataType | undefined =>
  inferLines(Buffer.from(values.map((value) => `{"a":${value}}\n`).join(''))).fields[0]?.type
const many = (value: string, count: number) => Array.from({ length: count }, () => value)

const cases: readonly (readonly [string, readonly string[], DataType])[] = [
  ['whole numbers', ['1', '-9223372036854775808'], t('BIGINT')],
  ['beyond 64 bits', ['1', '9223372036854775808'], decimal(38, 0)],
  ['beyond 38 digits', ['1' + '0'.repeat(40)], t('VARCHAR')],
  ['money', ['19.9', '5'], decimal(18, 2)],
  ['more places', ['52.520008'], decimal(18, 6)],
  ['large and fine', ['1234567890.12345', '123456789012345'], decimal(38, 5)],
  ['exponents', ['1.5', '1e-7'], t('DOUBLE')],
  ['17 digits', ['0.30000000000000004'], t('DOUBLE')],
  ['long integers beside doubles', ['9007199254740993', '1e3'], t('VARCHAR')],
  ['dates', ['"2026-01-31"', 'null'], t('DATE')],
  ['instants', ['"2026-01-31T10:00:00Z"', '"2026-01-31 10:00:00.5+02:00"'], t('TIMESTAMPTZ')],
  ['naive times', ['"2026-01-31T10:00:00"'], t('TIMESTAMP')],
  ['naive and zoned', ['"2026-01-31T10:00:00"', '"2026-01-31T10:00:00Z"'], t('VARCHAR')],
  ['no such day', ['"2026-02-30"'], t('VARCHAR')],
  ['an empty text among dates', ['"2026-01-31"', '""'], t('VARCHAR')],
  ['codes', ['"00123"', '"42"'], t('VARCHAR')],
  ['booleans', ['true', 'null', 'false'], t('BOOLEAN')],
  ['only null', ['null', 'null'], t('UNKNOWN')],
  ['empty lists', ['[]', 'null'], list(t('UNKNOWN'))],
  ['empty objects', ['{}'], t('JSON')],
  ['objects', ['{"x":1}', '{"y":[null,"s"]}'], struct({ x: t('BIGINT'), y: list(t('VARCHAR')) })],
  ['keys that differ in case', ['{"x":1,"X":2}'], t('JSON')],
  [
    'maps',
    Array.from(
      { length: 30 },
      (_, row) => `{${Array.from({ length: 10 }, (__, key) => `"k${row}_${key}":1`).join(',')}}`,
    ),
    t('JSON'),
  ],
  ['numbers and texts', ['1', '"x"'], t('VARCHAR')],
  ['scalars and objects', ['1', '{"x":1}'], t('JSON')],
  ['one odd value in fifty', [...many('1', 49), '"x"'], t('BIGINT')],
  ['one odd object in fifty', [...many('"s"', 49), '{"x":1}'], t('VARCHAR')],
  ['a fifth is odd', [...many('1', 8), '"x"', '"y"'], t('VARCHAR')],
]

for (const [what, values, type] of cases)
  test(`${what}: ${JSON.stringify(type)}`, () => assert.deepEqual(typeOf(...values), type))

test('broken lines, other documents and double keys have no vote', () => {
  assert.deepEqual(inferLines(Buffer.from('{"a":1\nnull\n[1]\n{"a":"x","a":1}\n{"a":1.5}\n')).fields, [
    { name: 'a', type: decimal(18, 2) },
  ])
})

test('scalar.coercion false: what is no text does not become one', async () => {
  await using bench = await openBench()
  for (const [line, fits] of [
    ['{"a":"x\\n\\"é","l":["1",null],"o":{"b":""}}', true],
    ['{"a":1}', false],
    ['{"a":{}}', false],
    ['{"l":[true]}', false],
    ['{"o":{"b":2}}', false],
  ] as const) {
    const { decoder, path } = await prepare(bench.folder, 'a.json', `${line}\n`, { 'scalar.coercion': false })
    const types = schema({ a: t('VARCHAR'), l: list(t('VARCHAR')), o: struct({ b: t('VARCHAR') }) })
    const select = await decoder.strictSelect(path, types, bench.folder)
    if (fits) assert.deepEqual(await bench.session.rows(select), [JSON.parse(line)])
    else await assert.rejects(bench.session.rows(select), /no VARCHAR/)
    const result = await decoder.isolate(bench.session, {
      path,
      schema: types,
      drift: 'quarantine',
      output: `${path}.o`,
      refused: `${path}.r`,
      scratch: bench.folder,
    })
    assert.equal(result.refused, fits ? 0 : 1)
  }
})
