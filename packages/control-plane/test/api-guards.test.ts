import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AccessRole,
  type FlowResponse,
  type Nexset,
  type OperationId,
  type ProblemBody,
  type ResourceKind,
  type Role,
  type Route,
  routes,
  type Sink,
} from '@leat/contract'
import { digest, issueToken } from '../src/auth/tokens.ts'
import { jsonb } from '../src/database/column.ts'
import { type Member, TestApi } from './api-fixture.ts'

let api: TestApi
let flow: Awaited<ReturnType<TestApi['flow']>>
let stranger: Member
let nobody: Member
/** An admin, so that every token below would do everything if it were valid. */
let expired: Member
let loggedOut: Member
let run: number
/** In every name that the owner gave. */
const marker = 'Known to its owner'

before(async () => {
  api = await TestApi.start()
  flow = await api.flow()
  stranger = await api.member()
  nobody = await api.member(api.owner.orgId)
  expired = { ...api.owner, token: await issueToken(api.open.db, api.owner) }
  assert.equal((await api.call('GET', '/users/current', { as: expired })).status, 200)
  const hash = digest(expired.token)
  const over = { expires_at: new Date(Date.now() - 1) }
  await api.open.db.updateTable('access_token').set(over).where('token_hash', '=', hash).execute()
  loggedOut = { ...api.owner, token: await issueToken(api.open.db, api.owner) }
  assert.equal((await api.call('POST', '/token/logout', { as: loggedOut })).status, 200)
  for (const kind of ['data_credentials', 'data_sources', 'data_sets', 'data_sinks', 'data_maps'])
    await api.call('PUT', `/${kind}/${idOf(kind)}`, { body: { name: `${marker}: ${kind}` } })
  run = (await api.call<{ id: number }[]>('GET', `/data_sources/${flow.source}/runs`)).body[0]!.id
})
after(() => api.stop())

/** Lowest first, written down here again: the order in the server is what is tested. */
const ranked = [AccessRole.COLLABORATOR, AccessRole.OPERATOR, AccessRole.ADMIN, AccessRole.OWNER] as const
test('every role of the contract is tried', () => {
  assert.deepEqual(new Set(ranked), new Set(Object.values(AccessRole)))
})

type Flow = Awaited<ReturnType<TestApi['flow']>>

const idOf = (kind: string, of: Flow = flow): number =>
  ({
    data_credentials: of.credential,
    data_sources: of.source,
    data_sets: of.nexset,
    data_sinks: of.sink,
    data_maps: of.lookup,
    flows: of.origin,
  })[kind] ?? of.source

function kindOf(route: Route): ResourceKind | null {
  if (typeof route.access === 'string') return null
  return route.access.resource === '{resource_type}' ? 'data_sources' : route.access.resource
}

function pathOf(route: Route, of: Flow = flow): string {
  const kind = kindOf(route) ?? 'data_sources'
  const values: Record<string, string | number> = {
    resource_type: kind,
    id: route.path.startsWith('/runs/') ? run : route.path.startsWith('/users/') ? api.owner.userId : idOf(kind, of),
    run_id: 1,
    api_key_id: 1,
    metric_type: 'total',
    period: 'daily',
    entry_keys: 'eu',
  }
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
}

/** Bodies that refer to what belongs to somebody else. */
function foreignBodies(route: Route): readonly unknown[] {
  if (route.method === 'GET') return [undefined]
  const common = { name: 'mine', data_credentials_id: flow.credential, data_set_id: flow.nexset }
  return [
    { ...common, source_type: 's3', source_config: { path: 'a/b' } },
    { ...common, parent_data_set_id: flow.nexset, has_custom_transform: true },
    { ...common, sink_type: 's3', sink_config: { path: 'a/b' } },
    { query: `select * from nexset_${flow.nexset}` },
  ]
}

/** A value that the body schema refuses: whoever may, gets a 400 and has changed nothing. */
function badBody(route: Route): unknown {
  return [[], 5, { name: 5, depth: 'deep', query: 7, accessors: 'all', entries: 7, owner_id: 'x', run_ids: 'x' }].find(
    (body) => !route.body!.safeParse(body).success,
  )
}

async function withRole<T>(role: Role, kind: ResourceKind, id: number, work: () => Promise<T>): Promise<T> {
  const rule = {
    resource_kind: kind,
    resource_id: id,
    type: 'USER' as const,
    user_id: nobody.userId,
    access_roles: jsonb([role]),
  }
  await api.open.db.insertInto('accessor').values(rule).execute()
  try {
    return await work()
  } finally {
    await api.open.db.deleteFrom('accessor').where('user_id', '=', nobody.userId).execute()
  }
}

/** `logout` comes last: it would end the tokens that the others are to refuse for another reason. */
const table = (Object.entries(routes) as [OperationId, Route][]).toSorted(
  ([a], [b]) => Number(a === 'logout') - Number(b === 'logout'),
)

