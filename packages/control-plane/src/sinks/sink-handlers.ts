import type { JsonObject } from '@leat/connector-kit'
import type { ActivatedSink, Sink } from '@leat/contract'
import { sql } from 'kysely'
import { requireReference } from '../access/guard.ts'
import { listedFor } from '../access/roles.ts'
import { audit } from '../audit/record.ts'
import type { Caller } from '../auth/tokens.ts'
import { requireOwnOrganisation } from '../check-config.ts'
import { keptSecrets, openedConfig, sealedConfig, shownConfig } from '../config-secrets.ts'
import { insertCredential } from '../credentials/store-credential.ts'
import { jsonb } from '../database/column.ts'
import type { Database } from '../database/connection.ts'
import { copySink, CredentialCopies } from '../flows/copy-flow.ts'
import { requireCopyOwner } from '../flows/copy-owner.ts'
import { requireResourceNode } from '../flows/flow-handlers.ts'
import { insertChild, nodesOfFlows } from '../flows/flow-nodes.ts'
import { presentFlows } from '../flows/present-flow.ts'
import { removeNodes } from '../flows/remove-nodes.ts'
import { statusChange } from '../flows/change-resource-status.ts'
import type { Call, SomeHandlers } from '../http/call.ts'
import { createOnce } from '../http/create-once.ts'
import { pageOf } from '../http/paging.ts'
import { invalid, notFound } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { checkNode } from '../sources/source-config.ts'
import { completeAnswerSource } from './answer-source.ts'
import { planSink } from './plan-sink.ts'
import { presentSinks } from './present-sink.ts'

type Operations =
  | 'list_sinks'
  | 'create_sink'
  | 'get_sink'
  | 'update_sink'
  | 'delete_sink'
  | 'activate_sink'
  | 'pause_sink'
  | 'copy_sink'
  | 'plan_sink'

