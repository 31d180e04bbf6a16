import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import type { S3Server } from '../../tools/peers/versitygw.ts'
import { freePort, type Platform, startPlatform } from '../../tools/platform.ts'

interface Detail {
  readonly field: string
  readonly value?: unknown
  readonly nearest?: string
  readonly message: string
}
interface Body {
  readonly id: number
  readonly access_token: string
  readonly message: string
  readonly fault_code?: string
  readonly status: unknown
  readonly details: readonly Detail[]
}
interface Problem {
  readonly code: string
  readonly message: string
  readonly retry_at: string | null
}

let s3: S3Server
let platform: Platform
let token = ''
let missing: string | undefined
let distrusted: Server | undefined
const guest = { access: 'guest', secret: 'known-but-nobody' }

before(async () => {
  const found = await peer('versitygw')
  if (isMissing(found)) return void (missing = found.missing)
  s3 = await found.start({ guest })
  distrusted = await selfSigned()
  platform = await startPlatform()
  await mkdir(join(s3.dir, 'raw', 'orders'), { recursive: true })
  await writeFile(join(s3.dir, 'raw', 'orders', 'a.json'), '{"id":9007199254740993,"qty":2,"status":"NEW"}\n')
  token = `Bearer ${(await call<Body>('POST', '/token', undefined, `Basic ${platform.serviceKey}`)).body.access_token}`
})
after(async () => {
  await platform?.stop()
  await s3?.stop()
  distrusted?.close()
})

/** An HTTPS server whose certificate nobody has signed. */
async function selfSigned(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'leat-tls-'))
  const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'cert'), '-subj', '/CN=127.0.0.1']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files], {
    stdio: 'ignore',
  })
  const [key, cert] = await Promise.all([readFile(join(folder, 'key')), readFile(join(folder, 'cert'))])
  await rm(folder, { recursive: true })
  const server = createServer({ key, cert }, (_request, response) => response.writeHead(204).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function call<T = Body>(method: string, path: string, body?: object, authorization = token) {
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) as T }
}

function against(name: string, run: (t: TestContext) => Promise<void>): void {
  test(name, (t) => (missing === undefined ? run(t) : t.skip(missing)))
}

const newCredential = (over: object = {}) => ({
  name: 'S3',
  credentials_type: 's3',
  credentials: {
    access_key_id: s3.accessKey,
    secret_access_key: s3.secretKey,
    region: s3.region,
    endpoint: s3.endpoint,
    ...over,
  },
})

let good: Promise<number> | undefined
const credential = (over: object = {}) =>
  call('POST', '/data_credentials', newCredential(over)).then(({ body }) => body.id)

const newSource = async (config: object, over: object = {}) => ({
  name: 'Orders',
  source_type: 's3',
  data_credentials_id: await (good ??= credential()),
  source_config: { path: 'raw/orders/', file_format: 'json', ...config },
  ...over,
})

/** A nexset of one record with id, qty and status. */
let detected: Promise<number> | undefined
const nexset = () =>
  (detected ??= (async () => {
    const { body } = await call('POST', '/data_sources', await newSource({}))
    await call('PUT', `/data_sources/${body.id}/activate`)
    for (;;) {
      const { body: all } = await call<{ id: number; data_source_id: number }[]>('GET', '/data_sets')
      const found = all.find((one) => one.data_source_id === body.id)
      if (found !== undefined) return found.id
      await pause(100)
    }
  })())

async function refused(
  method: string,
  path: string,
  body: object | undefined,
  expected: Omit<Detail, 'message'>,
): Promise<void> {
  const answer = await call(method, path, body)
  assert.equal(answer.status, 400, answer.text)
  const detail = answer.body.details.find((one) => one.field === expected.field)
  assert.ok(detail, answer.text)
  assert.deepEqual([detail.value, detail.nearest], [expected.value, expected.nearest], answer.text)
  assert.ok(answer.body.message.includes(detail.message))
  if (expected.value !== undefined)
    assert.ok(detail.message.includes(String(expected.value).split('/')[0]!), answer.text)
  if (expected.nearest !== undefined) assert.ok(detail.message.includes(`Did you mean "${expected.nearest}"?`))
  assert.equal(answer.text.includes(s3.secretKey), false)
}

