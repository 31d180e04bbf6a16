import type { CopyOptions } from '@leat/contract'
import { sql } from 'kysely'
import { copyAccessors } from '../access/accessors.ts'
import { audit } from '../audit/record.ts'
import { copyCredential } from '../credentials/copy-credential.ts'
import type { Database } from '../database/connection.ts'
import type { Call } from '../http/call.ts'
import {
  type FlowNodeRow,
  type NodeResource,
  insertChild,
  insertOrigin,
  nodesOfFlows,
  resourceOf,
} from './flow-nodes.ts'

/** Copies one source, paused, as a flow of its own. Its nexsets are detected anew. */
export async function copySource(
  tx: Database,
  call: Call,
  id: number,
  options: CopyOptions,
  credentials: CredentialCopies,
): Promise<number> {
  const credential = await credentials.of(tx, call, 'data_source', id)
  const { rows } = await sql<{ id: number }>`
    insert into data_source (org_id, owner_id, name, description, status, source_type, source_config, template_config, ingest_method, data_credentials_id,
      vendor_endpoint_id, code_container_id, tags, config_warnings, start_cron, copied_from_id)
    select org_id, ${ownerOf(call, options)}, 'Copy of ' || name, description, 'PAUSED', source_type, source_config, template_config, ingest_method, ${credential},
      vendor_endpoint_id, code_container_id, tags, config_warnings, start_cron, id from data_source where id = ${id} returning id`.execute(
    tx,
  )
  const copy = rows[0]!.id
  await insertOrigin(tx, call.caller.orgId, copy)
  return finish(tx, call, options, { kind: 'data_sources', id }, copy)
}

/** Copies one nexset below `parent`, paused and empty: a child derives its records again, one of a copied source waits for that source. */
export async function copyNexset(
  tx: Database,
  call: Call,
  id: number,
  options: CopyOptions,
  parent: NodeResource,
): Promise<number> {
  const [source, above] = parent.kind === 'data_sources' ? [parent.id, null] : [null, parent.id]
  const { rows } = await sql<{ id: number }>`
    insert into data_set (org_id, owner_id, name, description, status, data_source_id, parent_data_set_id, transform, transform_id, has_custom_transform,
      output_schema_annotations, output_schema_validation_enabled, output_validation_schema, custom_config, tags, retention_days, copied_from_id)
    select org_id, ${ownerOf(call, options)}, 'Copy of ' || name, description, 'PAUSED', ${source}::bigint, ${above}::bigint, transform, transform_id, has_custom_transform,
      output_schema_annotations, output_schema_validation_enabled, output_validation_schema, custom_config, tags, retention_days, id
    from data_set where id = ${id} returning id`.execute(tx)
  const copy = rows[0]!.id
  await insertChild(tx, call.caller.orgId, parent, { kind: 'data_sets', id: copy })
  return finish(tx, call, options, { kind: 'data_sets', id }, copy)
}

/** Copies one sink, paused, onto a nexset; it delivers from the first record that is kept. */
export async function copySink(
  tx: Database,
  call: Call,
  id: number,
  options: CopyOptions,
  nexsetId: number | null,
  credentials: CredentialCopies,
): Promise<number> {
  const credential = await credentials.of(tx, call, 'data_sink', id)
  const { rows } = await sql<{ id: number }>`
    insert into data_sink (org_id, owner_id, name, description, status, sink_type, sink_config, template_config, data_set_id, data_credentials_id,
      vendor_endpoint_id, create_destination, data_map, tags, config_warnings, copied_from_id)
    select org_id, ${ownerOf(call, options)}, 'Copy of ' || name, description, 'PAUSED', sink_type, sink_config, template_config, ${nexsetId}::bigint, ${credential},
      vendor_endpoint_id, create_destination, data_map, tags, config_warnings, id from data_sink where id = ${id} returning id`.execute(
    tx,
  )
  const copy = rows[0]!.id
  if (nexsetId !== null)
    await insertChild(tx, call.caller.orgId, { kind: 'data_sets', id: nexsetId }, { kind: 'data_sinks', id: copy })
  return finish(tx, call, options, { kind: 'data_sinks', id }, copy)
}

/** Copies a whole flow, paused; returns the id of the new origin node. */
export async function copyFlow(tx: Database, call: Call, originId: number, options: CopyOptions): Promise<number> {
  const nodes = await nodesOfFlows(tx, [originId])
  const origin = nodes.find((node) => node.id === originId)!
  const credentials = new CredentialCopies(options.reuse_data_credentials ?? false)
  const sourceId = await copySource(tx, call, origin.data_source_id!, options, credentials)
  await copyChildren(tx, call, options, nodes, origin, { kind: 'data_sources', id: sourceId }, credentials)
  const { id } = await tx
    .selectFrom('flow_node')
    .select('id')
    .where('data_source_id', '=', sourceId)
    .executeTakeFirstOrThrow()
  if (options.copy_access_controls) await copyAccessors(tx, 'flows', originId, id)
  await audit(tx, call, {
    kind: 'flows',
    id,
    event: 'copy',
    ownerId: ownerOf(call, options),
    after: { copied_from_id: originId },
  })
  return id
}

async function copyChildren(
  tx: Database,
  call: Call,
  options: CopyOptions,
  nodes: readonly FlowNodeRow[],
  from: FlowNodeRow,
  to: NodeResource,
  credentials: CredentialCopies,
): Promise<void> {
  for (const child of nodes.filter((node) => node.parent_node_id === from.id)) {
    const { kind, id } = resourceOf(child)
    if (kind === 'data_sinks') await copySink(tx, call, id, options, to.id, credentials)
    else
      await copyChildren(
        tx,
        call,
        options,
        nodes,
        child,
        { kind: 'data_sets', id: await copyNexset(tx, call, id, options, to) },
        credentials,
      )
  }
}

async function finish(tx: Database, call: Call, options: CopyOptions, from: NodeResource, to: number): Promise<number> {
  if (options.copy_access_controls) await copyAccessors(tx, from.kind, from.id, to)
  await audit(tx, call, {
    kind: from.kind,
    id: to,
    event: 'copy',
    ownerId: ownerOf(call, options),
    after: { copied_from_id: from.id },
  })
  return to
}

function ownerOf(call: Call, options: CopyOptions): number {
  return options.owner_id ?? call.caller.userId
}

/** Reuses credentials, or copies each of them once however many nodes of the flow use it. */
export class CredentialCopies {
  readonly #reuse: boolean
  readonly #copies = new Map<number, number>()

  constructor(reuse: boolean) {
    this.#reuse = reuse
  }

  async of(tx: Database, call: Call, table: 'data_source' | 'data_sink', id: number): Promise<number | null> {
    const row = await tx.selectFrom(table).select('data_credentials_id').where('id', '=', id).executeTakeFirst()
    const used = row?.data_credentials_id ?? null
    if (used === null || this.#reuse) return used
    const known = this.#copies.get(used)
    if (known !== undefined) return known
    const copy = await copyCredential(tx, call, used)
    this.#copies.set(used, copy)
    return copy
  }
}
