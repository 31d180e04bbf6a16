import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import type { ProblemBody, Route } from '@leat/contract'
import { routes } from '@leat/contract'
import { plantedSecret, TestApi } from './api-fixture.ts'

let api: TestApi
before(async () => {
  api = await TestApi.start()
})
after(() => api.stop())

test('PROMISE-SECRETS-STAY: no answer of any operation, no log line and no table holds a planted secret', async () => {
  const flow = await api.flow()
  const secrets = [plantedSecret, 'unknownKeySecret!', 'nestedSecret!']
  await api.call('PUT', `/data_credentials/${flow.credential}`, {
    body: {
      credentials: {
        access_key: 'A',
        secret_key: plantedSecret,
        token_of_some_kind: 'unknownKeySecret!',
        more: { inner: 'nestedSecret!' },
      },
    },
  })
  await api.call('POST', '/data_sources', {
    body: {
      name: 'inline',
      source_type: 's3',
      source_config: { path: 'a/b' },
      data_credentials: { name: 'i', credentials: { access_key: 'A', secret_key: plantedSecret } },
    },
  })
  api.platform.tester.fault = new Fault({
    kind: 'auth',
    code: 's3.denied',
    message: `the store refused ${plantedSecret}`,
  })
  const said: string[] = []
  const ids: Record<string, number> = {
    data_credentials: flow.credential,
    data_sources: flow.source,
    data_sets: flow.nexset,
    data_sinks: flow.sink,
    flows: flow.origin,
  }
  for (const route of (Object.values(routes) as Route[]).toSorted(
    (a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'),
  )) {
    const kind = route.path.split('/')[1] ?? ''
    const values: Record<string, string | number> = {
      resource_type: 'data_sources',
      id: ids[kind] ?? flow.source,
      run_id: 1,
      metric_type: 'total',
      period: 'daily',
    }
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
    if (path === '/token/logout') continue
    const query =
      route.method === 'GET'
        ? '?from=2020-01-01&run_id=1&resource_type=data_sources&expand=1&include_run_metrics=1'
        : ''
    for (const body of [
      undefined,
      {
        depth: 1,
        path: 'a',
        query: 'select 1',
        name: 5,
        credentials: plantedSecret,
        data_credentials: { secret_key: plantedSecret },
      },
      `{"credentials": "${plantedSecret}" oops`,
    ]) {
      if (body !== undefined && route.method === 'GET') continue
      const answer = await api.call(route.method, path + query, { body })
      said.push(
        `${route.method} ${path} ${answer.status} ${JSON.stringify(answer.body)} ${JSON.stringify([...answer.headers])}`,
      )
    }
  }
  assert.ok(said.filter((line) => / 200 /.test(line)).length > 60, 'most operations were reached')
  const { rows: tables } = await api.open.pool.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'leat'",
  )
  for (const { name } of tables)
    said.push(
      `table ${name} ${JSON.stringify((await api.open.pool.query(`select t::text as row from leat.${name} t`)).rows)}`,
    )
  said.push(...api.logged)
  for (const secret of secrets)
    for (const text of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')])
      assert.deepEqual(
        said.filter((line) => line.includes(text)).map((line) => line.slice(0, 300)),
        [],
      )
})

test('a probe that the system refuses is 403 with the status in the body, and marks the credential', async () => {
  api.platform.tester.fault = null
  const { credential } = await api.flow()
  api.platform.tester.fault = new Fault({
    kind: 'auth',
    code: 's3.denied',
    message: `the store refused key ${plantedSecret}`,
  })
  const answer = await api.call<ProblemBody>('GET', `/data_credentials/${credential}/probe`)
  assert.equal(answer.status, 403)
  assert.equal(answer.body.status, 403)
  assert.equal(answer.body.message, 'the store refused key (secret)')
  assert.equal(answer.body.fault_code, 's3.denied')
  const after = await api.call<{ verified_status: string }>('GET', `/data_credentials/${credential}`)
  assert.equal(after.body.verified_status, 'FAILED')
})

test('a probe with async=true is answered by request_id', async () => {
  api.platform.tester.fault = null
  const { credential } = await api.flow()
  api.platform.tester.fault = null
  const started = await api.call<{ request_id: number; status: string }>(
    'POST',
    `/data_credentials/${credential}/probe/tree?async=True`,
    { body: { depth: 1 } },
  )
  assert.equal(started.body.status, 'running')
  const ask = () =>
    api.call<{ status: string; result: { object: unknown } }>(
      'POST',
      `/data_credentials/${credential}/probe/tree?request_id=${started.body.request_id}`,
      { body: { depth: 1 } },
    )
  let done = await ask()
  while (done.body.status === 'running') done = await ask()
  assert.equal(done.body.status, 'completed')
  assert.deepEqual(done.body.result.object, { raw: { type: 'folder', value: {} } })
  const other = await api.member(api.owner.orgId)
  await api.call('PUT', `/data_credentials/${credential}/accessors`, {
    body: { accessors: [{ type: 'USER', id: other.userId, access_roles: ['collaborator'] }] },
  })
  const foreign = await api.call(
    'POST',
    `/data_credentials/${credential}/probe/tree?request_id=${started.body.request_id}`,
    { body: { depth: 1 }, as: other },
  )
  assert.equal(foreign.status, 404)
})
