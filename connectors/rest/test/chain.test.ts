import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@leat/connector-kit'
import { faultOf } from './fault-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer, type Seen } from './scripted-server.ts'

/** A login, teams in pages of two, members of each team in pages of two. */
function service({ url, headers, method }: Seen) {
  if (url.pathname === '/login') return { body: { session: { token: 'token 1/2' } } }
  if (headers['x-session'] !== 'token 1/2') return { status: 401, body: {} }
  assert.equal(method, 'GET')
  const page = Number(url.searchParams.get('page'))
  const pages = (all: readonly unknown[]) => ({ body: all.slice((page - 1) * 2, page * 2) })
  const team = /^\/teams\/(\w+)\/members$/.exec(url.pathname)?.[1]
  if (team === undefined) return pages(['a', 'b', 'c'].map((id) => ({ id, size: id === 'b' ? 0 : 3 })))
  return pages(team === 'b' ? [] : [1, 2, 3].map((n) => ({ member: `${team}${n}` })))
}

const steps = (url: string, spelling: 'dot' | 'underscore', more: JsonObject = {}): JsonObject => {
  const at = (key: string, path: string) => (spelling === 'dot' ? `{${key}.${path}}` : `\${step_${key}.${path}}`)
  const paged = { method: 'GET', 'iteration.type': 'paging.incrementing', 'param.id': 'page' }
  return {
    'rest.iterations': [
      {
        key: 'step1',
        'url.template': `${url}/login`,
        method: 'POST',
        'iteration.type': 'static.url',
        'body.template': '{"user": "{user=robot}", "nested": {"a": 1}}',
      },
      {
        key: 'step2',
        'url.template': `${url}/teams`,
        'request.headers': `X-Session: ${at('step1', 'session.token')},Accept: application/json`,
        ...paged,
      },
      {
        key: 'step3',
        'url.template': `${url}/teams/${at('step2', 'id')}/members`,
        'request.headers': `X-Session: ${at('step1', 'session.token')}`,
        ...paged,
        ...more,
      },
    ],
  }
}
const members = ['a1', 'a2', 'a3', 'c1', 'c2', 'c3'].map((member) => ({ member }))

for (const spelling of ['dot', 'underscore'] as const) {
  test(`steps use the values of the ones before, spelled with ${spelling}`, async () => {
    await using server = await scriptedServer(service)
    const { records } = await readSource(steps(server.url, spelling))
    assert.deepEqual(records, members)
    assert.deepEqual(JSON.parse(server.seen[0]!.body), { user: 'robot', nested: { a: 1 } })
  })
}

test('a chain goes on inside of any page, logging in again instead of keeping the token', async () => {
  await using server = await scriptedServer(service)
  const config = steps(server.url, 'dot')
  const whole = await readSource(config)
  assert.ok(!JSON.stringify(whole.checkpoints).includes('token 1/2'))
  for (const [index, checkpoint] of whole.checkpoints.entries()) {
    const before = await readSource(config, { most: index + 1 })
    const rest = await readSource(config, { checkpoint })
    assert.deepEqual([...before.records, ...rest.records], members, `resumed after part ${index + 1}`)
  }
})

test('a step in the middle is kept with results.pass.through', async () => {
  await using server = await scriptedServer(service)
  const config = steps(server.url, 'dot')
  ;((config['rest.iterations'] as JsonObject[])[1] as Record<string, unknown>)['results.pass.through'] = true
  const { records } = await readSource(config)
  const teams = records.filter((record) => 'size' in (record as object))
  assert.deepEqual(
    teams.map((team) => (team as { id: string }).id),
    ['a', 'b', 'c'],
  )
  assert.equal(records.length, teams.length + members.length)
})

test('records of a step are asked for at once, and arrive in order', async () => {
  await using server = await scriptedServer(service)
  const config = steps(server.url, 'dot')
  ;((config['rest.iterations'] as JsonObject[])[1] as Record<string, unknown>)['request.parallelism.count'] = 4
  assert.deepEqual((await readSource(config)).records, members)
})

