import type { Accessor, AccessorRequest, ResourceKind, Role } from '@leat/contract'
import { sql } from 'kysely'
import { audit } from '../audit/record.ts'
import { jsonb } from '../database/column.ts'
import type { Database } from '../database/connection.ts'
import type { Call, SomeHandlers } from '../http/call.ts'
import { ApiProblem, invalid } from '../http/problem.ts'
import type { Platform } from '../platform.ts'

interface Rule {
  readonly type: 'USER' | 'ORG'
  readonly userId: number | null
  readonly orgId: number | null
  readonly roles: readonly Role[]
}

/** Accessors of a flow are kept at its origin node, whichever node the path names. */
async function subjectOf(db: Database, kind: ResourceKind, id: number): Promise<number> {
  if (kind !== 'flows') return id
  const node = await db.selectFrom('flow_node').select('origin_node_id').where('id', '=', id).executeTakeFirstOrThrow()
  return node.origin_node_id
}

export async function listAccessors(db: Database, kind: ResourceKind, id: number): Promise<Accessor[]> {
  const rows = await db
    .selectFrom('accessor as a')
    .leftJoin('app_user as u', 'u.id', 'a.user_id')
    .leftJoin('org as o', 'o.id', 'a.org_id')
    .select([
      'a.type',
      'a.access_roles',
      'a.user_id',
      'a.org_id',
      'u.email',
      'u.full_name',
      'o.name',
      'o.client_identifier',
      'o.email_domain',
      'a.created_at',
      'a.updated_at',
    ])
    .where('a.resource_kind', '=', kind)
    .where('a.resource_id', '=', await subjectOf(db, kind, id))
    .orderBy('a.id')
    .execute()
  return rows.map((row) => {
    const common = {
      type: row.type,
      access_roles: row.access_roles as Role[],
      created_at: row.created_at,
      updated_at: row.updated_at,
    }
    if (row.type === 'USER') return { ...common, id: row.user_id, email: row.email, org_id: row.org_id }
    return {
      ...common,
      id: row.org_id,
      name: row.name,
      client_identifier: row.client_identifier,
      email_domain: row.email_domain,
    }
  })
}

type Change = 'add' | 'replace' | 'remove'

async function change(
  platform: Platform,
  call: Call,
  kind: ResourceKind,
  id: number,
  how: Change,
  requests: readonly AccessorRequest[] | null,
): Promise<Accessor[]> {
  const { db } = platform
  const rules =
    requests === null ? null : await Promise.all(requests.map((request, index) => readRule(db, call, request, index)))
  await db.transaction().execute(async (tx) => {
    const subject = await subjectOf(tx, kind, id)
    const before = await listAccessors(tx, kind, id)
    if (how === 'replace' || rules === null) await removeAccessors(tx, kind, [subject])
    for (const rule of rules ?? [])
      await (how === 'remove' ? takeAway(tx, kind, subject, rule) : grant(tx, kind, subject, rule))
    const brief = (list: readonly Accessor[]) =>
      list.map(({ type, id: who, email, access_roles }) => ({ type, id: who, email, access_roles }))
    await audit(tx, call, {
      kind,
      id,
      event: 'share',
      ownerId: call.caller.userId,
      before: { accessors: brief(before) },
      after: { accessors: brief(await listAccessors(tx, kind, id)) },
    })
  })
  return listAccessors(db, kind, id)
}

async function readRule(db: Database, call: Call, request: AccessorRequest, index: number): Promise<Rule> {
  const field = `accessors.${index}`
  if (request.type === 'TEAM')
    throw new ApiProblem(
      'unsupported',
      `"${field}.type" is "TEAM", and this server has no teams yet. Give the role to users, or to the whole organisation with "ORG".`,
    )
  const roles = request.access_roles
  if (request.type === 'ORG') {
    const org = await db
      .selectFrom('org')
      .select(['id', 'client_identifier', 'email_domain'])
      .where('id', '=', call.caller.orgId)
      .executeTakeFirstOrThrow()
    const named = request.id ?? request.client_identifier ?? request.email_domain
    const own = [org.id, org.client_identifier, org.email_domain].includes(named as never)
    if (!own)
      throw invalid([
        {
          field,
          value: named,
          message: `"${field}" names organisation ${JSON.stringify(named)}; only your own (id ${org.id}) can be given access.`,
        },
      ])
    return { type: 'ORG', userId: null, orgId: org.id, roles }
  }
  let member = db
    .selectFrom('app_user as u')
    .innerJoin('org_member as m', 'm.user_id', 'u.id')
    .select('u.id')
    .where('m.org_id', '=', call.caller.orgId)
  if (request.id !== undefined) member = member.where('u.id', '=', request.id)
  else if (request.email !== undefined) member = member.where(sql<boolean>`lower(u.email) = lower(${request.email})`)
  else
    throw invalid([
      { field, message: `"${field}" names nobody: give "id" or "email" of a member of your organisation.` },
    ])
  const found = await member.executeTakeFirst()
  if (!found)
    throw invalid([
      {
        field,
        value: request.id ?? request.email,
        message: `"${field}" names user ${JSON.stringify(request.id ?? request.email)}, who is not a member of your organisation.`,
      },
    ])
  return { type: 'USER', userId: found.id, orgId: call.caller.orgId, roles }
}

