import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@leat/connector-kit'
import { iterationTypes } from '../src/source-options.ts'
import { lookupOf } from './lookup-of.ts'
import { readSource } from './read-source.ts'
import { scriptedServer, type Script } from './scripted-server.ts'

const all = Array.from({ length: 23 }, (_, n) => ({ id: n + 1, name: `n${n + 1}` }))
const size = 10
const page = (number: number) => all.slice((number - 1) * size, number * size)

interface Trial {
  readonly type: (typeof iterationTypes)[number]
  readonly name?: string
  readonly script: Script
  readonly step: (url: string) => JsonObject
  readonly records?: readonly unknown[]
  /** Requests that it takes. */
  readonly requests: number
}

const param = (url: URL, name: string, standard: number) => Number(url.searchParams.get(name) ?? standard)

const trials: readonly Trial[] = [
  {
    type: 'static.url',
    script: () => ({ body: { data: all } }),
    step: () => ({ 'response.data.path': '$.data[*]' }),
    requests: 1,
  },
  {
    type: 'paging.incrementing',
    script: ({ url }) => ({ body: { data: page(param(url, 'p', 0)) } }),
    step: () => ({ 'param.id': 'p', 'start.page.from': '1', 'response.data.path': '$.data[*]' }),
    requests: 4,
  },
  {
    type: 'paging.incrementing',
    name: 'with page.expected.rows the last, shorter page ends it',
    script: ({ url }) => ({ body: { data: page(param(url, 'p', 0)) } }),
    step: () => ({
      'param.id': 'p',
      'param.page.size': 'per_page',
      'page.expected.rows': size,
      'response.data.path': '$.data[*]',
    }),
    requests: 3,
  },
  {
    type: 'paging.incrementing',
    name: 'when the service cuts the size that is asked for',
    script: ({ url }) => ({ body: { data: page(param(url, 'p', 0)) } }),
    step: () => ({
      'param.id': 'p',
      'param.page.size': 'per_page',
      'page.expected.rows': 500,
      'response.data.path': '$.data[*]',
    }),
    requests: 3,
  },
  {
    type: 'paging.incrementing',
    name: 'when pages beyond the last are not found',
    script: ({ url }) => (param(url, 'p', 0) > 3 ? { status: 404 } : { body: { data: page(param(url, 'p', 0)) } }),
    step: () => ({ 'param.id': 'p', 'response.data.path': '$.data[*]' }),
    requests: 4,
  },
  {
    type: 'paging.incrementing',
    name: 'when the last page is repeated for ever',
    script: ({ url }) => ({ body: { data: page(Math.min(3, param(url, 'p', 0))), at: Math.random() } }),
    step: () => ({ 'param.id': 'p', 'response.data.path': '$.data[*]' }),
    requests: 4,
  },
  {
    type: 'paging.incrementing.offset',
    script: ({ url }) => {
      const from = param(url, 'skip', 0)
      return { body: all.slice(from, from + size) }
    },
    step: () => ({ 'param.offset': 'skip' }),
    requests: 4,
  },
  {
    type: 'paging.incrementing.offset',
    name: 'when the service cuts the size that is asked for',
    script: ({ url }) => {
      const from = param(url, 'skip', 0)
      return { body: all.slice(from, from + Math.min(7, param(url, 'limit', 100))) }
    },
    step: () => ({ 'param.offset': 'skip', 'param.page.size': 'limit', 'page.expected.rows': 10 }),
    requests: 4,
  },
  {
    type: 'paging.next.token',
    script: ({ url }) => {
      const from = param(url, 'token', 0)
      return { body: { rows: all.slice(from, from + size), meta: { next: from + size < 23 ? from + size : null } } }
    },
    step: () => ({
      'param.id': 'token',
      'response.next.token.data.path': '$.meta.next',
      'response.data.path': '$.rows[*]',
    }),
    requests: 3,
  },
  {
    type: 'paging.next.url',
    script: ({ url }) => {
      const number = param(url, 'page', 1)
      const links = number < 3 ? { next: `${url.origin}/list?page=${number + 1}` } : {}
      return { body: { rows: page(number), links } }
    },
    step: () => ({ 'response.next.url.data.path': '$.links.next', 'response.data.path': '$.rows[*]' }),
    requests: 3,
  },
  {
    type: 'link.header',
    script: ({ url }) => {
      const number = param(url, 'page', 1)
      const link = `<${url.origin}/list?page=1>; rel="first"${number < 3 ? `, </list?page=${number + 1}>; rel="next"` : ''}`
      return { headers: { link, 'x-total-count': '23' }, body: page(number) }
    },
    step: () => ({}),
    requests: 3,
  },
  {
    type: 'response.id.number',
    script: ({ url }) => {
      const after = param(url, 'since_id', 0)
      return { body: all.filter(({ id }) => id > after).slice(0, size) }
    },
    step: () => ({ 'param.id': 'since_id', 'response.id.field.name': 'id', 'start.id.from': 0 }),
    requests: 4,
  },
  {
    type: 'response.id.string',
    script: ({ url }) => {
      const after = url.searchParams.get('after') ?? ''
      const sorted = all.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return { body: sorted.filter(({ name }) => name > after).slice(0, size) }
    },
    step: () => ({ 'param.id': 'after', 'response.id.field.name': 'name' }),
    records: all.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    requests: 4,
  },
  {
    type: 'graphql.page',
    script: ({ body }) => {
      const { query, variables } = JSON.parse(body) as { query: string; variables: { page: number } }
      assert.match(query, /^query/)
      return { body: { data: { users: page(variables.page) } } }
    },
    step: () => ({
      method: 'POST',
      'body.template': 'query($page: Int) { users(page: $page) { id name } }',
      'graphql.page.name': 'page',
      'response.data.path': '$.data.users[*]',
    }),
    requests: 4,
  },
  {
    type: 'graphql.cursor',
    script: ({ body }) => {
      const { variables } = JSON.parse(body) as { variables: { after: string | null } }
      const from = Number(variables.after ?? 0)
      const pageInfo = { endCursor: String(from + size), hasNextPage: from + size < 23 }
      return { body: { data: { users: { nodes: all.slice(from, from + size), pageInfo } } } }
    },
    step: () => ({
      method: 'POST',
      'body.template':
        '{"query": "query($after: String) { users(after: $after) { nodes { id } } }", "variables": {"x": 1}}',
      'graphql.cursor.name': 'after',
      'response.graphql.cursor.path': '$.data.users.pageInfo.endCursor',
      'response.data.path': '$.data.users.nodes[*]',
    }),
    requests: 3,
  },
  {
    type: 'data.map.key.queue',
    script: ({ url }) => ({ body: all.filter(({ id }) => id % 3 === param(url, 'rest', -1)) }),
    step: (url) => ({ 'url.template': `${url}/list?rest={rest}`, 'map.id': 7 }),
    records: [0, 1, 2].flatMap((rest) => all.filter(({ id }) => id % 3 === rest)),
    requests: 3,
  },
  {
    type: 'async.poll',
    script: (_request, _response, number) =>
      number < 3 ? { body: { status: 'RUNNING' } } : { body: { status: 'Done', rows: all } },
    step: () => ({
      'async.iteration.path': '$.status',
      'async.iteration.value': 'done,ready',
      'response.data.path': '$.rows[*]',
    }),
    requests: 3,
  },
  {
    type: 'body.as.file',
    script: () => ({ headers: { 'content-type': 'application/octet-stream' }, body: JSON.stringify(all) }),
    step: () => ({ 'file.response.format': 'json' }),
    requests: 1,
  },
]

