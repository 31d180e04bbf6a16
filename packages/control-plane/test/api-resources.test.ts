import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'
import type { Credential, ProblemBody, Source } from '@leat/contract'
import { plantedSecret, s3Source, TestApi } from './api-fixture.ts'

let api: TestApi
before(async () => {
  api = await TestApi.start()
})
after(() => api.stop())

test('a token comes for the raw service key, for its base64 form and ends at logout', async () => {
  const token = (authorization: string) =>
    api.call<{ access_token: string; expires_in: number }>('POST', '/token', { as: null, headers: { authorization } })
  const { key } = api.owner
  for (const form of [
    key,
    Buffer.from(key).toString('base64'),
    Buffer.from(`${key}:`).toString('base64'),
    Buffer.from(`service:${key}`).toString('base64'),
  ]) {
    const answer = await token(`Basic ${form}`)
    assert.equal(answer.status, 200)
    assert.equal(answer.body.expires_in, 86_400)
    const member = { ...api.owner, token: answer.body.access_token }
    assert.equal((await api.call('GET', '/users/current', { as: member })).status, 200)
    assert.equal((await api.call('POST', '/token/logout', { as: member })).status, 200)
    const ended = await api.call<ProblemBody>('GET', '/users/current', { as: member })
    assert.deepEqual([ended.status, ended.body.error_code], [401, 'AUTH_003'])
  }
  for (const form of [
    'Basic wrong',
    `Bearer ${key}`,
    `Basic ${Buffer.from('owner@leat.local:guess').toString('base64')}`,
  ]) {
    const answer = await token(form)
    assert.equal(answer.status, 401)
    assert.equal((answer.body as unknown as ProblemBody).error_code, 'AUTH_002')
  }
})

test('PROMISE-TEACHES: a wrong value is a 400 that names the field, the value and the nearest choice', async () => {
  const { credential } = await api.flow()
  const problem = async (
    body: unknown,
    path = '/data_sources',
  ): Promise<ProblemBody['details'][number] & { message: string }> => {
    const answer = await api.call<ProblemBody>('POST', path, { body })
    assert.equal(answer.status, 400, JSON.stringify(answer.body))
    return answer.body.details[0]!
  }
  assert.deepEqual(await problem({ ...s3Source(credential), source_type: 's33' }), {
    field: 'source_type',
    value: 's33',
    nearest: 's3',
    message:
      '"source_type" is "s33": there is no such connector on this server. Did you mean "s3"? Valid: file_upload, queue, s3.',
  })
  assert.equal((await problem(s3Source(credential, { path: undefined }))).field, 'source_config.path')
  assert.equal((await problem(s3Source(credential, { 'start.cron': '61 * * * *' }))).field, 'source_config.start.cron')
  assert.match((await problem(s3Source(credential, { 'start.cron': '61 * * * *' }))).message, /61/)
  assert.equal((await problem({ source_type: 's3', nane: 'x' })).nearest, 'nane')
  assert.equal(
    (await problem({ name: 'x', source_type: 's3', source_config: { path: 'a/b' } })).field,
    'data_credentials_id',
  )
  assert.equal(
    (await problem({ name: 'x', credentials_type: 's3', credentials: { access_key: 'A' } }, '/data_credentials')).field,
    'credentials.secret_key',
  )
  assert.equal(
    (await problem({ name: 'x', parent_data_set_id: 99, has_custom_transform: true }, '/data_sets')).value,
    99,
  )
  assert.equal(
    (
      await problem(
        { name: 'x', sink_type: 's3', data_credentials_id: credential, sink_config: { path: 'a/b' } },
        '/data_sinks',
      )
    ).field,
    'data_set_id',
  )
})

test('a schedule counts under each of its names, after an edit and in a copy', async () => {
  const { credential } = await api.flow()
  interface Scheduled {
    readonly id: number
    readonly poll_schedule: string | null
  }
  const created = await api.call<Scheduled>('POST', '/data_sources', {
    body: s3Source(credential, { start_cron: '5 * * * *' }),
  })
  assert.equal(created.body.poll_schedule, '5 * * * *')
  const { id } = created.body
  const stored = () =>
    api.open.db
      .selectFrom('data_source')
      .select(['start_cron', 'source_config'])
      .where('id', '=', id)
      .executeTakeFirst()
  assert.deepEqual(await stored(), {
    start_cron: '5 * * * *',
    source_config: { path: 'raw/orders', start_cron: '5 * * * *' },
  })
  const copy = await api.call<Scheduled>('POST', `/data_sources/${id}/copy`, { body: {} })
  assert.equal(copy.body.poll_schedule, '5 * * * *')
  api.platform.runs.calls.length = 0
  for (const [config, cron] of [
    [{ path: 'raw', 'start.cron': '6 * * * *' }, '6 * * * *'],
    [{ path: 'raw', start_cron: '7 * * * *' }, '7 * * * *'],
    [{ path: 'raw' }, null],
  ] as const) {
    const updated = await api.call<Scheduled>('PUT', `/data_sources/${id}`, { body: { source_config: config } })
    assert.equal(updated.body.poll_schedule ?? null, cron)
  }
  assert.deepEqual(api.platform.runs.calls, Array(3).fill(`sourceChanged ${id}`))
})

