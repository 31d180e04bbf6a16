import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { serveHttp, type HttpStub } from '../../../tools/testing/serve-http.ts'
import { until } from '../../../tools/testing/until.ts'
import type { ApiClient } from './api-client.ts'
import { OwnServer } from './own-server.ts'

/* Answers of an API in every form, through the whole platform: what stands in the nexset. */

let server: OwnServer
let api: ApiClient
let peer: HttpStub
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

const answer: RequestListener = (request, response) => {
  if (request.url === '/locked' && request.headers['x-key'] !== 'the-right-key') return response.writeHead(401).end()
  const [type, body] = answers[new URL(request.url ?? '/', 'http://peer').pathname] ?? ['text/plain', '']
  // As most APIs do when they are asked for it.
  const zipped = String(request.headers['accept-encoding']).includes('gzip')
  response.writeHead(200, { 'content-type': type, ...(zipped ? { 'content-encoding': 'gzip' } : {}) })
  return response.end(zipped ? gzipSync(body) : body)
}

before(async () => {
  server = await OwnServer.start('rest-formats')
  api = server.api
  peer = await serveHttp(answer)
  address = peer.address
})
after(async () => {
  await peer[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
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
    const nexset = await api.nexsetOf(id)
    const page = expected === withPage ? ', page' : ''
    const rows = await until(async () => {
      const found = await api.sql(`select id, name${page} from nexset_${nexset} order by id`)
      return found.length >= expected.length && found
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

test('PROMISE-REST-TRY: a dry run shows the requests of every step without a secret and without asking; a sample shows what is answered', async () => {
  const seen: string[] = []
  await using target = await serveHttp((request, response) => {
    seen.push(`${request.url} ${request.headers['x-key']}`)
    response.setHeader('content-type', 'application/json')
    response.end('[{"id":1,"name":"a"}]')
  })
  const host = target.address
  const credential = await api.call<{ id: number }>('POST', '/data_credentials', {
    name: 'key',
    credentials_type: 'rest',
    credentials: {
      'auth.type': 'API_KEY',
      'api.key.auth.key': 'X-Key',
      'api.key.auth.value': 'the-secret-key',
      'request.headers': 'x-tenant: the-secret-tenant',
      account: 'abc',
    },
  })
  const { id } = await api.call<{ id: number }>('POST', '/data_sources', {
    name: 'steps',
    source_type: 'rest',
    data_credentials_id: credential.id,
    source_config: {
      'rest.iterations': [
        {
          key: 'step1',
          'url.template': `${host}/teams?account=\${CREDENTIAL.account}`,
          method: 'GET',
          'iteration.type': 'static.url',
        },
        {
          key: 'step2',
          'url.template': `${host}/teams/{step1.id}/members`,
          method: 'POST',
          'iteration.type': 'paging.incrementing',
          'param.id': 'page',
          'body.template': '{"team": "{step1.name}", "key": "${CREDENTIAL.account}"}',
        },
      ],
    },
  })
  interface Trial {
    readonly requests: readonly {
      readonly step: string
      readonly method: string
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string | null
      readonly authentication: string
    }[]
    readonly sample: { readonly response: string } | null
  }
  const trial = await api.call<Trial>('POST', `/data_sources/${id}/try`)
  assert.deepEqual(
    trial.requests.map(({ step, method, url, body, authentication }) => [step, method, url, body, authentication]),
    [
      ['step1', 'GET', `${host}/teams?account=\${CREDENTIAL.account}`, null, 'API_KEY'],
      [
        'step2',
        'POST',
        `${host}/teams/{step1.id}/members?page=1`,
        '{"team": "{step1.name}", "key": "${CREDENTIAL.account}"}',
        'API_KEY',
      ],
    ],
  )
  assert.equal(trial.requests[0]?.headers['x-tenant'], '•••')
  assert.equal(trial.sample, null)
  assert.deepEqual(seen, [], 'nobody was asked')
  const sampled = await api.call<Trial>('POST', `/data_sources/${id}/try`, { sample: true })
  assert.ok(!/the-secret|abc/.test(JSON.stringify([trial, sampled])))
  assert.match(sampled.sample?.response ?? '', /"id": ?1/)
  assert.deepEqual(seen.slice(0, 1), ['/teams?account=abc the-secret-key'])

  // The same for a config that is not stored, and nothing to browse.
  const probe = `/data_credentials/${credential.id}/probe`
  const { output } = await api.call<{ output: { response: string } }>('POST', `${probe}/sample`, {
    template_config: { request: { url: `${host}/orders` } },
  })
  assert.match(output.response, /"id": ?1/)
  assert.deepEqual((await api.call<{ object: object }>('POST', `${probe}/tree`, { depth: 1 })).object, {})
  const hook = await api.webhook('nothing to try')
  await assert.rejects(api.call('POST', `/data_sources/${hook.id}/try`), /no requests that could be shown/)
})
