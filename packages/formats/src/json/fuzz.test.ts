import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import type { Schema } from '@leat/connector-kit'
import { openDecoder } from '../open-decoder.ts'
import { decimal, list, openBench, schema, struct, t } from '../testing/duckdb.ts'

const types = schema({
  i: t('BIGINT'),
  d: decimal(18, 2),
  w: decimal(38, 0),
  f: t('DOUBLE'),
  b: t('BOOLEAN'),
  s: t('VARCHAR'),
  z: t('TIMESTAMPTZ'),
  n: t('TIMESTAMP'),
  day: t('DATE'),
  o: struct({ x: t('BIGINT'), y: t('VARCHAR') }),
  l: list(decimal(18, 3)),
  p: list(struct({ q: t('BIGINT') })),
  j: t('JSON'),
})
type Key = 'i' | 'd' | 'w' | 'f' | 'b' | 's' | 'z' | 'n' | 'day' | 'o' | 'l' | 'p' | 'j'

/** Values as JSON text. The good ones are kept exactly, the bad ones refused; the fast path must take the good ones that are not in `slow`. */
const good: Record<Key, readonly string[]> = {
  i: [
    '0',
    '-1',
    '9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
    '5.0',
    '1e3',
    '-0',
    '12E1',
    '120e-1',
  ],
  d: [
    '0',
    '1.10',
    '-0.05',
    '19.9',
    '1234567890123456.78',
    '9999999999999.99',
    '1e2',
    '5',
    '9007199254740993',
    '8.700',
    '1.5e1',
  ],
  w: ['12345678901234567890123456789012345678', '-1', '18446744073709551616', '1e20', '3.0'],
  f: [
    '0.1',
    '1e300',
    '-5',
    '9007199254740992',
    '123456789012345680',
    '0.30000000000000004',
    '1E-7',
    '1.7976931348623157e308',
    '-0.0',
  ],
  b: ['true', 'false'],
  s: ['""', '"x"', '"é😀"', '"a\\"b\\\\"', '"\\u0041"', '"null"', '"1.5"', '12', 'true', '"\\ud83d\\ude00"'],
  z: [
    '"2026-01-31T12:00:00Z"',
    '"2026-01-31T12:00:00.123456+02:00"',
    '"1969-12-31 23:59:59.5-11:30"',
    '"2026-01-31T12:00:00+0530"',
    '"2026-01-31T12:00Z"',
  ],
  n: ['"2026-01-31T12:00:00"', '"2026-01-31 23:59:59.999999"', '"0001-01-01T00:00:00"', '"2024-02-29"'],
  day: ['"2026-01-31"', '"2024-02-29"', '"0001-01-01"', '"9999-12-31"'],
  o: ['{}', '{"x":1}', '{"y":"a","x":9007199254740993}', '{"x":null,"y":null}'],
  l: ['[]', '[1.125,null,2]', '[0.1]', '[12345678901234.567]'],
  p: ['[]', '[null,{"q":1}]', '[{}]'],
  j: ['{"k":[1,{"z":null}]}', '[1,2]', '"text"', '5', 'true', '{}'],
}
const bad: Record<Key, readonly string[]> = {
  i: [
    '8.7',
    '"5"',
    'true',
    '9223372036854775808',
    '-9223372036854775809',
    '{}',
    '[1]',
    '1e400',
    'NaN',
    '1e-1',
    '123456789012345678901234567890',
    '9007199254740993.5',
    '1e-400',
  ],
  d: [
    '0.001',
    '"1.10"',
    'false',
    '1e17',
    '12345678901234567',
    '{}',
    '[]',
    '1.005',
    'Infinity',
    '0.30000000000000004',
    '1e-7',
    '0.1000000000000000055511151231257827',
    '0.10000000000000001',
    '1.00000000000000000001e0',
  ],
  w: ['0.5', '123456789012345678901234567890123456789', '"1"', '1e39', 'true'],
  f: ['"1.5"', 'true', '1e400', '9007199254740993', '[1]', '{}', '"NaN"', '-1e999', '123456789012345678901234567891'],
  b: ['1', '0', '"true"', '{}', '[]', '1.0'],
  s: [],
  z: [
    '"2026-01-31T12:00:00"',
    '"2026-02-30T12:00:00Z"',
    '"yesterday"',
    '5',
    '"2026-01-31T12:00:00.1234567Z"',
    '"2026-01-31T25:00:00Z"',
    '"2026-01-31"',
    '"2026-1-1T2:00:00.1234567Z"',
    '"2026-01-31T12:00:00+25:00"',
    '"2026-01-31T12:00:00 Europe/Berlin"',
    '"infinity"',
    '"epoch"',
    '""',
    '"2026-01-31T12:00:60Z"',
    '"2026-01-31T12:00:00.Z"',
    'true',
  ],
  n: [
    '"2026-01-31T12:00:00Z"',
    '"2026-01-31T12:00:00+01:00"',
    '"2026-13-01T00:00:00"',
    '"2026-01-31T12:00:00.1234567"',
    '"2026-01-31T12:00:00 UTC"',
    '1',
    '"now"',
    '"2026-01-31T12:00:00.12345Z"',
    '"2026-01-31T12:00:00+01"',
    '"2026-01-31T24:00:00.5"',
  ],
  day: [
    '"2026-02-30"',
    '"2026/01/31"',
    '"2026-01-31T00:00:00"',
    '20260131',
    '"20260131"',
    '"31-01-2026"',
    '"2026-01-1"',
    '"2026-1-001"',
    '"          "',
  ],
  o: ['{"x":"1"}', '{"z":1}', '{"X":1}', '{"x":1,"x":1}', '[]', '"o"', '1', '{"x":1.5}', '{"x":{"q":1}}'],
  l: ['[0.0001]', '["1"]', '{}', '1', '[[1]]', '[true]'],
  p: ['[1]', '[{"q":"1"}]', '[{"r":1}]', '{"q":1}', '[{"q":8.7}]'],
  j: ['{"k":NaN}', '[Infinity]'],
}
interface Variant {
  readonly name: string
  readonly types: Schema
  readonly keys: readonly Key[]
  readonly columns: string
  /** Exact only when the literal itself is read. */
  readonly slow: Partial<Record<Key, readonly string[]>>
}

