import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '@leat/connector-kit'
import { readSource } from './read-source.ts'
import { scriptedServer, type Answer, type Seen } from './scripted-server.ts'

const plain = (url: string, request: JsonObject = {}): JsonObject => ({
  template_config: { request: { url: `${url}/prices`, ...request }, response: { data_path: '$.items' } },
})
const prices = { items: [{ id: 1 }, { id: 2 }] }
const conditions = ({ headers }: Seen) => [headers['if-none-match'], headers['if-modified-since']]

/** Reads twice, as two runs that both succeed. */
async function twice(config: JsonObject, second: { config?: JsonObject; since?: number } = {}) {
  const first = await readSource(config)
  const checkpoint = first.checkpoints.at(-1) as Json
  return { first, second: await readSource(second.config ?? config, { checkpoint, since: second.since ?? 1_000 }) }
}

test('PROMISE-REST-UNCHANGED: an answer with an ETag is asked for again only if it has changed', async () => {
  let tag = '"v1"'
  await using server = await scriptedServer(({ headers }): Answer =>
    headers['if-none-match'] === tag
      ? { status: 304, headers: { etag: tag } }
      : { headers: { etag: tag }, body: prices },
  )
  const config = plain(server.url)
  const { first, second } = await twice(config)
  assert.deepEqual([first.records.length, second.records.length], [2, 0])
  assert.deepEqual(second.verdict, {
    outcome: 'complete',
    received: 0,
    expected: 0,
    reason: `GET ${server.url}/prices says that nothing has changed since the last run (304 Not Modified).`,
  })
  assert.match(second.notices.join(), /304 Not Modified/)
  const third = await readSource(config, { checkpoint: second.checkpoints.at(-1)!, since: 2_000 })
  assert.equal(third.records.length, 0, 'what was recognised once is recognised again')
  tag = '"v2"'
  const changed = await readSource(config, { checkpoint: third.checkpoints.at(-1)!, since: 3_000 })
  assert.equal(changed.records.length, 2)
  const after = await readSource(config, { checkpoint: changed.checkpoints.at(-1)!, since: 4_000 })
  assert.equal(after.records.length, 0)
  assert.deepEqual(
    server.seen.map((seen) => conditions(seen)[0]),
    [undefined, '"v1"', '"v1"', '"v1"', '"v2"'],
  )
})

test('PROMISE-REST-UNCHANGED: Last-Modified serves where there is no ETag, once it has settled', async () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toUTCString()
  for (const [answered, condition] of [
    [at(60), at(0)],
    [at(1), undefined],
  ]) {
    await using server = await scriptedServer(() => ({
      headers: { 'last-modified': at(0), date: answered! },
      body: prices,
    }))
    await twice(plain(server.url))
    assert.deepEqual(conditions(server.seen[1]!), [undefined, condition])
  }
})

const pages = { type: 'cursor', cursor_field: 'next', cursor_param: 'after' }

test('a first page of several is never asked for conditionally: it says nothing of the others', async () => {
  await using server = await scriptedServer(({ url }) => ({
    headers: { etag: '"same"' },
    body: { items: [{ id: url.searchParams.get('after') ?? 1 }], next: url.searchParams.has('after') ? null : 2 },
  }))
  const template = plain(server.url)['template_config'] as JsonObject
  const { second } = await twice({ template_config: { ...template, pagination: pages } })
  assert.equal(second.records.length, 2)
  assert.deepEqual(server.seen.flatMap(conditions), Array(8).fill(undefined))
})

test('one page of a cursor is asked for conditionally; pages that a header leads to are not', async () => {
  await using server = await scriptedServer(() => ({ headers: { etag: '"one"' }, body: { ...prices, next: null } }))
  const template = plain(server.url)['template_config'] as JsonObject
  await twice({ template_config: { ...template, pagination: pages } })
  await twice({ template_config: { ...template, pagination: { type: 'link_header' } } })
  await twice({ template_config: { ...template, pagination: { ...pages, cursor_field: 'header:x-next' } } })
  assert.deepEqual(
    server.seen.map((seen) => conditions(seen)[0]),
    [undefined, '"one"', undefined, undefined, undefined, undefined],
  )
})

test('a 304 that leads on is not taken as the end', async () => {
  await using server = await scriptedServer(({ headers, url }): Answer => {
    if (url.searchParams.has('page')) return { body: [{ id: 3 }] }
    const link = `<${url.origin}/prices?page=2>; rel="next"`
    if (headers['if-none-match'] !== undefined) return { status: 304, headers: { etag: '"one"', link } }
    return { headers: { etag: '"one"', ...(server.seen.length > 1 ? { link } : {}) }, body: [{ id: 1 }, { id: 2 }] }
  })
  const config = { template_config: { request: { url: `${server.url}/prices` }, pagination: { type: 'auto' } } }
  const { first, second } = await twice(config)
  assert.deepEqual([first.records.length, second.records.length], [2, 3])
})

test('another request, another config and requests that move with time are asked in full', async () => {
  await using server = await scriptedServer(() => ({ headers: { etag: '"one"' }, body: prices }))
  const config = plain(server.url)
  const other = plain(server.url, { headers: { 'X-Tenant': 'b' } })
  await twice(config, { config: other })
  await twice(plain(server.url, { query_params: { after: '${LAST_SUCCESS_AT}' } }))
  await twice(plain(server.url, { headers: { 'If-None-Match': '"own"' } }))
  assert.deepEqual(
    server.seen.map((seen) => conditions(seen)[0]),
    [undefined, undefined, undefined, undefined, '"own"', '"own"'],
  )
})

test('what was read is not read again while no run has succeeded', async () => {
  await using server = await scriptedServer(() => ({ headers: { etag: '"one"' }, body: prices }))
  const { checkpoints } = await readSource(plain(server.url), { since: 1_000 })
  const again = await readSource(plain(server.url), { checkpoint: checkpoints.at(-1)!, since: 1_000 })
  assert.equal(again.records.length, 0)
  assert.equal(server.seen.length, 1)
})
