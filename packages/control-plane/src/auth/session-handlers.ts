import { orgBrief } from '../access/resource-base.ts'
import type { SomeHandlers } from '../http/call.ts'
import { ApiProblem } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { memberOfPassword } from './passwords.ts'
import { issueToken, memberOfServiceKey, revokeToken, tokenLifetime } from './tokens.ts'

export function sessionHandlers(platform: Platform): SomeHandlers<'create_token' | 'logout' | 'get_current_user'> {
  const { db } = platform
  return {
    async create_token(_request, call) {
      const member = await memberOf(platform, call.request.authorization)
      if (!member)
        throw new ApiProblem(
          'service_key_invalid',
          'The service key is not valid. Send `Authorization: Basic <service key>` with the key in the file `service-key` of the data folder.',
        )
      const [access_token, user, membership, org] = await Promise.all([
        issueToken(db, member),
        db
          .selectFrom('app_user')
          .select(['id', 'full_name', 'email'])
          .where('id', '=', member.userId)
          .executeTakeFirstOrThrow(),
        db
          .selectFrom('org_member')
          .select(['is_admin', 'status'])
          .where('org_id', '=', member.orgId)
          .where('user_id', '=', member.userId)
          .executeTakeFirstOrThrow(),
        orgBrief(db, member.orgId),
      ])
      return {
        access_token,
        token_type: 'Bearer',
        expires_in: tokenLifetime,
        user: { ...user, org, impersonated: false },
        org_membership: { status: membership.status, 'is_admin?': membership.is_admin },
        org,
      }
    },

    async logout(_request, call) {
      await revokeToken(db, call.caller)
      return { message: 'The access token was ended.' }
    },

    async get_current_user(_request, call) {
      const user = await db
        .selectFrom('app_user')
        .selectAll()
        .where('id', '=', call.caller.userId)
        .executeTakeFirstOrThrow()
      const memberships = await db
        .selectFrom('org_member as m')
        .innerJoin('org as o', 'o.id', 'm.org_id')
        .select(['o.id', 'o.name', 'm.is_admin', 'm.status'])
        .where('m.user_id', '=', user.id)
        .orderBy('o.id')
        .execute()
      const home = memberships.find((one) => one.id === user.default_org_id) ?? memberships[0]!
      return {
        id: user.id,
        email: user.email,
        full_name: user.full_name,
        impersonated: false,
        default_org: { id: home.id, name: home.name },
        status: user.status,
        account_locked: false,
        org_memberships: memberships.map((one) => ({
          id: one.id,
          name: one.name,
          org_membership_status: one.status,
          'is_admin?': one.is_admin,
          isAdmin: one.is_admin,
        })),
        super_user: false,
        user_tier: 'FREE_FOREVER',
        created_at: user.created_at,
        updated_at: user.updated_at,
        current_org: await orgBrief(db, call.caller.orgId),
      }
    },
  }
}

/** The public clients send the service key as it is; HTTP Basic with base64 of `email:password`, or of the key, works too. */
async function memberOf(
  platform: Platform,
  authorization: string | undefined,
): Promise<{ orgId: number; userId: number } | null> {
  const given = /^Basic\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1]
  if (given === undefined) return null
  const direct = await memberOfServiceKey(platform.db, given)
  if (direct) return direct
  const decoded = Buffer.from(given, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon === -1) return memberOfServiceKey(platform.db, decoded)
  const [user, password] = [decoded.slice(0, colon), decoded.slice(colon + 1)]
  for (const key of [user, password]) {
    const member = key.startsWith('leat_sk_') ? await memberOfServiceKey(platform.db, key) : null
    if (member) return member
  }
  return memberOfPassword(platform.db, user, password)
}