const columns = `i::VARCHAR i, d::VARCHAR d, w::VARCHAR w, f, b, s, epoch_us(z)::VARCHAR z, epoch_us(n)::VARCHAR n, day::VARCHAR AS day,
  CASE WHEN o IS NULL THEN NULL ELSE to_json({x: o.x::VARCHAR, y: o.y})::VARCHAR END o, to_json(l::VARCHAR[])::VARCHAR l,
  to_json(list_transform(p, lambda x: CASE WHEN x IS NULL THEN NULL ELSE {q: x.q::VARCHAR} END))::VARCHAR p`

const slowAsText: Variant['slow'] = {
  i: ['5.0', '1e3', '12E1', '120e-1'],
  d: ['1234567890123456.78'],
  w: ['1e20', '3.0'],
  f: ['9007199254740992', '123456789012345680'],
  z: ['"2026-01-31T12:00:00+0530"', '"2026-01-31T12:00Z"'],
  n: ['"2024-02-29"'],
  l: ['[12345678901234.567]'],
}
const asText: Variant = {
  name: 'beside free-form JSON, as text',
  types,
  keys: Object.keys(good) as Key[],
  columns: `${columns}, j::VARCHAR j`,
  slow: slowAsText,
}
const withTypes: Variant = {
  name: 'with their types',
  types: { fields: types.fields.filter((field) => field.name !== 'j') },
  keys: asText.keys.filter((key) => key !== 'j'),
  columns: `${columns}, NULL AS j`,
  slow: {
    ...slowAsText,
    d: ['1234567890123456.78', '1e2', '9007199254740993', '1.5e1'],
    f: [...slowAsText.f!, '1e300', '1.7976931348623157e308'],
  },
}
const isSlow = ({ slow }: Variant, key: Key, value: string) => slow[key]?.includes(value) ?? false
const badLines = [
  'null',
  '1',
  '[]',
  '"x"',
  '{',
  '{"i":1',
  '{"i":1}}',
  "{'i':1}",
  '{"i":1} {"i":2}',
  '{"i":01}',
  '{"s":"\\x"}',
  '{"s":"a\tb"}',
  '{"i":1,"i":1}',
  '{"zz":1}',
  '{"I":1}',
  'i,1',
  '{"s":"\\ud800"}',
  '{"i":+1}',
  '{"i":.5}',
  '{"i":1.}',
  '{"i":tru}',
  '{"s":"\u0001"}',
  '{"i"}',
  '{"i":}',
  '{:1}',
  '{"i":1,,"d":1}',
  '{i:1}',
  '{"i":1}//x',
  '{"":1}',
  '{"i":1,}',
  '{"l":[1,]}',
  '{"o":{"x":1 , },"i":1}',
]

