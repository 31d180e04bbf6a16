import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireConfig, type Batch, type JsonObject, type Rejection } from '@leat/connector-kit'
import { rest } from '../src/rest.connector.ts'
import { faultOf } from './fault-of.ts'
import { scriptedServer, type Script, type ScriptedServer } from './scripted-server.ts'

const batchOf = (lines: readonly string[], name = '1-1.json'): Batch => ({
  kind: 'files',
  files: [
    {
      name,
      encoding: 'ndjson',
      bytes: lines.join('\n').length,
      rows: lines.length,
      async *open() {
        yield Buffer.from(lines.map((line) => `${line}\n`).join(''))
      },
    },
  ],
})

async function deliver(
  server: ScriptedServer,
  config: JsonObject,
  lines: readonly string[],
  credentials: JsonObject = { 'auth.type': 'NONE' },
): Promise<readonly Rejection[]> {
  const driver = await rest.load()
  const { signal } = new AbortController()
  await using connection = await driver.connect(
    requireConfig(rest.credentials!, rest.aliases?.credentials, credentials),
    {
      allowedFolders: [],
      signal,
    },
  )
  const options = requireConfig(rest.sink!.options, rest.aliases?.sink, {
    ...config,
    'url.template': `${server.url}${String(config['url.template'])}`,
  })
  await using writer = await connection.openWriter!({ id: 'sink-7', epoch: 1, options, schema: { fields: [] }, signal })
  const rejected = await writer.write(batchOf(lines))
  const token = await writer.prepare()
  await writer.commit(token)
  return rejected
}

const accept: Script = () => ({ status: 201, body: {} })

test('each record is a request with its values in URL and body, exactly', async () => {
  await using server = await scriptedServer(accept)
  const record = '{"id":9007199254740993,"name":"a/b \\"c\\"","tags":["x"],"at":{"city":"Köln"},"none":null}'
  await deliver(server, { 'url.template': '/orders/{record.id}/{record.name}', method: 'PUT' }, [record])
  await deliver(
    server,
    {
      'url.template': '/x',
      method: 'PATCH',
      'body.template':
        '{"id": {record.id}, "text": "n:{record.name}", "bare": {record.name}, "city": {record.at.city}, "tags": {record.tags}, "none": {record.none}, "gone": {record.gone}, "all": {message.json}}',
    },
    [record],
  )
  const [first, second] = server.seen
  assert.equal(first?.method, 'PUT')
  assert.equal(first?.url.pathname, '/orders/9007199254740993/a%2Fb%20%22c%22')
  assert.equal(first?.body, record)
  assert.equal(first?.headers['content-type'], 'application/json')
  assert.equal(second?.method, 'PATCH')
  assert.ok(second?.body.includes('"id": 9007199254740993'), second?.body)
  const sent = JSON.parse(second?.body ?? '') as Record<string, unknown>
  assert.deepEqual(
    { ...sent, id: 0, all: 0 },
    { id: 0, text: 'n:a/b "c"', bare: 'a/b "c"', city: 'Köln', tags: ['x'], none: null, gone: null, all: 0 },
  )
})

test('a text with U+2028, U+2029 or U+0085 in it, which are no line ends of JSON lines, is sent as it is', async () => {
  await using server = await scriptedServer(accept)
  const lines = ['{"id":1,"text":"a\u2028b\u2029c\u0085d"}', '{"id":2,"text":"é"}']
  assert.deepEqual(await deliver(server, { 'url.template': '/x' }, lines), [])
  assert.deepEqual(
    server.seen.map(({ body }) => body),
    lines,
  )
})

test('a batch stands where body.template says; code in Scala is refused with what does the same', async () => {
  await using server = await scriptedServer(accept)
  const config = {
    'url.template': '/bulk',
    'batch.mode': true,
    'max.poll.records': 2,
    'body.template': '{"items": {messages.json}, "source": "{from=leat}"}',
  }
  await deliver(server, config, ['{"id":1}', '{"id":"{messages.json}"}', '{"id":3}'])
  assert.deepEqual(
    server.seen.map(({ body }) => body),
    ['{"items": [{"id":1},{"id":"{messages.json}"}], "source": "leat"}', '{"items": [{"id":3}], "source": "leat"}'],
  )
  const scala = { 'url.template': '/x', 'body.transform.function': 'messages => Map("items" -> messages)' }
  for (const [wrong, field] of [
    [scala, 'body.transform.function'],
    [{ ...config, 'body.template': '{"one": {message.json}}' }, 'body.template'],
    [{ ...config, 'batch.mode': false }, 'body.template'],
  ] as const) {
    const fault = await faultOf(() => deliver(server, wrong, []))
    assert.deepEqual([fault.kind, fault.field], ['config', field])
  }
})

