import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ProblemBody } from '@leat/contract'
import pg from 'pg'
import { serveHttp, type HttpStub } from '../../../tools/testing/serve-http.ts'
import type { ApiClient } from './api-client.ts'
import { OwnServer } from './own-server.ts'
import { postmasterPort } from './server-process.ts'

/* A REST source that asks once for each entry of a lookup, on a running platform: the API writes the entries, a worker reads them. */

let server: OwnServer
let api: ApiClient
let peer: HttpStub
const asked: string[] = []

/** Requests behind the first so many wait until it resolves. */
let gate: { readonly behind: number; readonly open: Promise<void> } | null = null

const answer: RequestListener = (request, response) => {
  const url = new URL(request.url ?? '/', 'http://peer')
  const [key, named] = ['key', 'named'].map((name) => url.searchParams.get(name))
  asked.push(key ?? '')
  const say = () =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify([{ key, named }]))
  if (gate === null || asked.length <= gate.behind) say()
  else void gate.open.then(say)
}

before(async () => {
  server = await OwnServer.start('rest-lookups')
  api = server.api
  peer = await serveHttp(answer)
})
after(async () => {
  await peer[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const createLookup = async (rows: readonly object[]) =>
  (await api.call<{ id: number }>('POST', '/data_maps', { name: 'Keys', map_primary_key: 'key', data_map: rows })).id

const sourceOf = (lookup: number, over: object = {}) => ({
  name: 'Of a lookup',
  source_type: 'rest',
  source_config: {
    'rest.iterations': [
      {
        key: 'step1',
        'url.template': `${peer.address}/items?key={key}&named={name}`,
        method: 'GET',
        'iteration.type': 'data.map.key.queue',
        'map.id': lookup,
        'request.parallelism.count': 8,
        ...over,
      },
    ],
  },
})

test('PROMISE-LOOKUP-QUEUE: a source asks once for each of 2,500 entries of a lookup, and what is answered is in its nexset', async () => {
  const rows = Array.from({ length: 2500 }, (_, n) => ({ key: `k${n}`, name: `name ${n}` }))
  const lookup = await createLookup(rows)
  const { id } = await api.call<{ id: number }>('POST', '/data_sources', sourceOf(lookup))
  await api.call('PUT', `/data_sources/${id}/activate`)
  const nexset = await api.nexsetOf(id)
  assert.equal(await api.rows(nexset, rows.length), rows.length)
  assert.deepEqual(await api.sql(`select count(distinct key)::int, count(distinct named)::int from nexset_${nexset}`), [
    [2500, 2500],
  ])
  assert.deepEqual(await api.sql(`select named from nexset_${nexset} where key = 'k1234'`), [['name 1234']])
  assert.equal((await api.endedRun(id)).status, 'DONE')
  assert.equal(asked.length, 2500)
  assert.equal(new Set(asked).size, 2500)

  const gone = await api.ask('DELETE', `/data_maps/${lookup}`)
  assert.equal(gone.status, 409)
  assert.match(gone.text, new RegExp(`Lookup ${lookup} .* is read by source ${id} `))
})

test('PROMISE-LOOKUP-QUEUE: a worker that is killed in the middle of a lookup is followed by one that goes on at its entry', async () => {
  asked.length = 0
  const opened = Promise.withResolvers<void>()
  gate = { behind: 1200, open: opened.promise }
  const rows = Array.from({ length: 2500 }, (_, n) => ({ key: `k${n}`, name: `name ${n}` }))
  const { id } = await api.call<{ id: number }>('POST', '/data_sources', sourceOf(await createLookup(rows)))
  await api.call('PUT', `/data_sources/${id}/activate`)
  const nexset = await api.nexsetOf(id)
  const committed = await api.rows(nexset, 1)
  const [first, second] = (await api.sql(`select key from nexset_${nexset} order by 1 limit 2`)).map(([key]) => key)
  for (const pid of await server.process.workers()) process.kill(pid, 'SIGKILL')
  opened.resolve()
  assert.equal(await api.rows(nexset, rows.length), rows.length)
  assert.deepEqual(await api.sql(`select count(distinct key)::int from nexset_${nexset}`), [[rows.length]])
  assert.ok(committed < rows.length, `${committed} were committed before the kill`)
  assert.deepEqual([first, second], ['k0', 'k1'])
  assert.equal(
    asked.filter((key) => key === first || key === second).length,
    2,
    'what was committed is not asked again',
  )
  assert.equal((await api.endedRun(id)).status, 'DONE')
})

test('PROMISE-LOOKUP-ACCESS: a lookup that is not there, or that may not be read, is refused with field, value and next step: in the source, at activation and in the run', async () => {
  const wrong = await api.ask('POST', '/data_sources', sourceOf(4711))
  assert.equal(wrong.status, 400)
  const [detail] = (JSON.parse(wrong.text) as ProblemBody).details
  assert.deepEqual([detail?.field, detail?.value], ['source_config.rest.iterations.0.map.id', 4711])

  const lookup = await createLookup([{ key: 'a', name: 'A' }])
  const { id } = await api.call<{ id: number }>('POST', '/data_sources', sourceOf(lookup))
  await api.call('PUT', `/data_sources/${id}/activate`)
  assert.equal((await api.endedRun(id)).status, 'DONE')
  const before = asked.length
  // As if it had been restored from a backup without its lookups: the API itself does not delete one that is read.
  await database((client) => client.query('delete from leat.data_map where id = $1', [lookup]))
  await api.call('POST', `/data_sources/${id}/run`)
  const failed = await api.endedRun(id)
  assert.equal(failed.problem?.field, 'rest.iterations.0.map.id')
  assert.match(
    failed.problem?.message ?? '',
    new RegExp(`Step "step1": "map.id" is ${lookup}\\. There is no lookup ${lookup} .*POST /data_maps`),
  )
  await api.call('PUT', `/data_sources/${id}/pause`)
  const activated = await api.ask('PUT', `/data_sources/${id}/activate`)
  assert.equal(activated.status, 400)
  const [refused] = (JSON.parse(activated.text) as ProblemBody).details
  assert.deepEqual([refused?.field, refused?.value], ['source_config.rest.iterations.0.map.id', lookup])
  assert.match(refused?.message ?? '', /There is no lookup \d+ in this organisation\. Make one with POST \/data_maps/)
  assert.equal(asked.length, before, 'nothing was asked for')
})

/** The database behind the server, as its operator reaches it. */
async function database<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const password = (await readFile(join(server.data, 'postgres/cluster/leat-password'), 'utf8')).trim()
  const port = (await postmasterPort(server.data))!
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'leat', password, database: 'postgres' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
