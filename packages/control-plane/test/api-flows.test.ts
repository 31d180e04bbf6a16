import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { FlowResponse, Nexset, ProblemBody, Sink, Source } from '@leat/contract'
import { plantedSecret, s3Source, TestApi } from './api-fixture.ts'

let api: TestApi
before(async () => {
  api = await TestApi.start()
})
after(() => api.stop())

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