against('PROMISE-ERRORS-CONFIG: a wrong key, cron, path or format is refused when it is given', async () => {
  const { credentials: _, ...bare } = newCredential()
  await refused(
    'POST',
    '/data_credentials',
    { ...bare, credentials: { acess_key_id: 'k', secret_access_key: s3.secretKey, region: 'us-east-1' } },
    { field: 'credentials.acess_key_id', nearest: 'access_key_id' },
  )
  const wrong: readonly [config: object, expected: Omit<Detail, 'message'>][] = [
    [{ file_format: 'jsn' }, { field: 'source_config.file_format', value: 'jsn', nearest: 'json' }],
    [{ start_cron: '61 * * * *' }, { field: 'source_config.start.cron', value: '61 * * * *' }],
    [{ 'start.cron': 'every hour' }, { field: 'source_config.start.cron', value: 'every hour' }],
    [{ path: '/' }, { field: 'source_config.path', value: '/' }],
    [
      { path: undefined, paht: 'raw' },
      { field: 'source_config.path', nearest: 'paht' },
    ],
  ]
  for (const [config, expected] of wrong) {
    const { nearest, ...rest } = expected
    if (nearest === 'paht') {
      const answer = await call('POST', '/data_sources', await newSource(config))
      assert.deepEqual([answer.status, answer.body.details[0]?.field], [400, 'source_config.path'])
      assert.match(answer.body.message, /The config has "paht"; did you mean "path"\?/)
    } else await refused('POST', '/data_sources', await newSource(config), nearest ? { ...rest, nearest } : rest)
  }
  await refused('POST', '/data_sources?strict=true', await newSource({ file_fromat: 'json' }), {
    field: 'source_config.file_fromat',
    nearest: 'file_format',
  })
  await refused('POST', '/data_sources', await newSource({}, { source_type: 's33' }), {
    field: 'source_type',
    value: 's33',
    nearest: 's3',
  })
  const sink = async (config: object) => ({
    name: 'Out',
    sink_type: 's3',
    data_credentials_id: await good,
    data_set_id: await nexset(),
    sink_config: { path: 'raw/out', data_format: 'parquet', ...config },
  })
  await refused('POST', '/data_sinks', await sink({ data_format: 'parqet' }), {
    field: 'sink_config.data_format',
    value: 'parqet',
    nearest: 'parquet',
  })
  await refused('POST', '/data_sinks', await sink({ file_compression: 'snapy' }), {
    field: 'sink_config.file_compression',
    value: 'snapy',
    nearest: 'snappy',
  })
  const elsewhere = await call('POST', '/data_sinks', await sink({ path: 'rwa/out' }))
  await refused('PUT', `/data_sinks/${elsewhere.body.id}/activate`, undefined, {
    field: 'sink_config.path',
    value: 'rwa/out',
    nearest: 'raw',
  })
})

against('PROMISE-ERRORS-PLACE: a bucket or a login that does not exist is refused at activation', async () => {
  const typo = await call('POST', '/data_sources', await newSource({ path: 'raww/orders/' }))
  await refused('PUT', `/data_sources/${typo.body.id}/activate`, undefined, {
    field: 'source_config.path',
    value: 'raww/orders/',
    nearest: 'raw',
  })
  assert.equal((await call('GET', `/data_sources/${typo.body.id}`)).body.status, 'INIT')
  const refusal = await call('POST', '/data_sources', await newSource({ path: 's3:///' }))
  assert.equal(refusal.status, 400, refusal.text)
  assert.deepEqual([refusal.body.details[0]?.field, refusal.body.details[0]?.value], ['source_config.path', 's3:///'])
  const stranger = await newSource(
    {},
    { data_credentials_id: await credential({ secret_access_key: 'not-the-secret' }) },
  )
  const { body } = await call('POST', '/data_sources', stranger)
  await refused('PUT', `/data_sources/${body.id}/activate`, undefined, { field: 'credentials.secret_key' })
})

