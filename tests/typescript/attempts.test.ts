import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { run } from '../../apps/cli/src/run.ts'
import { attacks, heavy } from '../../packages/transforms/test/attacks.ts'
import { expressionAttacks, quotedAttacks } from '../../packages/transforms/test/expression-attacks.ts'
import { startPlatform, type Platform } from '../../tools/platform.ts'

/** In a file beside those that the server may read, in its environment, and in a sealed credential. */
const canary = 'canary-4711-must-stay'
let folder: string
let platform: Platform
let token = ''
let nexset = 0
let visits = 0
const listener = createServer((socket) => {
  visits++
  socket.destroy()
})
const peer = () => `127.0.0.1:${(listener.address() as AddressInfo).port}`

before(async () => {
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  folder = await mkdtemp(join(tmpdir(), 'leat-attempts-'))
  await mkdir(join(folder, 'in'))
  await writeFile(join(folder, 'canary.csv'), `secret\n${canary}\n`)
  await writeFile(
    join(folder, 'in/a.json'),
    '{"id":1,"name":"Ann","tags":["x","y"]}\n{"id":2,"name":"Bob","tags":["z"]}\n',
  )
  platform = await startPlatform({ env: { LEAT_LOCAL_FOLDERS: folder, LEAT_CANARY: canary, LEAT_WORKERS: '1' } })
  token = `Basic ${platform.serviceKey}`
  token = `Bearer ${(await call<{ access_token: string }>('POST', '/token')).body.access_token}`
  await call('POST', '/data_credentials', {
    name: 'c',
    credentials_type: 's3',
    credentials: { access_key: 'A', secret_key: canary },
  })
  const config = { path: join(folder, 'in'), file_format: 'json' }
  const source = await call('POST', '/data_sources', { name: 's', source_type: 'local_file', source_config: config })
  await call('PUT', `/data_sources/${source.body.id}/activate`)
  for (; nexset === 0; await pause(20)) {
    const { body } = await call<{ data_sets: { id: number }[] }>('GET', `/data_sources/${source.body.id}`)
    nexset = body.data_sets[0]?.id ?? 0
  }
  while ((await records(nexset)).length < 2) await pause(20)
})
after(async () => {
  await platform?.stop()
  listener.close()
  await rm(folder, { recursive: true, force: true })
})

interface Answer {
  readonly id: number
  readonly message: string
  readonly details: readonly { readonly field: string; readonly message: string }[]
  readonly rows: readonly (readonly unknown[])[]
}

/** Everything that was answered or printed. */
const said: string[] = []

