import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer, type Seen } from './scripted-server.ts'

const total = 25
const pageSize = 10
const contacts = Array.from({ length: total }, (_, n) => ({ id: n, name: `contact ${n}` }))

/** Pages by a cursor in the parameter `name`, told in `next_page`. */
function cursorPages(name: string, more: object = {}) {
  return ({ url }: Seen) => {
    const from = Number(url.searchParams.get(name) ?? 0)
    const next = from + pageSize < total ? String(from + pageSize) : null
    return { body: { contacts: contacts.slice(from, from + pageSize), next_page: next, ...more } }
  }
}

const guide = (url: string) => ({
  template_config: {
    request: {
      method: 'GET',
      url: `${url}/v1/contacts`,
      headers: { Authorization: 'Bearer ${CREDENTIAL.token}' },
      query_params: { updated_after: '${LAST_SUCCESS_AT}' },
    },
    pagination: { type: 'cursor', cursor_field: 'next_page' },
  },
})

for (const name of ['next_page', 'page', 'cursor']) {
  test(`the cursor of the guide is followed when it travels in "${name}"`, async () => {
    await using server = await scriptedServer(cursorPages(name))
    const read = await readSource(guide(server.url), { credentials: { token: 'sesame-1234' } })
    assert.deepEqual(read.records, contacts)
    assert.ok(server.seen.every(({ headers }) => headers.authorization === 'Bearer sesame-1234'))
    assert.ok(server.seen.every(({ url }) => url.searchParams.get('updated_after') === '1970-01-01T00:00:00Z'))
    assert.equal(read.verdict?.outcome, 'unknown')
    assert.ok(read.notices.includes(`The cursor travels in the parameter "${name}".`), read.notices.join('\n'))
  })
}

test('a total that is announced and reached is complete', async () => {
  await using server = await scriptedServer(cursorPages('next_page', { total }))
  const { verdict } = await readSource(guide(server.url), { credentials: { token: 't0ken' } })
  assert.deepEqual([verdict?.outcome, verdict?.received, verdict?.expected], ['complete', total, total])
})

test('a total that is not reached is short, with how much', async () => {
  await using server = await scriptedServer(cursorPages('next_page', { total: 40 }))
  const { verdict } = await readSource(guide(server.url), { credentials: { token: 't0ken' } })
  assert.deepEqual([verdict?.outcome, verdict?.received, verdict?.expected], ['short', total, 40])
})

test('the start of the last success goes into the request', async () => {
  await using server = await scriptedServer(cursorPages('next_page'))
  await readSource(guide(server.url), { credentials: { token: 't0ken' }, since: Date.UTC(2026, 0, 31) })
  assert.equal(server.seen[0]?.url.searchParams.get('updated_after'), '2026-01-31T00:00:00.000Z')
})

test('a placeholder without a value is named before anything is asked', async () => {
  await using server = await scriptedServer(cursorPages('next_page'))
  const fault = await faultOf(() => readSource(guide(server.url)))
  assert.equal(fault.kind, 'config')
  assert.match(fault.message, /\$\{CREDENTIAL\.token\}/)
  assert.equal(server.seen.length, 0)
})

test('reading goes on after any page, in another process, without loss or repetition', async () => {
  await using server = await scriptedServer(cursorPages('cursor'))
  const credentials = { token: 't0ken' }
  const whole = await readSource(guide(server.url), { credentials })
  for (const [index, checkpoint] of whole.checkpoints.entries()) {
    const rest = await readSource(guide(server.url), { credentials, checkpoint })
    const before = await readSource(guide(server.url), { credentials, most: index + 1 })
    assert.deepEqual([...before.records, ...rest.records], contacts)
  }
})

test('first_success_at is what ${LAST_SUCCESS_AT} means until a run has succeeded', async () => {
  await using server = await scriptedServer(cursorPages('next_page'))
  const config = { ...guide(server.url), first_success_at: '2026-02-01T10:00:00Z' }
  await readSource(config, { credentials: { token: 't0ken' } })
  assert.ok(server.seen.every(({ url }) => url.searchParams.get('updated_after') === '2026-02-01T10:00:00Z'))
})

test('a chain that is longer than max_pages ends with an error that says so, after the pages before', async () => {
  await using server = await scriptedServer(cursorPages('next_page'))
  const config = { ...guide(server.url), max_pages: 2 }
  const fault = await faultOf(() => readSource(config, { credentials: { token: 't0ken' } }))
  assert.deepEqual([fault.kind, fault.code, fault.field], ['data', 'rest.too_many_pages', 'max_pages'])
  assert.equal(server.seen.length, 2)
})

test('requests_per_second is the most that is asked for', async () => {
  await using server = await scriptedServer(cursorPages('next_page'))
  const config = {
    template_config: {
      ...guide(server.url).template_config,
      pagination: { type: 'cursor', cursor_field: 'next_page', cursor_param: 'next_page' },
    },
    requests_per_second: 10,
  }
  const begun = Date.now()
  let state = null as import('@leat/connector-kit').JsonObject | null
  const shared = () => ({
    read: async () => state,
    change: async (change: (before: typeof state) => Promise<NonNullable<typeof state>>) =>
      (state = await change(state)),
  })
  await readSource(config, { credentials: { token: 't0ken' }, shared })
  assert.equal(server.seen.length, 3)
  assert.ok(Date.now() - begun >= 190, 'three requests are at least two tenths of a second apart')
})

test('the body of a template is sent as JSON or as the text that it is, with its placeholders', async () => {
  await using server = await scriptedServer(() => ({ body: [{ id: 1 }] }))
  const credentials = { token: 'quote " and \\ slash' }
  const ask = (request: import('@leat/connector-kit').JsonObject) =>
    readSource({ template_config: { request: { url: `${server.url}/search`, ...request } } }, { credentials })
  await ask({ body: { token: '${CREDENTIAL.token}', since: '${LAST_SUCCESS_AT}', list: [1] } })
  await ask({ method: 'PUT', body: 'plain text of ${LAST_SUCCESS_AT}', headers: { 'Content-Type': 'text/plain' } })
  const [json, text] = server.seen
  assert.deepEqual([json?.method, json?.headers['content-type']], ['POST', 'application/json'])
  assert.deepEqual(JSON.parse(json!.body), { token: credentials.token, since: '1970-01-01T00:00:00Z', list: [1] })
  assert.deepEqual(
    [text?.method, text?.headers['content-type'], text?.body],
    ['PUT', 'text/plain', 'plain text of 1970-01-01T00:00:00Z'],
  )
})
