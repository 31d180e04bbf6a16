import type { DataType, Field, Json, ScalarName, Schema } from '../src/index.ts'

/**
 * The value table: values that systems like to change on the way, each with its one canonical form. Destinations (law 11), sources (law 23) and
 * file formats run the same table; what one of them cannot hold, it declares (`Difference`), and the suite checks the declaration too.
 *
 * Canonical forms, those of a `RowBatch`: BIGINT, HUGEINT, UBIGINT and DECIMAL as text with every digit; smaller integers and DOUBLE as numbers, but
 * `NaN`, `Infinity` and `-Infinity` as text; BLOB as base64; times as ISO 8601 text, naive ones without and instants with `Z`; JSON as its text; STRUCT,
 * LIST and MAP as JSON with canonical values inside.
 */
export interface ValueCase {
  /** `<column>/<what>`: `bigint/max`. */
  readonly id: string
  /** All cases of a column have the same type. */
  readonly column: string
  readonly type: DataType
  readonly value: Json
}

interface Column {
  readonly type: DataType
  readonly values: Readonly<Record<string, Json>>
}

const scalar = (name: ScalarName): DataType => ({ kind: 'scalar', name })
const decimal = (precision: number, scale: number): DataType => ({ kind: 'decimal', precision, scale })
const list = (element: DataType): DataType => ({ kind: 'list', element })
const struct = (fields: Readonly<Record<string, DataType>>): DataType => ({
  kind: 'struct',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
})

const columns: Readonly<Record<string, Column>> = {
  boolean: { type: scalar('BOOLEAN'), values: { true: true, false: false } },
  integer: { type: scalar('INTEGER'), values: { max: 2_147_483_647, min: -2_147_483_648, zero: 0 } },
  bigint: {
    type: scalar('BIGINT'),
    values: { max: '9223372036854775807', min: '-9223372036854775808', 'beyond 2^53': '9007199254740993' },
  },
  ubigint: { type: scalar('UBIGINT'), values: { max: '18446744073709551615' } },
  hugeint: {
    type: scalar('HUGEINT'),
    values: {
      max: '170141183460469231731687303715884105727',
      min: '-170141183460469231731687303715884105728',
    },
  },
  money: { type: decimal(18, 2), values: { 'trailing zero': '1.10', negative: '-0.01', large: '9999999999999999.99' } },
  decimal: {
    type: decimal(38, 10),
    values: { '38 digits': '1234567890123456789012345678.0123456789', small: '-0.0000000001' },
  },
  double: {
    type: scalar('DOUBLE'),
    values: {
      tenth: 0.1,
      third: -0.3333333333333333,
      largest: 1.7976931348623157e308,
      smallest: 5e-324,
      nan: 'NaN',
      infinity: 'Infinity',
      'minus infinity': '-Infinity',
    },
  },
  text: {
    type: scalar('VARCHAR'),
    values: {
      empty: '',
      null: null,
      emoji: 'grün 🎈 日本 e\u0301 👨‍👩‍👧',
      'right to left': 'שלום',
      'word null': 'NULL',
      'backslash n': '\\N \\. \\t \\\\',
      quotes: `it's "quoted", 'twice' ''`,
      marks: 'a,b;c\td|e',
      lines: 'first\nsecond\r\nthird\rfourth',
      spaces: '  both ends  ',
      number: '007.50',
      control: 'bell \u0007, unit \u001f, delete \u007f',
      'no-break and zero width': '\u00a0a\u200bb\ufeffc',
      nul: 'before\u0000after',
      long: `${'0123456789abcdéf'.repeat(2_500)}.`,
    },
  },
  bytes: {
    type: scalar('BLOB'),
    values: {
      'no text': Buffer.from([0, 255, 10, 13, 34, 39, 92, 128]).toString('base64'),
      empty: '',
      null: null,
    },
  },
  uuid: { type: scalar('UUID'), values: { any: '0191f3b2-7c4d-7e5f-8a6b-9c0d1e2f3a4b' } },
  date: {
    type: scalar('DATE'),
    values: {
      'leap day': '2024-02-29',
      'before 1970': '1583-01-01',
      'year 9999': '9999-12-31',
      'year 10000': '10000-01-01',
    },
  },
  time: { type: scalar('TIME'), values: { microseconds: '23:59:59.999999', midnight: '00:00:00' } },
  naive: {
    type: scalar('TIMESTAMP'),
    values: {
      microseconds: '2026-03-29T02:30:00.123456',
      'skipped hour of Berlin': '2026-03-29T02:30:00',
      'before 1970': '1583-01-01T00:00:00.000001',
      'year 9999': '9999-12-31T23:59:59.999999',
      'year 10000': '10000-01-01T00:00:00',
    },
  },
  instant: {
    type: scalar('TIMESTAMPTZ'),
    values: {
      microseconds: '2026-11-23T09:15:00.123456Z',
      'first repeated hour of Berlin': '2026-10-25T00:30:00Z',
      'second repeated hour of Berlin': '2026-10-25T01:30:00Z',
      'before 1970': '1883-11-18T17:00:00Z',
      'year 10000': '10000-01-01T00:00:00Z',
    },
  },
  document: {
    type: scalar('JSON'),
    values: {
      object: '{"b":[1,null,{"c":""}],"a":9007199254740993,"d":1.10}',
      'long numbers': '{"d":12345678901234567890.123456789,"e":1e400,"h":-170141183460469231731687303715884105729}',
      'awkward keys': '{"":1,"a.b":2,"é\\"\\n":3}',
      'null of JSON in a list': '[null]',
      text: '"text"',
    },
  },
  struct: {
    type: struct({ price: decimal(18, 2), at: scalar('TIMESTAMPTZ'), note: scalar('VARCHAR'), id: scalar('BIGINT') }),
    values: {
      full: { price: '1.10', at: '2026-11-23T09:15:00Z', note: 'ü"\n', id: '9223372036854775807' },
      'with null': { price: null, at: null, note: '', id: null },
      null: null,
    },
  },
  list: {
    type: list(scalar('BIGINT')),
    values: { numbers: ['9007199254740993', null, '-1'], empty: [], null: null },
  },
  'struct list': {
    type: list(struct({ name: scalar('VARCHAR'), parts: list(scalar('VARCHAR')) })),
    values: { deep: [{ name: 'a', parts: ['x', '', null] }, { name: null, parts: [] }, null] },
  },
  map: {
    type: { kind: 'map', key: scalar('VARCHAR'), value: scalar('BIGINT') },
    values: { entries: { 'a b': '1', '': '9007199254740993' }, empty: {} },
  },
}

