import type { ResourceKind, Role } from '@leat/contract'
import { sql, type RawBuilder } from 'kysely'
import type { Actor } from '../auth/tokens.ts'
import type { Database } from '../database/connection.ts'

export const roleOrder = ['collaborator', 'operator', 'admin', 'owner'] as const satisfies readonly Role[]

export function atLeast(role: Role | null, least: Role): boolean {
  return role !== null && roleOrder.indexOf(role) >= roleOrder.indexOf(least)
}

export function rolesFrom(least: Role): Role[] {
  return roleOrder.slice(roleOrder.indexOf(least))
}

/** Table of a kind, and the column of `flow_node` that points at it. */
export const tables = {
  data_credentials: { table: 'data_credential', node: null, item: 'DataCredentials' },
  data_sources: { table: 'data_source', node: 'data_source_id', item: 'DataSource' },
  data_sets: { table: 'data_set', node: 'data_set_id', item: 'DataSet' },
  data_sinks: { table: 'data_sink', node: 'data_sink_id', item: 'DataSink' },
  data_maps: { table: 'data_map', node: null, item: 'DataMap' },
  flows: { table: 'flow_node', node: null, item: 'Flow' },
} as const satisfies Record<ResourceKind, { table: string; node: string | null; item: string }>

/**
 * Who is what: the owner of a resource is owner; admins of its organisation may do as much; others have the highest role that an access rule
 * gives them (for themselves or for the whole organisation) on the resource or on its flow. A flow belongs to the owner of its source.
 *
 * Returns the role on each id, null for none. Ids of another organisation, and ids that do not exist, are absent.
 */
export async function rolesOn(
  db: Database,
  caller: Actor,
  kind: ResourceKind,
  ids: readonly number[],
): Promise<Map<number, Role | null>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: number; owned: boolean; roles: string[] | null }>`
    select r.id, r.owner_id = ${caller.userId} as owned,
      (select jsonb_agg(distinct role) from leat.accessor a, jsonb_array_elements_text(a.access_roles) role
       where ${ruleConcerns(kind)} and ${ruleNames(caller)}) as roles
    from ${resourceRows(kind)} r
    where r.org_id = ${caller.orgId} and r.id = any(${ids}::bigint[])`.execute(db)
  return new Map(rows.map((row) => [row.id, row.owned || caller.isAdmin ? 'owner' : highest(row.roles ?? [])]))
}

function highest(roles: readonly string[]): Role | null {
  return roleOrder.findLast((role) => roles.includes(role)) ?? null
}

/** Rows (id, org_id, owner_id, origin, source) of a kind, for the conditions below under the name `r`. */
export function resourceRows(kind: ResourceKind): RawBuilder<unknown> {
  if (kind === 'flows')
    return sql`(select n.id, n.org_id, s.owner_id, n.origin_node_id as origin from flow_node n
      left join flow_node o on o.id = n.origin_node_id left join data_source s on s.id = o.data_source_id)`
  const { table, node } = tables[kind]
  const origin =
    node === null
      ? sql`null::bigint`
      : sql`(select origin_node_id from flow_node n where n.${sql.ref(node)} = t.id limit 1)`
  return sql`(select t.id, t.org_id, t.owner_id, ${origin} as origin from ${sql.table(table)} t)`
}

function ruleConcerns(kind: ResourceKind): RawBuilder<boolean> {
  const source = sql`(select data_source_id from flow_node o where o.id = r.origin)`
  if (kind === 'flows')
    return sql`((a.resource_kind = 'flows' and a.resource_id = r.origin) or (a.resource_kind = 'data_sources' and a.resource_id = ${source}))`
  return sql`((a.resource_kind = ${kind} and a.resource_id = r.id) or (a.resource_kind = 'flows' and a.resource_id = r.origin))`
}

function ruleNames(caller: Actor): RawBuilder<boolean> {
  return sql`((a.type = 'USER' and a.user_id = ${caller.userId}) or (a.type = 'ORG' and a.org_id = ${caller.orgId}))`
}

/**
 * Condition over `resourceRows(kind) r`: in the caller's organisation, with at least this role. For `owner`, admins of the organisation see
 * only what is theirs, as every other member does: `access_role` absent in a list means what one owns.
 */
export function mayOn(caller: Actor, kind: ResourceKind, least: Role): RawBuilder<boolean> {
  if (caller.isAdmin && least !== 'owner') return sql`r.org_id = ${caller.orgId}`
  return sql`(r.org_id = ${caller.orgId} and (r.owner_id = ${caller.userId} or exists (
    select 1 from leat.accessor a where ${ruleConcerns(kind)} and ${ruleNames(caller)} and a.access_roles ?| ${rolesFrom(least)}::text[])))`
}

/** Condition over a table of this kind in a list: as `mayOn`; what one owns, unless a role is named. */
export function listedFor(caller: Actor, kind: ResourceKind, role: Role | undefined): RawBuilder<boolean> {
  return sql<boolean>`id in (select r.id from ${resourceRows(kind)} r where ${mayOn(caller, kind, role ?? 'owner')})`
}
