import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { JsonObject } from '@leat/connector-kit'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer, type Seen } from './scripted-server.ts'

const cursor = (url: string): JsonObject => ({
  template_config: {
    request: { url: `${url}/items`, headers: { 'X-Key': '${CREDENTIAL.key}' } },
    pagination: { type: 'cursor', cursor_field: 'next', cursor_param: 'after' },
    response: { data_path: '$.items' },
  },
})
const credentials = { key: 'very-secret-key' }
const read = (url: string) => readSource(cursor(url), { credentials })
const ids = (records: readonly unknown[]) => records.map((record) => (record as { id: number }).id)

/** Page n holds the id n; three pages. */
function page({ url }: Seen, more: object = {}) {
  const number = Number(url.searchParams.get('after') ?? 1)
  return { items: [{ id: number }], next: number < 3 ? number + 1 : null, ...more }
}

test('429 with a date is waited for; the page comes once', async () => {
  let refused = 0
  await using server = await scriptedServer((request) => {
    if (request.url.searchParams.get('after') !== '2' || refused > 0) return { body: page(request) }
    refused = Date.now()
    return { status: 429, headers: { 'retry-after': new Date(Date.now() + 2000).toUTCString() }, body: 'slow down' }
  })
  const { records } = await read(server.url)
  assert.deepEqual(ids(records), [1, 2, 3])
  const again = Math.floor((Date.now() - refused) / 1000)
  assert.ok(again >= 1, 'it was asked again before the date')
})

test('bursts of 500 and 503 are tried again', async () => {
  let failures = 0
  await using server = await scriptedServer((request) =>
    request.url.searchParams.get('after') === '2' && failures++ < 3
      ? { status: failures === 1 ? 503 : 500 }
      : { body: page(request) },
  )
  assert.deepEqual(ids((await read(server.url)).records), [1, 2, 3])
  assert.equal(server.seen.length, 6)
})

test('a page that comes again under another cursor is a fault that says so', async () => {
  await using server = await scriptedServer(({ url }) => {
    const number = Number(url.searchParams.get('after') ?? 1)
    return { body: { items: [{ id: 1 }, { id: 2 }], next: number + 1, at: Date.now() } }
  })
  const fault = await faultOf(() => read(server.url))
  assert.deepEqual([fault.kind, fault.code], ['data', 'rest.page_repeated'])
  assert.equal(server.seen.length, 2)
})

test('an empty page in the middle does not end the pages', async () => {
  await using server = await scriptedServer((request) => ({
    body: request.url.searchParams.get('after') === '2' ? { items: [], next: 3 } : page(request),
  }))
  assert.deepEqual(ids((await read(server.url)).records), [1, 3])
})

test('a cursor that leads back is a loop', async () => {
  await using server = await scriptedServer(({ url }) => {
    const number = Number(url.searchParams.get('after') ?? 1)
    return { body: { items: [{ id: number }], next: (number % 3) + 1 } }
  })
  const fault = await faultOf(() => read(server.url))
  assert.equal(fault.code, 'rest.loop')
  assert.ok(server.seen.length <= 5)
})

test('a cursor that does not move is a fault', async () => {
  await using server = await scriptedServer(({ url }) => ({
    body: { items: [{ id: Math.random() }], next: url.searchParams.get('after') ?? 'x' },
  }))
  assert.equal((await faultOf(() => read(server.url))).code, 'rest.cursor_stuck')
})

test('a gzip body that is cut off is fetched again', async () => {
  let cut = 0
  await using server = await scriptedServer((request, response) => {
    const whole = gzipSync(JSON.stringify(page(request)))
    const bytes = request.url.searchParams.get('after') === '2' && cut++ === 0 ? whole.subarray(0, -12) : whole
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(bytes)
  })
  assert.deepEqual(ids((await read(server.url)).records), [1, 2, 3])
  assert.equal(cut, 2)
})

test('a connection that breaks in the middle of a body is made again', async () => {
  let broken = 0
  await using server = await scriptedServer((request, response) => {
    if (request.url.searchParams.get('after') === '2' && broken++ === 0) {
      response.writeHead(200, { 'content-length': '1000' }).write('{"items": [')
      setImmediate(() => response.destroy())
      return undefined
    }
    return { body: page(request) }
  })
  assert.deepEqual(ids((await read(server.url)).records), [1, 2, 3])
})

