import type { JsonObject } from '@leat/connector-kit'
import type { ActivatedNexset, Nexset } from '@leat/contract'
import { sql } from 'kysely'
import { requireReference, requireRole } from '../access/guard.ts'
import { listedFor } from '../access/roles.ts'
import { audit } from '../audit/record.ts'
import type { Caller } from '../auth/tokens.ts'
import { requireOwnOrganisation } from '../check-config.ts'
import { jsonb, type JsonText } from '../database/column.ts'
import { copyNexset } from '../flows/copy-flow.ts'
import { requireCopyOwner } from '../flows/copy-owner.ts'
import { requireResourceNode } from '../flows/flow-handlers.ts'
import { below, insertChild, nodesOfFlows } from '../flows/flow-nodes.ts'
import { presentFlows } from '../flows/present-flow.ts'
import { removeNodes } from '../flows/remove-nodes.ts'
import { statusChange } from '../flows/change-resource-status.ts'
import type { SomeHandlers } from '../http/call.ts'
import { createOnce } from '../http/create-once.ts'
import { pageOf } from '../http/paging.ts'
import { ApiProblem, invalid, notFound, toProblem } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { moveSink } from '../sinks/sink-handlers.ts'
import { dependents } from '../sources/source-handlers.ts'
import { isPublicSinkType, presentNexsets } from './present-nexset.ts'
import { readSamples } from './samples.ts'

type Operations =
  | 'list_nexsets'
  | 'create_nexset'
  | 'get_nexset'
  | 'update_nexset'
  | 'delete_nexset'
  | 'activate_nexset'
  | 'pause_nexset'
  | 'copy_nexset'
  | 'get_nexset_samples'