async function call<T = Answer>(
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly text: string; readonly body: T }> {
  const response = await fetch(platform.url + path, {
    method,
    headers: { authorization: token, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (response.status === 429) {
    // More attempts in a second than anybody may make; what is asked is how each of them is answered.
    await pause(1000 * Number(response.headers.get('retry-after') ?? 1))
    return call(method, path, body)
  }
  return { status: response.status, text, body: JSON.parse(text) as T }
}

async function records(id: number): Promise<readonly Record<string, unknown>[]> {
  return (await call<Record<string, unknown>[]>('GET', `/data_sets/${id}/samples?count=10`)).body
}

/** What is wrong with how an attempt was answered; null when it was refused as it should be. */
async function wrong(method: string, path: string, body: object, field: RegExp): Promise<string | null> {
  const { status, text, body: answer } = await call(method, path, body)
  said.push(text)
  const detail = answer.details?.[0]
  const teaches = answer.message?.length > 10 && detail !== undefined && field.test(detail.field)
  return status === 400 && teaches ? null : `${JSON.stringify(body).slice(0, 200)}: ${status} ${text.slice(0, 300)}`
}

const nexsetWith = (transform: object) => ({ name: 'n', parent_data_set_id: nexset, transform })
const filled = (text: string) =>
  text.replaceAll('FILE', join(folder, 'canary.csv')).replaceAll('FOLDER', folder).replaceAll('PEER', peer())

/** At `/sql` the relation is the nexset; `{…}` belongs to transforms. */
const asQuery = (sql: string) => sql.replaceAll('nexset_this', `nexset_${nexset}`)
const statements = [...attacks, ...heavy.map(([, sql]) => sql)]

test(`PROMISE-API-CONFINED: ${statements.length} ways out of SQL are refused by POST /sql with a 400 that teaches`, async () => {
  assert.ok(statements.length > 200)
  const passed: string[] = []
  for (const sql of statements.map(filled)) {
    const problem = await wrong('POST', '/sql', { query: asQuery(sql) }, /^query$/)
    if (problem !== null) passed.push(problem)
  }
  assert.deepEqual(passed, [])
})

test('PROMISE-API-CONFINED: the same as SQL transforms, in all their spellings, new and as a change', async () => {
  const child = await call('POST', '/data_sets', nexsetWith({ operations: [] }))
  assert.equal(child.status, 200, child.text)
  const passed: (string | null)[] = []
  for (const [index, code] of statements.map(filled).entries()) {
    const forms = [
      { code_type: 'sql', code },
      { code_type: 'sql', code_encoding: 'base64', code: Buffer.from(code).toString('base64') },
      { operations: [{ operation: 'sql', query: code }] },
    ]
    const transform = forms[index % forms.length]!
    passed.push(await wrong('POST', '/data_sets', nexsetWith(transform), /^transform\.(code|operations\[0\]\.query)$/))
    if (index % 10 === 0) passed.push(await wrong('PUT', `/data_sets/${child.body.id}`, { transform }, /^transform\./))
  }
  assert.deepEqual(
    passed.filter((one) => one !== null),
    [],
  )
})

test('PROMISE-API-CONFINED: and by leat sql, which ends with a failure and the reason', async () => {
  const passed: string[] = []
  for (const sql of statements
    .map(filled)
    .map(asQuery)
    .filter((one) => !one.startsWith('-') && one.length < 10_000)) {
    let printed = ''
    const stream = { write: (part: string) => (printed += part) }
    const code = await run(['sql', sql, '--json'], {
      streams: { stdout: stream, stderr: stream },
      env: { NEXLA_SERVICE_KEY: platform.serviceKey, NEXLA_API_URL: platform.url },
      signal: new AbortController().signal,
    })
    said.push(printed)
    const { error } = JSON.parse(printed) as { error?: string }
    if (code === 0 || (error?.length ?? 0) < 10) passed.push(`${code} ${sql.slice(0, 100)} ${printed.slice(0, 200)}`)
  }
  assert.deepEqual(passed, [])
})

test(`PROMISE-API-CONFINED: ${expressionAttacks.length} ways out of expressions are refused in compute, filter, map and typecast`, async () => {
  assert.ok(expressionAttacks.length >= 60)
  const passed: (string | null)[] = []
  for (const expression of expressionAttacks.map(filled)) {
    for (const operation of [
      { operation: 'compute', expression, as: 'x' },
      { operation: 'filter', condition: expression },
      { operation: 'map', fields: { x: expression } },
      { operation: 'map', fields: { x: { y: expression } } },
      { operation: 'typecast', fields: { id: expression } },
      { operation: 'typecast', field: expression, type: 'bigint' },
    ])
      passed.push(
        await wrong('POST', '/data_sets', nexsetWith({ operations: [operation] }), /^transform\.operations\[0\]\./),
      )
  }
  assert.deepEqual(
    passed.filter((one) => one !== null),
    [],
  )
})

test('PROMISE-API-CONFINED: in quotes they are texts, in names of fields they are names, and arrive as such', async () => {
  const texts = quotedAttacks.map(filled)
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  const operations = texts.flatMap((text, index) => [
    { operation: 'compute', expression: quoted(text), as: `c${index}` },
    { operation: 'compute', expression: `concat(name, ${quoted(text)})`, as: text.slice(0, 60) },
  ])
  const child = await call('POST', '/data_sets', nexsetWith({ operations }))
  assert.equal(child.status, 200, child.text)
  await call('PUT', `/data_sets/${child.body.id}/activate`)
  let found = await records(child.body.id)
  for (; found.length < 2; found = await records(child.body.id)) await pause(20)
  said.push(JSON.stringify(found))
  for (const [index, text] of texts.entries()) {
    assert.equal(found[0]![`c${index}`], text)
    assert.equal(found[0]![text.slice(0, 60)], `Ann${text}`)
  }
})

test('PROMISE-API-CONFINED: an answer that grows beyond memory is refused, and the server goes on', async () => {
  const grown = (levels: number) =>
    `WITH a0 AS (SELECT 'xxxxxxxxxx' AS s), ${Array.from({ length: levels }, (_, n) => `a${n + 1} AS (SELECT concat(s,s,s,s,s,s,s,s,s,s) AS s FROM a${n})`).join(', ')} SELECT s FROM a${levels}`
  assert.equal((await call('POST', '/sql', { query: grown(5) })).status, 200)
  for (const query of [grown(7), grown(8), `SELECT s FROM (${grown(5)}) a, unnest([${'1,'.repeat(400)}1])`])
    assert.equal(await wrong('POST', '/sql', { query, limit: 1000 }, /^query$/), null)
  assert.deepEqual((await call('POST', '/sql', { query: `SELECT count(*) FROM nexset_${nexset}` })).body.rows, [['2']])
})

test('PROMISE-API-CONFINED: nothing of all that leaked, was written or reached anyone', async () => {
  const key = await readFile(join(platform.data, 'master-key'), 'utf8')
  const secrets = [canary, platform.serviceKey, key.trim(), 'LEAT_CANARY=']
  // The first lines show the owner their new key.
  const log = await readFile(join(platform.data, 'server.log'), 'utf8')
  said.push(log.slice(log.indexOf(platform.serviceKey) + platform.serviceKey.length))
  assert.ok(said.length > 1000)
  for (const secret of secrets)
    assert.deepEqual(
      said.filter((text) => text.includes(secret)).map((text) => text.slice(0, 300)),
      [],
    )
  assert.equal(visits, 0)
  assert.deepEqual((await readdir(folder)).toSorted(), ['canary.csv', 'in'])
})
