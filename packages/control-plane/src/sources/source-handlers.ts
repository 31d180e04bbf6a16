import type { JsonObject } from '@leat/connector-kit'
import type { ActivatedSource, Source } from '@leat/contract'
import { sql } from 'kysely'
import { listedFor } from '../access/roles.ts'
import { audit } from '../audit/record.ts'
import type { Caller } from '../auth/tokens.ts'
import { requireConnector, requireOwnOrganisation } from '../check-config.ts'
import { insertCredential } from '../credentials/store-credential.ts'
import { jsonb } from '../database/column.ts'
import { copySource, CredentialCopies } from '../flows/copy-flow.ts'
import { requireCopyOwner } from '../flows/copy-owner.ts'
import { insertOrigin, nodesOfFlows } from '../flows/flow-nodes.ts'
import { requireResourceNode } from '../flows/flow-handlers.ts'
import { presentFlows } from '../flows/present-flow.ts'
import { removeNodes } from '../flows/remove-nodes.ts'
import { statusChange } from '../flows/change-resource-status.ts'
import type { SomeHandlers } from '../http/call.ts'
import { createOnce } from '../http/create-once.ts'
import { pageOf } from '../http/paging.ts'
import { ApiProblem, notFound } from '../http/problem.ts'
import { completeHook } from '../hooks/hook-keys.ts'
import { keptSecrets, openedConfig, sealedConfig, shownConfig } from '../config-secrets.ts'
import type { Platform } from '../platform.ts'
import { presentSources } from './present-source.ts'
import { requireIngestMethod } from './ingest-method.ts'
import { checkNode } from './source-config.ts'
import { trySource } from './try-source.ts'

type Operations =
  | 'list_sources'
  | 'create_source'
  | 'get_source'
  | 'update_source'
  | 'delete_source'
  | 'activate_source'
  | 'pause_source'
  | 'copy_source'
  | 'try_source'