test('a body that comes byte by byte is read', async () => {
  await using server = await scriptedServer(async (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (const byte of JSON.stringify(page(request))) {
      response.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  })
  assert.deepEqual(ids((await read(server.url)).records), [1, 2, 3])
})

test('PROMISE-REDIRECT-NAKED: a redirect to another host carries no credential, and so does a next URL', async () => {
  await using other = await scriptedServer(() => ({ body: { items: [{ id: 9 }] } }))
  await using redirecting = await scriptedServer(() => ({
    status: 302,
    headers: { location: `${other.url}/elsewhere` },
  }))
  assert.deepEqual(ids((await read(redirecting.url)).records), [9])
  await using linking = await scriptedServer(() => ({ body: { items: [{ id: 1 }], next: `${other.url}/more` } }))
  await readSource(
    {
      template_config: {
        ...(cursor(linking.url)['template_config'] as JsonObject),
        pagination: { type: 'next_url', next_url_field: 'next' },
      },
    },
    { credentials: { ...credentials, 'auth.type': 'BASIC', 'basic.username': 'me', 'basic.password': 'basic-secret' } },
  )
  assert.equal(other.seen.length, 2)
  for (const { headers, url } of other.seen) {
    const all = JSON.stringify([headers, url.href])
    assert.ok(!all.includes('very-secret-key') && headers.authorization === undefined, all)
  }
})

test('a total that changes counts as it was last told', async () => {
  await using server = await scriptedServer((request) => {
    const number = Number(request.url.searchParams.get('after') ?? 1)
    return { body: page(request, { total: 5 - number }) }
  })
  const { verdict } = await read(server.url)
  assert.deepEqual([verdict?.outcome, verdict?.received, verdict?.expected], ['complete', 3, 2])
})

test('a next URL whose encoding is not UTF-8 is followed as it is', async () => {
  await using server = await scriptedServer(({ url }) =>
    url.search === '' ? { body: { items: [{ id: 1 }], next: '/items?at=%FF%25' } } : { body: { items: [{ id: 2 }] } },
  )
  const config = {
    template_config: {
      ...(cursor(server.url)['template_config'] as JsonObject),
      pagination: { type: 'next_url', next_url_field: 'next' },
    },
  }
  const { records, origins } = await readSource(config, { credentials })
  assert.deepEqual(ids(records), [1, 2])
  assert.equal(server.seen[1]?.url.search, '?at=%FF%25')
  assert.ok(origins[1]?.endsWith('?at=%FF%25'), origins[1])
})

test('metadata addresses are not asked', async () => {
  const fault = await faultOf(() => read('http://169.254.169.254'))
  assert.deepEqual([fault.kind, fault.code], ['config', 'network.address_refused'])
})

test('secrets that a service echoes stay out of checkpoints and origins, and are there when the reading goes on', async () => {
  await using server = await scriptedServer(({ url, headers }) => {
    const number = Number(url.searchParams.get('p') ?? 1)
    assert.ok(headers['x-key'] === 'very-secret-key')
    if (number > 1) assert.equal(url.searchParams.get('key'), 'very-secret-key')
    const next = `/items?p=${number + 1}&key=very-secret-key`
    return { body: { items: [{ id: number }], next: number < 3 ? next : null } }
  })
  const config = {
    template_config: {
      ...(cursor(server.url)['template_config'] as JsonObject),
      pagination: { type: 'next_url', next_url_field: 'next' },
    },
  }
  const whole = await readSource(config, { credentials })
  assert.deepEqual(ids(whole.records), [1, 2, 3])
  assert.ok(!JSON.stringify([whole.checkpoints, whole.notices, whole.origins]).includes('very-secret-key'))
  const rest = await readSource(config, { credentials, checkpoint: whole.checkpoints[0]! })
  assert.deepEqual(ids(rest.records), [2, 3])
})

test('a place that the service has forgotten is read from the beginning, and said', async () => {
  await using server = await scriptedServer((request) =>
    request.url.searchParams.get('after') === '2'
      ? { status: 410, body: 'cursor expired' }
      : { body: { items: [{ id: 1 }], next: null } },
  )
  const first = { plan: '', since: 'x', now: new Date().toISOString(), tally: null, at: [{ state: { token: '2' } }] }
  const { checkpoints } = await readSource(cursor(server.url), { credentials })
  const checkpoint = { ...(checkpoints[0] as JsonObject), at: first.at }
  const { records, notices } = await readSource(cursor(server.url), { credentials, checkpoint })
  assert.deepEqual(ids(records), [1])
  assert.match(notices.join(' '), /from the beginning/)
})
