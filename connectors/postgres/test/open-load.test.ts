import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  isStagedLost,
  requireConfig,
  toFault,
  type JsonObject,
  type RowBatch,
  type Schema,
  type Writer,
} from '@leat/connector-kit'
import { startPostgres, type PostgresServer } from '../../../tools/peers/postgres.ts'
import { postgres } from '../src/postgres.connector.ts'
import { PostgresFlow } from './postgres-flow.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const schema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'scalar', name: 'BIGINT' } },
    { name: 'name', type: { kind: 'scalar', name: 'VARCHAR' } },
  ],
}

function batch(...ids: readonly number[]): RowBatch {
  return { kind: 'rows', schema, rows: ids.map((id) => ({ id: String(id), name: `row ${id}` })) }
}

async function writerOf(flow: PostgresFlow, epoch: number, given: JsonObject): Promise<Writer & AsyncDisposable> {
  const connection = await flow.connect()
  const options = requireConfig(postgres.sink!.options, {}, given)
  return await connection.openWriter!({ id: 'sink-1', epoch, options, schema, signal: AbortSignal.timeout(60_000) })
}

async function ids(flow: PostgresFlow, table: string): Promise<readonly number[]> {
  return (await flow.sql(`SELECT id FROM ${table} ORDER BY id`)).map((row) => Number(row['id']))
}

test('PROMISE-POSTGRES-ASLEEP a writer that sleeps with its rows in an open transaction holds nobody up, and its rows never appear', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql('CREATE TABLE t (id bigint PRIMARY KEY, name text)')
  await using asleep = await writerOf(flow, 1, { table: 't' })
  await asleep.write(batch(1, 2, 3))
  const token = await asleep.prepare()
  // The same keys: were the transaction still open, this would wait for it.
  await using next = await writerOf(flow, 2, { table: 't' })
  await assert.rejects(next.commit(token), isStagedLost)
  assert.deepEqual(await next.write(batch(1, 2, 3)), [])
  const again = await next.prepare()
  const more = async () => {
    await asleep.write(batch(4))
    await asleep.commit(await asleep.prepare())
  }
  for (const work of [() => asleep.commit(token), more])
    assert.equal(toFault(await work().catch((error: unknown) => error)).kind, 'fenced')
  await next.commit(again)
  assert.deepEqual(await ids(flow, 't'), [1, 2, 3])
})

test('PROMISE-POSTGRES-CUT a connection that is cut between the token and its commit: the rows are delivered again, once', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE src AS SELECT i AS id FROM generate_series(1, 5000) i; CREATE TABLE dst (id int)`)
  await flow.read({ table: 'src' })
  const { ledger } = flow.engine
  const stage = ledger.stage.bind(ledger)
  ledger.stage = async (request) => {
    ledger.stage = stage
    await flow.sql(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'leat _%'`)
    return await stage(request)
  }
  assert.equal(toFault(await flow.write({ table: 'dst' }).catch((error: unknown) => error)).kind, 'transient')
  assert.deepEqual(await ids(flow, 'dst'), [])
  await flow.write({ table: 'dst' })
  const [row] = await flow.sql('SELECT count(*) AS n, count(DISTINCT id) AS d FROM dst')
  assert.deepEqual(row, { n: '5000', d: '5000' })
})

test('PROMISE-POSTGRES-ONE-WRITE rows that are only added are written once, straight into the table, and no staging table is made', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql('CREATE TABLE t (id bigint, name text)')
  await using writer = await writerOf(flow, 1, { table: 't' })
  await writer.write(batch(1, 2))
  const [size] = await flow.sql(`SELECT pg_relation_size('t') > 0 AS there`)
  assert.equal(size?.['there'], 't', 'the rows are in the table')
  assert.deepEqual(await ids(flow, 't'), [], 'nobody sees them')
  const tables = await flow.sql(`SELECT relname FROM pg_class WHERE relname LIKE '\\_leat\\_stage%'`)
  assert.deepEqual(tables, [])
  await writer.commit(await writer.prepare())
  assert.deepEqual(await ids(flow, 't'), [1, 2])
})

test('rows that are refused take nothing with them of what the same transaction holds already', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql('CREATE TABLE t (id bigint PRIMARY KEY, name varchar(6) UNIQUE DEFERRABLE INITIALLY DEFERRED)')
  await using writer = await writerOf(flow, 1, { table: 't' })
  assert.deepEqual(await writer.write(batch(1, 2)), [])
  const refused = await writer.write({
    kind: 'rows',
    schema,
    rows: [
      { id: '2', name: 'twice' },
      { id: '3', name: 'row 1' },
      { id: '4', name: 'much too long' },
      { id: '5', name: 'fine' },
    ],
  })
  assert.deepEqual(
    refused.map(({ index, code }) => [index, code]),
    [
      [0, 'postgres.unique_violation'],
      [1, 'postgres.unique_violation'],
      [2, 'postgres.value_misfit'],
    ],
  )
  await writer.commit(await writer.prepare())
  assert.deepEqual(await ids(flow, 't'), [1, 2, 5])
})

test('tables that no file can be loaded into straight (view, rule, row security) get their rows all the same', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE base (id bigint, name text); CREATE VIEW seen AS SELECT * FROM base;
    CREATE TABLE ruled (id bigint, name text); CREATE RULE elsewhere AS ON INSERT TO ruled DO INSTEAD INSERT INTO base VALUES (new.id, new.name);
    CREATE TABLE secured (id bigint, name text); ALTER TABLE secured ENABLE ROW LEVEL SECURITY; ALTER TABLE secured FORCE ROW LEVEL SECURITY`)
  for (const [table, from] of [
    ['seen', 1],
    ['secured', 11],
  ] as const) {
    await using writer = await writerOf(flow, 1, { table })
    await writer.write(batch(from, from + 1))
    await writer.commit(await writer.prepare())
  }
  assert.deepEqual(await ids(flow, 'base'), [1, 2])
  assert.deepEqual(await ids(flow, 'secured'), [11, 12])
  await using writer = await writerOf(flow, 1, { table: 'ruled' })
  await writer.write(batch(21))
  await writer.commit(await writer.prepare())
  assert.deepEqual(await ids(flow, 'base'), [1, 2, 21])
})

test('a table and a column with names that are longer than PostgreSQL allows are found again by the next delivery', async () => {
  await using flow = await PostgresFlow.create(server)
  const long = 'a_name_that_somebody_has_thought_about_for_longer_than_a_database_likes'
  const withLongName: Schema = { fields: [{ name: long, type: { kind: 'scalar', name: 'BIGINT' } }] }
  const connection = await flow.connect()
  const options = requireConfig(postgres.sink!.options, {}, { table: long, create_destination: true })
  for (const epoch of [1, 2]) {
    const request = { id: 'sink-1', epoch, options, schema: withLongName, signal: AbortSignal.timeout(60_000) }
    await using writer = await connection.openWriter!(request)
    await writer.write({ kind: 'rows', schema: withLongName, rows: [{ [long]: String(epoch) }] })
    await writer.commit(await writer.prepare())
  }
  const tables = await flow.sql(`SELECT relname FROM pg_class WHERE relname LIKE 'a\\_name%' AND relkind = 'r'`)
  assert.equal(tables.length, 1)
  const rows = await flow.sql(`SELECT * FROM ${tables[0]?.['relname']}`)
  assert.deepEqual(rows.flatMap((row) => Object.values(row)).toSorted(), ['1', '2'])
})
