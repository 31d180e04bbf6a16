import assert from 'node:assert/strict'
import { readFile, readdir, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import type { Credential, FlowResponse, Nexset, ProblemBody, Run, Sink, Source } from '@leat/contract'
import { plantedSecret, TestApi } from './api-fixture.ts'

let api: TestApi
before(async () => {
  api = await TestApi.start({ uploadLimit: 1000 })
})
beforeEach(() => {
  api.platform.tester.fault = null
})
after(() => api.stop())

const s3Source = (credential: number, config: object = {}, extra: object = {}) => ({
  name: 'Orders',
  source_type: 's3',
  data_credentials_id: credential,
  source_config: { path: 'raw/orders', ...config },
  ...extra,
})

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
      '"source_type" is "s33": there is no such connector on this server. Did you mean "s3"? Valid: file_upload, s3.',
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

test('activation starts the source, waits for its detection and answers as a source and as a flow', async () => {
  const { credential } = await api.flow()
  const { id } = (await api.call<Source>('POST', '/data_sources', { body: s3Source(credential) })).body
  const activated = await api.call<Source & FlowResponse>('PUT', `/data_sources/${id}/activate`)
  assert.deepEqual(
    [activated.body.id, activated.body.status, activated.body.flows[0]?.data_source_id],
    [id, 'ACTIVE', id],
  )
  const calls = api.platform.runs.calls.filter((call) => call.split(' ')[1] === String(id))
  assert.deepEqual(calls.slice(-3), [`sourceChanged ${id}`, `startRun ${id} activate`, `awaitDetection ${id} 4700`])
  const paused = await api.call<Source & FlowResponse>('PUT', `/data_sources/${id}/pause`)
  assert.equal(paused.body.status, 'PAUSED')
  assert.ok(api.platform.runs.calls.includes(`pauseSource ${id}`))
})

test('a flow is activated from any node: downstream, or the whole tree with all', async () => {
  const flow = await api.flow()
  const status = async () => {
    const [source, child, sink] = await Promise.all([
      api.call<Source>('GET', `/data_sources/${flow.source}`),
      api.call<Nexset>('GET', `/data_sets/${flow.child}`),
      api.call<Sink>('GET', `/data_sinks/${flow.sink}`),
    ])
    return [source.body.status, child.body.status, sink.body.status]
  }
  assert.deepEqual(await status(), ['ACTIVE', 'ACTIVE', 'INIT'])
  await api.call('PUT', `/data_sources/${flow.source}/activate`)
  assert.deepEqual(await status(), ['ACTIVE', 'ACTIVE', 'INIT'], 'a destination that was never activated is left alone')
  const node = (await api.call<FlowResponse>('GET', `/data_sets/${flow.child}/flow`)).body.flows[0]!.children![0]!
    .children![0]!
  assert.equal(node.data_set_id, flow.child)
  await api.call('PUT', `/flows/${node.id}/activate`)
  assert.deepEqual(await status(), ['ACTIVE', 'ACTIVE', 'ACTIVE'])
  await api.call('PUT', `/data_sets/${flow.child}/pause`)
  assert.deepEqual(await status(), ['ACTIVE', 'PAUSED', 'PAUSED'])
  await api.call('PUT', `/flows/${node.id}/pause?all=1`)
  assert.deepEqual(await status(), ['PAUSED', 'PAUSED', 'PAUSED'])
  await api.call('PUT', `/data_sinks/${flow.sink}/activate?full_tree=1`)
  assert.deepEqual(await status(), ['ACTIVE', 'ACTIVE', 'ACTIVE'])
})

test('a flow answers with its tree and its elements, or with the tree only', async () => {
  const flow = await api.flow()
  const whole = (await api.call<FlowResponse>('GET', `/flows/${flow.origin}`)).body
  assert.deepEqual(
    [whole.data_sources, whole.data_sets, whole.data_sinks, whole.data_credentials].map((list) =>
      list?.map((one) => one.id),
    ),
    [[flow.source], [flow.nexset, flow.child], [flow.sink], [flow.credential]],
  )
  assert.equal(whole.flows[0]?.children?.[0]?.children?.[0]?.children?.[0]?.data_sink_id, flow.sink)
  const tree = (await api.call<FlowResponse>('GET', `/flows/${flow.origin}?flows_only=1`)).body
  assert.deepEqual(Object.keys(tree), ['flows'])
  const metrics = (await api.call<FlowResponse>('GET', `/flows?include_run_metrics=1&per_page=1000`)).body.metrics
  assert.equal(metrics?.filter((one) => one.origin_node_id === flow.origin)[0]?.records, 9)
})

test('the daily metrics of a flow have one row per day, with the sums of every node', async () => {
  const flow = await api.flow()
  const { db } = api.open
  const runs = await db
    .selectFrom('metric')
    .selectAll()
    .where('node_id', '=', flow.source)
    .where('node_kind', '=', 'data_source')
    .execute()
  const { updated_at: _, ...today } = runs[0]!
  const sink = { ...today, node_kind: 'data_sink' as const, node_id: flow.sink, written: 5, refused: 0, bytes: 70 }
  const day = '2026-01-31'
  await db
    .insertInto('metric')
    .values([{ ...today, day, written: 4, refused: 2, bytes: 40 }, { ...sink, day }, sink])
    .execute()
  const metric = async (path: string) => {
    const { body } = await api.call<{ status: number; metrics: object }>('GET', path)
    assert.equal(body.status, 200)
    return body.metrics
  }
  const [source, nexset, delivered] = [
    (records: number, size: number, errors: number) => [{ id: flow.source, metric: { records, size, errors } }],
    [{ id: flow.nexset, metric: { records: 9, size: 900, errors: 1 } }],
    [{ id: flow.sink, metric: { records: 5, size: 70, errors: 0 } }],
  ]
  const first = { time: day, data_sources: source(4, 40, 2), data_sets: [], data_sinks: delivered }
  const second = { time: today.day, data_sources: source(9, 900, 1), data_sets: nexset, data_sinks: delivered }
  assert.deepEqual(await metric(`/data_sources/${flow.source}/flow/daily`), [
    { ...first, records: 4, size: 40, errors: 2 },
    { ...second, records: 9, size: 900, errors: 1 },
  ])
  assert.deepEqual(await metric(`/data_sinks/${flow.sink}/flow/daily?to=${day}`), [
    { ...first, records: 5, size: 70, errors: 0 },
  ])
  assert.deepEqual(await metric(`/data_sets/${flow.child}/flow/daily?from=${day}&to=${day}`), [
    { ...first, records: 0, size: 0, errors: 0 },
  ])
  const total = (await metric(`/data_sinks/${flow.sink}/flow/total`)) as { data_sinks: object[] }
  assert.deepEqual(total.data_sinks, [{ id: flow.sink, metric: { records: 10, size: 140, errors: 0 } }])
})

test('copies are paused, say what they were copied from, and copy or reuse credentials', async () => {
  const flow = await api.flow()
  const copy = (
    await api.call<FlowResponse>('POST', `/flows/${flow.origin}/copy`, {
      body: { reuse_data_credentials: false, copy_entire_tree: true },
    })
  ).body
  assert.notEqual(copy.flows[0]?.id, flow.origin)
  assert.deepEqual(
    [copy.data_sources, copy.data_sets, copy.data_sinks, copy.data_credentials].map((list) =>
      list?.map((one) => one.copied_from_id),
    ),
    [[flow.source], [flow.nexset, flow.child], [flow.sink], [flow.credential]],
  )
  assert.deepEqual(
    [...copy.data_sources!, ...copy.data_sets!, ...copy.data_sinks!].map((one) => one.status),
    ['PAUSED', 'PAUSED', 'PAUSED', 'PAUSED'],
  )
  const opened = await api.open.db
    .selectFrom('data_credential')
    .select('sealed')
    .where('id', '=', copy.data_credentials![0]!.id)
    .executeTakeFirstOrThrow()
  assert.deepEqual(api.platform.vault.open('data_credential', opened.sealed!), {
    access_key_id: 'AKIA',
    secret_access_key: plantedSecret,
  })
  const reused = (
    await api.call<Sink>('POST', `/data_sinks/${flow.sink}/copy`, { body: { reuse_data_credentials: true } })
  ).body
  assert.deepEqual(
    [reused.copied_from_id, reused.data_credentials_id, reused.data_set_id, reused.status],
    [flow.sink, flow.credential, flow.child, 'PAUSED'],
  )
  const nexset = (await api.call<Nexset>('POST', `/data_sets/${flow.child}/copy`, { body: {} })).body
  assert.deepEqual([nexset.copied_from_id, nexset.parent_data_set_id], [flow.child, flow.nexset])
  assert.equal((await api.call('POST', `/data_sets/${flow.nexset}/copy`, { body: {} })).status, 409)
  const foreign = await api.call('POST', `/data_sources/${flow.source}/copy`, { body: { org_id: 99 } })
  assert.equal(foreign.status, 404)
})

test('what others depend on is not deleted; a flow goes whole', async () => {
  const flow = await api.flow()
  for (const path of [
    `/data_credentials/${flow.credential}`,
    `/data_sources/${flow.source}`,
    `/data_sets/${flow.nexset}`,
    `/data_sets/${flow.child}`,
  ]) {
    const answer = await api.call<ProblemBody>('DELETE', path)
    assert.equal(answer.status, 409, path)
    assert.match(answer.body.message, /(source|nexset|destination) \d+ "/)
  }
  await api.open.db
    .insertInto('segment')
    .values({
      data_set_id: flow.nexset,
      seq: 1,
      last_seq: 1,
      run_id: 1,
      store_key: `segment-${flow.nexset}`,
      rows: 1,
      bytes: 1,
      schema: JSON.stringify({ fields: [] }) as never,
    })
    .execute()
  assert.equal((await api.call<{ code: string }>('DELETE', `/flows/${flow.origin}`)).body.code, '200')
  for (const path of [
    `/data_sources/${flow.source}`,
    `/data_sets/${flow.nexset}`,
    `/data_sinks/${flow.sink}`,
    `/flows/${flow.origin}`,
  ])
    assert.equal((await api.call('GET', path)).status, 404)
  assert.deepEqual(
    (
      await api.open.db
        .selectFrom('garbage')
        .select('store_key')
        .where('store_key', '=', `segment-${flow.nexset}`)
        .execute()
    ).length,
    1,
  )
  assert.equal((await api.call('DELETE', `/data_credentials/${flow.credential}`)).status, 200)
})

test('a source with what it detected is deleted when nothing stands on it', async () => {
  const { credential } = await api.flow()
  const { id } = (await api.call<Source>('POST', '/data_sources', { body: s3Source(credential) })).body
  const { body } = await api.call<FlowResponse>('PUT', `/data_sources/${id}/activate`)
  assert.equal((await api.call('DELETE', `/data_sources/${id}`)).status, 200)
  assert.equal((await api.call('GET', `/data_sets/${body.data_sets![0]!.id}`)).status, 404)
})

test('a sink moves to another nexset and starts there from the beginning', async () => {
  const flow = await api.flow()
  await api.open.db.updateTable('data_sink').set({ cursor_seq: 7 }).where('id', '=', flow.sink).execute()
  const moved = await api.call<Sink>('PUT', `/data_sinks/${flow.sink}`, { body: { data_set_id: flow.nexset } })
  assert.equal(moved.body.data_set_id, flow.nexset)
  const row = await api.open.db
    .selectFrom('data_sink')
    .select(['cursor_seq', 'epoch'])
    .where('id', '=', flow.sink)
    .executeTakeFirstOrThrow()
  assert.deepEqual([row.cursor_seq, row.epoch], [0, 1])
  const tree = (await api.call<FlowResponse>('GET', `/data_sinks/${flow.sink}/flow`)).body.flows[0]!
  assert.deepEqual(
    tree.children![0]!.children!.map((node) => node.data_sink_id ?? node.data_set_id).toSorted(),
    [flow.child, flow.sink].toSorted(),
  )
})

test('a wrong transform is a 400 that names the field', async () => {
  const { nexset } = await api.flow()
  const answer = await api.call<ProblemBody>('POST', '/data_sets', {
    body: { name: 'x', parent_data_set_id: nexset, has_custom_transform: true, transform: { operation: [] } },
  })
  assert.deepEqual(
    [answer.status, answer.body.error_code, answer.body.details[0]?.field],
    [400, 'VAL_003', 'transform.operations'],
  )
})

test('PROMISE-UPLOADS: uploads are kept complete, once, inside their folder, and start a run', async () => {
  const { id } = (await api.call<Source>('POST', '/data_sources', { body: { name: 'Up', source_type: 'file_upload' } }))
    .body
  const folder = join(api.folder, 'uploads', String(id))
  const upload = async (name: string, text: string) => {
    const form = new FormData()
    form.append('file', new Blob([text]), name)
    return api.call<{ files: { name: string; size: number }[]; run?: Run } & ProblemBody>(
      'POST',
      `/data_sources/${id}/file_upload`,
      { body: form },
    )
  }
  const paused = await upload('a.json', '{"id":1}\n')
  assert.deepEqual([paused.body.files, paused.body.run], [[{ name: 'a.json', size: 9 }], undefined])
  await api.call('PUT', `/data_sources/${id}/activate`)
  assert.equal((await upload('a.json', '{"id":1}\n')).body.run?.data_source_id, id)
  assert.equal((await upload('a.json', '{"id":2}\n')).body.files[0]?.name, 'a~2.json')
  assert.equal((await upload('../../../../etc/passwd', 'x')).body.files[0]?.name, 'passwd')
  const large = await upload('large.json', 'x'.repeat(2000))
  assert.deepEqual([large.status, large.body.error_code], [413, 'VAL_006'])
  assert.deepEqual((await readdir(folder)).toSorted(), ['a.json', 'a~2.json', 'passwd'])
  assert.equal(await readFile(join(folder, 'a~2.json'), 'utf8'), '{"id":2}\n')
  assert.deepEqual(await readdir(join(api.folder, 'uploads', '.incoming')), [])
  const json = await api.call<ProblemBody>('POST', `/data_sources/${id}/file_upload`, { body: { file: 'x' } })
  assert.equal(json.body.error_code, 'VAL_005')
  const { source } = await api.flow()
  const other = new FormData()
  other.append('file', new Blob(['x']), 'x')
  assert.equal(
    (await api.call<ProblemBody>('POST', `/data_sources/${source}/file_upload`, { body: other })).body.error_code,
    'CAP_001',
  )
  await rm(folder, { recursive: true })
})

test('runs show their sums and every node of the flow', async () => {
  const flow = await api.flow()
  const runs = await api.call<Run[]>('GET', `/data_sources/${flow.source}/runs`)
  const detail = await api.call<Run & { nodes: { resource_type: string; id: number; records_written: number }[] }>(
    'GET',
    `/runs/${runs.body[0]!.id}`,
  )
  assert.deepEqual(
    detail.body.nodes.map((node) => [node.resource_type, node.id, node.records_written]),
    [
      ['data_sources', flow.source, 9],
      ['data_sets', flow.nexset, 9],
      ['data_sets', flow.child, 0],
      ['data_sinks', flow.sink, 0],
    ],
  )
  assert.equal((await api.call('GET', `/runs/${runs.body[0]!.id}`, { as: await api.member() })).status, 404)
  await api.call('PUT', `/data_sources/${flow.source}/pause`)
  const paused = await api.call<ProblemBody>('POST', `/data_sources/${flow.source}/run`)
  assert.equal(paused.status, 409)
})

test('PROMISE-ACCESS-QUARANTINE: quarantine pages over files that the caller may see', async () => {
  const flow = await api.flow()
  for (const records of [3, 2]) {
    const row = {
      org_id: 1,
      node_kind: 'data_source',
      node_id: flow.source,
      run_id: 1,
      store_key: `q-${flow.source}-${records}`,
      records,
      bytes: 1,
    }
    await api.open.db.insertInto('quarantine').values(row).execute()
  }
  const page = await api.call<{ total: number; records: { raw: string; code: string }[] }>(
    'GET',
    `/quarantine?resource_type=data_sources&id=${flow.source}&page=2&per_page=2`,
  )
  assert.equal(page.body.total, 5)
  assert.deepEqual(
    page.body.records.map((record) => record.raw),
    ['{"broken": 0', '{"broken": 1'],
  )
  const stranger = await api.member()
  assert.equal((await api.call<{ total: number }>('GET', '/quarantine', { as: stranger })).body.total, 0)
  assert.equal(
    (await api.call('GET', `/quarantine?resource_type=data_sources&id=${flow.source}`, { as: stranger })).status,
    404,
  )
})

test('PROMISE-ACCESS-SQL: SQL reaches the nexsets that the caller may see and no other', async () => {
  const flow = await api.flow()
  const ask = async (as = api.owner) => {
    await api.call('POST', '/sql', {
      as,
      body: {
        query: `select count(*) from nexset_${flow.nexset} join NEXSET_${flow.child} using (id) join nexset_999999 using (id)`,
      },
    })
    return api.platform.data.queries.at(-1)?.nexsetIds
  }
  assert.deepEqual(await ask(), [flow.nexset, flow.child])
  assert.deepEqual(await ask(await api.member()), [])
})

test('SQL over a nexset that is not there names those that the caller may read, the nearest first', async () => {
  const flow = await api.flow()
  const ask = async (query: string, as = api.owner) =>
    (await api.call<ProblemBody>('POST', '/sql', { as, body: { query } })).body
  const near = await ask(`select * from nexset_${flow.nexset}9`)
  assert.equal(near.error_code, 'VAL_004')
  assert.match(
    near.message,
    new RegExp(
      `^query: there is no nexset "nexset_${flow.nexset}9" that you may read\\. Did you mean nexset_${flow.nexset} \\(.+\\)\\? There are also .*nexset_${flow.child} \\(.+\\)`,
    ),
  )
  const [named] = (await api.call<{ name: string }[]>('GET', '/data_sets')).body
  assert.match(
    (await ask(`select * from "${named!.name}"`)).message,
    new RegExp(`Did you mean nexset_\\d+ \\(${named!.name}\\)`),
  )
  assert.equal(
    (await ask(`select * from nexset_${flow.nexset}`, await api.member())).message,
    `query: there is no nexset "nexset_${flow.nexset}" that you may read. You may read no nexset yet: one is made by the first run of a source.`,
  )
  assert.match((await ask('select 1 from')).message, /^query: /)
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