/** Small, fast, seedable. */
function random(seed: number): () => number {
  return () => {
    seed = (seed * 1664525 + 1013904223) >>> 0
    return seed / 2 ** 32
  }
}

interface Line {
  readonly text: string
  readonly row: Readonly<Record<string, string>> | null
}

function makeLine(next: () => number, noise: number, variant: Variant): Line {
  const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)] ?? 'null'
  if (next() < noise / 4) return { text: pick(badLines), row: null }
  let fits = true
  const row: Record<string, string> = {}
  const members: string[] = []
  for (const key of variant.keys) {
    const chance = next()
    if (chance < 0.2) continue
    const wrong = bad[key].length > 0 && next() < noise / 13
    const known = noise === 0 ? good[key].filter((value) => !isSlow(variant, key, value)) : good[key]
    const value = chance < 0.3 ? 'null' : wrong ? pick(bad[key]) : pick(known)
    if (wrong && value !== 'null') fits = false
    row[key] = value
    members.push(`${next() < 0.1 ? ' ' : ''}"${key}"${next() < 0.1 ? ' : ' : ':'}${value}`)
  }
  return { text: `{${members.join(',')}}${next() < 0.1 ? '\r' : ''}`, row: fits ? row : null }
}

/** An independent exact reading of one value: text that must equal DuckDB's. */
function expected(key: string, literal: string | undefined): unknown {
  if (literal === undefined || literal === 'null') return null
  const value: unknown = JSON.parse(literal)
  if (key === 'i' || key === 'w') return rational(literal).toString()
  if (key === 'd') return scaled(literal, 2)
  if (key === 'f') return Number(literal)
  if (key === 's') return typeof value === 'string' ? value : literal
  if (key === 'z')
    return micros(
      String(value)
        .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
        .replace(/(T\d\d:\d\d)Z$/, '$1:00Z'),
    )
  if (key === 'n') return micros(`${String(value).length === 10 ? `${String(value)}T00:00:00` : String(value)}Z`)
  if (key === 'o') {
    const { x, y } = JSON.parse(literal, exact) as { x?: Exact; y?: string }
    return JSON.stringify({ x: x ? rational(x.source).toString() : null, y: y ?? null })
  }
  if (key === 'l')
    return JSON.stringify(
      (JSON.parse(literal, exact) as (Exact | null)[]).map((item) => item && scaled(item.source, 3)),
    )
  if (key === 'p')
    return JSON.stringify(
      (value as ({ q?: number } | null)[]).map((item) => item && { q: item.q === undefined ? null : String(item.q) }),
    )
  return key === 'day' ? value : JSON.stringify(value)
}

interface Exact {
  readonly source: string
}
const exact = ((_key: string, value: unknown, { source }: Exact) =>
  typeof value === 'number' ? { source } : value) as (key: string, value: unknown) => unknown

function rational(literal: string, scale = 0): bigint {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const shift = Number(exponent) - fraction.length + scale
  const digits = BigInt(whole.replace('-', '') + fraction)
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  return literal.startsWith('-') ? -value : value
}

