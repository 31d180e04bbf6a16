import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { ApiClient } from './api-client.ts'
import { isRunning, postmasterPid, ServerProcess } from './server-process.ts'

/* Answers of an API in every form, through the whole platform: what stands in the nexset. */

let data: string
let server: ServerProcess
let api: ApiClient
let address: string

const answers: Readonly<Record<string, readonly [type: string, body: string]>> = {
  '/file.csv': ['application/octet-stream', 'id,name\n1,"a, b"\n2,é\n'],
  '/file.json': ['application/octet-stream', '[{"id":1,"name":"a, b"},{"id":2,"name":"é"}]'],
  '/file.txt': ['application/octet-stream', 'id,name\n1,"a, b"\n2,é\n'],
  '/file.xml': ['application/octet-stream', '<r><o><id>1</id><name>a, b</name></o><o><id>2</id><name>é</name></o></r>'],
  '/by-type.csv': ['text/csv', 'id,name\n1,"a, b"\n2,é\n'],
  '/by-type.ndjson': ['application/x-ndjson', '{"id":1,"name":"a, b"}\n{"id":2,"name":"é"}\n'],
  '/by-type.xml': ['application/xml', '<r><o><id>1</id><name>a, b</name></o><o><id>2</id><name>é</name></o></r>'],
  '/soap': ['text/xml', '<r page="7"><o><id>1</id><name>a, b</name></o><o><id>2</id><name>é</name></o></r>'],
  '/of/one': ['application/json', '[{"id":1,"name":"a, b"}]'],
  '/of/two': ['application/json', '[{"id":2,"name":"é"}]'],
  '/locked': ['application/json', '{"data":[{"id":1,"name":"a, b"}]}'],
  '/wrapped': ['application/json', '{"page":7,"data":[{"id":1,"name":"a, b"},{"id":2,"name":"é"}]}'],
}

