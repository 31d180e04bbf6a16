import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { requireConfig, type Json, type JsonObject, type Part, type SourceSession } from '@leat/connector-kit'
import { rest } from '../src/rest.connector.ts'
import { faultOf } from './fault-of.ts'
import { scriptedServer, type Seen } from './scripted-server.ts'

type Handler = (request: Seen, response: ServerResponse, number: number) => void

interface Streaming extends AsyncDisposable {
  readonly session: SourceSession
  /** Reads until so many records have come. */
  take(records: number, from?: Json): Promise<Taken>
}
interface Taken {
  readonly records: readonly string[]
  readonly checkpoints: readonly Json[]
  readonly origins: readonly string[]
}

async function open(config: JsonObject, credentials: JsonObject = {}): Promise<Streaming> {
  const ending = new AbortController()
  const driver = await rest.load()
  const connection = await driver.connect(requireConfig(rest.credentials!, undefined, credentials), {
    allowedFolders: [],
    signal: ending.signal,
  })
  const options = requireConfig(rest.source!.options, undefined, { stream_flush_ms: 20, ...config })
  const session = connection.source!(options, 'stream')
  return {
    session,
    async take(wanted, from = null) {
      const taken = { records: [] as string[], checkpoints: [] as Json[], origins: [] as string[] }
      const [unit] = await Array.fromAsync(session.units({ signal: ending.signal }))
      for await (const part of session.read(unit!, { checkpoint: from, signal: ending.signal })) {
        taken.records.push(...(await linesOf(part)))
        taken.checkpoints.push(JSON.parse(JSON.stringify(part.checkpoint)) as Json)
        taken.origins.push(part.origin)
        if (taken.records.length >= wanted) break
      }
      return taken
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await session[Symbol.asyncDispose]()
      await connection[Symbol.asyncDispose]()
    },
  }
}

async function linesOf(part: Part): Promise<string[]> {
  assert.equal(part.kind, 'object')
  if (part.kind !== 'object') return []
  const text = Buffer.concat(await Array.fromAsync(part.open())).toString()
  return text.split('\n').filter((line) => line !== '')
}

