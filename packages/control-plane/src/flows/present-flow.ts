import type {
  FlowCredential,
  FlowNexset,
  FlowNode,
  FlowResponse,
  FlowRunMetric,
  FlowSink,
  FlowSource,
  Role,
} from '@leat/contract'
import { sql } from 'kysely'
import { ownersById, orgBrief } from '../access/resource-base.ts'
import { rolesOn } from '../access/roles.ts'
import type { Caller } from '../auth/tokens.ts'
import type { Platform } from '../platform.ts'
import { type FlowNodeRow, nodesOfFlows, resourceOf } from './flow-nodes.ts'

export interface FlowView {
  readonly flowsOnly: boolean
  readonly metrics: boolean
}

/** Flows by the ids of their origin nodes, as the one composite object of the public API. Resources that the caller may not see stay unnamed. */
export async function presentFlows(
  platform: Platform,
  caller: Caller,
  originIds: readonly number[],
  view: FlowView,
): Promise<FlowResponse> {
  const nodes = await nodesOfFlows(platform.db, originIds)
  const visible = await visibleResources(platform, caller, nodes)
  const flows = originIds.map((id) => treeFrom(nodes, id, visible)).filter((node) => node !== null)
  return {
    flows,
    ...(view.flowsOnly ? {} : await elementsOf(platform, caller, nodes, visible)),
    ...(view.metrics ? { metrics: await runMetrics(platform, originIds) } : {}),
  }
}

type Visible = Readonly<Record<'data_sources' | 'data_sets' | 'data_sinks', ReadonlyMap<number, Role | null>>>

async function visibleResources(platform: Platform, caller: Caller, nodes: readonly FlowNodeRow[]): Promise<Visible> {
  const ids = (kind: keyof Visible) =>
    nodes
      .map(resourceOf)
      .filter((one) => one.kind === kind)
      .map((one) => one.id)
  const [data_sources, data_sets, data_sinks] = await Promise.all([
    rolesOn(platform.db, caller, 'data_sources', ids('data_sources')),
    rolesOn(platform.db, caller, 'data_sets', ids('data_sets')),
    rolesOn(platform.db, caller, 'data_sinks', ids('data_sinks')),
  ])
  return { data_sources, data_sets, data_sinks }
}

function roleOf(visible: Visible, node: FlowNodeRow): Role | null {
  const { kind, id } = resourceOf(node)
  return visible[kind].get(id) ?? null
}

function treeFrom(nodes: readonly FlowNodeRow[], id: number, visible: Visible): FlowNode | null {
  const node = nodes.find((one) => one.id === id)
  if (!node) return null
  const seen = roleOf(visible, node) !== null
  return {
    id: node.id,
    parent_node_id: node.parent_node_id,
    origin_node_id: node.origin_node_id,
    data_source_id: node.data_source_id,
    data_set_id: node.data_set_id,
    data_sink_id: node.data_sink_id,
    shared_origin_node_id: null,
    status: node.status,
    project_id: null,
    flow_type: 'batch',
    ingestion_mode: 'BATCH',
    name: seen ? node.name : null,
    description: seen ? node.description : null,
    children: nodes.filter((one) => one.parent_node_id === id).map((one) => treeFrom(nodes, one.id, visible)!),
  }
}

async function elementsOf(platform: Platform, caller: Caller, nodes: readonly FlowNodeRow[], visible: Visible) {
  const seen = nodes.filter((node) => roleOf(visible, node) !== null)
  const common = (node: FlowNodeRow) => ({
    flow_node_id: node.id,
    origin_node_id: node.origin_node_id,
    access_roles: [roleOf(visible, node)!],
    managed: false,
  })
  const [sources, nexsets, sinks] = await Promise.all([
    sourceElements(platform, seen, common),
    nexsetElements(platform, seen, nodes, common),
    sinkElements(platform, seen, nodes, common),
  ])
  const credentialIds = [...sources, ...sinks].flatMap((one) => one.data_credentials_id ?? [])
  const credentials = await credentialElements(platform, caller, credentialIds)
  const owners = await ownersById(
    platform.db,
    [...sources, ...nexsets, ...sinks].map((one) => one.owner_id),
  )
  return {
    code_containers: [],
    data_sources: sources,
    data_sets: nexsets,
    data_sinks: sinks,
    data_credentials: credentials,
    shared_data_sets: [],
    orgs: [{ ...(await orgBrief(platform.db, caller.orgId)) }],
    users: [...owners.values()].map((owner) => ({ ...owner })),
    projects: [],
  }
}

type Common = (node: FlowNodeRow) => {
  flow_node_id: number
  origin_node_id: number
  access_roles: Role[]
  managed: boolean
}