test('samples keep the digits of numbers that a double cannot hold', async () => {
  const { nexset } = await api.flow()
  const { data } = api.platform
  const record = { id: (JSON as unknown as { rawJSON(text: string): string }).rawJSON('9007199254740993') }
  const plain = data.samples
  data.samples = async () => [{ record, origin: null, ordinal: 0, runId: 1, committedAt: 0 }] as never
  try {
    for (const path of [`/data_sets/${nexset}/samples`, `/data_sets/${nexset}/samples?include_metadata=true`]) {
      const response = await fetch(`http://127.0.0.1:${api.port}/api${path}`, {
        headers: { authorization: `Bearer ${api.owner.token}` },
      })
      assert.match(await response.text(), /"id":9007199254740993[,}]/)
    }
  } finally {
    data.samples = plain
  }
})

test('PROMISE-UNKNOWN-KEYS: keys that no connector knows are stored, said, and errors with strict', async () => {
  const { credential } = await api.flow()
  const created = await api.call<Source>('POST', '/data_sources', {
    body: s3Source(credential, { 'start.corn': '0 * * * *' }),
  })
  assert.deepEqual(created.body.config_warnings, [{ key: 'start.corn', nearest: 'start.cron' }])
  assert.equal(created.body.source_config?.['start.corn'], '0 * * * *')
  const strict = await api.call<ProblemBody>('POST', '/data_sources?strict=true', {
    body: s3Source(credential, { 'start.corn': '0 * * * *' }),
  })
  assert.equal(strict.status, 400)
  assert.deepEqual(
    [strict.body.details[0]?.field, strict.body.details[0]?.nearest],
    ['source_config.start.corn', 'start.cron'],
  )
})

test('bodies: both media types, none at all, and never an echo of what cannot be read', async () => {
  const { source } = await api.flow()
  const vendor = await api.call<Source>('PUT', `/data_sources/${source}`, {
    body: { name: 'Renamed' },
    headers: { 'content-type': 'application/vnd.nexla.api.v1+json', accept: 'application/vnd.nexla.v1+json' },
  })
  assert.equal(vendor.body.name, 'Renamed')
  assert.equal((await api.call('DELETE', `/data_sources/${source}/accessors`)).status, 200)
  const broken = await api.call<ProblemBody>('POST', '/data_sources', { body: `{"credentials": "${plantedSecret}` })
  assert.equal(broken.body.error_code, 'VAL_005')
  const huge = await api
    .call<ProblemBody>('POST', '/data_sources', { body: JSON.stringify({ name: 'x'.repeat(17 * 1024 * 1024) }) })
    .catch((error: Error) => error)
  // The server closes while the client still sends, so some clients see the answer and some the closed connection.
  if (!(huge instanceof Error)) assert.equal(huge.status, 413)
  const text = await api.call<ProblemBody>('POST', '/data_sources', {
    body: 'name=x',
    headers: { 'content-type': 'text/plain' },
  })
  assert.equal(text.body.error_code, 'VAL_005')
  const pollution = await api.call('POST', '/data_sources', { body: '{"__proto__": {"name": "x"}}' })
  assert.equal(pollution.status, 400)
})

test('lists page exactly and say so in headers', async () => {
  const { credential } = await api.flow()
  for (let index = 0; index < 5; index++)
    await api.call('POST', '/data_sources', { body: s3Source(credential, {}, { name: `Page ${index}` }) })
  const all = (await api.call<Source[]>('GET', '/data_sources?per_page=1000')).body
  const second = await api.call<Source[]>('GET', '/data_sources?page=2&per_page=2&access_role=owner')
  assert.deepEqual(
    second.body.map((one) => one.id),
    all.slice(2, 4).map((one) => one.id),
  )
  assert.equal(second.headers.get('x-total-count'), String(all.length))
  assert.match(
    second.headers.get('link') ?? '',
    /page=1&per_page=2[^>]*>; rel="Previous".*page=3&per_page=2[^>]*>; rel="Next"/,
  )
  const beyond = await api.call<Source[]>('GET', '/data_sources?page=99&per_page=20')
  assert.deepEqual(beyond.body, [])
  assert.equal((await api.call('GET', '/data_sources?per_page=0')).status, 400)
})

