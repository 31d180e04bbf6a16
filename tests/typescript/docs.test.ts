import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { NexlaClient, type SourceCreate } from '@leat/sdk'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { startPostgres } from '../../tools/peers/postgres.ts'
import { startPlatform } from '../../tools/platform.ts'
import { settle } from '../../tools/settle.ts'
import { serveHttp } from '../../tools/testing/serve-http.ts'
import { until } from '../../tools/testing/until.ts'
import { detectedNexset } from './detected-nexset.ts'

const root = path.join(import.meta.dirname, '../..')
const run = promisify(execFile)
const count = 500
const region = "region: 'us-east-1'"
/** Between the two blocks of the page a reader looks for the nexset. */
const lookUp = `
const nexset = (await client.nexsets.list()).find((candidate) => candidate.data_source_id === orders_source.id)
if (nexset === undefined) throw new Error('the source has no nexset')
`

test('PROMISE-DOCS-S3-TS the TypeScript blocks of the S3 guide have the right types and run as they stand', async (t) => {
  const found = await peer('versitygw')
  if (isMissing(found)) return t.skip(found.missing)
  await using stack = new AsyncDisposableStack()
  const s3 = stack.adopt(await found.start(), (server) => server.stop())
  const platform = stack.use(await startPlatform())
  await settle(platform)
  await mkdir(path.join(s3.dir, 'raw/orders'), { recursive: true })
  await mkdir(path.join(s3.dir, 'analytics'))
  const orders = Array.from({ length: count }, (_, number) => `{"order_id":${number},"status":"NEW"}`)
  await writeFile(path.join(s3.dir, 'raw/orders/all.json'), orders.join('\n'))

  const page = await readFile(path.join(root, 'docs/guides/amazon-s3.md'), 'utf8')
  const source = filled(block(page, 'ts source'), {
    '<SERVICE_KEY>': platform.serviceKey,
    'AKIA...': s3.accessKey,
    '***': s3.secretKey,
    [region]: `${region}, endpoint: '${s3.endpoint}'`,
  })
  const destination = filled(block(page, 'ts destination'), { 123456: 'nexset.id' })
  await checkAndRun(`${source}${lookUp}${destination}`, { NEXLA_API_URL: platform.url })

  const pattern = `${path.join(s3.dir, 'analytics/orders')}/**/*.parquet`
  const expected = Array.from({ length: count }, (_, number) => String(number))
  assert.deepEqual(await arrived(pattern, count), expected)
})

test('PROMISE-DOCS-LOCAL-TS the flow of the quick start has the right types and runs as it stands', async () => {
  await using stack = new AsyncDisposableStack()
  const files = stack.adopt(await mkdtemp(path.join(os.tmpdir(), 'leat-docs-')), (made) =>
    rm(made, { recursive: true }),
  )
  await mkdir(path.join(files, 'in'))
  await writeFile(path.join(files, 'in/a.csv'), 'order_id,status\n0,NEW\n1,PAID\n')
  const platform = stack.use(await startPlatform({ env: { LEAT_LOCAL_FOLDERS: files } }))
  await settle(platform)
  const page = await readFile(path.join(root, 'docs/quick-start.md'), 'utf8')
  await checkAndRun(block(page, 'ts local'), {
    NEXLA_API_URL: platform.url,
    NEXLA_SERVICE_KEY: platform.serviceKey,
  })
  assert.deepEqual(await arrived(`${files}/out/**/*.parquet`, 2), ['0', '1'])
})

