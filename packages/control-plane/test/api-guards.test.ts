import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
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
import { jsonb } from '../src/database/column.ts'
import { roleOrder } from '../src/access/roles.ts'
import { type Member, TestApi } from './api-fixture.ts'

let api: TestApi
let flow: Awaited<ReturnType<TestApi['flow']>>
let stranger: Member
let nobody: Member

before(async () => {
  api = await TestApi.start()
  flow = await api.flow()
  stranger = await api.member()
  nobody = await api.member(api.owner.orgId)
})
after(() => api.stop())

const idOf = (kind: string): number =>
  ({
    data_credentials: flow.credential,
    data_sources: flow.source,
    data_sets: flow.nexset,
    data_sinks: flow.sink,
    flows: flow.origin,
  })[kind] ?? flow.source

function kindOf(route: Route): ResourceKind | null {
  if (typeof route.access === 'string') return null
  return route.access.resource === '{resource_type}' ? 'data_sources' : route.access.resource
}

function pathOf(route: Route): string {
  const kind = kindOf(route) ?? 'data_sources'
  const values: Record<string, string | number> = {
    resource_type: kind,
    id: idOf(kind),
    run_id: 1,
    api_key_id: 1,
    metric_type: 'total',
    period: 'daily',
  }
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
}

/** A value that the body schema refuses. */
function badBody(route: Route): unknown {
  return [[], 5, { name: 5, depth: 'deep', query: 7, accessors: 'all', owner_id: 'x', run_ids: 'x' }].find(
    (body) => !route.body!.safeParse(body).success,
  )
}

const table = Object.entries(routes) as [OperationId, Route][]

describe('every operation of the route table', () => {
  for (const [operation, route] of table) {
    if (route.access === 'none') continue
    test(`PROMISE-ACCESS-TOKEN: ${operation} is protected`, async () => {
      const missing = await api.call<ProblemBody>(route.method, pathOf(route), { as: null })
      assert.equal(missing.status, 401)
      assert.equal(missing.body.error_code, 'AUTH_001')
      const wrong = await api.call<ProblemBody>(route.method, pathOf(route), {
        as: { ...api.owner, token: 'leat_at_wrong' },
      })
      assert.equal(wrong.status, 401)
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

    test(`PROMISE-ACCESS-ROLE: ${operation} refuses a role that may not`, async () => {
      const kind = kindOf(route)!
      const needed = (route.access as { role: Role }).role
      const below = roleOrder[roleOrder.indexOf(needed) - 1]
      assert.equal((await api.call(route.method, pathOf(route), { as: nobody })).status, 403)
      if (below === undefined) return
      const rule = {
        resource_kind: kind,
        resource_id: idOf(kind),
        type: 'USER' as const,
        user_id: nobody.userId,
        access_roles: jsonb([below]),
      }
      const { id } = await api.open.db.insertInto('accessor').values(rule).returning('id').executeTakeFirstOrThrow()
      const answer = await api.call<ProblemBody>(route.method, pathOf(route), { as: nobody })
      await api.open.db.deleteFrom('accessor').where('id', '=', id).execute()
      assert.equal(answer.status, 403)
      assert.match(answer.body.message, new RegExp(`needs the role "${needed}".*you have "${below}"`))
    })
  }
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
  const kinds = ['data_credentials', 'data_sources', 'data_sets', 'data_sinks'] as const
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