const template = (url: string): JsonObject => ({ template_config: { request: { url } } })
const sse: Handler = (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' })

test('server-sent events as the standard has them: comments, every line end, data of several lines, ids, byte order mark', async () => {
  await using server = await scriptedServer((request, response, number) => {
    sse(request, response, number)
    response.write('\uFEFFretry: 10\n: comment\n\ndata: {"a":\ndata:  1}\n\n')
    response.write('event: tick\rid: x\rdata:{"a":2}\r\r')
    response.write('data: {"a":3}\r\nid: y\r\n\r\nid: z\n\ndata\n\nda')
    response.write('ta: {"a":4}\n')
    setTimeout(() => response.write('\n: heartbeat\n\ndata: {"a":5}\n'), 20)
  })
  await using source = await open(template(server.url))
  const { records, checkpoints } = await source.take(4)
  assert.deepEqual(
    records.map((record) => (JSON.parse(record) as { a: number }).a),
    [1, 2, 3, 4],
  )
  assert.equal((checkpoints.at(-1) as { place: { id: string } }).place.id, 'z')
  assert.match(String(server.seen[0]?.headers.accept), /text\/event-stream/)
})

test('PROMISE-STREAM-RESUME: a stream goes on after the last event that came, with Last-Event-ID, at the pace that the server asks for', async () => {
  let at = 0
  await using server = await scriptedServer((request, response, number) => {
    if (number === 3) return { status: 500 }
    sse(request, response, number)
    response.write('retry: 30\n\n')
    at = Number(request.headers['last-event-id'] ?? 0)
    response.write(`id: ${at + 1}\ndata: {"a":${at + 1}}\n\n`)
    response.write(`id: ${at + 2}\ndata: {"a":${at + 2}}\n\nid: 77\ndata: {"a":`)
    if (number % 2 === 0) setImmediate(() => response.destroy())
    else response.end()
  })
  await using source = await open(template(server.url))
  const { records, checkpoints } = await source.take(8)
  assert.deepEqual(
    records.slice(0, 8),
    Array.from({ length: 8 }, (_, index) => `{"a":${index + 1}}`),
  )
  // From any checkpoint, in another process.
  for (const [index, checkpoint] of checkpoints.entries()) {
    await using again = await open(template(server.url))
    const { place } = checkpoint as { place: { id: string; events: number } }
    assert.deepEqual((await again.take(1, checkpoint)).records[0], `{"a":${Number(place.id) + 1}}`, String(index))
  }
})

test('a part can be had again without asking the server, until it is stored', async () => {
  await using server = await scriptedServer((request, response, number) => {
    sse(request, response, number)
    response.write('data: {"a":1}\n\n')
    setTimeout(() => response.write('data: {"a":2}\n\n'), 60)
  })
  await using source = await open(template(server.url))
  const first = await source.take(2)
  assert.deepEqual(first.records, ['{"a":1}', '{"a":2}'])
  assert.deepEqual((await source.take(2)).records, first.records)
  assert.deepEqual((await source.take(1, first.checkpoints[0])).records, ['{"a":2}'])
  assert.equal(server.seen.length, 1)
  const [unit] = await Array.fromAsync(source.session.units({ signal: new AbortController().signal }))
  await source.session.acknowledge!(unit!, first.checkpoints[0]!)
  assert.deepEqual((await source.take(1, first.checkpoints[0])).records, ['{"a":2}'])
  assert.equal(server.seen.length, 1)
  await source.take(1)
  assert.equal(server.seen.length, 2, 'what was stored is not kept')
})

test('NDJSON goes on by its cursor: the parameter carries the value of the last record', async () => {
  await using server = await scriptedServer((request, response) => {
    const after = Number(request.url.searchParams.get('after') ?? 0)
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write(`{"meta":{"seq":${after + 1}}}\r\n\n\x1e{"meta":{"seq":${after + 2}}}\n`)
    if (after % 4 === 0) return void response.end(`{"meta":{"seq":${after + 3}}}`) // without an end of line, but whole
    response.write('{"meta":{"s')
    setTimeout(() => response.destroy(), 30)
  })
  await using source = await open({
    ...template(`${server.url}/feed?after=0`),
    stream_cursor_path: 'meta.seq',
    stream_cursor_param: 'after',
  })
  const { records } = await source.take(7)
  assert.deepEqual(
    records.slice(0, 7).map((record) => (JSON.parse(record) as { meta: { seq: number } }).meta.seq),
    [1, 2, 3, 4, 5, 6, 7],
  )
  const fault = await faultOf(() => open({ ...template(server.url), stream_cursor_param: 'after' }))
  assert.equal(fault.code, 'rest.stream_cursor')
})

test('an event that is too large ends as a data fault after its beginning, however long it is, and the next one is read', async () => {
  await using server = await scriptedServer(async (request, response, number) => {
    sse(request, response, number)
    response.write('id: 1\ndata: {"a":1}\n\nid: 2\ndata: {"big":"')
    for (let megabyte = 0; megabyte < 20; megabyte++) {
      if (!response.write(Buffer.alloc(1 << 20, 120))) await new Promise((resolve) => response.once('drain', resolve))
    }
    response.write('"}\n\nid: 3\ndata: {"a":3}\n\n')
  })
  await using source = await open({ ...template(server.url), stream_max_event_bytes: 1000 })
  const { signal } = new AbortController()
  const [unit] = await Array.fromAsync(source.session.units({ signal }))
  const seen: string[] = []
  for await (const part of source.session.read(unit!, { checkpoint: null, signal })) {
    assert.equal(part.kind, 'object')
    if (part.kind !== 'object') return
    const { id } = (part.checkpoint as { place: { id: string } }).place
    if (id === '2') {
      const fault = await faultOf(() => Array.fromAsync(part.open()))
      assert.deepEqual([fault.code, fault.kind, part.size], ['rest.event_too_large', 'data', 1000])
      assert.match(fault.message, /of 20971530 bytes/)
      seen.push('too large')
    } else seen.push(...(await linesOf(part)))
    if (id === '3') break
  }
  assert.deepEqual(seen, ['{"a":1}', 'too large', '{"a":3}'])
})

test('types of events that are not wanted are left out, 204 ends the stream, and a reader that is slow makes the server wait', async () => {
  await using server = await scriptedServer((request, response, number) => {
    if (number === 2) return { status: 204 }
    sse(request, response, number)
    response.write('retry: 1\nevent: ping\ndata: {}\n\nevent: order\ndata: {"a":1}\n\ndata: {"a":2}\n\n')
    response.end('event: ping\nid: 9\ndata: {}\n\n')
  })
  await using source = await open({ ...template(server.url), stream_event_types: 'order, message' })
  const { records, checkpoints } = await source.take(99)
  assert.deepEqual(records, ['{"a":1}', '{"a":2}'])
  assert.equal((checkpoints.at(-1) as { place: { id: string } }).place.id, '9')
  assert.equal(server.seen[1]?.headers['last-event-id'], '9')

  let written = 0
  await using fast = await scriptedServer((request, response, number) => {
    sse(request, response, number)
    const frame = `data: {"x":"${'y'.repeat(1 << 20)}"}\n\n`
    const write = (): void => {
      while (!response.destroyed && response.write(frame)) written++
      written++
      response.once('drain', write)
    }
    write()
  })
  await using slow = await open(template(fast.url))
  await slow.take(1)
  for (let before = -1; before !== written; await pause(200)) before = written
  assert.ok(written < 60, `${written} MB were taken without being read`)
})

test('credentials are sent and not kept; what is no stream, or has pages, is refused', async () => {
  await using server = await scriptedServer((request, response, number) => {
    sse(request, response, number)
    const token = request.headers.authorization ?? ''
    response.write(`id: ${token}\ndata: {"a":1}\n\n`)
  })
  const credentials = { 'auth.type': 'NONE', token: 'not-to-be-seen-anywhere' }
  const config = {
    template_config: { request: { url: server.url, headers: { Authorization: 'Bearer ${CREDENTIAL.token}' } } },
  }
  await using source = await open(config, credentials)
  const { checkpoints, origins } = await source.take(1)
  assert.match(String(server.seen[0]?.headers.authorization), /not-to-be-seen-anywhere/)
  assert.ok(!JSON.stringify([checkpoints, origins]).includes('not-to-be-seen'))

  await using json = await scriptedServer(() => ({ body: [{ a: 1 }] }))
  await using wrong = await open(template(json.url))
  assert.equal((await faultOf(() => wrong.take(1))).code, 'rest.not_a_stream')
  const paged = {
    template_config: { request: { url: json.url }, pagination: { type: 'cursor', cursor_field: 'next' } },
  }
  assert.equal((await faultOf(() => open(paged))).code, 'rest.stream_steps')
})