const peer = createServer((request, response) => {
  if (request.url === '/locked' && request.headers['x-key'] !== 'the-right-key') return response.writeHead(401).end()
  const [type, body] = answers[new URL(request.url ?? '/', 'http://peer').pathname] ?? ['text/plain', '']
  // As most APIs do when they are asked for it.
  const zipped = String(request.headers['accept-encoding']).includes('gzip')
  response.writeHead(200, { 'content-type': type, ...(zipped ? { 'content-encoding': 'gzip' } : {}) })
  return response.end(zipped ? gzipSync(body) : body)
})

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'leat-rest-formats-'))
  server = new ServerProcess(['start', '--data', data, '--port', '0', '--workers', '1'], {})
  peer.listen(0, '127.0.0.1')
  await once(peer, 'listening')
  address = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`
  api = await ApiClient.open(server, data)
})
after(async () => {
  peer.closeAllConnections()
  peer.close()
  await server.end('SIGTERM')
  const postgres = await postmasterPid(data)
  while (postgres !== null && (await isRunning(postgres))) await pause(50)
  await rm(data, { recursive: true, force: true })
})

const step = (path: string, more: object) => ({
  source_config: {
    'rest.iterations': [
      { key: 'step1', 'url.template': `${address}${path}`, method: 'GET', 'iteration.type': 'static.url', ...more },
    ],
  },
})
const file = (format: string) => () =>
  step(`/file.${format}`, { 'iteration.type': 'body.as.file', 'file.response.format': format })

const plain = [
  [1, 'a, b'],
  [2, 'é'],
]
const withPage = plain.map((row) => [...row, 7])

for (const [name, config, expected] of [
  ['body.as.file csv', file('csv'), plain],
  ['body.as.file json', file('json'), plain],
  ['body.as.file txt', file('txt'), plain],
  ['body.as.file xml', file('xml'), plain],
  ['csv by its content type', () => ({ template_config: { request: { url: `${address}/by-type.csv` } } }), plain],
  ['NDJSON by its content type', () => ({ template_config: { request: { url: `${address}/by-type.ndjson` } } }), plain],
  ['XML by its content type', () => ({ template_config: { request: { url: `${address}/by-type.xml` } } }), plain],
  [
    'XML at an XPath, with a value that goes into every record',
    () =>
      step('/soap', {
        'response.format': 'xml',
        'response.data.path': '/r/o',
        'response.data.path.additional': '/r/@page',
      }),
    withPage,
  ],
  [
    'JSON at a JSONPath, with a value that goes into every record',
    () => step('/wrapped', { 'response.data.path': '$.data[*]', 'response.data.path.additional': '$.page' }),
    withPage,
  ],
  [
    'one request for each row of a data.map.key.queue',
    () => step('/of/{key}', { 'iteration.type': 'data.map.key.queue', map_rows: [{ key: 'one' }, { key: 'two' }] }),
    plain,
  ],
] as const)
  test(`records of a REST source: ${name}`, async () => {
    const { id } = await api.call<{ id: number }>('POST', '/data_sources', { name, source_type: 'rest', ...config() })
    await api.call('PUT', `/data_sources/${id}/activate`)
    const nexset = await until(async () => {
      const { data_sets: found } = await api.call<{ data_sets: { id: number }[] }>('GET', `/data_sources/${id}`)
      return found[0]?.id
    })
    const page = expected === withPage ? ', page' : ''
    const rows = await until(async () => {
      const found = await api.sql(`select id, name${page} from nexset_${nexset} order by id`)
      return found.length >= expected.length ? found : undefined
    })
    // Numbers of 64 bits come as text where they need it.
    const shown = rows.map((row) => row.map((value) => (/^\d+$/.test(String(value)) ? Number(value) : value)))
    assert.deepEqual(shown, expected)
  })

test('probe, tree and sample of a REST credential ask as a run would; the tree is empty, because an API has no list', async () => {
  const credential = (token: string) =>
    api.call<{ id: number }>('POST', '/data_credentials', {
      name: 'API',
      credentials_type: 'rest',
      credentials: {
        'auth.type': 'API_KEY',
        'api.key.auth.key': 'X-Key',
        'api.key.auth.value': token,
        'test.url': `${address}/locked`,
      },
    })
  const { id } = await credential('the-right-key')
  const probe = await api.ask('GET', `/data_credentials/${id}/probe`)
  assert.equal(probe.status, 200, probe.text)
  const { id: wrong } = await credential('a-wrong-key-of-ours')
  const refused = await api.ask('GET', `/data_credentials/${wrong}/probe`)
  assert.ok(refused.status >= 400 && !refused.text.includes('a-wrong-key-of-ours'), refused.text)
  const tree = await api.call<{ object: object }>('POST', `/data_credentials/${id}/probe/tree`, { depth: 2 })
  assert.deepEqual(tree.object, {})
  const sample = await api.ask('POST', `/data_credentials/${id}/probe/sample`, {
    template_config: { request: { url: `${address}/locked` }, response: { data_path: '$.data' } },
  })
  assert.equal(sample.status, 200, sample.text)
  assert.match(sample.text, /a, b/)
})

async function until<T>(what: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const value = await what()
    if (value !== undefined) return value
    await pause(100)
  }
  throw new Error('not reached within 60 s')
}

test('keys that a way of paging does not look at are told', async () => {
  const config = step('/wrapped', { 'param.offset': 'o', 'response.data.path': '$.data[*]', 'map.id': 7 })
  const { config_warnings: warnings } = await api.call<{ config_warnings: { key: string; reason: string }[] }>(
    'POST',
    '/data_sources',
    { name: 'idle', source_type: 'rest', ...config },
  )
  assert.deepEqual(
    warnings.map(({ key, reason }) => [key, reason]),
    ['param.offset', 'map.id'].map((key) => [
      `rest.iterations.0.${key}`,
      'a step of type static.url does not look at it',
    ]),
  )
  const template = {
    request: { url: `${address}/wrapped` },
    pagination: { type: 'cursor', cursor_field: 'next', start_page: 2 },
  }
  const answer = await api.ask('POST', '/data_sources?strict=true', {
    name: 'idle',
    source_type: 'rest',
    template_config: template,
  })
  assert.equal(answer.status, 400)
  assert.match(answer.text, /template_config\.pagination\.start_page.*does not look at it/)
})