function scaled(literal: string, scale: number): string {
  const value = rational(literal, scale)
  const digits = String(value < 0 ? -value : value).padStart(scale + 1, '0')
  return `${value < 0 ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function micros(iso: string): string {
  const [, head = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d+))?(.*)$/.exec(iso) ?? []
  return String(BigInt(Date.parse(head.replace(' ', 'T') + zone)) * 1000n + BigInt(fraction.padEnd(6, '0')))
}

function same(actual: Readonly<Record<string, unknown>>, row: Readonly<Record<string, string>>, context: string): void {
  for (const key of Object.keys(good)) {
    const wanted = expected(key, row[key])
    const got =
      key === 'j' && actual[key] !== null
        ? JSON.stringify(JSON.parse(String(actual[key])))
        : key === 'b' && actual[key] !== null
          ? String(actual[key])
          : actual[key]
    assert.deepEqual(got === 'null' && (key === 'l' || key === 'p') ? null : got, wanted, `${key} of ${context}`)
  }
}

async function everyValue(variant: Variant): Promise<void> {
  const { types, columns } = variant
  await using bench = await openBench()
  const { session, folder } = bench
  const decoder = await openDecoder({ format: 'json', compression: 'none', archive: 'none' }, {}, new Uint8Array(0))
  const path = join(folder, 'one.json')
  const read = async (text: string) => {
    await writeFile(path, `${text}\n`)
    if (decoder.doubts!(types)(Buffer.from(`${text}\n`))) throw new Error('doubted')
    return session.rows(`SELECT ${columns} FROM (${await decoder.strictSelect(path, types, folder)})`)
  }
  for (const key of variant.keys) {
    for (const value of bad[key]) await assert.rejects(read(`{"${key}":${value}}`), /./, `${key} took ${value}`)
    for (const value of good[key]) {
      if (isSlow(variant, key, value))
        await assert.rejects(read(`{"${key}":${value}}`), /./, `${key} took ${value}: it is no longer slow`)
      else same((await read(`{"${key}":${value}}`))[0] ?? {}, { [key]: value }, value)
    }
  }
  for (const line of badLines) await assert.rejects(read(line), /./, `took the line ${line}`)
}

async function everyRecord(variant: Variant): Promise<void> {
  const { types, columns } = variant
  await using bench = await openBench()
  const { session, folder } = bench
  const decoder = await openDecoder(
    { format: 'json', compression: 'none', archive: 'none' },
    { 'json.mode': 'row' },
    new Uint8Array(0),
  )
  const path = join(folder, 'fuzz.json')
  const [output, refused] = [join(folder, 'out.parquet'), join(folder, 'refused.parquet')]
  const outcomes = { accepted: 0, isolated: 0, refused: 0 }
  for (let round = 0; round < 100; round++) {
    const next = random(round * 7919 + 1)
    const noise = [0, 0, 0.05, 0.3, 1][round % 5] ?? 0
    const lines = Array.from({ length: 1 + Math.floor(next() * 30) }, () => makeLine(next, noise, variant))
    await writeFile(path, `${lines.map((line) => line.text).join('\n')}\n`)
    const text = Buffer.from(`${lines.map((line) => line.text).join('\n')}\n`)
    const strict = decoder.doubts!(types)(text)
      ? null
      : await session
          .rows(`SELECT ${columns} FROM (${await decoder.strictSelect(path, types, folder)})`)
          .catch(() => null)
    // A record without any value may be a line `null`: that is for the slow path to tell.
    if (noise === 0 && lines.every((line) => /:\s*[^\sn]/.test(line.text)))
      assert.ok(strict, 'the fast path refused a file that it must take')
    if (strict) {
      outcomes.accepted++
      assert.equal(strict.length, lines.length)
      lines.forEach((line, index) => {
        assert.ok(line.row, `the strict read accepted ${line.text}`)
        same(strict[index] ?? {}, line.row, line.text)
      })
    }
    const result = await decoder.isolate(session, {
      path,
      schema: types,
      drift: 'quarantine',
      output,
      refused,
      scratch: folder,
    })
    outcomes.isolated++
    const rows = result.rows === 0 ? [] : await session.rows(`SELECT ${columns} FROM read_parquet('${output}')`)
    const refusals = await session.rows(
      `SELECT ordinal::INTEGER AS ordinal, decode(raw) AS raw, reason FROM read_parquet('${refused}')`,
    )
    outcomes.refused += refusals.length
    assert.deepEqual(
      refusals.map((row) => row.ordinal),
      result.refusedOrdinals,
    )
    assert.equal(rows.length + refusals.length, lines.length)
    const gone = new Set(result.refusedOrdinals)
    let at = 0
    lines.forEach((line, ordinal) => {
      assert.equal(
        gone.has(ordinal),
        line.row === null,
        `${line.text} (${JSON.stringify(refusals.find((row) => row.ordinal === ordinal))})`,
      )
      if (line.row) same(rows[at++] ?? {}, line.row, line.text)
    })
    assert.deepEqual(
      refusals.map((row) => row.raw),
      lines.filter((_, ordinal) => gone.has(ordinal)).map((line) => line.text),
    )
  }
  assert.ok(outcomes.accepted >= 20 && outcomes.refused >= 150, JSON.stringify(outcomes))
}

for (const variant of [asText, withTypes]) {
  test(`every single value, ${variant.name}: the fast path takes it exactly, or raises`, () => everyValue(variant))
  test(`PROMISE-EXACT-JSON: what the strict read accepts ${variant.name} is exact, and isolation keeps or refuses every record`, () =>
    everyRecord(variant))
}