test('PROMISE-DOCS-REST-TS the TypeScript block of the REST guide has the right types and runs as it stands', async () => {
  const asked = Promise.withResolvers<string>()
  const api = createServer((request, response) => {
    asked.resolve(`${request.headers.authorization} ${request.url}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":1}],"next_page":null}')
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => void api.close())
  const platform = stack.use(await startPlatform())
  await settle(platform)
  const page = await readFile(path.join(root, 'docs/guides/rest-apis.md'), 'utf8')
  const program = filled(block(page, 'ts source'), {
    '<SERVICE_KEY>': platform.serviceKey,
    '***': 'docs-token',
    'https://api.example.com': `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
  })
  await checkAndRun(program, { NEXLA_API_URL: platform.url })
  assert.equal(await asked.promise, 'Bearer docs-token /v1/contacts?updated_after=1970-01-01T00%3A00%3A00Z')
})

test('PROMISE-DOCS-LOOKUPS the TypeScript block of the lookup guide has the right types and runs as it stands', async () => {
  const asked: unknown[] = []
  await using api = await serveHttp((request, response) => {
    asked.push(request.url)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":1}]}')
  })
  await using platform = await startPlatform()
  await settle(platform)
  const page = await readFile(path.join(root, 'docs/guides/lookups.md'), 'utf8')
  const program = filled(block(page, 'ts lookup'), {
    '<SERVICE_KEY>': platform.serviceKey,
    'https://api.example.com': api.address,
  })
  await checkAndRun(program, { NEXLA_API_URL: platform.url })
  await until(async () => asked.length >= 2)
  assert.deepEqual(asked, ['/orders?region=eu', '/orders?region=us'])
})

test('PROMISE-DOCS-JSON the JSON blocks of the guides to streams and to REST APIs are sources as they stand, which do what the pages say', async () => {
  const asked: string[] = []
  await using api = await serveHttp(({ url = '', headers }, response) => {
    asked.push(`${headers.authorization ?? 'nobody'} ${url}`)
    if (url === '/orders/events')
      return response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"order_id":1}\n\n')
    const answer = url === '/teams' ? [{ id: 7 }] : { members: url.endsWith('page=1') ? [{ member: 'a' }] : [] }
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await using platform = await startPlatform()
  await settle(platform)
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const read = async (page: string): Promise<object> => {
    const text = block(await readFile(path.join(root, 'docs/guides', page), 'utf8'), 'json')
    assert.ok(text.includes('https://api.example.com'))
    return JSON.parse(text.replaceAll('https://api.example.com', api.address)) as object
  }
  const recordsOf = async (source: SourceCreate): Promise<unknown[]> => {
    const { id } = await client.sources.create(source)
    await client.sources.activate(id)
    const nexset = await detectedNexset(client, id)
    return until(async () => {
      const found = await client.nexsets.getSamples(nexset.id, { count: 10 })
      return found.length > 0 && found
    })
  }
  const credential = { name: 'Orders', credentials_type: 'rest', credentials: { token: 'docs-token' } }
  const { id: data_credentials_id } = await client.credentials.create(credential)
  const stream = { ...((await read('streams.md')) as SourceCreate), data_credentials_id }
  assert.deepEqual(await recordsOf(stream), [{ order_id: 1 }])
  const steps = (await read('rest-apis.md')) as NonNullable<SourceCreate['source_config']>
  assert.deepEqual(await recordsOf({ name: 'Teams', source_type: 'rest', source_config: steps }), [{ member: 'a' }])
  assert.deepEqual(asked, [
    'Bearer docs-token /orders/events',
    'nobody /teams',
    'nobody /teams/7/members?page=1',
    'nobody /teams/7/members?page=2',
  ])
})

test('PROMISE-DOCS-WEBHOOK-TS the TypeScript block of the webhook guide has the right types and runs as it stands', async () => {
  await using platform = await startPlatform()
  await settle(platform)
  const page = await readFile(path.join(root, 'docs/guides/webhooks.md'), 'utf8')
  const program = filled(block(page, 'ts webhook'), { '<SERVICE_KEY>': platform.serviceKey })
  const check = `
const nexset = source.data_sets?.[0]?.id ?? 0
for (let found = 0; found < 2; found = (await client.nexsets.getSamples(nexset, { count: 10 })).length)
  await new Promise((resolve) => setTimeout(resolve, 100))
`
  await checkAndRun(program + check, { NEXLA_API_URL: platform.url })
})

test('PROMISE-DOCS-SNOWFLAKE-TS the TypeScript block of the Snowflake guide has the right types and runs as it stands', async (t) => {
  const found = await peer('fakesnow')
  if (isMissing(found)) return t.skip(found.missing)
  await using stack = new AsyncDisposableStack()
  const snowflake = stack.adopt(await found.start(), (server) => server.stop())
  const files = stack.adopt(await mkdtemp(path.join(os.tmpdir(), 'leat-docs-')), (made) =>
    rm(made, { recursive: true }),
  )
  await snowflake.execute('CREATE TABLE RAW.STAGING.ORDERS (ORDER_ID NUMBER(38,0), STATUS VARCHAR)')
  await writeFile(path.join(files, 'a.csv'), 'order_id,status\n0,NEW\n1,PAID\n')
  const platform = stack.use(await startPlatform({ env: { LEAT_LOCAL_FOLDERS: files } }))
  await settle(platform)
  const page = await readFile(path.join(root, 'docs/guides/snowflake.md'), 'utf8')
  const role = "role: 'SYSADMIN',\n    },\n  }),\n)\nconst snowflake_sink"
  const program = filled(block(page, 'ts destination'), {
    '<SERVICE_KEY>': platform.serviceKey,
    '***': snowflake.password,
    123456: 'nexset.id',
    [role]: role.replace('\n', `access_url: '${snowflake.accessUrl}',\n`),
    'const snowflake_cred =': `const source = await client.sources.create({ name: 'a', source_type: 'local_file', source_config: { path: '${files}' } })
await client.sources.activate(source.id)
const nexset = (await client.nexsets.list()).find((candidate) => candidate.data_source_id === source.id)
if (nexset === undefined) throw new Error('the source has no nexset')
const snowflake_cred =`,
  })
  await checkAndRun(program, { NEXLA_API_URL: platform.url })
  const select = 'SELECT * FROM RAW.STAGING.ORDERS ORDER BY ORDER_ID'
  const deadline = Date.now() + 60_000
  while ((await snowflake.query(select)).length < 2 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 100))
  assert.deepEqual(await snowflake.query(select), [
    { ORDER_ID: 0, STATUS: 'NEW' },
    { ORDER_ID: 1, STATUS: 'PAID' },
  ])
})

test('PROMISE-DOCS-POSTGRES the blocks of the PostgreSQL guide run as they stand, in TypeScript with the right types and on the published Python client; a plan tells statements and rows and changes nothing', async (t) => {
  const python = await peer('python')
  if (isMissing(python)) return t.skip(python.missing)
  await using stack = new AsyncDisposableStack()
  const server = stack.adopt(await startPostgres(), (running) => running.stop())
  const platform = stack.use(await startPlatform())
  await settle(platform)
  await server.query('postgres', 'CREATE DATABASE shop')
  const sql = (text: string) => server.query('shop', text)
  await sql(`CREATE SCHEMA reporting; CREATE TABLE orders (order_id bigint PRIMARY KEY, status text, total numeric(10,2), updated_at timestamptz DEFAULT now());
    INSERT INTO orders SELECT i, 'NEW', i / 4.0 FROM generate_series(1, ${count}) i; CREATE TABLE reporting.orders (LIKE orders INCLUDING ALL)`)
  const page = await readFile(path.join(root, 'docs/guides/postgresql.md'), 'utf8')
  const places = {
    '<SERVICE_KEY>': platform.serviceKey,
    'db.example.com': server.host,
    shop_loader: server.user,
    5432: String(server.port),
    '***': server.password,
  }
  const same = async (table: string): Promise<boolean> => {
    const [row] = await sql(
      `SELECT count(*) AS n FROM orders JOIN ${table} USING (order_id, status, total, updated_at)`,
    )
    return row?.['n'] === String(count)
  }
  await checkAndRun(filled(block(page, 'ts'), places), { NEXLA_API_URL: platform.url })
  await eventually(() => same('reporting.orders_copy'))

  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const [sink] = await client.destinations.list()
  await client.destinations.pause(sink!.id)
  await sql(
    `UPDATE orders SET status = 'PAID', updated_at = now() WHERE order_id <= 3; INSERT INTO orders VALUES (${count + 1}, 'LATE', 1)`,
  )
  const source = (await client.sources.list())[0]!
  const before = (await client.sources.runs(source.id)).length
  await client.sources.run(source.id)
  await eventually(async () => {
    const runs = await client.sources.runs(source.id)
    return runs.length > before && runs.every((each) => each.status === 'DONE')
  })
  const plan = await client.destinations.plan(sink!.id)
  assert.deepEqual(plan.rows, { inserted: 1, updated: 3, unchanged: 0, refused: 0 })
  assert.deepEqual(await sql(`SELECT relname FROM pg_class WHERE relname LIKE '\\_leat\\_stage%'`), [])
  assert.deepEqual(await sql(`SELECT 1 AS found FROM reporting.orders_copy WHERE status <> 'NEW'`), [])

  await sql(`DELETE FROM orders WHERE order_id > ${count}`)
  await run(python.interpreter, ['-c', filled(block(page, 'python'), places)], {
    env: { ...process.env, NEXLA_API_URL: platform.url },
  })
  await eventually(() => same('reporting.orders'))
})

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 90_000
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`this never came true: ${holds.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** In a folder inside the repository, so that `@leat/sdk` is found as a user's program finds it. */
async function checkAndRun(program: string, environment: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(path.join(root, '.cache'), { recursive: true })
  const folder = await mkdtemp(path.join(root, '.cache/docs-'))
  try {
    await writeFile(path.join(folder, 'program.mts'), program)
    await writeFile(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.base.json', include: ['program.mts'] }),
    )
    const compiler = path.join(root, 'node_modules/typescript-7/bin/tsc')
    await run(process.execPath, [compiler, '-p', folder]).catch((error: Error & { stdout: string }) => {
      assert.fail(error.stdout)
    })
    await run(process.execPath, [path.join(folder, 'program.mts')], { env: { ...process.env, ...environment } })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The only block of the page that opens with this tag. */
function block(page: string, tag: string): string {
  const found = [...page.matchAll(new RegExp(`^\`\`\`${tag}\n(.*?)^\`\`\`$`, 'gms'))]
  assert.equal(found.length, 1, `blocks with the tag ${tag}`)
  return found[0]![1]!
}

/** Each place occurs once, so that the text that runs is the text that is read. */
function filled(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((result, [place, value]) => {
    assert.equal(result.split(place).length, 2, `${place} occurs once`)
    return result.replace(place, () => value)
  }, text)
}

/** The ids in the files, in order, once there are as many as wanted; read by a DuckDB that is not the platform's. */
async function arrived(pattern: string, wanted: number): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    for (const deadline = Date.now() + 60_000; ;) {
      const ids = await connection
        .runAndReadAll(`SELECT order_id::VARCHAR FROM read_parquet('${pattern}') ORDER BY order_id`)
        .then((result) => result.getRows().map(([id]) => String(id)))
        .catch((error: Error) => {
          if (!error.message.includes('No files found')) throw error
          return []
        })
      if (ids.length >= wanted || Date.now() > deadline) return ids
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  } finally {
    instance.closeSync()
  }
}
