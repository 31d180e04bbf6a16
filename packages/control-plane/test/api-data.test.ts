import assert from 'node:assert/strict'
import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ProblemBody, Run, Source } from '@leat/contract'
import { TestApi } from './api-fixture.ts'

let api: TestApi
before(async () => {
  api = await TestApi.start({ uploadLimit: 1000 })
})
after(() => api.stop())

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
