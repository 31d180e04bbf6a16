import assert from 'node:assert/strict'
import test from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Fault } from '@leat/connector-kit'
import type { Detected, ReadOptions } from './api.ts'
import { detect } from './detect.ts'
import { openDecoder } from './open-decoder.ts'

const json = Buffer.from('{"a":1}\n')
const csv = Buffer.from('a,b\n1,2\n')

const cases: readonly (readonly [string, Buffer, ReadOptions, Partial<Detected>])[] = [
  ['x/orders.json', json, {}, { format: 'json', compression: 'none', archive: 'none' }],
  ['orders.JSON.gz', gzipSync(json), {}, { format: 'json', compression: 'gzip' }],
  ['orders.ndjson.zst', zstdCompressSync(json), {}, { format: 'json', compression: 'zstd' }],
  ['orders.json', gzipSync(json), {}, { format: 'json', compression: 'gzip' }],
  ['orders.json.gz', json, {}, { format: 'json', compression: 'none' }],
  ['orders', json, {}, { format: 'json' }],
  ['orders', Buffer.from(' [\n{"a":1}]'), {}, { format: 'json' }],
  ['orders.txt', csv, {}, { format: 'csv' }],
  ['orders.tsv', csv, {}, { format: 'csv', delimited: 'tsv' }],
  ['part-0000', Buffer.from('PAR1....'), {}, { format: 'parquet' }],
  ['a.zip', Buffer.from('PK\x03\x04......'), {}, { archive: 'zip' }],
  ['orders.dat', json, { file_format: 'csv' }, { format: 'csv' }],
  ['orders.dat', csv, { 'overriden.extensions': '*:json' }, { format: 'json' }],
  ['orders.xml', json, { advanced_settings: 'JSON' }, { format: 'json' }],
  ['orders.json', json, { advanced_settings: 'Auto Detect' }, { format: 'json' }],
  ['data.gz', gzipSync(json), {}, { compression: 'gzip', guessed: true }],
]

for (const [name, head, options, wanted] of cases)
  test(`${name} ${JSON.stringify(options)} is ${JSON.stringify(wanted)}`, () => {
    const found = detect(name, head, options)
    assert.deepEqual({ ...found, ...wanted }, found)
  })

test('what only the decompressed content tells is decided when the decoder is opened', async () => {
  const decoder = await openDecoder(detect('data.gz', gzipSync(json), {}), {}, json)
  assert.equal(decoder.detected.format, 'json')
})

test('formats of other versions are named with the available ones; unknown names with the nearest', () => {
  for (const [name, options] of [
    ['a.avro', {}],
    ['a.xlsx', {}],
    ['a.json', { file_format: 'orc' }],
  ] as const)
    assert.throws(
      () => detect(name, Buffer.from('\x00\x01'), options),
      (error) =>
        error instanceof Fault && error.kind === 'unsupported' && /json, csv, tsv, parquet/.test(error.message),
    )
  assert.throws(
    () => detect('a', json, { file_format: 'parket' }),
    (error) =>
      error instanceof Fault &&
      error.kind === 'config' &&
      error.field === 'file_format' &&
      /"parquet"/.test(error.message),
  )
})
