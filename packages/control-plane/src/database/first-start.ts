import { readFile, rename, writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { digest, newServiceKey } from '../auth/tokens.ts'
import type { Database } from './connection.ts'

export interface FirstStart {
  /** True when this call created the organisation; print the key then, once. */
  readonly created: boolean
  /** The owner's service key when this call made or adopted it. */
  readonly serviceKey?: string
  readonly keyFile: string
}

/**
 * On an empty database: one organisation, its owner, and the owner's service key, kept in `<data>/service-key` (mode 0600). A file that is
 * there already is adopted (a new database behind an old data folder). Several processes may call it at once; only the first does anything.
 */
export async function firstStart(
  db: Database,
  settings: { readonly dataFolder: string; readonly email?: string; readonly orgName?: string },
): Promise<FirstStart> {
  const keyFile = join(settings.dataFolder, 'service-key')
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(5206741189)`.execute(tx)
    if (await tx.selectFrom('org').select('id').limit(1).executeTakeFirst()) return { created: false, keyFile }
    const serviceKey = (await existingKey(keyFile)) ?? newServiceKey()
    const org = await tx
      .insertInto('org')
      .values({ name: settings.orgName ?? 'Leat', client_identifier: 'leat' })
      .returning('id')
      .executeTakeFirstOrThrow()
    const user = await tx
      .insertInto('app_user')
      .values({ email: settings.email ?? 'owner@leat.local', full_name: 'Owner', default_org_id: org.id })
      .returning('id')
      .executeTakeFirstOrThrow()
    await tx.insertInto('org_member').values({ org_id: org.id, user_id: user.id, is_admin: true }).execute()
    await tx
      .insertInto('service_key')
      .values({ org_id: org.id, user_id: user.id, key_hash: digest(serviceKey) })
      .execute()
    // Before the commit: a crash in between leaves a file that the next start adopts, never an owner whose key nobody knows.
    await keep(keyFile, serviceKey)
    return { created: true, serviceKey, keyFile }
  })
}

async function existingKey(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trim() || null
}

async function keep(file: string, key: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(`${file}.new`, key + '\n', { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
}
