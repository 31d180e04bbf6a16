import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../tools/platform.ts'
import { until } from '../../../tools/testing/until.ts'
import { ApiClient } from './api-client.ts'
import { EventServer, type EventKind } from './event-server.ts'
import { removeData } from './own-server.ts'
import { ServerProcess } from './server-process.ts'

let data: string
let port: string
let server: ServerProcess
let api: ApiClient

const start = async (): Promise<void> => {
  server = new ServerProcess(['start', '--data', data, '--port', port, '--workers', '1'], { LEAT_LEASE_SECONDS: '3' })
  api = await ApiClient.open(server, data)
}

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'leat-streams-'))
  port = String(await freePort())
  await start()
})
after(async () => {
  await server.end('SIGTERM')
  await removeData(data)
})

interface Source {
  readonly id: number
  readonly status: string
  readonly ingest_method: string
  readonly flow_type: string
  readonly data_sets: readonly { readonly id: number }[]
  readonly run_ids: readonly { readonly id: number }[]
  readonly problem: { readonly code: string; readonly message: string } | null
}
interface Run {
  readonly status: string
  readonly problem: { readonly code: string } | null
}

async function stream(events: EventServer, method = 'STREAMING', config: object = {}): Promise<Source> {
  const { id } = await api.call<Source>('POST', '/data_sources', {
    name: 'events',
    source_type: 'rest',
    ingest_method: method,
    source_config: { stream_max_event_bytes: 2000, ...config },
    template_config: { request: { url: events.url } },
  })
  await api.call('PUT', `/data_sources/${id}/activate`)
  return api.call('GET', `/data_sources/${id}`)
}

const ids = async (nexset: number): Promise<number[]> =>
  (await api.sql(`select id::int from nexset_${nexset} order by id`)).map(([id]) => Number(id))

test('PROMISE-STREAM: events become records while the run goes on; cut connections, a paused and an edited source go on after the last event', async () => {
  await using events = await EventServer.start()
  events.send('{"id": 1}')
  const source = await stream(events)
  assert.deepEqual([source.ingest_method, source.flow_type], ['STREAMING', 'streaming'])
  const nexset = await api.nexsetOf(source.id)
  await api.rows(nexset, 1)
  const [run] = await api.call<Run[]>('GET', `/data_sources/${source.id}/runs`)
  assert.equal(run?.status, 'RUNNING')

  // A comment is no record, data of several lines is one, and what is no JSON goes to quarantine.
  events.comment()
  events.send('{"id":\n2}')
  events.send('no JSON at all')
  events.send(`{"big": "${'x'.repeat(5000)}"}`)
  events.send('{"id": 3}')
  await api.rows(nexset, 3)
  const { records } = await api.call<{ records: { raw: string; code: string }[] }>(
    'GET',
    `/quarantine?resource_type=data_sources&id=${source.id}`,
  )
  const [text, large] = records.toSorted((one, other) => one.raw.length - other.raw.length)
  assert.equal(records.length, 2)
  assert.equal(text?.raw, 'no JSON at all')
  assert.deepEqual([large?.code, large?.raw.length], ['rest.event_too_large', 2000])

  const before = events.asked.length
  events.cut()
  await until(async () => events.asked.length > before && events.connections > 0)
  assert.equal(events.asked.at(-1), '5')
  events.send('{"id": 4}')
  await api.rows(nexset, 4)

  // Pausing ends the connection also when nothing comes, and nothing is lost meanwhile.
  await api.call('PUT', `/data_sources/${source.id}/pause`)
  await until(async () => events.connections === 0)
  events.send('{"id": 5}')
  await api.call('PUT', `/data_sources/${source.id}/activate`)
  await api.rows(nexset, 5)

  // An edit that leaves the request as it is goes on where it was; the connection is a new one.
  const asked = events.asked.length
  await api.call('PUT', `/data_sources/${source.id}`, { source_config: { stream_flush_ms: 100 } })
  await until(async () => events.asked.length > asked && events.connections === 1)
  assert.equal(events.asked.at(-1), '7')
  events.send('{"id": 6}')
  await api.rows(nexset, 6)
  assert.deepEqual(await ids(nexset), [1, 2, 3, 4, 5, 6])
  await api.call('PUT', `/data_sources/${source.id}/pause`)
})

test('PROMISE-STREAM-KILL: workers and the server are killed again and again in the middle of server-sent events, and every event is there once', (t) =>
  killedStream(t, 'sse', {}))

