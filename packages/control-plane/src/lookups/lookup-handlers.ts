import type { Lookup } from '@leat/contract'
import { sql } from 'kysely'
import { copyAccessors, removeAccessors } from '../access/accessors.ts'
import { listedFor } from '../access/roles.ts'
import { audit } from '../audit/record.ts'
import type { Caller } from '../auth/tokens.ts'
import { requireOwnOrganisation } from '../check-config.ts'
import { jsonb } from '../database/column.ts'
import type { DatabaseTransaction } from '../database/connection.ts'
import { requireCopyOwner } from '../flows/copy-owner.ts'
import type { Call, SomeHandlers } from '../http/call.ts'
import { createOnce } from '../http/create-once.ts'
import { pageOf } from '../http/paging.ts'
import { ApiProblem, notFound } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { copyEntries, entriesFrom, lockLookup, putEntries, rekeyEntries } from './entries.ts'
import { byKey } from './entry-keys.ts'
import { lookupUsers } from './lookup-users.ts'
import { presentLookups } from './present-lookup.ts'

/** `expand` shows the entries of lookups that have no more. */
const mostExpanded = 1000

type Operations = 'list_lookups' | 'create_lookup' | 'get_lookup' | 'update_lookup' | 'delete_lookup' | 'copy_lookup'

export function lookupHandlers(platform: Platform): SomeHandlers<Operations> {
  const { db } = platform
  return {
    async list_lookups({ query }, call) {
      const found = db
        .selectFrom('data_map')
        .selectAll()
        .where(listedFor(call.caller, 'data_maps', query.access_role))
      return presentLookups(db, call.caller, await pageOf(found, call, query))
    },

    async create_lookup({ body }, call) {
      const entries = byKey(body.data_map ?? [], body.map_primary_key, 'data_map')
      const id = await createOnce(db, call, 'data_maps', async (tx) => {
        const { id } = await tx
          .insertInto('data_map')
          .values({
            org_id: call.caller.orgId,
            owner_id: call.caller.userId,
            name: body.name,
            description: body.description ?? null,
            data_type: body.data_type,
            map_primary_key: body.map_primary_key,
            data_defaults: jsonb(body.data_defaults ?? {}),
            emit_data_default: body.emit_data_default ?? false,
            tags: jsonb(body.tags ?? []),
          })
          .returning('id')
          .executeTakeFirstOrThrow()
        await putEntries(tx, id, { entry_count: 0 }, entries)
        const { name, map_primary_key } = body
        await audit(tx, call, {
          kind: 'data_maps',
          id,
          event: 'create',
          ownerId: call.caller.userId,
          after: { name, map_primary_key, map_entry_count: entries.size },
        })
        return id
      })
      return getLookup(platform, call.caller, id)
    },

    async get_lookup({ params, query }, call) {
      const lookup = await getLookup(platform, call.caller, params.id)
      if (!query.expand || lookup.map_entry_count > mostExpanded) return lookup
      const entries = await entriesFrom(db, params.id, null, mostExpanded)
      return { ...lookup, data_map: entries.map(({ entry }) => entry) }
    },

    async update_lookup({ params, body }, call) {
      const { id } = params
      const changed = {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.map_primary_key === undefined ? {} : { map_primary_key: body.map_primary_key }),
        ...(body.emit_data_default === undefined ? {} : { emit_data_default: body.emit_data_default }),
      }
      const { data_defaults, tags } = body
      await db.transaction().execute(async (tx) => {
        const { map_primary_key } = await lockLookup(tx, id)
        const { owner_id, ...before } = await auditable(tx, id)
        if (body.map_primary_key !== undefined && body.map_primary_key !== map_primary_key)
          await rekeyEntries(tx, id, body.map_primary_key)
        await tx
          .updateTable('data_map')
          .set({
            ...changed,
            ...(data_defaults === undefined ? {} : { data_defaults: jsonb(data_defaults) }),
            ...(tags === undefined ? {} : { tags: jsonb(tags) }),
            updated_at: new Date(),
          })
          .where('id', '=', id)
          .execute()
        const { owner_id: _same, ...after } = await auditable(tx, id)
        await audit(tx, call, { kind: 'data_maps', id, event: 'update', ownerId: owner_id, before, after })
      })
      return getLookup(platform, call.caller, id)
    },

    async delete_lookup({ params: { id } }, call) {
      await db.transaction().execute(async (tx) => {
        const { owner_id, name } = await lockLookup(tx, id)
        const users = await lookupUsers(tx, platform.registry, call.caller.orgId, id)
        if (users.length > 0)
          throw new ApiProblem(
            'conflict',
            `Lookup ${id} "${name}" is read by ${users.map((one) => `source ${one.id} "${one.name}"`).join(', ')}. Give these another lookup or delete them first.`,
            { resource: { type: 'data_maps', id } },
          )
        await removeAccessors(tx, 'data_maps', [id])
        await tx.deleteFrom('data_map').where('id', '=', id).execute()
        await audit(tx, call, { kind: 'data_maps', id, event: 'delete', ownerId: owner_id, before: { name } })
      })
      return { code: '200', message: `Lookup ${id} was deleted.` }
    },

    async copy_lookup({ params, body }, call) {
      requireOwnOrganisation(call.caller.orgId, body.org_id)
      await requireCopyOwner(db, call.caller, body.owner_id)
      const id = await createOnce(db, call, 'data_maps', async (tx) => {
        const copy = await copyLookup(tx, call, params.id, body.owner_id ?? call.caller.userId)
        if (body.copy_access_controls) await copyAccessors(tx, 'data_maps', params.id, copy)
        return copy
      })
      return getLookup(platform, call.caller, id)
    },
  }
}

async function auditable(tx: DatabaseTransaction, id: number) {
  return tx
    .selectFrom('data_map')
    .select(['owner_id', 'name', 'description', 'map_primary_key', 'data_defaults', 'emit_data_default', 'tags'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

async function getLookup({ db }: Platform, caller: Caller, id: number): Promise<Lookup> {
  const row = await db
    .selectFrom('data_map')
    .selectAll()
    .where('id', '=', id)
    .where('org_id', '=', caller.orgId)
    .executeTakeFirst()
  const [lookup] = row ? await presentLookups(db, caller, [row]) : []
  if (!lookup) throw notFound('data_maps', id)
  return lookup
}

async function copyLookup(tx: DatabaseTransaction, call: Call, id: number, ownerId: number): Promise<number> {
  await lockLookup(tx, id)
  const { rows } = await sql<{ id: number; name: string }>`
    insert into data_map (org_id, owner_id, name, description, data_type, map_primary_key, data_defaults, emit_data_default, entry_count, tags, copied_from_id)
    select org_id, ${ownerId}, 'Copy of ' || name, description, data_type, map_primary_key, data_defaults, emit_data_default, entry_count, tags, id
    from data_map where id = ${id} and org_id = ${call.caller.orgId} returning id, name`.execute(tx)
  const copy = rows[0]!
  await copyEntries(tx, id, copy.id)
  await audit(tx, call, {
    kind: 'data_maps',
    id: copy.id,
    event: 'copy',
    ownerId,
    after: { name: copy.name, copied_from_id: id },
  })
  return copy.id
}
