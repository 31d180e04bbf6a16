import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import { Fault, type JsonObject } from '@leat/connector-kit'
import { encodeSelect } from './encode-select.ts'
import { planEncoding } from './encode.ts'
import { decimal, list, openBench, prepare, schema, struct, t } from './testing/duckdb.ts'

const plans: readonly (readonly [JsonObject, string, boolean])[] = [
  [{}, 'json', false],
  [{ data_format: 'parquet' }, 'parquet', true],
  [{ data_format: 'PARQUET', file_compression: 'snappy' }, 'parquet', true],
  [{ data_format: 'parquet', file_compression: 'zstd' }, 'parquet', false],
  [{ data_format: 'csv', file_compression: 'gzip' }, 'csv.gz', false],
  [{ file_format: 'tsv', file_compression: 'none' }, 'tsv', false],
  [{ data_format: 'json', file_compression: 'zstd' }, 'json.zst', false],
]
for (const [options, extension, passThrough] of plans)
  test(`${JSON.stringify(options)} writes ${extension}`, () => {
    const plan = planEncoding(options)
    assert.deepEqual([plan.extension, plan.passThrough], [extension, passThrough])
  })

test('a wrong value names the key and the choices', () => {
  const wrong: readonly (readonly [JsonObject, string, RegExp])[] = [
    [{ data_format: 'jsn' }, 'data_format', /did you mean "json"/],
    [{ data_format: 'avro' }, 'data_format', /json, csv, tsv, parquet/],
    [{ data_format: 'csv', file_compression: 'snappy' }, 'file_compression', /none, gzip, zstd/],
    [{ data_format: 'parquet', file_compression: 'snapy' }, 'file_compression', /did you mean "snappy"/],
    [{ data_format: 'csv', 'csv.delimiter': 'ab' }, 'csv.delimiter', /one character/],
    [{ data_format: 'csv', 'csv.quote.char': ',' }, 'csv.quote.char', /also the delimiter/],
  ]
  for (const [options, field, message] of wrong)
    assert.throws(
      () => planEncoding(options),
      (error) => error instanceof Fault && error.field === field && message.test(error.message),
      JSON.stringify(options),
    )
})

const types = schema({
  i: t('BIGINT'),
  d: decimal(38, 2),
  s: t('VARCHAR'),
  z: t('TIMESTAMPTZ'),
  n: t('TIMESTAMP'),
  f: t('DOUBLE'),
  o: struct({ a: decimal(18, 2), z: t('TIMESTAMPTZ') }),
  l: list(t('BIGINT')),
  j: t('JSON'),
})
const relation = `(SELECT 9223372036854775807 i, 123456789012345678901234567890.10::DECIMAL(38,2) d, 'a"b,c' s, TIMESTAMPTZ '2026-01-31 10:00:00+00' z, TIMESTAMP '2026-01-31 10:00:00.25' n, 1.5::DOUBLE f,
  {'a': 1.10::DECIMAL(18,2), 'z': TIMESTAMPTZ '2026-01-31 10:00:00+00'} o, [9007199254740993] l, '{"k":1}'::JSON j
  UNION ALL SELECT NULL, NULL, '', NULL, NULL, 'nan'::DOUBLE, NULL, NULL, NULL UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS t`

async function written(options: JsonObject): Promise<string> {
  await using bench = await openBench()
  const plan = planEncoding(options)
  const path = join(bench.folder, `out.${plan.extension}`)
  await bench.session.run(`COPY (${encodeSelect(plan, types, relation)}) TO '${path}' ${plan.copyOptions}`)
  const bytes = await readFile(path)
  return (plan.extension.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString()
}

test('PROMISE-TYPES-KEPT: JSON lines keep every digit, times are ISO 8601, NaN is null', async () => {
  const lines = (await written({ data_format: 'json', file_compression: 'zstd' })).trim().split('\n')
  assert.equal(
    lines[0],
    `{"i":9223372036854775807,"d":123456789012345678901234567890.10,"s":"a\\"b,c","z":"2026-01-31T10:00:00Z","n":"2026-01-31T10:00:00.250000","f":1.5,"o":{"a":1.10,"z":"2026-01-31T10:00:00Z"},"l":[9007199254740993],"j":{"k":1}}`,
  )
  assert.equal(lines[1], `{"i":null,"d":null,"s":"","z":null,"n":null,"f":null,"o":null,"l":null,"j":null}`)
})

test('PROMISE-TYPES-KEPT: CSV tells null from an empty text, and nested values are JSON', async () => {
  const lines = (await written({ data_format: 'csv' })).trim().split('\n')
  assert.equal(lines[0], 'i,d,s,z,n,f,o,l,j')
  assert.equal(
    lines[1],
    `9223372036854775807,123456789012345678901234567890.10,"a""b,c",2026-01-31T10:00:00Z,2026-01-31T10:00:00.250000,1.5,"{""a"":1.10,""z"":""2026-01-31T10:00:00Z""}",[9007199254740993],"{""k"":1}"`,
  )
  assert.equal(lines[2], ',,"",,,nan,,,')
  assert.equal(lines[3], ',,,,,,,,')
  assert.equal((await written({ data_format: 'tsv', 'write.header': false })).split('\n')[2], '\t\t\t\t\t\t\t\t')
})

test('PROMISE-TYPES-KEPT: what is written is read back with the same types', async () => {
  await using bench = await openBench()
  const flat = schema({
    i: t('BIGINT'),
    d: decimal(18, 2),
    z: t('TIMESTAMPTZ'),
    n: t('TIMESTAMP'),
    day: t('DATE'),
    b: t('BOOLEAN'),
    s: t('VARCHAR'),
  })
  const rows = `(SELECT 1::BIGINT i, 1.10::DECIMAL(18,2) d, TIMESTAMPTZ '2026-01-31 10:00:00+00' z, TIMESTAMP '2026-01-31 10:00:00.25' n, DATE '2026-01-31' AS day, true b, '' s) AS t`
  for (const data_format of ['json', 'csv', 'tsv']) {
    const plan = planEncoding({ data_format })
    const path = join(bench.folder, `a.${plan.extension}`)
    await bench.session.run(`COPY (${encodeSelect(plan, flat, rows)}) TO '${path}' ${plan.copyOptions}`)
    const { decoder, text, path: normalised } = await prepare(bench.folder, `a.${plan.extension}`, await readFile(path))
    assert.deepEqual(await decoder.infer(bench.session, { text }), flat, data_format)
    assert.deepEqual(
      await bench.session.rows(await decoder.strictSelect(normalised, flat, bench.folder)),
      await bench.session.rows(`FROM ${rows}`),
    )
  }
})
