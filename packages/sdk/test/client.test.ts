import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DestinationType, lookupKey, NexlaClient, SourceType } from '../src/index.ts'
import { type Reply, stubServer } from './stub-server.ts'

async function connected(answer: (path: string, before: number) => unknown) {
  const server = await stubServer(({ path }, before): Reply => ({ body: answer(path, before) ?? {} }))
  const client = new NexlaClient({ access_token: 't', base_url: server.url })
  return { server, client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test('calls have the method, path and query of the route table', async () => {
  await using all = await connected(() => ({}))
  const { client, server } = all
  await client.credentials.probeTree(3, { depth: 2, path: 'a/b' })
  await client.flows.activate(9, { all: true })
  await client.flows.getByResource('data_sets', 4, { flows_only: true })
  await client.metrics.getResourceDailyMetrics('data_sets', 4, { from: '2026-11-01' })
  await client.sources.deleteAccessors(5)
  await client.sources.create({ name: 'x', source_type: 's3' }, { strict: true })
  await client.lookups.upsertEntries(6, [{ key: 'a' }])
  await client.lookups.getEntries(6, ['a/b', 'c*', lookupKey('d,e*')], { per_page: 10 })
  await client.lookups.deleteEntries(6, 'a')
  assert.deepEqual(
    server.asked.map(({ method, path, body }) => `${method} ${path} ${body}`),
    [
      'POST /api/data_credentials/3/probe/tree {"depth":2,"path":"a/b"}',
      'PUT /api/flows/9/activate?all=true ',
      'GET /api/data_sets/4/flow?flows_only=true ',
      'GET /api/data_sets/4/metrics?aggregate=1&from=2026-11-01 ',
      'DELETE /api/data_sources/5/accessors ',
      'POST /api/data_sources?strict=true {"name":"x","source_type":"s3"}',
      'PUT /api/data_maps/6/entries {"entries":[{"key":"a"}]}',
      'GET /api/data_maps/6/entries/a%2Fb%2Cc*%2Cd%5C%2Ce%5C*?per_page=10 ',
      'DELETE /api/data_maps/6/entries/a ',
    ],
  )
})

test('all() reads page after page until one is not full', async () => {
  const page = (start: number, length: number) => Array.from({ length }, (_, index) => ({ id: start + index }))
  await using all = await connected((_path, before) => (before === 0 ? page(1, 100) : page(101, 3)))
  const ids = []
  for await (const source of all.client.sources.all()) ids.push(source.id)
  assert.equal(ids.length, 103)
  assert.deepEqual(
    all.server.asked.map(({ path }) => path),
    ['/api/data_sources?page=1&per_page=100', '/api/data_sources?page=2&per_page=100'],
  )
})

test('a run is over when it is done and every follower has caught up', async () => {
  const states = [
    { status: 'RUNNING', followers_caught_up: false },
    { status: 'FAILED', followers_caught_up: false, next_retry_at: '2026-11-30T00:00:00Z' },
    { status: 'DONE', followers_caught_up: false },
    { status: 'DONE', followers_caught_up: true, id: 5 },
  ]
  await using all = await connected((_path, before) => states[before])
  assert.equal((await all.client.runs.wait(5, { interval_ms: 1 })).id, 5)
  assert.equal(all.server.asked.length, 4)
})

test('files go up as a form', async () => {
  await using all = await connected(() => ({ files: [] }))
  await all.client.sources.uploadFiles(2, [{ name: 'a.json', content: '{"x":1}' }])
  const [asked] = all.server.asked
  assert.equal(asked?.path, '/api/data_sources/2/file_upload')
  assert.match(asked?.headers['content-type'] ?? '', /^multipart\/form-data; boundary=/)
  assert.match(asked?.body ?? '', /filename="a.json"[^]*\{"x":1\}/)
})

test('a path needs its parameters', async () => {
  const client = new NexlaClient({ access_token: 't', base_url: 'http://127.0.0.1:1/api' })
  await assert.rejects(client.sources.get(undefined as never), /needs "id"/)
})

test('the constants of the guide are there', () => {
  assert.equal(SourceType.S3, 's3')
  assert.equal(DestinationType.SNOWFLAKE, 'snowflake')
})
