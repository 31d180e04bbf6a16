import assert from 'node:assert/strict'
import test from 'node:test'
import type { DataType } from '../src/index.ts'
import { decodeRows, encodeRows, parseDelimited } from './encode-rows.ts'
import { sameValue } from './same-value.ts'
import { valueCases, valueRows, valueSchema } from './values.ts'

const scalar = (name: string): DataType => ({ kind: 'scalar', name }) as DataType

test('spellings of a value are the same, changed values are not', () => {
  const same: readonly (readonly [DataType, unknown, unknown])[] = [
    [scalar('BIGINT'), '9223372036854775807', 9223372036854775807n],
    [scalar('INTEGER'), 5, '5'],
    [{ kind: 'decimal', precision: 18, scale: 2 }, '1.10', '1.1'],
    [scalar('TIMESTAMPTZ'), '2026-11-23T09:15:00.120Z', '2026-11-23 10:15:00.12+01'],
    [scalar('TIMESTAMPTZ'), '10000-01-01T00:00:00Z', '10000-01-01 05:30:00+05:30'],
    [scalar('TIMESTAMP'), '2026-11-23T09:15:00', '2026-11-23 09:15:00.000000'],
    [scalar('BLOB'), 'AP8=', Buffer.from([0, 255])],
    [scalar('DOUBLE'), 'NaN', NaN],
    [scalar('DOUBLE'), 1.7976931348623157e308, '1.7976931348623157e+308'],
    [scalar('JSON'), '{"a":1.10,"b":"1.10"}', '{ "b": "1.10", "a": 1.1 }'],
    [scalar('BOOLEAN'), true, 't'],
    [{ kind: 'list', element: scalar('BIGINT') }, ['9007199254740993'], '[9007199254740993]'],
  ]
  for (const [type, expected, shown] of same)
    assert.ok(sameValue(type, expected, shown), `${String(expected)} is ${String(shown)}`)
  const changed: readonly (readonly [DataType, unknown, unknown])[] = [
    [scalar('BIGINT'), '9007199254740993', 9007199254740992],
    [scalar('BIGINT'), '9007199254740993', Number('9007199254740993')],
    [scalar('VARCHAR'), '', null],
    [scalar('VARCHAR'), 'NULL', null],
    [scalar('VARCHAR'), '007.50', 7.5],
    [scalar('TIMESTAMP'), '2026-11-23T09:15:00', '2026-11-23T09:15:00Z'],
    [scalar('TIMESTAMPTZ'), '2026-11-23T09:15:00Z', '2026-11-23T09:15:00'],
    [scalar('TIMESTAMPTZ'), '2026-11-23T09:15:00Z', new Date('2026-11-23T09:15:00Z')],
    [scalar('TIMESTAMPTZ'), '2026-11-23T09:15:00.123456Z', '2026-11-23T09:15:00.123Z'],
    [scalar('JSON'), '{"a":9007199254740993}', '{"a":9007199254740992}'],
    [scalar('JSON'), '{"a":"1"}', '{"a":1}'],
    [scalar('JSON'), '[null]', null],
    [scalar('BLOB'), '', null],
    [{ kind: 'list', element: scalar('VARCHAR') }, ['x', '', null], ['x', '']],
  ]
  for (const [type, expected, shown] of changed)
    assert.ok(!sameValue(type, expected, shown), `${String(expected)} is not ${String(shown)}`)
})

test('the value table is read back from each encoding of the suite', () => {
  const schema = valueSchema()
  for (const encoding of ['csv', 'tsv', 'ndjson'] as const) {
    const records = decodeRows(encoding, Buffer.from(encodeRows(encoding, schema, valueRows())).toString())
    for (const [index, { id, column, type, value }] of valueCases.entries()) {
      const lost = encoding === 'ndjson' && ['NaN', 'Infinity', '-Infinity'].includes(String(value))
      assert.ok(sameValue(type, lost ? null : value, records[index]?.[column]), `${encoding} ${id}`)
    }
  }
})

test('delimited text tells an empty field from an empty text', () => {
  assert.deepEqual(parseDelimited('a,"",\n,b\n'), [
    ['a', '', null],
    [null, 'b'],
  ])
  assert.deepEqual(parseDelimited('"x ""y""\nz"\r\n'), [['x "y"\nz']])
})
