import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { serveHttp } from '../../../tools/testing/serve-http.ts'
import { run } from '../src/run.ts'

/** Runs a command line against a server that answers `answers[method path]`, and keeps what it printed and what it asked for. */
async function leat(args: readonly string[], answers: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  const asked: string[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const key = `${request.method} ${request.url}`
    const body = await text(request)
    asked.push(body === '' ? key : `${key} ${body}`)
    const token = request.url === '/api/token' && request.headers.authorization === 'Basic right'
    const answer = token ? { access_token: 't', token_type: 'Bearer', expires_in: 86_400 } : answers[key]
    const refused = request.url === '/api/token' && !token
    response.writeHead(refused ? 401 : answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { message: refused ? 'The service key is not valid' : `no ${key}` }))
  }
  await using server = await serveHttp((request, response) => void handle(request, response))
  const printed = { out: '', err: '' }
  const code = await run(args, {
    streams: { stdout: { write: (part) => (printed.out += part) }, stderr: { write: (part) => (printed.err += part) } },
    env: { NEXLA_SERVICE_KEY: 'right', LEAT_PORT: String(server.port), ...env },
    signal: new AbortController().signal,
  })
  return { code, asked, ...printed }
}

const sources = [
  { id: 1, name: 'Orders', source_type: 's3', status: 'ACTIVE', source_config: { 'start.cron': '0 * * * *' } },
  { id: 22, name: 'Zoë', source_type: 'local_file', status: 'PAUSED' },
]
const listSources = 'GET /api/data_sources?page=1&per_page=100'

test('a list is a table for people', async () => {
  const { code, out } = await leat(['sources'], { [listSources]: sources })
  assert.equal(code, 0)
  assert.deepEqual(out.split('\n'), [
    'ID  NAME    TYPE        STATUS  SCHEDULE',
    ' 1  Orders  s3          ACTIVE  0 * * * *',
    '22  Zoë     local_file  PAUSED',
    '',
  ])
})

test('and JSON for programs', async () => {
  const { out } = await leat(['sources', '--json'], { [listSources]: sources })
  assert.deepEqual(JSON.parse(out), sources)
})

test('an empty list says so, and is an empty array in JSON', async () => {
  assert.equal((await leat(['sources'], { [listSources]: [] })).out, 'No sources yet.\n')
  assert.equal((await leat(['sources', '--json'], { [listSources]: [] })).out, '[]\n')
})

test('--limit stops reading pages', async () => {
  const { out } = await leat(['sources', '--json', '--limit', '1'], { [listSources]: sources })
  assert.equal(JSON.parse(out).length, 1)
})

test('sql prints rows, with NULL apart from empty text', async () => {
  const result = {
    columns: [
      { name: 'status', type: 'VARCHAR' },
      { name: 'n', type: 'BIGINT' },
    ],
    rows: [
      ['PAID', '12'],
      ['', null],
    ],
    row_count: 2,
    truncated: false,
  }
  const { out, err, asked } = await leat(['sql', 'select 1', '--limit', '5'], { 'POST /api/sql': result })
  assert.equal(out, 'status     n\nPAID      12\n        NULL\n')
  assert.equal(err, '(2 rows)\n')
  assert.equal(asked.at(-1), 'POST /api/sql {"query":"select 1","limit":5}')
})

test('logs come oldest first, and the source is turned into its flow', async () => {
  const entry = (id: number, log: string) => ({
    id,
    timestamp: 1_795_418_000_000 + id,
    severity: 'INFO',
    resource_type: 'SOURCE',
    resource_id: 4,
    run_id: 9,
    log,
  })
  const { out } = await leat(['logs', '--source', '4'], {
    'GET /api/data_sources/4/flow?flows_only=true': { flows: [{ id: 7, origin_node_id: 7 }] },
    'GET /api/flows/7/logs?per_page=50': { logs: { data: [entry(2, 'Run finished.'), entry(1, 'Run started.')] } },
  })
  assert.match(out, /^2026-11-23 .* INFO {5}source 4 run 9 .* Run started\.\n.* Run finished\.\n$/)
})

test('the exit code tells failures apart', async () => {
  assert.equal((await leat(['--help'])).code, 0)
  assert.equal((await leat([])).code, 0)
  assert.equal((await leat(['runs', '77'])).code, 1)
  assert.equal((await leat(['sources', '--lmit', '3'])).code, 2)
  assert.equal((await leat(['sources', '--limit', 'many'])).code, 2)
  assert.equal((await leat(['quarantine', '--source', '1', '--nexset', '2'])).code, 2)
  assert.equal((await leat(['sources', '--key', 'wrong'])).code, 4)
})

test('a server that is not there: exit code 3 and what to do', async () => {
  const { code, err } = await leat(['sources', '--url', 'http://127.0.0.1:9/api'])
  assert.equal(code, 3)
  assert.match(err, /Cannot reach http:\/\/127\.0\.0\.1:9\/api[^]*\.\/leat start/)
})

test('with --json a failure is JSON as well', async () => {
  const { out, err } = await leat(['sources', '--json', '--key', 'wrong'])
  assert.deepEqual(JSON.parse(out), { error: 'The service key is not valid', exit_code: 4 })
  assert.equal(err, '')
})

test('the key comes from the data folder when nothing else gives one', async () => {
  const data = await mkdtemp(join(tmpdir(), 'leat-key-'))
  try {
    await writeFile(join(data, 'service-key'), 'right\n')
    const env = { NEXLA_SERVICE_KEY: '', LEAT_DATA: data }
    assert.equal((await leat(['sources'], { [listSources]: [] }, env)).code, 0)
  } finally {
    await rm(data, { recursive: true, force: true })
  }
})

test('without a key: the server that is not there is said first', async () => {
  const env = { NEXLA_SERVICE_KEY: '', LEAT_DATA: join(tmpdir(), 'leat-nowhere') }
  assert.equal((await leat(['sources', '--url', 'http://127.0.0.1:9/api'], {}, env)).code, 3)
  const { code, err } = await leat(['sources'], { 'GET /api/openapi.json': {} }, env)
  assert.equal(code, 4)
  assert.match(err, /No service key: give --key/)
})