async function grant(tx: Database, kind: ResourceKind, subject: number, rule: Rule): Promise<void> {
  const known = await ofRule(tx, kind, subject, rule)
  const roles = [...new Set([...(known?.access_roles ?? []), ...rule.roles])]
  if (known)
    await tx
      .updateTable('accessor')
      .set({ access_roles: jsonb(roles), updated_at: new Date() })
      .where('id', '=', known.id)
      .execute()
  else
    await tx
      .insertInto('accessor')
      .values({
        resource_kind: kind,
        resource_id: subject,
        type: rule.type,
        user_id: rule.userId,
        org_id: rule.orgId,
        access_roles: jsonb(roles),
      })
      .execute()
}

async function takeAway(tx: Database, kind: ResourceKind, subject: number, rule: Rule): Promise<void> {
  const known = await ofRule(tx, kind, subject, rule)
  if (!known) return
  const left = known.access_roles.filter((role) => !rule.roles.includes(role as Role))
  if (left.length === 0) await tx.deleteFrom('accessor').where('id', '=', known.id).execute()
  else
    await tx
      .updateTable('accessor')
      .set({ access_roles: jsonb(left), updated_at: new Date() })
      .where('id', '=', known.id)
      .execute()
}

async function ofRule(
  tx: Database,
  kind: ResourceKind,
  subject: number,
  rule: Rule,
): Promise<{ id: number; access_roles: string[] } | undefined> {
  const found = tx
    .selectFrom('accessor')
    .select(['id', 'access_roles'])
    .where('resource_kind', '=', kind)
    .where('resource_id', '=', subject)
    .where('type', '=', rule.type)
  return (
    rule.type === 'USER' ? found.where('user_id', '=', rule.userId) : found.where('org_id', '=', rule.orgId)
  ).executeTakeFirst()
}

export async function removeAccessors(tx: Database, kind: ResourceKind, ids: readonly number[]): Promise<void> {
  if (ids.length > 0)
    await tx.deleteFrom('accessor').where('resource_kind', '=', kind).where('resource_id', 'in', ids).execute()
}

/** `copy_access_controls` of the copy operations. */
export async function copyAccessors(tx: Database, kind: ResourceKind, from: number, to: number): Promise<void> {
  await sql`insert into accessor (resource_kind, resource_id, type, user_id, team_id, org_id, access_roles)
    select resource_kind, ${to}, type, user_id, team_id, org_id, access_roles from accessor where resource_kind = ${kind} and resource_id = ${from}`.execute(
    tx,
  )
}

const nouns = {
  credential: 'data_credentials',
  source: 'data_sources',
  nexset: 'data_sets',
  sink: 'data_sinks',
  lookup: 'data_maps',
  flow: 'flows',
} as const satisfies Record<string, ResourceKind>
type Noun = keyof typeof nouns
type Operations = `${'get' | 'add' | 'replace' | 'delete'}_${Noun}_accessors`

export function accessorHandlers(platform: Platform): SomeHandlers<Operations> {
  const of = <N extends Noun>(noun: N) => {
    const kind = nouns[noun]
    return {
      [`get_${noun}_accessors`]: ({ params }: { params: { id: number } }) =>
        listAccessors(platform.db, kind, params.id),
      [`add_${noun}_accessors`]: ({ params, body }: WithRules, call: Call) =>
        change(platform, call, kind, params.id, 'add', body?.accessors ?? []),
      [`replace_${noun}_accessors`]: ({ params, body }: WithRules, call: Call) =>
        change(platform, call, kind, params.id, 'replace', body?.accessors ?? []),
      [`delete_${noun}_accessors`]: ({ params, body }: WithRules, call: Call) =>
        change(platform, call, kind, params.id, 'remove', body?.accessors ?? null),
    }
  }
  return {
    ...of('credential'),
    ...of('source'),
    ...of('nexset'),
    ...of('sink'),
    ...of('lookup'),
    ...of('flow'),
  } as unknown as SomeHandlers<Operations>
}

interface WithRules {
  readonly params: { readonly id: number }
  readonly body: { readonly accessors: readonly AccessorRequest[] } | null | undefined
}