export function sourceHandlers(platform: Platform): SomeHandlers<Operations> {
  const { db } = platform
  const change = statusChange(platform, 'data_sources', activated)
  return {
    async list_sources({ query }, call) {
      const found = db
        .selectFrom('data_source')
        .selectAll()
        .where(listedFor(call.caller, 'data_sources', query.access_role))
      return presentSources(platform, call.caller, await pageOf(found, call, query))
    },

    async create_source({ body, query }, call) {
      const method = requireIngestMethod(requireConnector(platform, 'source', body.source_type), body.ingest_method)
      const checked = await checkNode(platform, call.caller, 'source', {
        ...body,
        type: body.source_type,
        config: (body.source_config ?? {}) as JsonObject,
        strict: query.strict ?? false,
      })
      const id = await createOnce(db, call, 'data_sources', async (tx) => {
        const credential = checked.newCredential
          ? await insertCredential(platform, tx, call, checked.newCredential)
          : checked.credentialId
        const row = await tx
          .insertInto('data_source')
          .values({
            org_id: call.caller.orgId,
            owner_id: call.caller.userId,
            name: body.name,
            description: body.description ?? null,
            source_type: body.source_type,
            source_config: jsonb(sealedConfig(platform, 'source', body.source_type, checked.config)),
            start_cron: checked.cron,
            template_config: body.template_config ? jsonb(body.template_config) : null,
            ingest_method: method,
            data_credentials_id: credential,
            vendor_endpoint_id: body.vendor_endpoint_id ?? null,
            code_container_id: body.code_container_id ?? null,
            tags: jsonb(body.tags ?? []),
            config_warnings: jsonb(checked.warnings),
          })
          .returning('id')
          .executeTakeFirstOrThrow()
        await insertOrigin(tx, call.caller.orgId, row.id)
        await completeHook(tx, platform, row.id)
        await audit(tx, call, {
          kind: 'data_sources',
          id: row.id,
          event: 'create',
          ownerId: call.caller.userId,
          after: {
            name: body.name,
            source_type: body.source_type,
            source_config: shownConfig(platform.registry, 'source', body.source_type, checked.config),
          },
        })
        return row.id
      })
      return getSource(platform, call.caller, id)
    },

    get_source: ({ params }, call) => getSource(platform, call.caller, params.id),

    async update_source({ params, body, query }, call) {
      const { id } = params
      const before = await db.selectFrom('data_source').selectAll().where('id', '=', id).executeTakeFirst()
      if (!before) throw notFound('data_sources', id)
      const method =
        body.ingest_method === undefined
          ? before.ingest_method
          : requireIngestMethod(requireConnector(platform, 'source', before.source_type), body.ingest_method)
      const stored = openedConfig(platform.vault, before.source_config)
      const touchesRun =
        method !== before.ingest_method ||
        ['source_config', 'data_credentials_id', 'data_credentials', 'template_config'].some((key) =>
          Object.hasOwn(body, key),
        )
      const checked = touchesRun
        ? await checkNode(platform, call.caller, 'source', {
            name: body.name ?? before.name,
            type: before.source_type,
            config: keptSecrets(
              platform.registry,
              'source',
              before.source_type,
              (body.source_config ?? stored) as JsonObject,
              stored,
            ),
            template_config: body.template_config ?? before.template_config,
            data_credentials_id:
              body.data_credentials_id ?? (body.data_credentials === undefined ? before.data_credentials_id : null),
            data_credentials: body.data_credentials,
            strict: query.strict ?? false,
          })
        : null
      await db.transaction().execute(async (tx) => {
        const credential = checked?.newCredential
          ? await insertCredential(platform, tx, call, checked.newCredential)
          : (checked?.credentialId ?? null)
        const after = await tx
          .updateTable('data_source')
          .set({
            ...(body.name === undefined ? {} : { name: body.name }),
            ...(body.description === undefined ? {} : { description: body.description }),
            ...(body.tags === undefined ? {} : { tags: jsonb(body.tags) }),
            ingest_method: method,
            ...(body.template_config === undefined ? {} : { template_config: jsonb(body.template_config) }),
            ...(checked === null
              ? {}
              : {
                  source_config: jsonb(sealedConfig(platform, 'source', before.source_type, checked.config)),
                  start_cron: checked.cron,
                  config_warnings: jsonb(checked.warnings),
                  data_credentials_id: credential,
                  config_version: sql<number>`config_version + 1`,
                }),
            updated_at: new Date(),
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        await audit(tx, call, {
          kind: 'data_sources',
          id,
          event: 'update',
          ownerId: before.owner_id,
          before: auditable(platform, before),
          after: auditable(platform, after),
        })
      })
      if (touchesRun) await platform.runs.sourceChanged(id)
      platform.hooks.changed()
      return getSource(platform, call.caller, id)
    },

    async delete_source({ params }, call) {
      const { id } = params
      const node = await requireResourceNode(platform, 'data_sources', id)
      await db.transaction().execute(async (tx) => {
        await tx.updateTable('data_source').set({ status: 'PAUSED' }).where('id', '=', id).execute()
        const nodes = await nodesOfFlows(tx, [node.origin_node_id])
        // What the source detected goes with it; what somebody built on that does not.
        const own = nodes.filter((one) => one.id === node.id || one.parent_node_id === node.id)
        const built = nodes.filter((one) => !own.includes(one))
        if (built.length > 0) throw dependents('data_sources', id, built)
        await removeNodes(tx, call, own)
      })
      await platform.runs.pauseSource(id)
      platform.hooks.changed()
      return { code: '200', message: `Source ${id} was deleted.` }
    },

    activate_source: ({ params, query }, call) => change(call, params.id, 'ACTIVE', query),
    pause_source: ({ params, query }, call) => change(call, params.id, 'PAUSED', query),

    try_source: ({ params, body }, call) => trySource(platform, call, params.id, body.sample ?? false),

    async copy_source({ params, body }, call) {
      requireOwnOrganisation(call.caller.orgId, body.org_id)
      await requireCopyOwner(db, call.caller, body.owner_id)
      const id = await createOnce(db, call, 'data_sources', async (tx) => {
        const credentials = new CredentialCopies(body.reuse_data_credentials ?? false)
        const copy = await copySource(tx, call, params.id, body, credentials)
        await completeHook(tx, platform, copy)
        return copy
      })
      return getSource(platform, call.caller, id)
    },
  }
}

/** What stands on a resource, by name, as the reason why it cannot be deleted. */
export function dependents(
  kind: 'data_sources' | 'data_sets',
  id: number,
  nodes: readonly { data_set_id: number | null; data_sink_id: number | null; name: string | null }[],
): ApiProblem {
  const names = nodes
    .slice(0, 5)
    .map((node) =>
      node.data_sink_id === null
        ? `nexset ${node.data_set_id} "${node.name}"`
        : `destination ${node.data_sink_id} "${node.name}"`,
    )
  const more = nodes.length > 5 ? ` and ${nodes.length - 5} more` : ''
  return new ApiProblem(
    'conflict',
    `${kind} ${id} cannot be deleted while ${names.join(', ')}${more} depend on it. Delete these first, or the whole flow with DELETE /${kind}/${id}/flow.`,
    { resource: { type: kind, id } },
  )
}

function auditable(
  platform: Platform,
  row: {
    name: string
    source_type: string
    description: string | null
    source_config: JsonObject
    data_credentials_id: number | null
    tags: string[]
  },
) {
  const { name, description, source_type, data_credentials_id, tags } = row
  const source_config = shownConfig(platform.registry, 'source', source_type, row.source_config)
  return { name, description, source_config, data_credentials_id, tags }
}

export async function getSource(platform: Platform, caller: Caller, id: number): Promise<Source> {
  const row = await platform.db
    .selectFrom('data_source')
    .selectAll()
    .where('id', '=', id)
    .where('org_id', '=', caller.orgId)
    .executeTakeFirst()
  const [source] = row ? await presentSources(platform, caller, [row]) : []
  if (!source) throw notFound('data_sources', id)
  return source
}

/**
 * One URL, two calls of the public client: the answer is a source and a flow in one object. `data_credentials` is one credential in the first
 * and a list in the second, so it is left out unless the caller said that it reads a flow.
 */
async function activated(
  platform: Platform,
  caller: Caller,
  id: number,
  originId: number,
  asFlow: boolean,
): Promise<ActivatedSource> {
  const [{ data_credentials: _own, ...source }, { data_credentials, ...flow }] = await Promise.all([
    getSource(platform, caller, id),
    presentFlows(platform, caller, [originId], { flowsOnly: false, metrics: false }),
  ])
  return {
    ...source,
    ...flow,
    data_sets: flow.data_sets ?? [],
    ...(asFlow && data_credentials ? { data_credentials } : {}),
  }
}
