import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@leat/connector-kit'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer, type Script, type Seen } from './scripted-server.ts'

/* Each kind of template pagination, and each key of an iteration beyond those that iterations.test.ts needs. */

const all = Array.from({ length: 7 }, (_, n) => ({ id: n + 1, name: 'abcdefg'[n] }))
const numberIn = ({ url }: Seen, name: string, standard: number) => Number(url.searchParams.get(name) ?? standard)
const slice = (from: number, size = 3) => all.slice(from, from + size)

interface Template {
  readonly pagination: JsonObject
  readonly script: Script
  readonly requests: number
  readonly query?: JsonObject
}

const templates: Readonly<Record<string, Template>> = {
  none: { pagination: { type: 'none' }, script: () => ({ body: { data: all, next: '/again' } }), requests: 1 },
  'page, from 0 and with a size': {
    pagination: { type: 'page', page_param: 'p', start_page: 0, page_size: 3, page_size_param: 'per' },
    script: (seen) => ({ body: { data: slice(numberIn(seen, 'p', 9) * numberIn(seen, 'per', 0)) } }),
    requests: 3,
  },
  'page, as numbers in texts, until one is empty': {
    pagination: { type: 'page', start_page: '1' },
    script: (seen) => ({ body: { data: slice((numberIn(seen, 'page', 9) - 1) * 3) } }),
    requests: 4,
  },
  offset: {
    pagination: { type: 'offset', offset_param: 'skip', start_offset: 0, page_size: 3, page_size_param: 'take' },
    script: (seen) => ({ body: { data: slice(numberIn(seen, 'skip', 9), numberIn(seen, 'take', 0)) } }),
    requests: 3,
  },
  'link header': {
    pagination: { type: 'link_header' },
    script: (seen) => {
      const at = numberIn(seen, 'at', 0)
      return { headers: at + 3 < 7 ? { link: `</list?at=${at + 3}>; rel="next"` } : {}, body: { data: slice(at) } }
    },
    requests: 3,
  },
  'link header of another name': {
    pagination: { type: 'link_header', link_header: 'X-Next-Page' },
    script: (seen) => {
      const at = numberIn(seen, 'at', 0)
      const next = `${seen.url.origin}/list?at=${at + 3}`
      return { headers: at + 3 < 7 ? { 'x-next-page': next } : {}, body: { data: slice(at) } }
    },
    requests: 3,
  },
  'next URL': {
    pagination: { type: 'next_url', next_url_field: '$.links.more' },
    script: (seen) => {
      const at = numberIn(seen, 'at', 0)
      return { body: { data: slice(at), links: { more: at + 3 < 7 ? `/list?at=${at + 3}` : null } } }
    },
    requests: 3,
  },
  'cursor in the body': {
    pagination: { type: 'cursor', cursor_field: '$.meta.cursor', cursor_param: 'c' },
    script: (seen) => {
      const at = numberIn(seen, 'c', 0)
      return { body: { data: slice(at), meta: { cursor: at + 3 < 7 ? at + 3 : '' } } }
    },
    requests: 3,
  },
  'cursor in a header': {
    pagination: { type: 'cursor', cursor_field: 'header:X-Cursor', cursor_param: 'c' },
    script: (seen) => {
      const at = numberIn(seen, 'c', 0)
      return { headers: at + 3 < 7 ? { 'x-cursor': String(at + 3) } : {}, body: { data: slice(at) } }
    },
    requests: 3,
  },
  'auto, where only its hints tell it': {
    pagination: { type: 'auto', page_param: 'p', page_size: 3 },
    script: (seen) => ({ body: { data: slice((numberIn(seen, 'p', 1) - 1) * 3) } }),
    requests: 3,
  },
}

for (const [name, { pagination, script, requests }] of Object.entries(templates))
  test(`template pagination: ${name}`, async () => {
    await using server = await scriptedServer(script)
    const config = { template_config: { request: { url: `${server.url}/list` }, pagination } }
    const whole = await readSource(config)
    assert.deepEqual(whole.records, all)
    assert.equal(server.seen.length, requests)
    for (const [index, checkpoint] of whole.checkpoints.entries()) {
      const before = await readSource(config, { most: index + 1 })
      const rest = await readSource(config, { checkpoint })
      assert.deepEqual([...before.records, ...rest.records], all, `resumed after part ${index + 1}`)
    }
  })