/** Every case of the table, in the order of its columns. */
export const valueCases: readonly ValueCase[] = Object.entries(columns).flatMap(([column, { type, values }]) =>
  Object.entries(values).map(([what, value]) => ({ id: `${column}/${what}`, column, type, value })),
)

/** A schema of `id BIGINT` and one column for each kind of value; columns may be left out. */
export function valueSchema(cases: readonly ValueCase[] = valueCases): Schema {
  const fields = new Map<string, Field>([['id', { name: 'id', type: scalar('BIGINT') }]])
  for (const { column, type } of cases) fields.set(column, { name: column, type })
  return { fields: [...fields.values()] }
}

/** One record a case: its number in `id`, its value in its column, null in all others. */
export function valueRows(cases: readonly ValueCase[] = valueCases): readonly Readonly<Record<string, Json>>[] {
  const names = valueSchema(cases).fields.map(({ name }) => name)
  return cases.map((one, index) => ({
    ...Object.fromEntries(names.map((name) => [name, null])),
    id: String(index + 1),
    [one.column]: one.value,
  }))
}

/**
 * What a system does instead of keeping a value. `shown`: it keeps this, and `because` says why that is the best that it can do. `refused`: it says no,
 * by a rejected record (`record`) or when it is opened with such a column (`column`); it never changes the value in silence.
 */
export type Difference =
  | { readonly shown: Json; readonly because: string }
  | { readonly refused: 'record' | 'column'; readonly because: string }

/** By the id of a case, or by its column for all of its cases. */
export type Differences = Readonly<Record<string, Difference>>

export function differenceOf(one: ValueCase, differences: Differences = {}): Difference | undefined {
  return differences[one.id] ?? differences[one.column]
}
