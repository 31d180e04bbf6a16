import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { Fault } from '@leat/connector-kit'
import type { ReadOptions } from '../api.ts'
import { openDecoder } from '../open-decoder.ts'
import { decimal, openBench, prepare, schema, t } from '../testing/duckdb.ts'
import { columnNames } from './dialect.ts'

const dialects: readonly (readonly [string, string, string | Buffer, ReadOptions, readonly unknown[]])[] = [
  [
    'header, quotes, empty against quoted empty',
    'a.csv',
    'id,s\n1,"a ""b"", c"\n2,\n3,""\n',
    {},
    [
      { id: '1', s: 'a "b", c' },
      { id: '2', s: null },
      { id: '3', s: '' },
    ],
  ],
  [
    'semicolons and CRLF',
    'a.csv',
    'id;s\r\n1;"x\r\ny"\r\n2;z',
    {},
    [
      { id: '1', s: 'x\r\ny' },
      { id: '2', s: 'z' },
    ],
  ],
  ['tabs by extension', 'a.tsv', 'id\ts\n1\ta,b\n', {}, [{ id: '1', s: 'a,b' }]],
  ['tab by option', 'a.txt', 'id\ts\n1\ta,b\n', { 'csv.delimiter': '\\t' }, [{ id: '1', s: 'a,b' }]],
  [
    'vertical bars found',
    'a.csv',
    'id|s\n1|a,b\n2|c\n',
    {},
    [
      { id: '1', s: 'a,b' },
      { id: '2', s: 'c' },
    ],
  ],
  [
    'generated names',
    'a.csv',
    '1,x\n2,y\n',
    { 'csv.schema.detection': 'generated' },
    [
      { attribute1: '1', attribute2: 'x' },
      { attribute1: '2', attribute2: 'y' },
    ],
  ],
  ['skipped lines', 'a.csv', 'report, 2026\n\nid,s\n1,x\n', { 'csv.skip.first.lines': 2 }, [{ id: '1', s: 'x' }]],
  ['a mark and UTF-16', 'a.csv', Buffer.from('\ufeffid,s\n1,ü😀\n', 'utf16le'), {}, [{ id: '1', s: 'ü😀' }]],
  ['a mark and UTF-8', 'a.csv', '\ufeffid,s\n1,ü\n', {}, [{ id: '1', s: 'ü' }]],
  ['latin1 by option', 'a.csv', Buffer.from('id,s\n1,\xfc\n', 'latin1'), { encoding: 'latin1' }, [{ id: '1', s: 'ü' }]],
  ['backslashes', 'a.csv', 'id,s\n1,"it\\"s"\n', {}, [{ id: '1', s: 'it"s' }]],
  ['another quote', 'a.csv', `id,s\n1,'a,b'\n`, { 'csv.quote.char': "'" }, [{ id: '1', s: 'a,b' }]],
]

for (const [what, name, content, options, rows] of dialects)
  test(`delimited text: ${what}`, async () => {
    await using bench = await openBench()
    const { decoder, path, text } = await prepare(bench.folder, name, content, options)
    const found = await decoder.infer(bench.session, { text })
    assert.deepEqual(await bench.session.rows(await decoder.strictSelect(path, found, bench.folder)), rows)
    assert.equal(decoder.countRecords(text), rows.length)
    assert.equal(decoder.lastBoundary(text), text.length)
  })

test('types: only the canonical form of a number is one; codes, plus signs and decimal commas stay text', async () => {
  await using bench = await openBench()
  const { decoder, text } = await prepare(
    bench.folder,
    'a.csv',
    'i,d,f,b,day,z,zip,phone,comma,mix\n1,1.50,1e3,true,2026-01-31,2026-01-31T10:00:00Z,00123,+49,"1,5",1\n20,2,2.5e-7,false,2026-02-01,2026-01-31T10:00:00+01:00,99999,+1,"2,5",x\n',
  )
  assert.deepEqual(
    await decoder.infer(bench.session, { text }),
    schema({
      i: t('BIGINT'),
      d: decimal(18, 2),
      f: t('DOUBLE'),
      b: t('BOOLEAN'),
      day: t('DATE'),
      z: t('TIMESTAMPTZ'),
      zip: t('VARCHAR'),
      phone: t('VARCHAR'),
      comma: t('VARCHAR'),
      mix: t('VARCHAR'),
    }),
  )
})