async function sourceElements(platform: Platform, seen: readonly FlowNodeRow[], common: Common): Promise<FlowSource[]> {
  const nodes = new Map(
    seen.flatMap((node) => (node.data_source_id === null ? [] : [[node.data_source_id, node] as const])),
  )
  if (nodes.size === 0) return []
  const rows = await platform.db
    .selectFrom('data_source')
    .select([
      'id',
      'owner_id',
      'org_id',
      'name',
      'description',
      'status',
      'source_type',
      'data_credentials_id',
      'tags',
      'copied_from_id',
      'created_at',
      'updated_at',
    ])
    .where('id', 'in', [...nodes.keys()])
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    ...row,
    ...common(nodes.get(row.id)!),
    connector_type: row.source_type,
    connection_type: row.source_type,
    auto_generated: false,
  }))
}

async function nexsetElements(
  platform: Platform,
  seen: readonly FlowNodeRow[],
  all: readonly FlowNodeRow[],
  common: Common,
): Promise<FlowNexset[]> {
  const nodes = new Map(seen.flatMap((node) => (node.data_set_id === null ? [] : [[node.data_set_id, node] as const])))
  if (nodes.size === 0) return []
  const rows = await platform.db
    .selectFrom('data_set')
    .select([
      'id',
      'owner_id',
      'org_id',
      'name',
      'description',
      'status',
      'data_source_id',
      'parent_data_set_id',
      'tags',
      'copied_from_id',
      'created_at',
      'updated_at',
    ])
    .where('id', 'in', [...nodes.keys()])
    .orderBy('id')
    .execute()
  return rows.map((row) => {
    const node = nodes.get(row.id)!
    const data_sink_ids = all.flatMap((one) =>
      one.parent_node_id === node.id && one.data_sink_id !== null ? [one.data_sink_id] : [],
    )
    return { ...row, ...common(node), data_sink_ids, public: false }
  })
}

async function sinkElements(
  platform: Platform,
  seen: readonly FlowNodeRow[],
  all: readonly FlowNodeRow[],
  common: Common,
): Promise<FlowSink[]> {
  const nodes = new Map(
    seen.flatMap((node) => (node.data_sink_id === null ? [] : [[node.data_sink_id, node] as const])),
  )
  if (nodes.size === 0) return []
  const rows = await platform.db
    .selectFrom('data_sink')
    .select([
      'id',
      'owner_id',
      'org_id',
      'name',
      'description',
      'status',
      'sink_type',
      'data_credentials_id',
      'data_set_id',
      'tags',
      'copied_from_id',
      'created_at',
      'updated_at',
    ])
    .where('id', 'in', [...nodes.keys()])
    .orderBy('id')
    .execute()
  return rows.map((row) => {
    const node = nodes.get(row.id)!
    const data_source_id = all.find((one) => one.id === node.origin_node_id)?.data_source_id ?? null
    return { ...row, ...common(node), connector_type: row.sink_type, connection_type: row.sink_type, data_source_id }
  })
}

async function credentialElements(
  platform: Platform,
  caller: Caller,
  ids: readonly number[],
): Promise<FlowCredential[]> {
  const roles = await rolesOn(platform.db, caller, 'data_credentials', [...new Set(ids)])
  const seen = [...roles].filter(([, role]) => role !== null).map(([id]) => id)
  if (seen.length === 0) return []
  const rows = await platform.db
    .selectFrom('data_credential')
    .select([
      'id',
      'owner_id',
      'org_id',
      'name',
      'description',
      'credentials_type',
      'verified_status',
      'tags',
      'copied_from_id',
      'created_at',
      'updated_at',
    ])
    .where('id', 'in', seen)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    ...row,
    verified_status: row.verified_status as FlowCredential['verified_status'],
    access_roles: [roles.get(row.id)!],
    managed: false,
  }))
}

/** The last hundred runs of each flow: what came out of its source. */
async function runMetrics(platform: Platform, originIds: readonly number[]): Promise<FlowRunMetric[]> {
  if (originIds.length === 0) return []
  const { rows } = await sql<FlowRunMetric>`
    select n.id as origin_node_id, m.run_id, sum(m.written)::bigint as records, sum(m.bytes)::bigint as size, sum(m.refused)::bigint as errors,
      max(m.updated_at) as reporting_date
    from flow_node n join metric m on m.node_kind = 'data_source' and m.node_id = n.data_source_id
    where n.id = any(${originIds}::bigint[]) group by n.id, m.run_id order by m.run_id desc limit 100`.execute(
    platform.db,
  )
  return [...rows]
}