describe('every operation of the route table', () => {
  for (const [operation, route] of table) {
    if (route.access === 'none') continue
    test(`PROMISE-ACCESS-TOKEN: ${operation} is protected`, async () => {
      const callers = [
        ['no token', null, 'AUTH_001'],
        ['a wrong token', { ...api.owner, token: 'leat_at_wrong' }, 'AUTH_001'],
        ['a service key in place of a token', { ...api.owner, token: api.owner.key }, 'AUTH_001'],
        ['an expired token', expired, 'AUTH_003'],
        ['a token that was logged out', loggedOut, 'AUTH_003'],
      ] as const
      for (const [what, as, code] of callers) {
        const answer = await api.call<ProblemBody>(route.method, pathOf(route), { as })
        assert.deepEqual([what, answer.status, answer.body.error_code], [what, 401, code])
      }
    })
  }

  for (const [operation, route] of table) {
    if (!route.body || route.body_type === 'multipart') continue
    test(`${operation} rejects a bad body`, async () => {
      const answer = await api.call<ProblemBody>(route.method, pathOf(route), { body: badBody(route) })
      assert.equal(answer.status, 400)
      assert.ok(answer.body.details.length > 0, 'names what is wrong')
    })
  }

  for (const [operation, route] of table) {
    if (kindOf(route) === null) continue
    test(`PROMISE-ACCESS-ORGANISATION: ${operation} hides another organisation's resource`, async () => {
      const answer = await api.call<ProblemBody>(route.method, pathOf(route), { as: stranger })
      assert.equal(answer.status, 404)
      assert.equal(answer.body.resource_id, pathOf(route).match(/\d+/)?.[0])
    })

    test(`PROMISE-ACCESS-ROLE: ${operation} lets in exactly the roles that may`, async () => {
      const kind = kindOf(route)!
      const needed = (route.access as { role: Role }).role
      // What is deleted must not be missed by the tests that follow.
      const path = route.method === 'DELETE' && needed === 'owner' ? pathOf(route, await api.flow()) : pathOf(route)
      const id = Number(path.match(/\d+/)?.[0])
      const body = route.body && route.body_type !== 'multipart' ? badBody(route) : undefined
      const call = () => api.call<ProblemBody | null>(route.method, path, { as: nobody, body })
      assert.equal((await call()).status, 403, 'without a role')
      for (const role of ranked) {
        const answer = await withRole(role, kind, id, call)
        if (ranked.indexOf(role) < ranked.indexOf(needed)) {
          assert.deepEqual([role, answer.status], [role, 403])
          assert.match(answer.body!.message, new RegExp(`needs the role "${needed}".*you have "${role}"`))
        } else if (body !== undefined) assert.deepEqual([role, answer.status], [role, 400])
        else {
          const hidden = answer.status === 404 && answer.body?.resource_type === kind
          assert.deepEqual([role, answer.status === 403, hidden], [role, false, false])
        }
      }
    })
  }

  for (const [operation, route] of table) {
    if (route.access !== 'member' || operation === 'logout') continue
    test(`PROMISE-ACCESS-LISTS: ${operation} shows a member nothing of what others own`, async () => {
      for (const as of [stranger, nobody]) {
        const asks = [
          '',
          `?resource_type=data_sources&resource_id=${flow.source}&data_source_id=${flow.source}&run_id=${run}&access_role=admin`,
        ]
        if (operation === 'get_user_metrics') asks.splice(0, 2, '?from=2020-01-01&resource_type=SOURCE')
        for (const query of route.method === 'GET' ? asks : [''])
          for (const body of foreignBodies(route)) {
            const answer = await api.call(route.method, pathOf(route) + query, { as, body })
            assert.ok(!JSON.stringify(answer.body).includes(marker), JSON.stringify(answer.body).slice(0, 500))
            if (route.params && route.path.includes('{id}')) assert.ok([403, 404].includes(answer.status), operation)
            else assert.ok(answer.status < 500)
          }
      }
    })
  }
})

test('PROMISE-ACCESS-TOKEN: the token of a member, user or organisation that was deactivated is over', async () => {
  const { db } = api.open
  const member = await api.member()
  const status = async () => (await api.call('GET', '/users/current', { as: member })).status
  assert.equal(await status(), 200)
  await db.updateTable('org_member').set({ status: 'DEACTIVATED' }).where('user_id', '=', member.userId).execute()
  assert.equal(await status(), 401)
  await db.updateTable('org_member').set({ status: 'ACTIVE' }).where('user_id', '=', member.userId).execute()
  await db.updateTable('app_user').set({ status: 'DEACTIVATED' }).where('id', '=', member.userId).execute()
  assert.equal(await status(), 401)
  await db.updateTable('app_user').set({ status: 'ACTIVE' }).where('id', '=', member.userId).execute()
  await db.updateTable('org').set({ status: 'DEACTIVATED' }).where('id', '=', member.orgId).execute()
  assert.equal(await status(), 401)
})

