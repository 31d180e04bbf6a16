import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { randomBytes } from 'node:crypto'
import { vaultOf } from '../src/auth/vault.ts'
import { sharedState } from '../src/credentials/shared-state.ts'
import { openDatabase, type OpenDatabase } from '../src/database/connection.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/database/embedded-postgres.ts'
import { migrate } from '../src/database/migrate.ts'
import { query, queryOne } from '../src/ledger/sql.ts'

let folder: string
let postgres: EmbeddedPostgres
let workers: OpenDatabase[]
let credential: number
const vault = vaultOf(randomBytes(32))

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leat-shared-state-'))
  postgres = await startEmbeddedPostgres(folder)
  workers = [1, 2].map(() => openDatabase({ url: postgres.url, connections: 8 }))
  await migrate(workers[0]!.pool)
  const org = await queryOne<{ id: number }>(workers[0]!.db, `insert into org (name) values ('o') returning id`)
  const user = await queryOne<{ id: number }>(
    workers[0]!.db,
    `insert into app_user (email, full_name, default_org_id) values ('u@example.com', 'U', $1) returning id`,
    [org!.id],
  )
  const row = await queryOne<{ id: number }>(
    workers[0]!.db,
    `insert into data_credential (org_id, owner_id, name, credentials_type, sealed, non_secure) values ($1, $2, 'c', 'rest', $3, '{}') returning id`,
    [org!.id, user!.id, vault.seal('data_credential', {})],
  )
  credential = row!.id
})
after(async () => {
  for (const worker of workers) await worker.close()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
})

const stateOf = (worker: number, name: string) => sharedState(workers[worker]!.db, vault, credential)(name)

test('PROMISE-TOKEN-ONE-OWNER: changes of two workers come one after the other, and each sees what the one before stored', async () => {
  let inside = 0
  const add = (worker: number) =>
    stateOf(worker, 'count').change(async (state) => {
      assert.equal(++inside, 1)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
      return { count: Number(state?.['count'] ?? 0) + 1 }
    })
  await Promise.all(Array.from({ length: 12 }, (_, n) => add(n % 2)))
  assert.deepEqual(await stateOf(0, 'count').read(), { count: 12 })
})

test('a change that fails stores nothing, and lets the next one in', async () => {
  await stateOf(0, 'tokens').change(async () => ({ token: 'first-secret-token' }))
  await assert.rejects(
    stateOf(0, 'tokens').change(async () => {
      throw new Error('the endpoint is away')
    }),
    /away/,
  )
  assert.deepEqual(await stateOf(1, 'tokens').read(), { token: 'first-secret-token' })
  const rows = await query<{ sealed: Buffer }>(workers[0]!.db, 'select sealed from credential_state')
  for (const { sealed } of rows) assert.ok(!Buffer.from(sealed).includes('first-secret-token'))
})
