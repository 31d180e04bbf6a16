import type { Caller } from '../auth/tokens.ts'
import type { Database } from '../database/connection.ts'
import { ApiProblem, invalid } from '../http/problem.ts'

/** `owner_id` of a copy: oneself, or for an admin any member of the organisation. */
export async function requireCopyOwner(db: Database, caller: Caller, ownerId: number | undefined): Promise<void> {
  if (ownerId === undefined || ownerId === caller.userId) return
  if (!caller.isAdmin)
    throw new ApiProblem(
      'forbidden',
      `"owner_id" is ${ownerId}: only admins of the organisation may copy to another owner. Leave it out to own the copy.`,
    )
  const member = await db
    .selectFrom('org_member')
    .select('user_id')
    .where('org_id', '=', caller.orgId)
    .where('user_id', '=', ownerId)
    .executeTakeFirst()
  if (!member)
    throw invalid([
      {
        field: 'owner_id',
        value: ownerId,
        message: `"owner_id" is ${ownerId}, who is not a member of your organisation.`,
      },
    ])
}