test('a total is found where total_field says, and query parameters of a template may be lists', async () => {
  await using server = await scriptedServer(() => ({ body: { data: all, count: { of: 9 } } }))
  const request = { url: `${server.url}/list`, query_params: { tag: ['a', 'b'], n: 1 } }
  const pagination = { type: 'none', total_field: '$.count.of' }
  const { verdict } = await readSource({ template_config: { request, pagination } })
  assert.deepEqual([verdict?.outcome, verdict?.received, verdict?.expected], ['short', 7, 9])
  assert.equal(server.seen[0]?.url.search, '?tag=a&tag=b&n=1')
})

/** The ids that a step gives, and what was asked. */
async function steps(script: Script, ...given: readonly JsonObject[]) {
  await using server = await scriptedServer(script)
  const config = {
    'rest.iterations': given.map((one, index) => ({
      key: `step${index + 1}`,
      'url.template': `${server.url}/list`,
      method: 'GET',
      ...JSON.parse(JSON.stringify(one).replaceAll('SERVER', server.url)),
    })),
  }
  const { records } = await readSource(config)
  return { ids: records.map((record) => (record as { id: number }).id), seen: server.seen }
}

const paged: Script = (seen) => ({ body: slice((numberIn(seen, 'p', 1) - 1) * 3) })

test('end.page.to is the last page that is asked for', async () => {
  const step = { 'iteration.type': 'paging.incrementing', 'param.id': 'p', 'end.page.to': 2 }
  assert.deepEqual((await steps(paged, step)).ids, [1, 2, 3, 4, 5, 6])
})

test('param.page.size may carry the size itself', async () => {
  const step = { 'iteration.type': 'paging.incrementing', 'param.id': 'p', 'param.page.size': 'per=3' }
  const { ids, seen } = await steps(paged, step)
  assert.deepEqual([ids.length, seen.length, seen[0]?.url.searchParams.get('per')], [7, 3, '3'])
})

test('start.offset.from and end.offset.to bound the offsets', async () => {
  const script: Script = (seen) => ({ body: slice(numberIn(seen, 'o', 0)) })
  const step = { 'iteration.type': 'paging.incrementing.offset', 'param.offset': 'o', 'start.offset.from': 1 }
  assert.deepEqual((await steps(script, { ...step, 'end.offset.to': 4 })).ids, [2, 3, 4, 5, 6, 7])
})

test('end.token.to and end.url.to end the iteration when they come', async () => {
  const script: Script = (seen) => {
    const at = numberIn(seen, 't', 0)
    return { body: { data: slice(at), next: String(at + 3), url: `${seen.url.origin}/list?t=${at + 3}` } }
  }
  const data = { 'response.data.path': '$.data[*]' }
  const token = {
    'iteration.type': 'paging.next.token',
    'param.id': 't',
    'response.next.token.data.path': '$.next',
    'end.token.to': '6',
  }
  assert.deepEqual((await steps(script, { ...data, ...token })).ids, [1, 2, 3, 4, 5, 6])
  const url = {
    'iteration.type': 'paging.next.url',
    'response.next.url.data.path': '$.url',
    'end.url.to': 'SERVER/list?t=3',
  }
  assert.deepEqual((await steps(script, { ...data, ...url })).ids, [1, 2, 3])
})

test('link names the header of link.header', async () => {
  const script: Script = (seen) => {
    const at = numberIn(seen, 'at', 0)
    return { headers: at < 6 ? { 'x-more': `<${seen.url.origin}/list?at=${at + 3}>; rel=next` } : {}, body: slice(at) }
  }
  assert.equal((await steps(script, { 'iteration.type': 'link.header', link: 'X-More' })).ids.length, 7)
})

test('response.id: inclusive services repeat the last record, end.id.to ends it, records come as they are', async () => {
  const script: Script = (seen) => ({ body: all.filter(({ id }) => id >= numberIn(seen, 'from', 0)).slice(0, 3) })
  const step = { 'iteration.type': 'response.id.number', 'param.id': 'from', 'response.id.field.name': 'id' }
  const inclusive = await steps(script, { ...step, 'param.id.inclusive': true })
  assert.deepEqual([...new Set(inclusive.ids)], [1, 2, 3, 4, 5, 6, 7])
  const after: Script = (seen) => ({ body: all.filter(({ id }) => id > numberIn(seen, 'from', 0)).slice(0, 3) })
  const ended = await steps(after, { ...step, 'start.id.from': 2, 'end.id.to': 5 })
  assert.deepEqual(ended.ids, [3, 4, 5])
})