test('PROMISE-STREAM-KILL: the same of NDJSON, which goes on by its cursor', (t) =>
  killedStream(t, 'ndjson', { stream_cursor_path: 'seq', stream_cursor_param: 'after' }))

async function killedStream(t: TestContext, kind: EventKind, config: object): Promise<void> {
  await using events = await EventServer.start(kind)
  const source = await stream(events, 'REAL_TIME', config)
  let sending = true
  const sender = (async () => {
    while (sending) {
      for (let count = 0; count < 3; count++) events.send(JSON.stringify({ id: events.sent + 1 }))
      if (events.sent % 300 === 0) events.cut()
      await pause(15)
    }
  })()
  const nexset = await api.nexsetOf(source.id)
  const worker = (): Promise<number> => until(async () => (await server.workers())[0])
  let rows = 0
  for (let kill = 0; kill < 4; kill++) {
    rows = await api.rows(nexset, rows + 1)
    await until(async () => events.connections > 0)
    process.kill(await worker(), 'SIGKILL')
  }
  rows = await api.rows(nexset, rows + 1)
  await server.end('SIGKILL')
  await start()
  await api.rows(nexset, rows + 1)
  sending = false
  await sender
  await api.rows(nexset, events.sent)
  t.diagnostic(`${events.sent} events over ${events.asked.length} connections`)
  const found = await api.sql(
    `select count(*)::int, count(distinct id)::int, min(id)::int, max(id)::int from nexset_${nexset}`,
  )
  assert.deepEqual(found, [[events.sent, events.sent, 1, events.sent]])

  // A server that ends in order hands the stream on as well.
  assert.equal((await server.end('SIGTERM')).code, 0)
  events.send(JSON.stringify({ id: events.sent + 1 }))
  await start()
  assert.equal(await api.rows(nexset, events.sent), events.sent)
  await api.call('PUT', `/data_sources/${source.id}/pause`)
}

test('PROMISE-REST-TRY: the dry run of a stream shows the place that it goes on after, and asks nobody', async () => {
  interface Trial {
    readonly requests: readonly { readonly url: string; readonly headers: Readonly<Record<string, string>> }[]
  }
  for (const [kind, config, place] of [
    ['sse', {}, 'last-event-id: 2'],
    ['ndjson', { stream_cursor_path: 'seq', stream_cursor_param: 'after' }, '?after=2'],
  ] as const) {
    await using events = await EventServer.start(kind)
    const source = await stream(events, 'STREAMING', config)
    const shown = async (): Promise<string> => {
      const { requests } = await api.call<Trial>('POST', `/data_sources/${source.id}/try`)
      return requests.map(({ url, headers }) => `${url} last-event-id: ${headers['last-event-id']}`).join()
    }
    assert.equal(await shown(), `${events.url} last-event-id: undefined`)
    events.send('{"id": 1}')
    events.send('{"id": 2}')
    await api.rows(await api.nexsetOf(source.id), 2)
    await api.call('PUT', `/data_sources/${source.id}/pause`)
    await until(async () => events.connections === 0)
    const { length } = events.asked
    const now = await shown()
    assert.ok(now.includes(place), now)
    assert.equal(events.asked.length, length)
  }
})

test('ingest_method is refused where a connector cannot do it, and what is no stream says so', async () => {
  const refused = (source_type: string, ingest_method: string): Promise<unknown> =>
    api.call('POST', '/data_sources', { name: 'x', source_type, ingest_method, source_config: {} })
  await assert.rejects(refused('nexla_rest', 'POLL'), /ingest_method.*REAL_TIME/s)
  await assert.rejects(refused('s3', 'STREAMING'), /ingest_method.*POLL/s)
  await assert.rejects(refused('rest', 'SOMETIMES'), /there is no such method.*POLL/s)
  const { id } = await api.call<Source>('POST', '/data_sources', {
    name: 'no stream',
    source_type: 'rest',
    ingest_method: 'streaming',
    source_config: {},
    template_config: { request: { url: `http://127.0.0.1:${port}/api/openapi.json` } },
  })
  await api.call('PUT', `/data_sources/${id}/activate`)
  await until(async () => (await api.call<Source>('GET', `/data_sources/${id}`)).problem?.code !== undefined)
  const { problem } = await api.call<Source>('GET', `/data_sources/${id}`)
  assert.equal(problem?.code, 'rest.not_a_stream')
})