test('a role that is given is enough, on the resource and through its flow', async () => {
  const member = await api.member(api.owner.orgId)
  assert.equal((await api.call('GET', `/data_sinks/${flow.sink}`, { as: member })).status, 403)
  await api.call('PUT', `/flows/${flow.origin}/accessors`, {
    body: { accessors: [{ type: 'USER', id: member.userId, access_roles: ['collaborator'] }] },
  })
  assert.equal((await api.call('GET', `/data_sinks/${flow.sink}`, { as: member })).status, 200)
  assert.equal((await api.call('PUT', `/data_sinks/${flow.sink}/pause`, { as: member })).status, 403)
  await api.call('PUT', `/data_sinks/${flow.sink}/accessors`, {
    body: { accessors: [{ type: 'ORG', id: api.owner.orgId, access_roles: ['operator'] }] },
  })
  assert.equal((await api.call('PUT', `/data_sinks/${flow.sink}/pause`, { as: member })).status, 200)
})

test('PROMISE-ACCESS-LISTS: lists hold what the caller owns, and with access_role what was shared with them', async () => {
  const member = await api.member(api.owner.orgId)
  const kinds = ['data_credentials', 'data_sources', 'data_sets', 'data_sinks', 'data_maps'] as const
  for (const kind of kinds) {
    assert.deepEqual((await api.call<unknown[]>('GET', `/${kind}?access_role=collaborator`, { as: stranger })).body, [])
    assert.deepEqual((await api.call<unknown[]>('GET', `/${kind}`, { as: member })).body, [])
    const shared = await api.call<{ id: number }[]>('GET', `/${kind}?access_role=collaborator`, { as: member })
    assert.deepEqual(
      shared.body.filter((one) => one.id !== flow.sink),
      [],
    )
    await api.call('PUT', `/${kind}/${idOf(kind)}/accessors`, {
      body: { accessors: [{ type: 'USER', id: member.userId, access_roles: ['operator'] }] },
    })
    const now = await api.call<{ id: number; access_roles: string[] }[]>('GET', `/${kind}?access_role=collaborator`, {
      as: member,
    })
    assert.deepEqual(
      now.body.map((one) => [one.id, one.access_roles]),
      [[idOf(kind), ['operator']]],
    )
    assert.deepEqual((await api.call<unknown[]>('GET', `/${kind}?access_role=admin`, { as: member })).body, [])
  }
})

test('PROMISE-ACCESS-REFERENCES: a reference to another organisation is a wrong value, not a way in', async () => {
  const body = { name: 'x', source_type: 's3', data_credentials_id: flow.credential, source_config: { path: 'a/b' } }
  const answer = await api.call<ProblemBody>('POST', '/data_sources', { as: stranger, body })
  assert.equal(answer.status, 400)
  assert.equal(answer.body.details[0]?.field, 'data_credentials_id')
  const child = await api.call<ProblemBody>('POST', '/data_sets', {
    as: stranger,
    body: { name: 'x', parent_data_set_id: flow.nexset, has_custom_transform: true },
  })
  assert.equal(child.body.details[0]?.field, 'parent_data_set_id')
  const own = await api.call<ProblemBody>('POST', '/data_sources', { as: nobody, body })
  assert.equal(own.status, 403)
})

test('PROMISE-ACCESS-NEIGHBOURS: a role on a nexset or a sink shows neither its source nor its credential', async () => {
  const mine = await api.flow()
  const member = await api.member(api.owner.orgId)
  const rule = { accessors: [{ type: 'USER', id: member.userId, access_roles: ['admin'] }] }
  await api.call('PUT', `/data_sets/${mine.nexset}/accessors`, { body: rule })
  await api.call('PUT', `/data_sinks/${mine.sink}/accessors`, { body: rule })
  const nexset = await api.call<Nexset>('GET', `/data_sets/${mine.nexset}`, { as: member })
  assert.deepEqual([nexset.status, nexset.body.data_source], [200, undefined])
  const sink = await api.call<Sink>('GET', `/data_sinks/${mine.sink}`, { as: member })
  assert.deepEqual(
    [sink.status, sink.body.data_credentials_id, sink.body.data_credentials],
    [200, mine.credential, undefined],
  )
  const flowOfNexset = await api.call<FlowResponse>('GET', `/data_sets/${mine.nexset}/flow`, { as: member })
  assert.deepEqual(
    [
      flowOfNexset.body.data_sources,
      flowOfNexset.body.data_sets,
      flowOfNexset.body.data_sinks,
      flowOfNexset.body.data_credentials,
    ].map((list) => list?.map((one) => one.id)),
    [[], [mine.nexset], [mine.sink], []],
  )
  assert.equal(flowOfNexset.body.flows[0]?.name, null)
})

test('what cannot be stored is a 400, not a failure of the server', async () => {
  const answer = await api.call<ProblemBody>('POST', '/data_credentials', {
    body: { name: 'a\u0000b', credentials_type: 's3', credentials: { access_key: 'A', secret_key: 'B' } },
  })
  assert.deepEqual([answer.status, answer.body.error_code], [400, 'VAL_001'])
  const day = await api.call<ProblemBody>('GET', `/data_sources/${flow.source}/metrics?from=2026-99-99`)
  assert.equal(day.status, 400)
  assert.equal((await api.call('GET', '/data_sources/99999999999999999999')).status, 400)
  const beyond = await api.call<unknown[]>('GET', '/data_sources?page=9007199254740991&per_page=1000')
  assert.deepEqual([beyond.status, beyond.body], [200, []])
})