test('graphql.cursor.template takes the first cursor from an earlier step', async () => {
  const script: Script = ({ url, body }) => {
    if (url.pathname === '/begin') return { body: { cursor: '4' } }
    const { variables } = JSON.parse(body) as { variables: { after: string } }
    const at = Number(variables.after)
    return { body: { data: { nodes: slice(at), end: at + 3 < 7 ? String(at + 3) : null } } }
  }
  const { ids } = await steps(
    script,
    { 'url.template': 'SERVER/begin', 'iteration.type': 'static.url' },
    {
      method: 'POST',
      'iteration.type': 'graphql.cursor',
      'body.template': 'query($after: String) { nodes }',
      'graphql.cursor.name': 'after',
      'graphql.cursor.template': 'step1.cursor',
      'response.graphql.cursor.path': '$.data.end',
      'response.data.path': '$.data.nodes[*]',
    },
  )
  assert.deepEqual(ids, [5, 6, 7])
})

test('a job that fails says so, and graphql.page.start is where the pages begin', async () => {
  const poll = { 'iteration.type': 'async.poll', 'async.iteration.path': '$.status', 'async.iteration.value': 'done' }
  const fault = await faultOf(() => steps(() => ({ body: { status: 'FAILED' } }), poll))
  assert.deepEqual([fault.kind, fault.code], ['data', 'rest.job_failed'])
  const script: Script = ({ body }) => {
    const { variables } = JSON.parse(body) as { variables: { p: number } }
    return { body: slice((variables.p - 1) * 3) }
  }
  const page = {
    method: 'POST',
    'iteration.type': 'graphql.page',
    'graphql.page.name': 'p',
    'graphql.page.start': '2',
    'body.template': '{ x }',
  }
  assert.deepEqual((await steps(script, page)).ids, [4, 5, 6, 7])
})

test('keys that a config does not look at are named, each with why; others are not', async () => {
  const { normaliseConfig } = await import('@leat/connector-kit')
  const { rest } = await import('../src/rest.connector.ts')
  const told = (part: 'source' | 'sink', config: JsonObject) =>
    normaliseConfig(rest[part]!.options, undefined, config).warnings.map(({ key, reason }) => [
      key,
      reason !== undefined,
    ])
  const one = { key: 's', 'url.template': 'http://x/', method: 'GET' }
  const given = {
    'rest.iterations': [
      { ...one, 'iteration.type': 'link.header', link: 'Link', 'start.id.from': 1 },
      { ...one, 'iteration.type': 'body.as.file', 'file.response.format': 'csv', 'response.data.path': '$.x' },
    ],
  }
  assert.deepEqual(told('source', given), [
    ['rest.iterations.0.start.id.from', true],
    ['rest.iterations.1.response.data.path', true],
  ])
  for (const { pagination } of Object.values(templates))
    assert.deepEqual(told('source', { template_config: { request: { url: 'http://x/' }, pagination } }), [])
  const sink = { 'url.template': 'http://x/', 'max.poll.records': 5 }
  const { warnings } = normaliseConfig(rest.credentials!, undefined, { 'vendor.name': 'acme', token: 't' })
  assert.deepEqual(
    warnings.map(({ key }) => key),
    ['vendor.name'],
  )
  assert.deepEqual(told('sink', sink), [['max.poll.records', true]])
  assert.deepEqual(told('sink', { ...sink, 'batch.mode': true }), [])
})

test('each date format and unit of {now}', async () => {
  const { formatDate, shiftDate } = await import('../src/dates.ts')
  const date = new Date('2026-03-05T16:07:08.009Z')
  const formats = {
    'yyyy-MM-dd': '2026-03-05',
    'MM/dd': '03/05',
    yy: '26',
    yyyy: '2026',
    MM: '03',
    MMM: 'Mar',
    MMMM: 'March',
    hh: '04',
    'hh:mm': '04:07',
    HH: '16',
    'HH:mm': '16:07',
    DD: '64',
    eeee: 'Thursday',
    ssss: '1772726828',
    "yyyy-MM-dd'T'HH:mm:ss'Z'": '2026-03-05T16:07:08Z',
  }
  for (const [format, text] of Object.entries(formats)) assert.equal(formatDate(date, format), text, format)
  const shifted = { yyyy: '2025-03-05T16:07:08', MM: '2026-02-05T16:07:08', dd: '2026-03-04T16:07:08', HH: '2026-03-05T15:07:08', mm: '2026-03-05T16:06:08', ss: '2026-03-05T16:07:07' } // prettier-ignore
  for (const [unit, text] of Object.entries(shifted))
    assert.equal(shiftDate(date, -1, unit).toISOString().slice(0, 19), text, unit)
})