test('every method, and XML', async () => {
  await using server = await scriptedServer(accept)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'])
    await deliver(server, { 'url.template': '/{record.id}', method }, ['{"id":1}'])
  assert.deepEqual(
    server.seen.map(({ method, body }) => `${method} ${body}`),
    ['POST {"id":1}', 'PUT {"id":1}', 'PATCH {"id":1}', 'DELETE ', 'GET '],
  )
  await deliver(server, { 'url.template': '/xml', 'content.type': 'application/xml' }, [
    '{"id":1,"note":"<b>&\\u0001","list":[1,2],"two words":null}',
  ])
  const xml = server.seen.at(-1)
  assert.equal(xml?.headers['content-type'], 'application/xml')
  assert.equal(
    xml?.body,
    '<record><id>1</id><note>&lt;b&gt;&amp;\ufffd</note><list>1</list><list>2</list><two_words/></record>',
  )
})

test('PROMISE-REST-SINK-RESULTS: a 4xx refuses that record with status and answer; a 5xx and a 429 are tried again; the rest lands', async () => {
  const failed = new Set<number>()
  const first = (id: number): boolean => !failed.has(id) && failed.add(id).has(id)
  await using server = await scriptedServer(({ body }) => {
    const { id } = JSON.parse(body) as { id: number }
    if (id === 2) return { status: 422, body: { error: 'id 2 is not wanted' } }
    if (id === 3 && first(id)) return { status: 503, headers: { 'retry-after': '0' } }
    if (id === 4 && first(id)) return { status: 429, headers: { 'retry-after': '0' } }
    return { status: 200 }
  })
  const rejected = await deliver(
    server,
    { 'url.template': '/' },
    [1, 2, 3, 4, 5].map((id) => `{"id":${id}}`),
  )
  assert.deepEqual(
    rejected.map(({ index, code, raw }) => ({ index, code, raw })),
    [{ index: 1, code: 'rest.status_422', raw: '{"id":2}' }],
  )
  assert.match(rejected[0]!.reason, /422 .*id 2 is not wanted/)
  assert.equal(server.seen.length, 7)
})

test('a batch that is refused is halved until the record that is the reason stands alone', async () => {
  await using server = await scriptedServer(({ body }) => {
    const ids = (JSON.parse(body) as { id: number }[]).map(({ id }) => id)
    return ids.includes(6) ? { status: 400, body: 'bad id' } : { status: 200 }
  })
  const lines = Array.from({ length: 25 }, (_, id) => `{"id":${id}}`)
  const rejected = await deliver(server, { 'url.template': '/', 'batch.mode': true, 'max.poll.records': 10 }, lines)
  assert.deepEqual(
    rejected.map(({ index }) => index),
    [6],
  )
  const sizes = server.seen.map(({ body }) => (JSON.parse(body) as unknown[]).length)
  assert.equal(sizes[0], 10)
  assert.equal(sizes.at(-1), 5)
})

test('PROMISE-REST-SINK-IDEMPOTENCY: a repeat carries the same idempotency keys, and every record has its own', async () => {
  const applied = new Map<string, string>()
  await using server = await scriptedServer(({ headers, body }) => {
    const key = String(headers['idempotency-key'])
    if (applied.has(key)) assert.equal(applied.get(key), body)
    applied.set(key, body)
    return { status: 200 }
  })
  const lines = Array.from({ length: 20 }, (_, id) => `{"id":${id}}`)
  await deliver(server, { 'url.template': '/', parallel_requests: 4 }, lines)
  await deliver(server, { 'url.template': '/' }, lines)
  assert.equal(server.seen.length, 40)
  assert.equal(applied.size, 20)
  assert.deepEqual(new Set(applied.values()), new Set(lines))
})

test('a record without the value that its URL needs is refused, a refused login stops the delivery', async () => {
  await using server = await scriptedServer(({ headers }) => ({
    status: headers['x-key'] === 'right-key' ? 200 : 401,
  }))
  const config = { 'url.template': '/{record.id}' }
  const login = { 'auth.type': 'API_KEY', 'api.key.include.mode': 'HEADER', 'api.key.auth.key': 'x-key' }
  const rejected = await deliver(server, config, ['{"id":1}', '{"name":"x"}', '{"id":null}'], {
    ...login,
    'api.key.auth.value': 'right-key',
  })
  assert.deepEqual(
    rejected.map(({ index, code }) => [index, code]),
    [
      [1, 'rest.value_missing'],
      [2, 'rest.value_missing'],
    ],
  )
  await assert.rejects(
    deliver(server, config, ['{"id":1}'], { ...login, 'api.key.auth.value': 'wrong-key' }),
    (error: { kind?: string; message: string }) => error.kind === 'auth' && !error.message.includes('wrong-key'),
  )
})

test('what cannot be combined is said', () => {
  for (const [config, message] of [
    [{ 'batch.mode': true, 'content.type': 'application/xml' }, /batch\.mode/],
    [{ 'batch.mode': true, 'body.template': '{message.json}' }, /body\.template/],
  ] as const)
    assert.throws(
      () => requireConfig(rest.sink!.options, rest.aliases?.sink, { 'url.template': 'http://x/', ...config }),
      message,
    )
})
