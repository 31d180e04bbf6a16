import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPostgres } from '../../../tools/peers/postgres.ts'
import { openDatabase } from '../src/database/connection.ts'
import { statementName } from '../src/database/prepared-client.ts'

test('statements with parameters are parsed once for a connection; texts that are made anew and "select *" are not kept', async () => {
  await using stack = new AsyncDisposableStack()
  const server = stack.adopt(await startPostgres(), (running) => running.stop())
  const { host, port, user, password } = server
  const database = await server.createDatabase()
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`
  const open = stack.adopt(openDatabase({ url, connections: 1 }), (opened) => opened.close())
  const kept = async (): Promise<readonly string[]> =>
    (await open.pool.query<{ statement: string }>('select statement from pg_prepared_statements order by 1')).rows.map(
      ({ statement }) => statement,
    )
  for (const value of [1, 2, 3])
    assert.equal((await open.pool.query('select $1::int + 1 as n', [value])).rows[0]?.n, value + 1)
  await open.pool.query('create schema leat')
  await open.pool.query('create table t (a int)')
  await open.pool.query('select * from t where a = $1', [1])
  assert.deepEqual(await kept(), ['select $1::int + 1 as n'])
  // The columns of a migration are there at once.
  await open.pool.query('alter table t add b int')
  assert.deepEqual(
    (await open.pool.query('select * from t where a = $1', [1])).fields.map(({ name }) => name),
    ['a', 'b'],
  )
  // One that fails is no hindrance to the next.
  await assert.rejects(open.pool.query('select $1::int / 0 as n', [1]), /division by zero/)
  await assert.rejects(open.pool.query('select nothing from t where a = $1', [1]), /does not exist/)
  assert.equal((await open.pool.query('select $1::int + 1 as n', [5])).rows[0]?.n, 6)
  for (let index = 0; index < 1000; index++) statementName(`select ${index} where 1 = $1`)
  await open.pool.query('select 1000 where 1 = $1', [1])
  assert.ok(!(await kept()).includes('select 1000 where 1 = $1'))
})
