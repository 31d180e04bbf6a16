import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { Fault } from '@leat/connector-kit'
import { openDecoder } from '../open-decoder.ts'
import { decimal, list, openBench, schema, struct, t } from '../testing/duckdb.ts'

const parquet = () => openDecoder({ format: 'parquet', compression: 'none', archive: 'none' }, {}, new Uint8Array(0))

test('PROMISE-EXACT-PARQUET: Parquet: types come from the file, values pass exactly', async () => {
  await using bench = await openBench()
  const { session, folder } = bench
  const path = join(folder, 'a.parquet')
  await session.run(`COPY (SELECT 18446744073709551615::UBIGINT u, TIMESTAMP_NS '2026-01-01 10:00:00.123456789' ns, TIMESTAMP_MS '2026-01-01 10:00:00.123' ms, 1.10::DECIMAL(38,2) d,
    [{'x': 1::SMALLINT, 'y': NULL::VARCHAR}] l, 'a'::ENUM('a') e, '\\xff'::BLOB b, '10:00:00+01'::TIMETZ z) TO '${path}' (FORMAT parquet)`)
  const decoder = await parquet()
  const found = await decoder.infer(session, { path })
  assert.deepEqual(
    found,
    schema({
      u: t('UBIGINT'),
      ns: t('TIMESTAMP_NS'),
      ms: t('TIMESTAMP'),
      d: decimal(38, 2),
      l: list(struct({ x: t('SMALLINT'), y: t('VARCHAR') })),
      e: t('VARCHAR'),
      b: t('BLOB'),
      z: t('VARCHAR'),
    }),
  )
  const [row] = await session.rows(
    `SELECT u::VARCHAR u, ns::VARCHAR ns, d::VARCHAR d, l::VARCHAR l, hex(b) b FROM (${await decoder.strictSelect(path, found, folder)})`,
  )
  assert.deepEqual(row, {
    u: '18446744073709551615',
    ns: '2026-01-01 10:00:00.123456789',
    d: '1.10',
    l: "[{'x': 1, 'y': NULL}]",
    b: 'FF',
  })
})

test('Parquet: narrower types are widened, unknown columns and wider types raise, and drift as the policy says', async () => {
  await using bench = await openBench()
  const { session, folder } = bench
  const path = join(folder, 'a.parquet')
  await session.run(`COPY (SELECT 5::INTEGER a, 'x' b) TO '${path}' (FORMAT parquet)`)
  const decoder = await parquet()
  assert.deepEqual(
    await session.rows(
      await decoder.strictSelect(path, schema({ b: t('VARCHAR'), a: t('BIGINT'), c: t('DATE') }), folder),
    ),
    [{ b: 'x', a: '5', c: null }],
  )
  await assert.rejects(
    session.rows(await decoder.strictSelect(path, schema({ a: t('BIGINT') }), folder)),
    /added column "b"/,
  )
  await assert.rejects(
    session.rows(await decoder.strictSelect(path, schema({ a: t('SMALLINT'), b: t('VARCHAR') }), folder)),
    /changed column "a"/,
  )
  const request = {
    path,
    schema: schema({ a: t('BIGINT') }),
    output: join(folder, 'o.parquet'),
    refused: join(folder, 'r.parquet'),
    scratch: folder,
  }
  const evolved = await decoder.isolate(session, { ...request, drift: 'evolve' })
  assert.deepEqual([evolved.rows, evolved.drift], [1, ['added column "b" VARCHAR']])
  await assert.rejects(
    decoder.isolate(session, { ...request, drift: 'stop' }),
    (error) => error instanceof Fault && error.code === 'data.schema_drift',
  )
  await assert.rejects(
    decoder.isolate(session, { ...request, drift: 'quarantine' }),
    (error) => error instanceof Fault && error.kind === 'data',
  )
})

test('Parquet: a broken or cut file is a data fault that shows no path of this machine', async () => {
  await using bench = await openBench()
  const { session, folder } = bench
  const path = join(folder, 'a.parquet')
  await session.run(`COPY (SELECT range a FROM range(1000)) TO '${path}' (FORMAT parquet)`)
  const bytes = await readFile(path)
  for (const broken of [bytes.subarray(0, bytes.length - 5), Buffer.from('PAR1 no'), Buffer.from('{"a":1}\n')]) {
    await writeFile(path, broken)
    await assert.rejects(
      (await parquet()).strictSelect(path, schema({ a: t('BIGINT') }), folder),
      (error) => error instanceof Fault && error.code === 'parquet.broken' && !error.message.includes(folder),
    )
  }
})