export function nexsetHandlers(platform: Platform): SomeHandlers<Operations> {
  const { db } = platform
  const change = statusChange(platform, 'data_sets', activated)
  return {
    async list_nexsets({ query }, call) {
      const found = db
        .selectFrom('data_set')
        .selectAll()
        .where(listedFor(call.caller, 'data_sets', query.access_role))
      return presentNexsets(platform, call.caller, await pageOf(found, call, query), false)
    },

    async create_nexset({ body }, call) {
      await requireReference(db, call.caller, 'data_sets', body.parent_data_set_id, 'parent_data_set_id')
      const transform = await checkedTransform(platform, body, body.parent_data_set_id)
      const sinks = await sinksToAttach(platform, call.caller, body.data_sinks)
      const id = await createOnce(db, call, 'data_sets', async (tx) => {
        const row = await tx
          .insertInto('data_set')
          .values({
            org_id: call.caller.orgId,
            owner_id: call.caller.userId,
            name: body.name,
            parent_data_set_id: body.parent_data_set_id,
            transform: transform ? jsonb(transform) : null,
            has_custom_transform: body.has_custom_transform ?? transform !== null,
            ...details(body),
          })
          .returning('id')
          .executeTakeFirstOrThrow()
        await insertChild(
          tx,
          call.caller.orgId,
          { kind: 'data_sets', id: body.parent_data_set_id },
          { kind: 'data_sets', id: row.id },
        )
        for (const sink of sinks) await moveSink(tx, call, sink, row.id)
        await audit(tx, call, {
          kind: 'data_sets',
          id: row.id,
          event: 'create',
          ownerId: call.caller.userId,
          after: { name: body.name, parent_data_set_id: body.parent_data_set_id, transform },
        })
        return row.id
      })
      await platform.runs.wakeFollower('data_set', id)
      return getNexset(platform, call.caller, id)
    },

    get_nexset: ({ params }, call) => getNexset(platform, call.caller, params.id),

    async update_nexset({ params, body }, call) {
      const { id } = params
      const before = await db.selectFrom('data_set').selectAll().where('id', '=', id).executeTakeFirst()
      if (!before) throw notFound('data_sets', id)
      const newTransform =
        body.transform !== undefined || (body.transform_id !== undefined && body.transform_id !== null)
      if (newTransform && before.parent_data_set_id === null)
        throw new ApiProblem(
          'conflict',
          `Nexset ${id} comes from source ${before.data_source_id} and has no transform. Create a nexset from it with POST /data_sets {"parent_data_set_id": ${id}, "transform": …}.`,
        )
      const transform = newTransform ? await checkedTransform(platform, body, before.parent_data_set_id!) : null
      const sinks = await sinksToAttach(platform, call.caller, body.data_sinks)
      await db.transaction().execute(async (tx) => {
        const after = await tx
          .updateTable('data_set')
          .set({
            ...(body.name === undefined ? {} : { name: body.name }),
            ...(body.has_custom_transform === undefined ? {} : { has_custom_transform: body.has_custom_transform }),
            // The writer that is at work with the old transform is fenced off; records from the cursor on go through the new one.
            ...(newTransform ? { transform: transform ? jsonb(transform) : null, epoch: sql<number>`epoch + 1` } : {}),
            ...details(body),
            updated_at: new Date(),
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        for (const sink of sinks) await moveSink(tx, call, sink, id)
        const shown = (row: typeof before) => ({
          name: row.name,
          description: row.description,
          transform: row.transform,
          tags: row.tags,
          retention_days: row.retention_days,
        })
        await audit(tx, call, {
          kind: 'data_sets',
          id,
          event: 'update',
          ownerId: before.owner_id,
          before: shown(before),
          after: shown(after),
        })
      })
      if (newTransform && before.status === 'ACTIVE') await platform.runs.wakeFollower('data_set', id)
      return getNexset(platform, call.caller, id)
    },

    async delete_nexset({ params }, call) {
      const { id } = params
      const node = await requireResourceNode(platform, 'data_sets', id)
      await db.transaction().execute(async (tx) => {
        const nodes = await nodesOfFlows(tx, [node.origin_node_id])
        const tree = below(nodes, node.id)
        const built = tree.filter((one) => one.id !== node.id)
        if (built.length > 0) throw dependents('data_sets', id, built)
        await removeNodes(tx, call, tree)
      })
      return { code: '200', message: `Nexset ${id} was deleted.` }
    },

    activate_nexset: ({ params, query }, call) => change(call, params.id, 'ACTIVE', query),
    pause_nexset: ({ params, query }, call) => change(call, params.id, 'PAUSED', query),

    async copy_nexset({ params, body }, call) {
      requireOwnOrganisation(call.caller.orgId, body.org_id)
      await requireCopyOwner(db, call.caller, body.owner_id)
      const row = await db
        .selectFrom('data_set')
        .select(['parent_data_set_id', 'data_source_id'])
        .where('id', '=', params.id)
        .executeTakeFirstOrThrow()
      if (row.parent_data_set_id === null)
        throw new ApiProblem(
          'conflict',
          `Nexset ${params.id} is what source ${row.data_source_id} detected; a source has one of each. Copy the source, or create a nexset from this one.`,
        )
      const parent = { kind: 'data_sets', id: row.parent_data_set_id } as const
      const id = await createOnce(db, call, 'data_sets', (tx) => copyNexset(tx, call, params.id, body, parent))
      return getNexset(platform, call.caller, id)
    },

    get_nexset_samples: ({ params, query }) => readSamples(platform, params.id, query.count, query.include_metadata),
  }
}

interface TransformRequest {
  readonly transform?: Record<string, unknown> | null | undefined
  readonly transform_id?: number | null | undefined
}

async function checkedTransform(
  platform: Platform,
  body: TransformRequest,
  parentId: number,
): Promise<JsonObject | null> {
  if (body.transform_id !== undefined && body.transform_id !== null && !body.transform)
    throw invalid([
      {
        field: 'transform_id',
        value: body.transform_id,
        message: `"transform_id" is ${body.transform_id}, and this server keeps no reusable transforms yet. Give the operations in "transform".`,
      },
    ])
  const transform = (body.transform ?? null) as JsonObject | null
  if (transform === null || Object.keys(transform).length === 0) return null
  const parent = await platform.db
    .selectFrom('data_set')
    .select('schema')
    .where('id', '=', parentId)
    .executeTakeFirstOrThrow()
  try {
    platform.checkTransform(transform, parent.schema)
  } catch (thrown) {
    const problem = toProblem(thrown)
    if (problem.problem !== 'config_invalid' && problem.problem !== 'transform_invalid') throw thrown
    const field = problem.extra.details?.[0]?.field
    const path = field === undefined ? 'transform' : field.startsWith('transform') ? field : `transform.${field}`
    throw new ApiProblem('transform_invalid', problem.message, {
      ...problem.extra,
      details: [{ field: path, message: problem.message }],
    })
  }
  return transform
}

/** `data_sinks` of a nexset: ids, or objects with an id, of destinations that move to it. */
async function sinksToAttach(
  platform: Platform,
  caller: Caller,
  sinks: readonly (number | Record<string, unknown>)[] | undefined,
): Promise<number[]> {
  const ids = (sinks ?? []).map((one) => (typeof one === 'number' ? one : one['id']))
  for (const [index, id] of ids.entries()) {
    if (typeof id !== 'number')
      throw invalid([
        {
          field: `data_sinks.${index}`,
          message: `"data_sinks.${index}" has no "id". Give the id of a destination, or create it with POST /data_sinks.`,
        },
      ])
    await requireReference(platform.db, caller, 'data_sinks', id, `data_sinks.${index}`)
    await requireRole(platform.db, caller, 'data_sinks', id, 'admin')
  }
  return ids as number[]
}

type Details = {
  readonly description?: string | null | undefined
  readonly output_schema_annotations?: Record<string, unknown> | null | undefined
  readonly output_schema_validation_enabled?: boolean | undefined
  readonly output_validation_schema?: Record<string, unknown> | null | undefined
  readonly custom_config?: Record<string, unknown> | null | undefined
  readonly tags?: readonly string[] | undefined
  readonly retention_days?: number | undefined
}

function details(body: Details) {
  const json = (value: Record<string, unknown> | null): JsonText | null => (value === null ? null : jsonb(value))
  return {
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.output_schema_annotations === undefined
      ? {}
      : { output_schema_annotations: json(body.output_schema_annotations) }),
    ...(body.output_schema_validation_enabled === undefined
      ? {}
      : { output_schema_validation_enabled: body.output_schema_validation_enabled }),
    ...(body.output_validation_schema === undefined
      ? {}
      : { output_validation_schema: json(body.output_validation_schema) }),
    ...(body.custom_config === undefined ? {} : { custom_config: json(body.custom_config) }),
    ...(body.tags === undefined ? {} : { tags: jsonb(body.tags) }),
    ...(body.retention_days === undefined ? {} : { retention_days: body.retention_days }),
  }
}

export async function getNexset(platform: Platform, caller: Caller, id: number): Promise<Nexset> {
  const row = await platform.db
    .selectFrom('data_set')
    .selectAll()
    .where('id', '=', id)
    .where('org_id', '=', caller.orgId)
    .executeTakeFirst()
  const [nexset] = row ? await presentNexsets(platform, caller, [row], true) : []
  if (!nexset) throw notFound('data_sets', id)
  return nexset
}

async function activated(
  platform: Platform,
  caller: Caller,
  id: number,
  originId: number,
  asFlow: boolean,
): Promise<ActivatedNexset> {
  const [nexset, flow] = await Promise.all([
    getNexset(platform, caller, id),
    presentFlows(platform, caller, [originId], { flowsOnly: false, metrics: false }),
  ])
  const sinks = (flow.data_sinks ?? []).map(({ sink_type, ...sink }) => ({
    ...sink,
    ...(asFlow || isPublicSinkType(sink_type) ? { sink_type } : {}),
  }))
  return { ...nexset, ...flow, data_sinks: sinks }
}
