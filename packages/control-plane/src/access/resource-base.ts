import type { OrganizationBrief, Owner, ResourceKind, Role } from '@leat/contract'
import type { Caller } from '../auth/tokens.ts'
import type { Database } from '../database/connection.ts'
import { rolesOn } from './roles.ts'

export interface ResourceBase {
  readonly owner?: Owner
  readonly org: OrganizationBrief
  readonly access_roles: Role[]
}

/** Owner, organisation and the caller's role for rows of one kind, in three queries however many rows there are. */
export async function loadBases(
  db: Database,
  caller: Caller,
  kind: ResourceKind,
  rows: readonly { readonly id: number; readonly owner_id: number }[],
) {
  const [owners, org, roles] = await Promise.all([
    ownersById(
      db,
      rows.map((row) => row.owner_id),
    ),
    orgBrief(db, caller.orgId),
    rolesOn(
      db,
      caller,
      kind,
      rows.map((row) => row.id),
    ),
  ])
  return (row: { readonly id: number; readonly owner_id: number }): ResourceBase => {
    const owner = owners.get(row.owner_id)
    const role = roles.get(row.id)
    return { ...(owner ? { owner } : {}), org, access_roles: role ? [role] : [] }
  }
}

export async function ownersById(db: Database, ids: readonly number[]): Promise<Map<number, Owner>> {
  const unique = [...new Set(ids)]
  if (unique.length === 0) return new Map()
  const rows = await db.selectFrom('app_user').select(['id', 'full_name', 'email']).where('id', 'in', unique).execute()
  return new Map(rows.map((row) => [row.id, row]))
}

export async function orgBrief(db: Database, orgId: number): Promise<OrganizationBrief> {
  return db
    .selectFrom('org')
    .select(['id', 'name', 'email_domain', 'email', 'client_identifier', 'status'])
    .where('id', '=', orgId)
    .executeTakeFirstOrThrow()
}
