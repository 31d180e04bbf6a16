import type { Access, ResourceKind, Role } from '@leat/contract'
import type { Caller } from '../auth/tokens.ts'
import type { Database } from '../database/connection.ts'
import { ApiProblem, invalid, notFound, nounOf } from '../http/problem.ts'
import { atLeast, rolesOn } from './roles.ts'

/**
 * Lets a call pass or throws: 404 for what is not in the caller's organisation (its existence is not told), 403 for a role that is too low.
 * Returns the role on the resource in the path, null where the route names none.
 */
export async function checkAccess(
  db: Database,
  caller: Caller,
  access: Access,
  params: Readonly<Record<string, unknown>>,
): Promise<Role | null> {
  if (access === 'none' || access === 'member') return null
  if (access === 'admin') {
    if (caller.isAdmin) return null
    throw new ApiProblem('forbidden', 'Only admins of the organisation may do this. Ask one of them.')
  }
  const kind = access.resource === '{resource_type}' ? (params['resource_type'] as ResourceKind) : access.resource
  const id = Number(params['id'])
  return requireRole(db, caller, kind, id, access.role)
}

export async function requireRole(
  db: Database,
  caller: Caller,
  kind: ResourceKind,
  id: number,
  least: Role,
): Promise<Role> {
  const roles = await rolesOn(db, caller, kind, [id])
  const role = roles.get(id)
  if (role === undefined) throw notFound(kind, id)
  if (role === null || !atLeast(role, least))
    throw new ApiProblem(
      'forbidden',
      `This needs the role "${least}" on ${kind} ${id}, and ${role ? `you have "${role}"` : 'you have none'}. Ask its owner or an admin of the organisation.`,
      {
        resource: { type: kind, id },
      },
    )
  return role
}

/** As `requireRole`, for an id inside a body: one that is not there is a wrong value of `field`, not a wrong path. */
export async function requireReference(
  db: Database,
  caller: Caller,
  kind: ResourceKind,
  id: number,
  field: string,
): Promise<void> {
  const roles = await rolesOn(db, caller, kind, [id])
  const role = roles.get(id)
  if (role === undefined)
    throw invalid([
      { field, value: id, message: `"${field}" is ${id}, and there is no such ${nounOf(kind)} in your organisation.` },
    ])
  if (role === null)
    throw new ApiProblem(
      'forbidden',
      `"${field}" is ${id}, which you may not use: it needs the role "collaborator". Ask its owner for it.`,
      { resource: { type: kind, id } },
    )
}
