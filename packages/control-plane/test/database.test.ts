import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { openVault } from '../src/auth/vault.ts'
import { openDatabase, type OpenDatabase } from '../src/database/connection.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/database/embedded-postgres.ts'
import { firstStart } from '../src/database/first-start.ts'
import { migrate } from '../src/database/migrate.ts'
import { migrations } from '../src/database/migrations/index.ts'

let folder: string
let postgres: EmbeddedPostgres
const opened: OpenDatabase[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leat-database-'))
  postgres = await startEmbeddedPostgres(folder)
})
after(async () => {
  for (const open of opened) await open.close()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
})

async function emptyDatabase(): Promise<OpenDatabase> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  const name = `test_${opened.length}`
  await client.query(`create database ${name}`)
  await client.end()
  const url = new URL(postgres.url)
  url.pathname = `/${name}`
  const open = openDatabase({ url: url.href })
  opened.push(open)
  return open
}

test('PROMISE-MIGRATIONS: several servers that migrate at once apply each migration once, in order', async () => {
  const { pool } = await emptyDatabase()
  const applied = await Promise.all([migrate(pool), migrate(pool), migrate(pool)])
  assert.deepEqual(
    applied.flat(),
    migrations.map((one) => one.id),
  )
})

test('PROMISE-SELF-HEAL: a connection that breaks in the middle of a transaction fails that transaction and nothing else', async () => {
  const { db, pool } = await emptyDatabase()
  const { promise: broken, resolve } = Promise.withResolvers<void>()
  pool.once('acquire', (client) => client.once('end', resolve))
  // An error event without a listener would end the process: this test would fail for an uncaught error.
  await assert.rejects(
    db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
      await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      await broken
      await sql`select 1`.execute(trx)
    }),
    /not queryable|terminat/,
  )
  assert.equal((await pool.query('select 1 as one')).rows[0].one, 1)
})

test('a migration that was edited after it landed is refused, and so is a newer database', async () => {
  const { pool } = await emptyDatabase()
  const first = { id: '0001-a', up: 'create table a (id int)' }
  await migrate(pool, [first, { id: '0002-b', up: 'create table b (id int)' }])
  await assert.rejects(
    migrate(pool, [
      { ...first, up: 'create table a (id bigint)' },
      { id: '0002-b', up: 'create table b (id int)' },
    ]),
    { code: 'database.migration_changed', message: /0001-a/ },
  )
  await assert.rejects(migrate(pool, [first]), { code: 'database.newer', message: /0002-b/ })
})

test('PROMISE-MIGRATIONS: a migration that fails leaves nothing behind', async () => {
  const { pool } = await emptyDatabase()
  await assert.rejects(
    migrate(pool, [
      { id: '0001-a', up: 'create table a (id int)' },
      { id: '0002-b', up: 'create tabel b' },
    ]),
    /syntax error/,
  )
  assert.deepEqual(await migrate(pool, [{ id: '0001-a', up: 'create table a (id int)' }]), ['0001-a'])
})

test('PROMISE-FIRST-START: one organisation, one owner, one service key in a file of its own, whoever comes first', async () => {
  const { db, pool } = await emptyDatabase()
  const dataFolder = await mkdtemp(join(folder, 'first-'))
  await migrate(pool)
  const started = await Promise.all([firstStart(db, { dataFolder }), firstStart(db, { dataFolder })])
  assert.deepEqual(started.map((one) => one.created).toSorted(), [false, true])
  const key = started.find((one) => one.created)!.serviceKey!
  assert.match(key, /^leat_sk_[\w-]{43}$/)
  assert.equal(await readFile(join(dataFolder, 'service-key'), 'utf8'), key + '\n')
  assert.equal((await stat(join(dataFolder, 'service-key'))).mode & 0o777, 0o600)
  assert.deepEqual(await firstStart(db, { dataFolder }), { created: false, keyFile: join(dataFolder, 'service-key') })
})

test('a service key that is there already is adopted by a new database', async () => {
  const { db, pool } = await emptyDatabase()
  const dataFolder = await mkdtemp(join(folder, 'adopt-'))
  await writeFile(join(dataFolder, 'service-key'), 'leat_sk_from_before\n')
  await migrate(pool)
  assert.equal((await firstStart(db, { dataFolder })).serviceKey, 'leat_sk_from_before')
})

test('a wrong or short master key stops the start with what to do', async () => {
  const { db, pool } = await emptyDatabase()
  const dataFolder = await mkdtemp(join(folder, 'key-'))
  await migrate(pool)
  const vaults = await Promise.all([openVault({ db, dataFolder }), openVault({ db, dataFolder })])
  assert.deepEqual(vaults[1].open('p', vaults[0].seal('p', { a: 1 })), { a: 1 })
  assert.equal((await stat(join(dataFolder, 'master-key'))).mode & 0o777, 0o600)
  const other = Buffer.alloc(32, 7).toString('base64')
  await assert.rejects(openVault({ db, dataFolder, masterKey: other }), {
    code: 'vault.wrong_key',
    message: /LEAT_MASTER_KEY/,
  })
  await assert.rejects(openVault({ db, dataFolder, masterKey: 'c2hvcnQ=' }), {
    code: 'vault.bad_key',
    message: /5 bytes/,
  })
  assert.ok(await openVault({ db, dataFolder, masterKey: await readFile(join(dataFolder, 'master-key'), 'utf8') }))
})
