import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { serveHttp } from '../../../tools/testing/serve-http.ts'
import type { ApiClient, HookedSource } from './api-client.ts'
import { OwnServer } from './own-server.ts'
import { post, withKey } from './webhook-sender.ts'

let server: OwnServer
let api: ApiClient
before(async () => {
  server = await OwnServer.start('rest-sinks')
  api = server.api
})
after(() => server[Symbol.asyncDispose]())

test('PROMISE-REST-SINK-FLOW: records that come by webhook go out to an HTTP API; what it refuses is in quarantine with status and answer', async () => {
  const got: unknown[] = []
  await using target = await serveHttp((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const record = JSON.parse(body) as { id: number }
      const refused = record.id === 3
      if (!refused) got.push(record)
      response.writeHead(refused ? 422 : 200).end(refused ? 'no thirds' : '{}')
    })
  })
  const source = await api.webhook('to an API')
  const nexset = source.data_sets[0]!.id
  const sink = await api.call<{ id: number }>('POST', '/data_sinks', {
    name: 'API',
    sink_type: 'rest',
    data_set_id: nexset,
    sink_config: { 'url.template': `${target.address}/in`, method: 'POST' },
  })
  await api.call('PUT', `/data_sinks/${sink.id}/activate`)
  await post(source, '[{"id":1},{"id":2},{"id":3},{"id":4}]', { query: withKey(source) })
  interface Refused {
    readonly records: readonly { readonly raw: string; readonly code: string; readonly reason: string }[]
  }
  let refused: Refused['records'] = []
  while (refused.length === 0) {
    ;({ records: refused } = await api.call<Refused>('GET', `/quarantine?resource_type=data_sinks&id=${sink.id}`))
    await pause(50)
  }
  assert.deepEqual(got, [{ id: 1 }, { id: 2 }, { id: 4 }])
  assert.equal(refused.length, 1)
  assert.deepEqual([refused[0]?.raw, refused[0]?.code], ['{"id":3}', 'rest.status_422'])
  assert.match(refused[0]?.reason ?? '', /422 .*no thirds/)
})

test('PROMISE-REST-SINK-ANSWERS: what an HTTP API answers becomes records of a source of its own, also when the worker is killed right after', async () => {
  let asked = 0
  await using target = await serveHttp((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      asked++
      const { id } = JSON.parse(body) as { id: number }
      if (id === 2) return response.writeHead(422).end('{"ticket":2}')
      if (id === 3) return response.writeHead(200, { 'content-type': 'text/plain' }).end('thank you')
      return response
        .writeHead(201, { 'content-type': 'application/json' })
        .end(`{\n "ticket": ${id},\n "state": "new"}`)
    })
  })
  const source = await api.webhook('with answers')
  const sink = await api.call<{ id: number; answer_source_id: number }>('POST', '/data_sinks', {
    name: 'Tickets',
    sink_type: 'rest',
    data_set_id: source.data_sets[0]!.id,
    sink_config: { 'url.template': `${target.address}/in`, method: 'POST', 'create.datasource': 'true' },
  })
  interface Answers extends HookedSource {
    readonly name: string
    readonly data_sink_id: number
    readonly auto_generated: boolean
  }
  const answers = await api.call<Answers>('GET', `/data_sources/${sink.answer_source_id}`)
  assert.deepEqual(
    [answers.name, answers.data_sink_id, answers.auto_generated, answers.data_sets.length],
    ['Answers to Tickets', sink.id, true, 1],
  )
  const nexset = answers.data_sets[0]!.id
  await api.call('PUT', `/data_sinks/${sink.id}/activate`)
  await post(source, '[{"id":1},{"id":2},{"id":3},{"id":4}]', { query: withKey(source) })
  while (asked < 4) await pause(5)
  for (const pid of await server.process.workers()) process.kill(pid, 'SIGKILL')
  await api.rows(nexset, 3)
  // The delivery is at least once: what was cut off may have been sent, and answered, again.
  assert.deepEqual(
    await api.sql(`select distinct ticket::int, state, answer from nexset_${nexset} order by ticket nulls last`),
    [
      [1, 'new', null],
      [4, 'new', null],
      [null, null, 'thank you'],
    ],
  )

  await api.call('DELETE', `/data_sources/${answers.id}/flow`).catch(() => undefined)
  const again = await api.call<{ answer_source_id: number | null }>('GET', `/data_sinks/${sink.id}`)
  assert.equal(again.answer_source_id, null)
  await api.call('PUT', `/data_sinks/${sink.id}/activate`)
  const renewed = await api.call<{ answer_source_id: number | null }>('GET', `/data_sinks/${sink.id}`)
  assert.ok(Number(renewed.answer_source_id) > answers.id)
})