test('a value that a record does not have is named, with what it has', async () => {
  await using server = await scriptedServer(service)
  const config = steps(server.url, 'dot', { 'url.template': `${server.url}/teams/{step2.name}/members` })
  const fault = await faultOf(() => readSource(config))
  assert.equal(fault.code, 'rest.value_missing')
  assert.match(fault.message, /step2.*"name".*id, size/)
})

test('dates: {now±n} with unit and format', async () => {
  await using server = await scriptedServer(() => ({ body: [] }))
  await readSource({
    'rest.iterations': [
      {
        key: 'step1',
        'url.template': `${server.url}/list?from={now-1}&to=\${now}`,
        method: 'GET',
        'iteration.type': 'static.url',
        'date.format': "yyyy-MM-dd'T'HH",
        'date.time.unit': 'HH',
      },
    ],
  })
  const { searchParams } = server.seen[0]!.url
  const [from, to] = ['from', 'to'].map((name) => Date.parse(`${searchParams.get(name)}:00:00Z`))
  assert.equal(to! - from!, 3_600_000)
  assert.ok(Math.abs(Date.now() - to!) < 2 * 3_600_000)
})

test('XML answers: records, the next token and values for later steps come from XPaths', async () => {
  await using server = await scriptedServer(({ url }) => {
    const at = url.searchParams.get('t')
    const next = at === null ? '<next>two</next>' : ''
    const body = `<r xmlns:x="urn:x"><x:list><item id="${at ?? 'one'}"/></x:list>${next}</r>`
    return { headers: { 'content-type': 'application/xml' }, body }
  })
  const read = await readSource({
    'rest.iterations': [
      {
        key: 'step1',
        'url.template': `${server.url}/list`,
        method: 'GET',
        'iteration.type': 'paging.next.token',
        'param.id': 't',
        'response.format': 'xml',
        'response.data.path': '/r/x:list/item',
        'response.next.token.data.path': '/r/next',
      },
    ],
  })
  assert.equal(server.seen.length, 2)
  assert.deepEqual(
    read.options.map((options) => options?.['xml.xpath']),
    ['/r/x:list/item', '/r/x:list/item'],
  )
})

for (const [name, script] of Object.entries({
  'a Link header': ({ url }: Seen) => {
    const n = Number(url.searchParams.get('n') ?? 1)
    return { headers: n < 3 ? { link: `<${url.origin}/l?n=${n + 1}>; rel="next"` } : {}, body: [{ id: n }] }
  },
  'a next URL': ({ url }: Seen) => {
    const n = Number(url.searchParams.get('n') ?? 1)
    return { body: { results: [{ id: n }], next: n < 3 ? `${url.origin}/l?n=${n + 1}` : null } }
  },
  'a cursor': ({ url }: Seen) => {
    const n = Number(url.searchParams.get('cursor') ?? 1)
    return { body: { data: [{ id: n }], meta: { next_cursor: n < 3 ? String(n + 1) : '' } } }
  },
  'numbered pages': ({ url }: Seen) => {
    const n = Number(url.searchParams.get('page') ?? 1)
    return { body: { page: n, data: n <= 3 ? [{ id: n }] : [] } }
  },
  offsets: ({ url }: Seen) => {
    const n = Number(url.searchParams.get('offset') ?? 0)
    return { body: { offset: n, items: n < 3 ? [{ id: n + 1 }] : [] } }
  },
}))
  test(`auto recognises ${name}, and says so`, async () => {
    await using server = await scriptedServer(script)
    const read = await readSource({
      template_config: { request: { url: `${server.url}/l` }, pagination: { type: 'auto' } },
    })
    assert.deepEqual(read.records, [{ id: 1 }, { id: 2 }, { id: 3 }])
    assert.match(`${read.verdict?.reason} ${read.notices.join(' ')}`, /Recognised pagination/)
  })
