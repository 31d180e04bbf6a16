import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { ApiClient, HookedSource } from './api-client.ts'
import { OwnServer } from './own-server.ts'
import { keyOf, post, withKey } from './webhook-sender.ts'

let server: OwnServer
let api: ApiClient
before(async () => {
  server = await OwnServer.start('webhooks')
  api = server.api
})
after(() => server[Symbol.asyncDispose]())

test('PROMISE-WEBHOOK-AUTH: a key in the query or the header, raw or Base64; nothing without one, with a wrong one or an ended one', async () => {
  const source = await api.webhook('keys')
  const key = keyOf(source)
  const base64 = Buffer.from(key).toString('base64')
  const pair = Buffer.from(`${key}:`).toString('base64')
  assert.equal((await post(source, '{"id":1}', { query: withKey(source) })).status, 200)
  for (const authorization of [`Basic ${key}`, `Basic ${base64}`, `basic ${pair}`])
    assert.equal((await post(source, '{"id":1}', { headers: { authorization } })).status, 200, authorization)
  const refused = [
    await post(source, '{"id":1}'),
    await post(source, '{"id":1}', { query: '?api_key=wrong' }),
    await post(source, '{"id":1}', { headers: { authorization: `Bearer ${key}` } }),
    await post(source, '{"id":1}', { headers: { authorization: 'Basic !' } }),
  ]
  for (const { status, body } of refused) {
    assert.equal(status, 403)
    assert.ok(!JSON.stringify(body).includes(key))
  }
  const [old] = source.api_keys
  const fresh = await api.call<{ id: number; api_key: string }>(
    'POST',
    `/data_sources/${source.id}/api_keys/${old?.id}/rotate`,
  )
  assert.notEqual(fresh.api_key, key)
  assert.equal((await post(source, '{"id":1}', { query: withKey(source) })).status, 403, 'the old key has ended')
  assert.equal((await post(source, '{"id":1}', { query: `?api_key=${fresh.api_key}` })).status, 200)
  const kept = await api.call<{ id: number; api_key: string }>(
    'POST',
    `/data_sources/${source.id}/api_keys/${fresh.id}/rotate`,
    { keep_old_seconds: 60 },
  )
  for (const one of [fresh, kept])
    assert.equal((await post(source, '{"id":1}', { query: `?api_key=${one.api_key}` })).status, 200)
  await api.call('DELETE', `/data_sources/${source.id}/api_keys/${kept.id}`)
  assert.equal((await post(source, '{"id":1}', { query: `?api_key=${kept.api_key}` })).status, 403)
  assert.equal((await post({ hosted_url: `${source.hosted_url}x` }, '{"id":1}')).status, 404)
  assert.equal(await api.rows(source.data_sets[0]!.id, 7), 7)
})

