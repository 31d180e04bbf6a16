import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { NexlaClient } from '@leat/sdk'
import { credentialsFor, startPostgres, type PostgresServer } from '../../../tools/peers/postgres.ts'
import { startPlatform, type Platform } from '../../../tools/platform.ts'
import { serveHttp } from '../../../tools/testing/serve-http.ts'

const program = fileURLToPath(new URL('../../../leat', import.meta.url))

let files: string
let platform: Platform
let client: NexlaClient
before(async () => {
  files = await mkdtemp(join(tmpdir(), 'leat-cli-'))
  platform = await startPlatform({ env: { LEAT_LOCAL_FOLDERS: files } })
  client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
})
after(async () => {
  await platform.stop()
  await rm(files, { recursive: true, force: true })
})

/** What the command prints when a person types it. */
async function leat(...args: string[]): Promise<{ readonly out: string; readonly err: string; readonly code: number }> {
  const env = { ...process.env, NEXLA_API_URL: platform.url, NEXLA_SERVICE_KEY: platform.serviceKey }
  return promisify(execFile)(program, args, { env }).then(
    ({ stdout, stderr }) => ({ out: stdout, err: stderr, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => ({
      out: error.stdout,
      err: error.stderr,
      code: error.code,
    }),
  )
}

test('PROMISE-CLI-TRY: leat try prints the requests of every step without a secret and asks nobody; --sample asks', async () => {
  const asked: string[] = []
  await using crm = await serveHttp((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":41}],"next":null}')
  })
  const host = crm.address
  const credential = await client.credentials.create({
    name: 'crm',
    credentials_type: 'rest',
    credentials: { 'auth.type': 'BASIC', 'basic.username': 'ann', 'basic.password': 'the-secret', token: 'the-token' },
  })
  const { id } = await client.sources.create({
    name: 'contacts',
    source_type: 'rest',
    data_credentials_id: credential.id,
    template_config: {
      request: {
        method: 'POST',
        url: `${host}/contacts`,
        headers: { 'X-Token': '${CREDENTIAL.token}' },
        query_params: { updated_after: '${LAST_SUCCESS_AT}' },
        body: '{"limit": 100}',
      },
      pagination: { type: 'cursor', cursor_field: 'next' },
    },
  })
  const shown = await leat('try', String(id))
  assert.deepEqual(shown, { out: shown.out, err: '', code: 0 })
  const [first, ...rest] = shown.out.trimEnd().split('\n')
  assert.equal(first, `request: POST ${host}/contacts?updated_after=1970-01-01T00%3A00%3A00Z`)
  assert.ok(rest.includes('  x-token: ${CREDENTIAL.token}'), shown.out)
  assert.deepEqual(rest.slice(-2), ['  (BASIC is added when it is sent)', '  {"limit": 100}'])
  assert.deepEqual(asked, [])

  const trial = JSON.parse((await leat('try', String(id), '--json')).out) as { requests: unknown[]; sample: unknown }
  assert.deepEqual([trial.requests.length, trial.sample], [1, null])
  assert.deepEqual(asked, [])

  const sampled = await leat('try', String(id), '--sample')
  assert.match(sampled.out, /"id": ?41/)
  assert.equal(asked.length, 1)
  assert.match(asked[0]!, /^\/contacts\?updated_after=1970\S+ Basic /)
  assert.ok(!/the-secret|the-token/.test(JSON.stringify([shown, trial, sampled])))

  const unknown = await leat('try', '999999')
  assert.deepEqual([unknown.code, unknown.out], [1, ''])
  const folder = await client.sources.create({
    name: 'a',
    source_type: 'local_file',
    source_config: { path: files },
  })
  assert.match((await leat('try', String(folder.id))).err, /makes no requests that could be shown/)
})

test('PROMISE-CLI-PLAN: leat plan prints the statements and how many rows would be inserted, updated, left alone, and changes nothing', async (t) => {
  const server: PostgresServer = await startPostgres()
  t.after(() => server.stop())
  const database = await server.createDatabase()
  await server.query(
    database,
    `CREATE TABLE orders (id bigint PRIMARY KEY, status text CHECK (status <> 'BAD')); INSERT INTO orders VALUES (1, 'NEW'), (2, 'OLD')`,
  )
  await writeFile(
    join(files, 'orders.json'),
    [
      '{"id":1,"status":"NEW","city":"Bern"}',
      '{"id":2,"status":"OLD","city":null}',
      '{"id":3,"status":"NEW","city":null}',
      '{"id":4,"status":"BAD","city":null}',
    ].join('\n'),
  )
  const source = await client.sources.create({
    name: 'orders',
    source_type: 'local_file',
    source_config: { path: files },
  })
  await client.sources.activate(source.id)
  let nexset: number | undefined
  for (let waiting = 0; waiting < 4;) {
    nexset = (await client.nexsets.list()).find((one) => one.data_source_id === source.id)?.id
    if (nexset !== undefined) waiting = (await client.nexsets.getSamples(nexset, { count: 10 })).length
  }
  const credential = await client.credentials.create({
    name: 'warehouse',
    credentials_type: 'postgres',
    credentials: credentialsFor(server, database),
  })
  const { id } = await client.destinations.create({
    name: 'orders',
    sink_type: 'postgres',
    data_credentials_id: credential.id,
    data_set_id: nexset!,
    sink_config: { table: 'orders', load_type: 'merge', key_columns: ['id'] },
  })
  const before = await server.query(database, 'SELECT * FROM orders ORDER BY id')
  const { out, err, code } = await leat('plan', String(id))
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /ALTER TABLE \S*"orders" ADD COLUMN IF NOT EXISTS "city" text/)
  assert.match(out, /Of 4 records \(4 wait\): 1 inserted, 1 updated, 1 left alone, 1 refused\./)
  const plan = JSON.parse((await leat('plan', String(id), '--json')).out) as { rows: Record<string, number> }
  assert.deepEqual([plan.rows['inserted'], plan.rows['updated'], plan.rows['unchanged']], [1, 1, 1])
  assert.deepEqual(await server.query(database, 'SELECT * FROM orders ORDER BY id'), before)
  assert.equal((await leat('plan', '999999')).code, 1)
})

test('leat sql on a nexset that is not there names those that are, the nearest first', async () => {
  const [nexset] = await client.nexsets.list()
  const query = `select * from nexset_${nexset!.id}9`
  const { code, err, out } = await leat('sql', query)
  assert.deepEqual([code, out], [1, ''])
  assert.equal(
    err,
    `query: there is no nexset "nexset_${nexset!.id}9" that you may read. Did you mean nexset_${nexset!.id} (${nexset!.name})?\n`,
  )
  const failure = JSON.parse((await leat('sql', '--json', query)).out) as { error: string }
  assert.equal(failure.error, err.trimEnd())
  assert.equal((await leat('sql', `select count(*) from nexset_${nexset!.id}`)).code, 0)
})