test('PROMISE-EXACT-CSV: what the strict read must not take raises', async () => {
  await using bench = await openBench()
  const { session, folder } = bench
  const decoder = await openDecoder({ format: 'csv', compression: 'none', archive: 'none' }, {}, Buffer.from('c,x\n'))
  const take = async (type: ReturnType<typeof t>, value: string) => {
    const path = join(folder, 'one.csv')
    await writeFile(path, `${value},\n`)
    const [row] = await session.rows(
      `SELECT c::VARCHAR AS c FROM (${await decoder.strictSelect(
        path,
        {
          fields: [
            { name: 'c', type },
            { name: 'x', type: t('VARCHAR') },
          ],
        },
        folder,
      )})`,
    )
    return row?.c
  }
  for (const value of ['01', '+1', ' 1', '1.5', '1e2', '1_0', '0x1', '99999999999999999999', 'x', '""', '-'])
    await assert.rejects(take(t('BIGINT'), value), /./, value)
  for (const value of ['1.005', '01.5', '+1', '1e2', '.5', '1.', '12345678901234567', '"1,5"', 'NaN'])
    await assert.rejects(take(decimal(18, 2), value), /./, value)
  for (const value of ['1e400', 'NaN', 'inf', '9007199254740993', ' 1', '1_0'])
    await assert.rejects(take(t('DOUBLE'), value), /./, value)
  for (const value of ['t', 'yes', '1', 'TRUE']) await assert.rejects(take(t('BOOLEAN'), value), /./, value)
  for (const value of ['2026/01/31', '2026-02-30', '2026-01-31T00:00:00'])
    await assert.rejects(take(t('DATE'), value), /./, value)
  assert.equal(
    await take(decimal(38, 2), '123456789012345678901234567890123456.78'),
    '123456789012345678901234567890123456.78',
  )
  assert.equal(await take(t('BIGINT'), '-9223372036854775808'), '-9223372036854775808')
  assert.equal(await take(t('VARCHAR'), 'NULL'), 'NULL')
})

test('PROMISE-EXACT-CSV: quoted line ends never cut a record: boundaries, counts and a large strict read agree', async () => {
  await using bench = await openBench()
  const lines = Array.from({ length: 40_000 }, (_, id) => `${id},"a\n""${id}"",\r\nb${'x'.repeat(id % 97)}",z`)
  const { decoder, path, text } = await prepare(bench.folder, 'a.csv', `id,s,z\n${lines.join('\n')}\n`)
  assert.equal(decoder.countRecords(text), 40_000)
  for (const cut of [10, 1000, 54_321]) {
    const boundary = decoder.lastBoundary(text.subarray(0, cut))
    assert.ok(boundary === -1 || text.subarray(0, boundary).toString().endsWith(',z\n'), String(boundary))
  }
  const select = await decoder.strictSelect(
    path,
    schema({ id: t('BIGINT'), s: t('VARCHAR'), z: t('VARCHAR') }),
    bench.folder,
  )
  const [row] = await bench.session.rows(
    `SELECT count(*)::INTEGER AS n, sum(id)::VARCHAR AS sum, bool_and(contains(s, '"' || id || '"')) AS same FROM (${select})`,
  )
  assert.deepEqual(row, { n: 40_000, sum: '799980000', same: true })
})

test('header names: trimmed, empty ones numbered, repeated ones told apart without case', () => {
  assert.deepEqual(columnNames([' id ', '', 'Name', 'name', 'name_2', 'NAME']), [
    'id',
    'attribute2',
    'Name',
    'name_3',
    'name_2',
    'NAME_4',
  ])
  assert.deepEqual(columnNames(['a\0b']), ['a\uFFFDb'])
})

test('a wrong option is a config fault that names the key', async () => {
  const wrong: readonly ReadOptions[] = [
    { 'csv.delimiter': '::' },
    { 'csv.quote.char': 'ab' },
    { 'csv.schema.detection': 'first' },
    { 'csv.skip.first.lines': -1 },
    { encoding: 'ebcdic' },
  ]
  for (const options of wrong)
    await assert.rejects(
      openDecoder({ format: 'csv', compression: 'none', archive: 'none' }, options, Buffer.from('a,b\n1,2\n')),
      (error) => error instanceof Fault && error.kind === 'config' && error.field === Object.keys(options)[0],
    )
})