test('an update replaces nested config whole and bumps the version of the config', async () => {
  const { source, credential } = await api.flow()
  const version = async () =>
    (
      await api.open.db
        .selectFrom('data_source')
        .select('config_version')
        .where('id', '=', source)
        .executeTakeFirstOrThrow()
    ).config_version
  const before = await version()
  const renamed = await api.call<Source>('PUT', `/data_sources/${source}`, { body: { name: 'Other name' } })
  assert.deepEqual(renamed.body.source_config, { path: 'raw/orders' })
  assert.equal(await version(), before)
  const changed = await api.call<Source>('PUT', `/data_sources/${source}`, {
    body: { source_config: { path: 'raw/other', file_format: 'json' } },
  })
  assert.deepEqual(changed.body.source_config, { path: 'raw/other', file_format: 'json' })
  assert.equal(await version(), before + 1)
  assert.ok(api.platform.runs.calls.includes(`sourceChanged ${source}`))
  assert.equal((await api.call('PUT', `/data_sources/${source}`, { body: { source_config: {} } })).status, 400)
  const audit = await api.call<{ event: string; object_changes: Record<string, unknown[]> }[]>(
    'GET',
    `/data_sources/${source}/audit_log`,
  )
  assert.deepEqual(
    audit.body.map((entry) => entry.event),
    ['update', 'update', 'activate', 'create'],
  )
  assert.deepEqual(audit.body[0]?.object_changes['source_config'], [
    { path: 'raw/orders' },
    { path: 'raw/other', file_format: 'json' },
  ])
  const secret = await api.call<Credential>('PUT', `/data_credentials/${credential}`, {
    body: { credentials: { access_key: 'B', secret_key: plantedSecret, region: 'eu-west-1' } },
  })
  assert.deepEqual(secret.body.credentials_non_secure_data, { access_key: 'B', region: 'eu-west-1' })
})

test('health, metrics and the page at / need no token; unknown paths are 404 in the envelope', async () => {
  const get = async (path: string) => fetch(`http://127.0.0.1:${api.port}${path}`)
  assert.equal((await get('/health/live')).status, 200)
  assert.deepEqual(await (await get('/health/ready')).json(), {
    status: 'ok',
    checks: [{ name: 'database', ok: true }],
  })
  const metrics = await (await get('/metrics')).text()
  assert.match(metrics, /^leat_records_written_total\{node_kind="data_source"\} \d+$/m)
  assert.match(metrics, /^process_resident_memory_bytes \d+$/m)
  assert.match(await (await get('/')).text(), /Leat/)
  const document = (await (await get('/api/openapi.json')).json()) as { openapi: string }
  assert.match(document.openapi, /^3\.1/)
  const missing = await get('/api/nothing/here')
  assert.equal(missing.status, 404)
  assert.equal(((await missing.json()) as ProblemBody).error_code, 'RES_002')
  assert.equal(missing.headers.get('x-content-type-options'), 'nosniff')
})

test('PROMISE-QUIET-FAILURE: a failure on our side says nothing but the request id', async () => {
  const { source } = await api.flow()
  const broken = api.platform.runs.startRun.bind(api.platform.runs)
  api.platform.runs.startRun = () => Promise.reject(new Error('postgres://leat:password@127.0.0.1 is down'))
  const answer = await api.call<ProblemBody>('POST', `/data_sources/${source}/run`)
  api.platform.runs.startRun = broken
  assert.equal(answer.status, 500)
  assert.doesNotMatch(JSON.stringify(answer.body), /postgres|at .*\.ts/)
  assert.ok(api.logged.some((line) => line.includes(answer.body.request_id)))
})

test('POST /token without a body, as the public client sends it', async () => {
  const answer = await new Promise<number | undefined>((done, fail) => {
    const request = httpRequest(
      {
        port: api.port,
        method: 'POST',
        path: '/api/token',
        headers: { authorization: `Basic ${api.owner.key}`, 'content-type': 'application/json', 'content-length': 0 },
      },
      (response) => {
        response.resume().once('end', () => done(response.statusCode))
      },
    )
    request.once('error', fail).end()
  })
  assert.equal(answer, 200)
})