export function sinkHandlers(platform: Platform): SomeHandlers<Operations> {
  const { db } = platform
  const change = statusChange(platform, 'data_sinks', activated)
  return {
    async list_sinks({ query }, call) {
      const found = db
        .selectFrom('data_sink')
        .selectAll()
        .where(listedFor(call.caller, 'data_sinks', query.access_role))
      return presentSinks(platform, call.caller, await pageOf(found, call, query))
    },

    async create_sink({ body, query }, call) {
      if (body.data_set_id === null || body.data_set_id === undefined)
        throw invalid([
          {
            field: 'data_set_id',
            message:
              '"data_set_id" is missing: the id of the nexset that this destination receives. GET /data_sets lists them.',
          },
        ])
      const nexsetId = body.data_set_id
      await requireReference(db, call.caller, 'data_sets', nexsetId, 'data_set_id')
      const checked = await checkNode(platform, call.caller, 'sink', {
        ...body,
        type: body.sink_type,
        config: (body.sink_config ?? {}) as JsonObject,
        strict: query.strict ?? false,
      })
      const id = await createOnce(db, call, 'data_sinks', async (tx) => {
        const credential = checked.newCredential
          ? await insertCredential(platform, tx, call, checked.newCredential)
          : checked.credentialId
        const row = await tx
          .insertInto('data_sink')
          .values({
            org_id: call.caller.orgId,
            owner_id: call.caller.userId,
            name: body.name,
            description: body.description ?? null,
            sink_type: body.sink_type,
            sink_config: jsonb(sealedConfig(platform, 'sink', body.sink_type, checked.config)),
            template_config: body.template_config ? jsonb(body.template_config) : null,
            data_set_id: nexsetId,
            data_credentials_id: credential,
            vendor_endpoint_id: body.vendor_endpoint_id ?? null,
            create_destination: body.create_destination ?? false,
            data_map: body.data_map ? jsonb(body.data_map) : null,
            tags: jsonb(body.tags ?? []),
            config_warnings: jsonb(checked.warnings),
          })
          .returning('id')
          .executeTakeFirstOrThrow()
        await insertChild(
          tx,
          call.caller.orgId,
          { kind: 'data_sets', id: nexsetId },
          { kind: 'data_sinks', id: row.id },
        )
        const sink_config = shownConfig(platform.registry, 'sink', body.sink_type, checked.config)
        const after = { name: body.name, sink_type: body.sink_type, sink_config, data_set_id: nexsetId }
        await audit(tx, call, { kind: 'data_sinks', id: row.id, event: 'create', ownerId: call.caller.userId, after })
        await completeAnswerSource(tx, platform, call, row.id)
        return row.id
      })
      return getSink(platform, call.caller, id)
    },

    get_sink: ({ params }, call) => getSink(platform, call.caller, params.id),

    async update_sink({ params, body, query }, call) {
      const { id } = params
      const before = await db.selectFrom('data_sink').selectAll().where('id', '=', id).executeTakeFirst()
      if (!before) throw notFound('data_sinks', id)
      const nexsetId = body.data_set_id ?? before.data_set_id
      const moves = nexsetId !== before.data_set_id
      if (moves && nexsetId !== null) await requireReference(db, call.caller, 'data_sets', nexsetId, 'data_set_id')
      const stored = openedConfig(platform.vault, before.sink_config)
      const touchesRun = ['sink_config', 'data_credentials_id', 'data_credentials', 'template_config'].some((key) =>
        Object.hasOwn(body, key),
      )
      const checked = touchesRun
        ? await checkNode(platform, call.caller, 'sink', {
            name: body.name ?? before.name,
            type: before.sink_type,
            config: keptSecrets(
              platform.registry,
              'sink',
              before.sink_type,
              (body.sink_config ?? stored) as JsonObject,
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
        if (moves && nexsetId !== null) await moveSink(tx, call, id, nexsetId)
        const after = await tx
          .updateTable('data_sink')
          .set({
            ...(body.name === undefined ? {} : { name: body.name }),
            ...(body.description === undefined ? {} : { description: body.description }),
            ...(body.tags === undefined ? {} : { tags: jsonb(body.tags) }),
            ...(body.template_config === undefined ? {} : { template_config: jsonb(body.template_config) }),
            ...(body.create_destination === undefined ? {} : { create_destination: body.create_destination }),
            // A writer that is at work with the old config is fenced off; the next one starts from the cursor with the new.
            ...(checked === null
              ? {}
              : {
                  sink_config: jsonb(sealedConfig(platform, 'sink', before.sink_type, checked.config)),
                  config_warnings: jsonb(checked.warnings),
                  data_credentials_id: credential,
                  epoch: sql<number>`epoch + 1`,
                }),
            updated_at: new Date(),
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        await audit(tx, call, {
          kind: 'data_sinks',
          id,
          event: 'update',
          ownerId: before.owner_id,
          before: auditable(platform, before),
          after: auditable(platform, after),
        })
        await completeAnswerSource(tx, platform, call, id)
      })
      if ((touchesRun || moves) && before.status === 'ACTIVE') await platform.runs.wakeFollower('data_sink', id)
      return getSink(platform, call.caller, id)
    },

    async delete_sink({ params }, call) {
      const { id } = params
      const node = await requireResourceNode(platform, 'data_sinks', id)
      await db.transaction().execute(async (tx) => {
        const nodes = await nodesOfFlows(tx, [node.origin_node_id])
        await removeNodes(
          tx,
          call,
          nodes.filter((one) => one.id === node.id),
        )
      })
      return { code: '200', message: `Destination ${id} was deleted. What it delivered stays.` }
    },

    async activate_sink({ params, query }, call) {
      // A copy has none yet, and somebody may have deleted it.
      await db.transaction().execute((tx) => completeAnswerSource(tx, platform, call, params.id))
      return change(call, params.id, 'ACTIVE', query)
    },
    pause_sink: ({ params, query }, call) => change(call, params.id, 'PAUSED', query),

    plan_sink: ({ params }, call) => planSink(platform, call, params.id),

    async copy_sink({ params, body }, call) {
      requireOwnOrganisation(call.caller.orgId, body.org_id)
      await requireCopyOwner(db, call.caller, body.owner_id)
      const { data_set_id } = await db
        .selectFrom('data_sink')
        .select('data_set_id')
        .where('id', '=', params.id)
        .executeTakeFirstOrThrow()
      const credentials = new CredentialCopies(body.reuse_data_credentials ?? false)
      const id = await createOnce(db, call, 'data_sinks', (tx) =>
        copySink(tx, call, params.id, body, data_set_id, credentials),
      )
      return getSink(platform, call.caller, id)
    },
  }
}

/** Hangs a sink below another nexset; it delivers that one from its first kept record. */
export async function moveSink(tx: Database, call: Call, id: number, nexsetId: number): Promise<void> {
  await tx.deleteFrom('flow_node').where('data_sink_id', '=', id).execute()
  await insertChild(tx, call.caller.orgId, { kind: 'data_sets', id: nexsetId }, { kind: 'data_sinks', id })
  await tx.deleteFrom('staged_token').where('data_sink_id', '=', id).where('settled_at', 'is', null).execute()
  await tx
    .updateTable('data_sink')
    .set({ data_set_id: nexsetId, cursor_seq: 0, epoch: sql<number>`epoch + 1` })
    .where('id', '=', id)
    .execute()
}

function auditable(
  platform: Platform,
  row: {
    name: string
    sink_type: string
    description: string | null
    sink_config: JsonObject
    data_credentials_id: number | null
    data_set_id: number | null
    tags: string[]
  },
) {
  const { name, description, sink_type, data_credentials_id, data_set_id, tags } = row
  const sink_config = shownConfig(platform.registry, 'sink', sink_type, row.sink_config)
  return { name, description, sink_config, data_credentials_id, data_set_id, tags }
}

export async function getSink(platform: Platform, caller: Caller, id: number): Promise<Sink> {
  const row = await platform.db
    .selectFrom('data_sink')
    .selectAll()
    .where('id', '=', id)
    .where('org_id', '=', caller.orgId)
    .executeTakeFirst()
  const [sink] = row ? await presentSinks(platform, caller, [row]) : []
  if (!sink) throw notFound('data_sinks', id)
  return sink
}

async function activated(
  platform: Platform,
  caller: Caller,
  id: number,
  originId: number,
  asFlow: boolean,
): Promise<ActivatedSink> {
  const [{ data_credentials: _own, ...sink }, { data_credentials, ...flow }] = await Promise.all([
    getSink(platform, caller, id),
    presentFlows(platform, caller, [originId], { flowsOnly: false, metrics: false }),
  ])
  return { ...sink, ...flow, ...(asFlow && data_credentials ? { data_credentials } : {}) }
}
