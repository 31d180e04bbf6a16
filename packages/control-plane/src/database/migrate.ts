import { createHash } from 'node:crypto'
import { Fault } from '@leat/connector-kit'
import type pg from 'pg'
import { migrations as landed, type Migration } from './migrations/index.ts'

/** Any number that no other program on this database uses for an advisory lock. */
const lock = 5_206_741_188

/**
 * Brings the schema `leat` up to date: forward only, each migration once, all in one transaction under an advisory lock, so that
 * several servers may start at once. Returns the ids that this call applied.
 * Throws `config` when an applied migration was edited afterwards, or when the database is newer than this program.
 */
export async function migrate(pool: pg.Pool, migrations: readonly Migration[] = landed): Promise<readonly string[]> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [lock])
    await client.query('create schema if not exists leat')
    await client.query(
      'create table if not exists leat.migration (id text primary key, checksum text not null, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ id: string; checksum: string }>(
      'select id, checksum from leat.migration order by id',
    )
    const applied = new Map(rows.map((row) => [row.id, row.checksum]))
    refuseSurprises(applied, migrations)
    const pending = migrations.filter((migration) => !applied.has(migration.id))
    for (const migration of pending) {
      await client.query(migration.up)
      await client.query('insert into leat.migration (id, checksum) values ($1, $2)', [
        migration.id,
        checksum(migration),
      ])
    }
    await client.query('commit')
    return pending.map((migration) => migration.id)
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

function refuseSurprises(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.id, checksum(migration)]))
  for (const [id, sum] of applied) {
    const expected = known.get(id)
    if (expected === undefined)
      throw new Fault({
        kind: 'config',
        code: 'database.newer',
        message: `The database has migration ${id}, which this version of Leat does not know: a newer version has used it. Start that version, or point LEAT_DATA or DATABASE_URL at another database.`,
      })
    if (expected !== sum)
      throw new Fault({
        kind: 'config',
        code: 'database.migration_changed',
        message: `Migration ${id} was applied to this database with other statements (checksum ${sum.slice(0, 12)}, now ${expected.slice(0, 12)}). A migration that has landed is never edited: restore it and add a new one.`,
      })
  }
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.up).digest('hex')
}
