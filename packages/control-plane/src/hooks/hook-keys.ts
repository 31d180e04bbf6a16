import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Vault } from '../auth/vault.ts'
import type { Database } from '../database/connection.ts'
import { insertChild } from '../flows/flow-nodes.ts'
import type { Platform } from '../platform.ts'

/** What webhook keys are sealed for. */
export const hookKeyPurpose = 'hook_key'

/** A key as its source shows it. */
export interface HookKey {
  readonly id: number
  readonly name: string
  readonly api_key: string
  readonly status: string
  readonly created_at: string
  readonly expires_at: string | null
}

/**
 * Gives a source that records are posted to what it lacks of URL, key and nexset, in the caller's transaction; other sources stay as they are.
 * The nexset is there from the start, so that a flow can be built, and every answer can name it, before the first record has come.
 */
export async function completeHook(
  tx: Database,
  { registry, vault }: Pick<Platform, 'registry' | 'vault'>,
  sourceId: number,
): Promise<void> {
  const source = await tx
    .selectFrom('data_source')
    .select(['id', 'org_id', 'owner_id', 'name', 'source_type'])
    .where('id', '=', sourceId)
    .executeTakeFirstOrThrow()
  if (registry.get(source.source_type)?.source?.hosted !== true) return
  const made = await tx
    .insertInto('hook')
    .values({ data_source_id: sourceId, path: randomBytes(16).toString('hex') })
    .onConflict((conflict) => conflict.doNothing())
    .returning('path')
    .executeTakeFirst()
  if (made) await insertHookKey(tx, vault, sourceId, 'default')
  const known = await tx.selectFrom('data_set').select('id').where('data_source_id', '=', sourceId).executeTakeFirst()
  if (known) return
  const name = `${source.name} - 1`
  const { id } = await tx
    .insertInto('data_set')
    .values({
      org_id: source.org_id,
      owner_id: source.owner_id,
      name,
      data_source_id: sourceId,
      status: 'ACTIVE',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await insertChild(tx, source.org_id, { kind: 'data_sources', id: sourceId }, { kind: 'data_sets', id })
}

export async function insertHookKey(tx: Database, vault: Vault, sourceId: number, name: string): Promise<number> {
  const key = `whk_${randomBytes(24).toString('base64url')}`
  const { id } = await tx
    .insertInto('hook_key')
    .values({ data_source_id: sourceId, name, sealed: vault.seal(hookKeyPurpose, { api_key: key }) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Keys that are valid now, with their values, by source. */
export async function hookKeysOf(
  db: Database,
  vault: Vault,
  sourceIds: readonly number[],
): Promise<readonly (HookKey & { readonly data_source_id: number })[]> {
  if (sourceIds.length === 0) return []
  const rows = await db
    .selectFrom('hook_key')
    .selectAll()
    .where('data_source_id', 'in', sourceIds)
    .where('status', '=', 'ACTIVE')
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<string>`now()`)]))
    .orderBy('id')
    .execute()
  return rows.map(({ id, data_source_id, name, sealed, status, created_at, expires_at }) => ({
    id,
    data_source_id,
    name,
    api_key: String(vault.open(hookKeyPurpose, sealed)['api_key']),
    status,
    created_at,
    expires_at,
  }))
}