test('PROMISE-WEBHOOK-BODIES: one record, many, lines, XML and compressed bodies arrive exactly, and the answer counts them', async () => {
  const source = await api.webhook('bodies')
  const nexset = source.data_sets[0]!.id
  const query = withKey(source)
  const bodies: readonly (readonly [string | Uint8Array<ArrayBuffer>, number, Record<string, string>?])[] = [
    ['{"id":"a","n":12345678901234567}', 1],
    ['[{"id":"b"},\n {"id":"c"}]', 2],
    ['{"id":"d"}\n{"id":"e"}\n', 2, { 'content-type': 'application/x-ndjson' }],
    ['<order key="7"><id>f</id></order>', 1, { 'content-type': 'application/xml' }],
    [new Uint8Array(gzipSync('{"id":"g"}')), 1, { 'content-encoding': 'gzip' }],
    [new Uint8Array(zstdCompressSync('[{"id":"h"}]')), 1, { 'content-encoding': 'zstd' }],
    ['[]', 0],
  ]
  for (const [body, processed, headers = {}] of bodies) {
    const sent = await post(source, body, { query, headers })
    assert.deepEqual(
      [sent.status, sent.body],
      [200, { dataset_id: nexset, datasetId: nexset, processed }],
      String(body),
    )
  }
  await api.rows(nexset, 8)
  assert.deepEqual(
    (await api.sql(`select id, n::varchar from nexset_${nexset} order by id`)).map(([id, n]) => `${id}${n ?? ''}`),
    ['a12345678901234567', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
  )
  for (const [body, headers, status] of [
    ['nonsense', {}, 400],
    ['', {}, 400],
    ['[1]', {}, 400],
    ['<a>', { 'content-type': 'text/xml' }, 400],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', { 'content-type': 'text/xml' }, 400],
    ['{"id":1}', { 'content-type': 'application/json; charset=utf-16' }, 415],
    ['{"id":1}', { 'content-encoding': 'lzma' }, 415],
    ['{"id":1}', { 'content-encoding': 'gzip' }, 400],
  ] as const) {
    const sent = await post(source, body, { query, headers })
    assert.equal(sent.status, status, body)
  }
  assert.equal((await fetch(`${source.hosted_url}${query}`)).status, 405)
})

test('headers and parameters of the request become attributes when they are asked for, without key and credentials', async () => {
  const source = await api.webhook('attributes')
  const nexset = source.data_sets[0]!.id
  const query = `${withKey(source)}&include_headers=true&include_url_params=true&campaign=blue%20sky`
  await post(source, '[{"id":1,"header_X-Trace":"own"},{}]', { query, headers: { 'X-Trace': 't-1', cookie: 'c=1' } })
  await api.rows(nexset, 2)
  const found = await api.sql(
    `select id, "header_X-Trace", url_param_campaign from nexset_${nexset} order by id nulls last`,
  )
  // A member that the record has itself wins.
  assert.deepEqual(found, [
    ['1', 'own', 'blue sky'],
    [null, 't-1', 'blue sky'],
  ])
  const { columns } = await api.call<{ columns: { name: string }[] }>('POST', '/sql', {
    query: `select * from nexset_${nexset}`,
  })
  const names = columns.map(({ name }) => name.toLowerCase())
  for (const hidden of ['header_authorization', 'header_cookie', 'url_param_api_key', 'url_param_include_headers'])
    assert.ok(!names.includes(hidden), hidden)
})

test('PROMISE-WEBHOOK-HMAC: with a payload hash only bodies that were signed with the secret are taken, and the secret is never shown', async () => {
  for (const [hash_algorithm, name] of [
    ['HmacSHA1', 'sha1'],
    ['HmacSHA256', 'sha256'],
    ['HmacSHA384', 'sha384'],
    ['HmacSHA512', 'sha512'],
    ['HmacMD5', 'md5'],
  ] as const) {
    const source = await api.webhook(`hash ${name}`, {
      'webhook.auth_type': 'Payload Hash',
      hash_algorithm,
      hash_request_param: 'X-Signature',
      hash_secret_key: 'a-secret-nobody-guesses',
    })
    assert.ok(!JSON.stringify(source).includes('a-secret-nobody-guesses'))
    const body = '{ "id": 1 }'
    const sign = (text: string): string => createHmac(name, 'a-secret-nobody-guesses').update(text).digest('hex')
    assert.equal((await post(source, body, { headers: { 'x-signature': `${name}=${sign(body)}` } })).status, 200)
    assert.equal((await post(source, body, { query: `?X-Signature=${sign(body)}` })).status, 200)
    assert.equal((await post(source, body, { headers: { 'x-signature': sign('{ "id": 2 }') } })).status, 403)
    assert.equal((await post(source, body)).status, 403)
    // A client that sends back what it read changes nothing.
    await api.call('PUT', `/data_sources/${source.id}`, { source_config: source.source_config })
    assert.equal((await post(source, body, { headers: { 'x-signature': sign(body) } })).status, 200)
  }
  await assert.rejects(
    api.call('POST', '/data_sources', {
      name: 'x',
      source_type: 'nexla_rest',
      source_config: { 'hash.enabled': true },
    }),
    /hash_secret_key/,
  )
})

test('PROMISE-WEBHOOK-LIMITS: too large a body is 413, too much waiting is 429 with a time, a paused source refuses', async () => {
  const source = await api.webhook('limits', { max_body_bytes: 1000, max_waiting_bytes: 2000 })
  const query = withKey(source)
  const large = JSON.stringify({ id: 'x'.repeat(2000) })
  assert.equal((await post(source, large, { query })).status, 413)
  const unpacked = new Uint8Array(gzipSync(large))
  assert.equal((await post(source, unpacked, { query, headers: { 'content-encoding': 'gzip' } })).status, 413)
  assert.match(await chunked(source.hosted_url + query, large), /^HTTP\/1.1 413 /)

  await api.call('PUT', `/data_sources/${source.id}/pause`)
  const paused = await post(source, '{"id":1}', { query })
  assert.deepEqual([paused.status, paused.body['error']], [500, `Source #${source.id} is PAUSED`])
  await api.call('PUT', `/data_sources/${source.id}/activate`)

  // Records that arrive faster than they are read (here: nobody reads) fill what is allowed to the byte, whether they come one by one or all at
  // once and whether the server has handed them over to be read or not; then senders are asked to wait, and may go on when somebody has read.
  const workers = await server.process.workers()
  assert.equal(workers.length, 1)
  for (const pid of workers) process.kill(pid, 'SIGSTOP')
  let taken = 0
  try {
    const body = JSON.stringify({ id: 'y'.repeat(600) })
    const burst = async (): Promise<number> => {
      const sent = await Promise.all(Array.from({ length: 20 }, () => post(source, body, { query })))
      for (const { status, headers } of sent) {
        assert.ok(status === 200 || status === 429, String(status))
        if (status === 429) assert.ok(Number(headers.get('retry-after')) > 0)
      }
      return sent.filter(({ status }) => status === 200).length
    }
    // What the server hands over while it looks it counts twice until it looks again, a second later.
    while (taken < 3) taken += await burst()
    assert.equal(taken, 3)
    // A run waits for the workers as soon as the server has handed the records over.
    while ((await api.call<object[]>('GET', `/data_sources/${source.id}/runs`)).length === 0) await pause(50)
    assert.equal(await burst(), 0)
  } finally {
    for (const pid of workers) process.kill(pid, 'SIGCONT')
  }
  await api.rows(source.data_sets[0]!.id, taken)
  while ((await post(source, '{"id":"z"}', { query })).status !== 200) await pause(100)
})

test('hash.enabled wants key and hash; the keys are shown whole', async () => {
  const secret = 'a-secret-nobody-guesses'
  const both = await api.webhook('key and hash', {
    'hash.enabled': true,
    hash_algorithm: 'HmacSHA256',
    hash_request_param: 'sig',
    hash_secret_key: secret,
  })
  const signed = `sig=${createHmac('sha256', secret).update('{"id":1}').digest('hex')}`
  assert.equal((await post(both, '{"id":1}', { query: `?${signed}` })).status, 403)
  assert.equal((await post(both, '{"id":1}', { query: withKey(both) })).status, 403)
  assert.equal((await post(both, '{"id":1}', { query: `${withKey(both)}&${signed}` })).status, 200)

  const [key] = (await api.call<{ api_keys: Record<string, unknown>[] }>('GET', `/data_sources/${both.id}`)).api_keys
  assert.deepEqual(
    ['id', 'name', 'api_key', 'status', 'created_at'].map((name) => typeof key?.[name]),
    ['number', 'string', 'string', 'string', 'string'],
  )
})

test('a copy has a URL and a key of its own', async () => {
  const source = await api.webhook('original')
  const { id } = await api.call<HookedSource>('POST', `/data_sources/${source.id}/copy`)
  const copy = await api.call<HookedSource>('GET', `/data_sources/${id}`)
  assert.notEqual(copy.hosted_url, source.hosted_url)
  assert.notEqual(keyOf(copy), keyOf(source))
  assert.equal(copy.data_sets.length, 1)
})

/** A body without a length, in chunks, as the raw answer. */
async function chunked(url: string, body: string): Promise<string> {
  const { hostname, port, pathname, search } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(
    `POST ${pathname}${search} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  )
  for await (const chunk of socket) return String(chunk)
  return ''
}
