import { sql } from 'kysely'
import { audit } from '../audit/record.ts'
import type { Database } from '../database/connection.ts'
import type { SomeHandlers } from '../http/call.ts'
import { ApiProblem, notFound } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { type HookKey, hookKeysOf, insertHookKey } from './hook-keys.ts'

type Operations = 'create_source_api_key' | 'rotate_source_api_key' | 'delete_source_api_key'

/** Keys for the URL of a webhook: made, replaced and ended. */
export function apiKeyHandlers(platform: Platform): SomeHandlers<Operations> {
  const { db, vault } = platform
  return {
    async create_source_api_key({ params, body }, call) {
      const owner = await requireHook(db, params.id)
      const id = await db.transaction().execute(async (tx) => {
        const made = await insertHookKey(tx, vault, params.id, body.name ?? 'key')
        await audit(tx, call, {
          kind: 'data_sources',
          id: params.id,
          event: 'create_api_key',
          ownerId: owner,
          after: { api_key_id: made },
        })
        return made
      })
      platform.hooks.changed()
      return shown(platform, params.id, id)
    },

    async rotate_source_api_key({ params, body }, call) {
      const owner = await requireHook(db, params.id)
      const id = await db.transaction().execute(async (tx) => {
        const name = await endKey(tx, params.id, params.api_key_id, body.keep_old_seconds ?? 0)
        const made = await insertHookKey(tx, vault, params.id, name)
        await audit(tx, call, {
          kind: 'data_sources',
          id: params.id,
          event: 'rotate_api_key',
          ownerId: owner,
          before: { api_key_id: params.api_key_id },
          after: { api_key_id: made },
        })
        return made
      })
      platform.hooks.changed()
      return shown(platform, params.id, id)
    },

    async delete_source_api_key({ params }, call) {
      const owner = await requireHook(db, params.id)
      await db.transaction().execute(async (tx) => {
        await endKey(tx, params.id, params.api_key_id, 0)
        await audit(tx, call, {
          kind: 'data_sources',
          id: params.id,
          event: 'delete_api_key',
          ownerId: owner,
          before: { api_key_id: params.api_key_id },
        })
      })
      platform.hooks.changed()
      return { code: '200', message: `Key ${params.api_key_id} of source ${params.id} was ended.` }
    },
  }
}

/** The owner of the source, or why it has no keys. */
async function requireHook(db: Database, sourceId: number): Promise<number> {
  const row = await db
    .selectFrom('data_source')
    .leftJoin('hook', 'hook.data_source_id', 'data_source.id')
    .select(['owner_id', 'source_type', 'hook.path'])
    .where('id', '=', sourceId)
    .executeTakeFirst()
  if (!row) throw notFound('data_sources', sourceId)
  if (row.path === null)
    throw new ApiProblem(
      'unsupported',
      `Source ${sourceId} is of type "${row.source_type}", and only sources that records are posted to ("nexla_rest") have keys.`,
      { resource: { type: 'data_sources', id: sourceId } },
    )
  return row.owner_id
}

/** Ends a key now or after a while. Returns its name. */
async function endKey(tx: Database, sourceId: number, keyId: number, afterSeconds: number): Promise<string> {
  const now = sql<string>`now()`
  const row = await tx
    .updateTable('hook_key')
    .set(
      afterSeconds === 0
        ? { status: 'REVOKED', updated_at: now }
        : { expires_at: sql<string>`now() + make_interval(secs => ${afterSeconds})`, updated_at: now },
    )
    .where('id', '=', keyId)
    .where('data_source_id', '=', sourceId)
    .where('status', '=', 'ACTIVE')
    .returning('name')
    .executeTakeFirst()
  if (row) return row.name
  throw new ApiProblem(
    'not_found',
    `Source ${sourceId} has no active key ${keyId}. GET /data_sources/${sourceId} lists its keys in "api_keys".`,
  )
}

async function shown(platform: Platform, sourceId: number, keyId: number): Promise<HookKey> {
  const keys = await hookKeysOf(platform.db, platform.vault, [sourceId])
  const { data_source_id: _, ...key } = keys.find((one) => one.id === keyId)!
  return key
}