against('PROMISE-ERRORS-EXPRESSION: a wrong expression says where it is wrong and what was meant', async () => {
  const parent = await nexset()
  const wrong: readonly [operation: object, field: string, message: RegExp][] = [
    [{ operation: 'compute', expression: 'qty *', as: 'x' }, 'expression', /column 6: ends where a value is expected/],
    [{ operation: 'compute', expression: 'qyt * 2', as: 'x' }, 'expression', /no field "qyt"\. Did you mean "qty"\?/],
    [{ operation: 'compute', expression: 'uper(status)', as: 'x' }, 'expression', /"uper"\. Did you mean "upper"\?/],
    [{ operation: 'compute', expresion: 'qty', as: 'x' }, 'expresion', /Did you mean "expression"\?/],
    [{ operation: 'filter', condition: "status = 'NEW" }, 'condition', /the ' is never closed/],
    [{ operation: 'flaten', path: 'x', alias: 'y' }, 'operation', /"flaten".*Did you mean "flatten"\?/],
    [{ operation: 'rename', fields: { idd: 'x' } }, 'fields.idd', /Did you mean "id"\?/],
  ]
  for (const [operation, field, message] of wrong) {
    const transform = { version: 1, operations: [operation] }
    const body = { name: 'Child', parent_data_set_id: parent, has_custom_transform: true, transform }
    const answer = await call('POST', '/data_sets', body)
    assert.equal(answer.status, 400, answer.text)
    assert.equal(answer.body.details[0]?.field, `transform.operations[0].${field}`)
    assert.match(answer.body.message, message)
  }
})

against('PROMISE-ERRORS-PROBE: a probe tells apart why a store cannot be used', async () => {
  const cases: readonly [name: string, over: object, status: number, code: string][] = [
    ['DNS', { endpoint: 'http://no-such-host.invalid:9000' }, 400, 's3.dns'],
    ['refused', { endpoint: `http://127.0.0.1:${await freePort()}` }, 400, 's3.connection_refused'],
    ['TLS', { endpoint: s3.endpoint.replace('http:', 'https:') }, 400, 's3.tls'],
    ['certificate', { endpoint: `https://127.0.0.1:${(distrusted!.address() as AddressInfo).port}` }, 400, 's3.tls'],
    [
      'permission',
      { access_key_id: guest.access, secret_access_key: guest.secret, 'test.path': 'raw' },
      403,
      's3.access_denied',
    ],
    ['access key', { access_key_id: 'nobody' }, 403, 's3.access_key_unknown'],
    ['secret key', { secret_access_key: 'not-the-secret' }, 403, 's3.secret_key_wrong'],
  ]
  for (const [name, over, status, code] of cases) {
    const id = await credential(over)
    for (const [method, path, body] of [
      ['GET', 'probe'],
      ['POST', 'probe/tree', { depth: 1, path: 'raw' }],
      ['POST', 'probe/sample', { path: 'raw/orders/', file_format: 'json' }],
    ] as const) {
      const answer = await call(method, `/data_credentials/${id}/${path}`, body)
      assert.deepEqual([answer.status, answer.body.fault_code], [status, code], `${name} ${path}: ${answer.text}`)
      for (const secret of ['not-the-secret', guest.secret]) assert.equal(answer.text.includes(secret), false)
    }
  }
  const id = await (good ??= credential())
  for (const [path, body] of [
    ['probe/tree', { depth: 1, path: 'raww' }],
    ['probe/sample', { path: 'raww/x' }],
  ] as const) {
    const answer = await call('POST', `/data_credentials/${id}/${path}`, body)
    assert.deepEqual([answer.status, answer.body.fault_code], [404, 's3.bucket_missing'], answer.text)
  }
  const tree = await call('POST', `/data_credentials/${id}/probe/tree`, { depth: 1, path: 'raw' })
  assert.equal(tree.status, 200, tree.text)
  const sample = await call('POST', `/data_credentials/${id}/probe/sample`, {
    path: 'raw/orders/',
    file_format: 'json',
  })
  assert.ok(sample.text.includes('9007199254740993'), sample.text)
})

against('PROMISE-ERRORS-RETRY: a run against a store that is down shows when it is tried again', async () => {
  const down = await credential({ endpoint: `http://127.0.0.1:${await freePort()}` })
  const { body } = await call('POST', '/data_sources', await newSource({}, { data_credentials_id: down }))
  const activated = await call('PUT', `/data_sources/${body.id}/activate`)
  assert.equal(activated.status, 200, activated.text)
  interface Run {
    readonly id: number
    readonly status: string
    readonly attempt: number
    readonly next_retry_at: string | null
    readonly problem: Problem | null
  }
  for (;;) {
    const { body: runs } = await call<Run[]>('GET', `/data_sources/${body.id}/runs`)
    const { body: run } = await call<Run>('GET', `/runs/${runs[0]!.id}`)
    const { body: source } = await call<{ problem: Problem | null }>('GET', `/data_sources/${body.id}`)
    if (run.next_retry_at !== null && run.attempt >= 2 && source.problem !== null) {
      assert.equal(run.status, 'RUNNING')
      assert.equal(run.problem?.code, 's3.connection_refused')
      assert.equal(source.problem.code, 's3.connection_refused')
      assert.match(source.problem.message, /Nothing accepts connections at http:\/\/127\.0\.0\.1:\d+/)
      assert.ok(source.problem.retry_at)
      break
    }
    await pause(100)
  }
})

against('PROMISE-SAMPLES-EXACT: samples show integers beyond 2^53 as they came', async () => {
  const { text } = await call('GET', `/data_sets/${await nexset()}/samples`)
  assert.ok(text.includes('"id":9007199254740993,'), text)
  const query = { query: `SELECT id FROM nexset_${await nexset()}` }
  assert.match((await call('POST', '/sql', query)).text, /"9007199254740993"/)
})