for (const trial of trials) {
  test(`${trial.type} ${trial.name ?? 'reads everything once'}`, async () => {
    await using server = await scriptedServer(trial.script)
    const step = {
      key: 'step1',
      'url.template': `${server.url}/list`,
      method: 'GET',
      'iteration.type': trial.type,
      ...trial.step(server.url),
    }
    const lookup = lookupOf([0, 1, 2].map((rest) => ({ key: `k${rest}`, entry: { rest } })))
    const config = { 'rest.iterations': [step] }
    const read = await readSource(config, { lookup })
    assert.deepEqual(read.records, trial.records ?? all)
    assert.equal(server.seen.length, trial.requests)
    assert.ok(read.verdict)
    for (const [index, checkpoint] of read.checkpoints.entries()) {
      const before = await readSource(config, { lookup, most: index + 1 })
      const rest = await readSource(config, { lookup, checkpoint })
      assert.deepEqual([...before.records, ...rest.records], trial.records ?? all, `resumed after part ${index + 1}`)
    }
  })
}

test('every iteration type is tried', () => {
  assert.deepEqual([...new Set(trials.map(({ type }) => type))].toSorted(), [...iterationTypes].toSorted())
})

test('pages are asked for at once, and arrive in order', async () => {
  let open = 0
  let most = 0
  await using server = await scriptedServer(async ({ url }) => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setTimeout(resolve, 20))
    open--
    return { body: page(param(url, 'p', 1)) }
  })
  const step = {
    key: 's',
    'url.template': `${server.url}/list`,
    method: 'GET',
    'iteration.type': 'paging.incrementing',
    'param.id': 'p',
    'request.parallelism.count': 3,
  }
  const read = await readSource({ 'rest.iterations': [step] })
  assert.deepEqual(read.records, all)
  assert.equal(most, 3)
})
