import type { JsonObject } from '@leat/connector-kit'
import type { Credential } from '@leat/contract'
import { listedFor } from '../access/roles.ts'
import { copyAccessors, removeAccessors } from '../access/accessors.ts'
import { audit } from '../audit/record.ts'
import { requireOwnOrganisation } from '../check-config.ts'
import type { Caller } from '../auth/tokens.ts'
import { jsonb } from '../database/column.ts'
import type { SomeHandlers } from '../http/call.ts'
import { createOnce } from '../http/create-once.ts'
import { pageOf } from '../http/paging.ts'
import { ApiProblem, notFound } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { copyCredential } from './copy-credential.ts'
import { presentCredentials } from './present-credential.ts'
import { credentialPurpose } from '../auth/vault.ts'
import { checkCredential, insertCredential, showablePart } from './store-credential.ts'

const columns = [
  'id',
  'org_id',
  'owner_id',
  'name',
  'description',
  'credentials_type',
  'non_secure',
  'template_config',
  'vendor_id',
  'auth_template_id',
  'tags',
  'config_warnings',
  'verified_status',
  'verified_at',
  'copied_from_id',
  'created_at',
  'updated_at',
] as const

type Operations =
  | 'list_credentials'
  | 'create_credential'
  | 'get_credential'
  | 'update_credential'
  | 'delete_credential'
  | 'copy_credential'

export function credentialHandlers(platform: Platform): SomeHandlers<Operations> {
  const { db } = platform
  return {
    async list_credentials({ query }, call) {
      let found = db
        .selectFrom('data_credential')
        .select(columns)
        .where(listedFor(call.caller, 'data_credentials', query.access_role))
      if (query.credentials_type !== undefined) found = found.where('credentials_type', '=', query.credentials_type)
      return presentCredentials(platform, call.caller, await pageOf(found, call, query))
    },

    async create_credential({ body, query }, call) {
      const checked = checkCredential(
        platform,
        body.credentials_type,
        body.credentials as JsonObject | undefined,
        query.strict ?? false,
      )
      const template = body.template_config as JsonObject | undefined
      const id = await createOnce(db, call, 'data_credentials', (tx) =>
        insertCredential(platform, tx, call, { ...body, template_config: template, checked }),
      )
      return getCredential(platform, call.caller, id)
    },

    get_credential: ({ params }, call) => getCredential(platform, call.caller, params.id),

    async update_credential({ params, body, query }, call) {
      const before = await db
        .selectFrom('data_credential')
        .select(['id', 'owner_id', 'name', 'description', 'credentials_type', 'tags'])
        .where('id', '=', params.id)
        .executeTakeFirst()
      if (!before) throw notFound('data_credentials', params.id)
      const credentials = body.credentials as JsonObject | undefined
      const checked =
        credentials === undefined
          ? null
          : checkCredential(platform, before.credentials_type, credentials, query.strict ?? false)
      await db.transaction().execute(async (tx) => {
        await tx
          .updateTable('data_credential')
          .set({
            ...(body.name === undefined ? {} : { name: body.name }),
            ...(body.description === undefined ? {} : { description: body.description }),
            ...(body.tags === undefined ? {} : { tags: jsonb(body.tags) }),
            ...(body.template_config === undefined ? {} : { template_config: jsonb(body.template_config) }),
            ...(checked === null
              ? {}
              : {
                  sealed: platform.vault.seal(credentialPurpose, checked.credentials),
                  non_secure: jsonb(showablePart(checked.connector, checked.credentials)),
                  config_warnings: jsonb(checked.warnings),
                  verified_status: 'UNVERIFIED',
                  verified_at: null,
                }),
            updated_at: new Date(),
          })
          .where('id', '=', params.id)
          .execute()
        const { name, description, tags } = before
        const after = {
          name: body.name ?? name,
          description: body.description === undefined ? description : body.description,
          tags: body.tags ?? tags,
        }
        await audit(tx, call, {
          kind: 'data_credentials',
          id: params.id,
          event: 'update',
          ownerId: before.owner_id,
          before: { name, description, tags },
          after,
          secretFields: checked ? ['credentials'] : [],
        })
      })
      return getCredential(platform, call.caller, params.id)
    },

    async delete_credential({ params }, call) {
      const { id } = params
      await db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('data_credential')
          .select(['owner_id', 'name'])
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst()
        if (!row) throw notFound('data_credentials', id)
        const sources = await tx
          .selectFrom('data_source')
          .select(['id', 'name'])
          .where('data_credentials_id', '=', id)
          .limit(5)
          .execute()
        const sinks = await tx
          .selectFrom('data_sink')
          .select(['id', 'name'])
          .where('data_credentials_id', '=', id)
          .limit(5)
          .execute()
        const users = [
          ...sources.map((one) => `source ${one.id} "${one.name}"`),
          ...sinks.map((one) => `destination ${one.id} "${one.name}"`),
        ]
        if (users.length > 0)
          throw new ApiProblem(
            'conflict',
            `Credential ${id} "${row.name}" is used by ${users.join(', ')}. Give these another credential or delete them first.`,
            { resource: { type: 'data_credentials', id } },
          )
        await removeAccessors(tx, 'data_credentials', [id])
        await tx.deleteFrom('data_credential').where('id', '=', id).execute()
        await audit(tx, call, {
          kind: 'data_credentials',
          id,
          event: 'delete',
          ownerId: row.owner_id,
          before: { name: row.name },
        })
      })
      return { code: '200', message: `Credential ${id} was deleted.` }
    },

    async copy_credential({ params, body }, call) {
      requireOwnOrganisation(call.caller.orgId, body.org_id)
      const id = await createOnce(db, call, 'data_credentials', async (tx) => {
        const copy = await copyCredential(tx, call, params.id)
        if (body.copy_access_controls) await copyAccessors(tx, 'data_credentials', params.id, copy)
        return copy
      })
      return getCredential(platform, call.caller, id)
    },
  }
}

export async function getCredential(platform: Platform, caller: Caller, id: number): Promise<Credential> {
  const row = await platform.db
    .selectFrom('data_credential')
    .select(columns)
    .where('id', '=', id)
    .where('org_id', '=', caller.orgId)
    .executeTakeFirst()
  const [credential] = row ? await presentCredentials(platform, caller, [row]) : []
  if (!credential) throw notFound('data_credentials', id)
  return credential
}

export async function credentialsById(
  platform: Platform,
  caller: Caller,
  ids: readonly number[],
): Promise<Map<number, Credential>> {
  const unique = [...new Set(ids)]
  if (unique.length === 0) return new Map()
  const rows = await platform.db
    .selectFrom('data_credential')
    .select(columns)
    .where('id', 'in', unique)
    .where('org_id', '=', caller.orgId)
    .execute()
  const presented = await presentCredentials(platform, caller, rows)
  // Who may see a source or sink may not thereby see its credential.
  return new Map(presented.filter((one) => one.access_roles?.length).map((one) => [one.id, one]))
}
