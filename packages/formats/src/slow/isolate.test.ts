import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { Fault, type Schema } from '@leat/connector-kit'
import type { DriftPolicy, Isolated } from '../api.ts'
import { decimal, openBench, prepare, schema, struct, t } from '../testing/duckdb.ts'

type Bench = Awaited<ReturnType<typeof openBench>>

async function run(
  bench: Bench,
  content: string | Uint8Array,
  given: Schema | null,
  drift: DriftPolicy,
  name = 'a.json',
): Promise<Isolated & { good: unknown[]; bad: Record<string, unknown>[] }> {
  const { session, folder } = bench
  const { decoder, path } = await prepare(folder, name, content, name.endsWith('json') ? { 'json.mode': 'row' } : {})
  const [output, refused] = [join(folder, 'out.parquet'), join(folder, 'refused.parquet')]
  const result = await decoder.isolate(session, { path, schema: given, drift, output, refused, scratch: folder })
  return {
    ...result,
    good: result.rows === 0 ? [] : [...(await session.rows(`SELECT * FROM read_parquet('${output}')`))],
    bad: [
      ...(await session
        .rows(`SELECT ordinal::INTEGER AS ordinal, decode(raw) AS raw, code, reason FROM read_parquet('${refused}')`)
        .catch(() =>
          session.rows(
            `SELECT ordinal::INTEGER AS ordinal, hex(raw) AS raw, code, reason FROM read_parquet('${refused}')`,
          ),
        )),
    ],
  }
}

test('PROMISE-ONE-BAD-RECORD: the bad are refused with raw bytes, ordinal and a reason, the rest arrives', async () => {
  await using bench = await openBench()
  const lines = [
    '{"id":1,"o":{"x":1}}',
    '',
    '{"id":2',
    '   ',
    '{"id":"seven","o":null}',
    '{"id":4,"o":{"x":"y"}}\r',
    '{"id":5}',
  ]
  const { rows, refusedOrdinals, good, bad } = await run(
    bench,
    lines.join('\n'),
    schema({ id: t('BIGINT'), o: struct({ x: t('BIGINT') }) }),
    'quarantine',
  )
  assert.equal(rows, 2)
  assert.deepEqual(refusedOrdinals, [1, 2, 3])
  assert.deepEqual(good, [
    { id: '1', o: { x: '1' } },
    { id: '5', o: null },
  ])
  assert.deepEqual(
    bad.map(({ ordinal, raw, code }) => [ordinal, raw, code]),
    [
      [1, lines[2], 'json.malformed'],
      [2, lines[4], 'json.type_mismatch'],
      [3, lines[5], 'json.type_mismatch'],
    ],
  )
  assert.equal(bad[2]?.reason, 'o.x: "y" does not fit BIGINT')
  assert.deepEqual(
    (await readdir(bench.folder)).filter((file) => file.startsWith('isolate-')),
    [],
  )
})

test('PROMISE-ONE-BAD-RECORD: invalid UTF-8 and overlong records keep their exact bytes', async () => {
  await using bench = await openBench()
  const content = Buffer.concat([
    Buffer.from('{"s":"a"}\n{"s":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(`"}\n{"s":"${'x'.repeat(33 * 1024 * 1024)}"}\n{"s":"b"}\n`),
  ])
  const { good, bad } = await run(bench, content, schema({ s: t('VARCHAR') }), 'quarantine')
  assert.ok(good.length === 2)
  assert.deepEqual(
    bad.map(({ ordinal, code }) => [ordinal, code]),
    [
      [1, 'utf8.invalid'],
      [2, 'record.too_long'],
    ],
  )
  assert.equal(
    bad[0]?.raw,
    Buffer.concat([Buffer.from('{"s":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
      .toString('hex')
      .toUpperCase(),
  )
})

test('a record of 15 MB is read by the fast path', async () => {
  await using bench = await openBench()
  const { decoder, path } = await prepare(
    bench.folder,
    'a.json',
    `{"s":"${'y'.repeat(15 * 1024 * 1024)}"}\n{"s":"b"}\n`,
  )
  const select = await decoder.strictSelect(path, schema({ s: t('VARCHAR') }), bench.folder)
  assert.deepEqual(await bench.session.rows(`SELECT strlen(s)::INTEGER AS n FROM (${select})`), [
    { n: 15 * 1024 * 1024 },
    { n: 1 },
  ])
})

test('PROMISE-DRIFT: evolve adds fields, widens numbers, and turns a column that is mostly something else into text', async () => {
  await using bench = await openBench()
  const given = schema({ n: t('BIGINT'), c: t('BIGINT'), o: struct({ x: t('BIGINT') }), u: t('UNKNOWN') })
  const {
    schema: after,
    good,
    drift,
    refused,
  } = await run(
    bench,
    '{"n":1,"c":"a","o":{"x":1}}\n{"n":1.25,"c":"b","o":{"x":2,"y":"new"},"u":true}\n{"n":2,"c":"c","extra":[1]}\n{"n":2,"c":4}\n{"n":"bad"}\n',
    given,
    'evolve',
  )
  assert.equal(refused, 1)
  assert.deepEqual(drift, [
    'changed column "n" from BIGINT to DECIMAL(21,2)',
    'changed column "c" from BIGINT to VARCHAR',
    'changed column "o" from STRUCT("x" BIGINT) to STRUCT("x" BIGINT, "y" VARCHAR)',
    'changed column "u" from UNKNOWN to BOOLEAN',
    'added column "extra" BIGINT[]',
  ])
  assert.equal(after.fields.length, 5)
  assert.deepEqual(
    good.map((row) => Object.values(row as object).slice(0, 2)),
    [
      ['1.00', 'a'],
      ['1.25', 'b'],
      ['2.00', 'c'],
      ['2.00', '4'],
    ],
  )
})

test('PROMISE-DRIFT: quarantine keeps the schema, stop throws and names the change; a first type for an empty column is no drift', async () => {
  await using bench = await openBench()
  const given = schema({ n: t('BIGINT'), u: t('UNKNOWN') })
  const data = '{"n":1,"u":"x"}\n{"n":2.5}\n{"n":3,"m":1}\n'
  const kept = await run(bench, data, given, 'quarantine')
  assert.deepEqual(kept.schema, schema({ n: t('BIGINT'), u: t('VARCHAR') }))
  assert.deepEqual(
    kept.bad.map((row) => row.code),
    ['json.type_mismatch', 'json.unknown_field'],
  )
  await assert.rejects(
    run(bench, data, given, 'stop'),
    (error) =>
      error instanceof Fault && error.code === 'data.schema_drift' && /added column "m" BIGINT/.test(error.message),
  )
  const stopped = await run(bench, '{"n":1,"u":"x"}\n{"n":true}\n{', given, 'stop')
  assert.deepEqual(stopped.refusedOrdinals, [1, 2])
})

test('the first data needs no schema; one odd value does not decide a type', async () => {
  await using bench = await openBench()
  const lines = Array.from({ length: 50 }, (_, index) => `{"a":${index},"p":${index}.5}`)
  lines[7] = '{"a":"?","p":1}'
  const { schema: found, refusedOrdinals } = await run(bench, lines.join('\n'), null, 'stop')
  assert.deepEqual(found, schema({ a: t('BIGINT'), p: decimal(18, 2) }))
  assert.deepEqual(refusedOrdinals, [7])
})

test('blocks: good ones are read strictly, new fields in the middle of a file reach every row, ordinals stay exact', async () => {
  await using bench = await openBench()
  const count = 120_000
  const lines: string[] = []
  for (let id = 0; id < count; id++)
    lines.push(
      id % 40_000 === 39_999
        ? `{"id":${id},broken`
        : id >= 90_000
          ? `{"id":${id},"pad":"${'p'.repeat(80)}","late":${id}.25}`
          : `{"id":${id},"pad":"${'p'.repeat(80)}"}`,
    )
  const { session, folder } = bench
  const { decoder, path } = await prepare(folder, 'a.json', `${lines.join('\n')}\n`)
  const output = join(folder, 'out.parquet')
  const result = await decoder.isolate(session, {
    path,
    schema: schema({ id: t('BIGINT'), pad: t('VARCHAR') }),
    drift: 'evolve',
    output,
    refused: join(folder, 'r.parquet'),
    scratch: folder,
  })
  assert.deepEqual(result.refusedOrdinals, [39_999, 79_999, 119_999])
  assert.deepEqual(result.drift, ['added column "late" DECIMAL(18,2)'])
  const [row] =
    await session.rows(`SELECT count(*)::INTEGER AS n, count(late)::INTEGER AS late, bool_and(late IS NULL OR late = id + 0.25) AS same,
    bool_and(id = file_row_number + (id >= 40000)::INT + (id >= 80000)::INT) AS ordered FROM read_parquet('${output}', file_row_number = true)`)
  assert.deepEqual(row, { n: count - 3, late: 29_999, same: true, ordered: true })
})

test('the strict read takes a named pipe, and samples nothing of it', async () => {
  await using bench = await openBench()
  const { session, folder } = bench
  const lines = Array.from({ length: 60_000 }, (_, id) => `{"id":${id},"v":"${'v'.repeat(id % 50)}"}`)
  const { decoder, path } = await prepare(folder, 'a.json', `${lines.join('\n')}\n`)
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const feeder = spawn('sh', ['-c', `cat "$0" > "$1"`, path, pipe], { stdio: 'ignore' })
  const ended = new Promise((resolve) => feeder.once('exit', resolve))
  const select = await decoder.strictSelect(pipe, schema({ id: t('BIGINT'), v: t('VARCHAR') }), folder)
  assert.deepEqual(await session.rows(`SELECT count(*)::INTEGER AS n, sum(id)::VARCHAR AS s FROM (${select})`), [
    { n: 60_000, s: '1799970000' },
  ])
  assert.equal(await ended, 0)
})

test('several paths are read in order, and names with glob characters are taken literally', async () => {
  await using bench = await openBench()
  const { session, folder } = bench
  const { decoder } = await prepare(folder, 'a.json', '{"id":1}\n')
  const paths = ['p[1].json', 'p*.json', 'day=1.json'].map((name) => join(folder, name))
  for (const [index, path] of paths.entries()) await writeFile(path, `{"id":${index}}\n`)
  const select = await decoder.strictSelect(paths, schema({ id: t('BIGINT') }), folder)
  assert.deepEqual(await session.rows(select), [{ id: '0' }, { id: '1' }, { id: '2' }])
})

test('PROMISE-ONE-BAD-RECORD: delimited text is isolated by the same rules', async () => {
  await using bench = await openBench()
  const { good, bad, drift } = await run(
    bench,
    'id,name\n1,a\n2\n3,"x"y\nfour,b\n5,"q\nr"\n',
    schema({ id: t('BIGINT'), name: t('VARCHAR'), more: t('DATE') }),
    'evolve',
    'a.csv',
  )
  assert.deepEqual(good, [
    { id: '1', name: 'a', more: null },
    { id: '5', name: 'q\nr', more: null },
  ])
  assert.deepEqual(
    bad.map(({ ordinal, raw, code }) => [ordinal, raw, code]),
    [
      [1, '2', 'csv.wrong_field_count'],
      [2, '3,"x"y', 'csv.broken_quote'],
      [3, 'four,b', 'csv.type_mismatch'],
    ],
  )
  assert.deepEqual(drift, [])
})
