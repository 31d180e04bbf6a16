import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { toFault, type JsonObject } from '@leat/connector-kit'
import { startPostgres, type PostgresServer } from '../../../tools/peers/postgres.ts'
import { startBastion } from './bastion.ts'
import { keyRanges } from '../src/ranges.ts'
import { PostgresFlow } from './postgres-flow.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

test('PROMISE-POSTGRES-TUNNEL a server behind a bastion is reached through an SSH tunnel; another host key or login is refused', async () => {
  await using flow = await PostgresFlow.create(server)
  const bastion = await startBastion()
  const tunnel: JsonObject = {
    has_ssh_tunnel: true,
    'tunnel.bastion.host': '127.0.0.1',
    'tunnel.bastion.port': bastion.port,
    'tunnel.bastion.user': 'jump',
    'tunnel.bastion.password': 'right-password',
    'tunnel.bastion.host_key': bastion.fingerprint,
  }
  const check = async (more: JsonObject): Promise<void> => {
    await using connection = await flow.connect(undefined, { ...tunnel, ...more })
    await connection.check()
  }
  const codeOf = async (more: JsonObject): Promise<string> => {
    const fault = await check(more).then(() => assert.fail('it was let in'), toFault)
    assert.doesNotMatch(fault.message, /right-password|wrong-password/)
    return `${fault.kind} ${fault.code}`
  }
  try {
    await check({})
    assert.ok(bastion.forwarded() > 0)
    const { 'tunnel.bastion.password': _, ...without } = tunnel
    const key = { 'tunnel.bastion.private_key': bastion.userKey }
    const before = bastion.forwarded()
    await using connection = await flow.connect(undefined, {
      ...without,
      ...key,
      'tunnel.bastion.private_key_passphrase': 'open sesame',
    })
    await connection.check()
    assert.ok(bastion.forwarded() > before, 'a private key logs in as well')
    const closed = { ...without, 'tunnel.bastion.password': undefined as never, ...key }
    assert.equal(
      await codeOf({ ...closed, 'tunnel.bastion.private_key_passphrase': 'wrong-password' }),
      'config tunnel.key_unreadable',
    )
    assert.equal(await codeOf({ 'tunnel.bastion.password': 'wrong-password' }), 'auth tunnel.login_refused')
    assert.equal(await codeOf({ 'tunnel.bastion.host_key': `SHA256:${'A'.repeat(43)}` }), 'auth tunnel.host_key_other')
    assert.equal(await codeOf({ 'tunnel.bastion.private_key': 'no key' }), 'config tunnel.key_unreadable')
    assert.equal(await codeOf({ 'tunnel.bastion.port': 1 }), 'transient tunnel.unreachable')
  } finally {
    bastion.close()
  }
})

test('PROMISE-POSTGRES-FAULTS what goes wrong is told apart, by whose problem it is, and without the password', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(
    `CREATE TABLE t (id int); CREATE ROLE reader LOGIN PASSWORD 'reader-secret'; GRANT USAGE ON SCHEMA public TO reader`,
  )
  const read = async (credentials: JsonObject, options: JsonObject): Promise<void> => {
    await using connection = await flow.connect(undefined, credentials)
    await using session = connection.source!({ db_query_mode: 'Default', mode: 'none', ...options })
    for await (const unit of session.units({ signal: AbortSignal.timeout(20_000) }))
      for await (const part of session.read(unit, { checkpoint: null, signal: AbortSignal.timeout(20_000) }))
        if (part.kind === 'object') for await (const _ of part.open());
  }
  const cases: [JsonObject, JsonObject, string][] = [
    [{ password: 'wrong' }, { table: 't' }, 'auth postgres.password_wrong'],
    [{ host: 'no-such-host.invalid' }, { table: 't' }, ''],
    [{ port: 1 }, { table: 't' }, ''],
    [{ ssl_mode: 'require' }, { table: 't' }, 'config postgres.tls_missing'],
    [{ database_name: 'nowhere' }, { table: 't' }, 'config postgres.database_missing'],
    [{}, { table: 'missing' }, 'not_found postgres.table_missing'],
    [{}, { table: 't', schema: 'nowhere' }, 'not_found postgres.table_missing'],
    [{}, { db_query_mode: 'Query', query: 'SELECT nothing FROM t' }, 'config postgres.column_missing'],
    [{}, { db_query_mode: 'Query', query: 'SELEKT 1' }, 'config postgres.query_wrong'],
    [{}, { table: 't', mode: 'incrementing', 'incrementing.column.name': 'nope' }, 'config postgres.column_missing'],
    [{ username: 'reader', password: 'reader-secret' }, { table: 't' }, 'auth postgres.no_permission'],
  ]
  const found: string[] = []
  for (const [credentials, options, expected] of cases) {
    const fault = await read(credentials, options).then(() => assert.fail(JSON.stringify(options)), toFault)
    const said = `${fault.kind} ${fault.code}`
    assert.doesNotMatch(fault.message, new RegExp(`reader-secret|${server.password}`))
    assert.notEqual(fault.kind, 'bug', fault.message)
    if (expected !== '') found.push(said)
    else assert.match(said, /^(transient|config|not_found) /)
  }
  assert.deepEqual(
    found,
    cases.map(([, , expected]) => expected).filter((expected) => expected !== ''),
  )
})

test('PROMISE-POSTGRES-RANGES the ranges of a big table hold each row once, also of a key of two columns', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE big (a text, b int, filler text, PRIMARY KEY (a, b));
    INSERT INTO big SELECT md5(i::text), i % 7, repeat('x', 10) FROM generate_series(1, 20000) i; ANALYZE big`)
  const path = { schema: 'public', name: 'big' }
  const sizes = { rows: 20_000, bytes: 400 << 20, guarded: false, kind: 'table', uniqueKeys: [] } as const
  const columns = ['text', 'integer'].map((sqlType, index) => ({
    name: 'ab'[index]!,
    sqlType,
    type: { kind: 'scalar', name: 'VARCHAR' } as const,
    nullable: false,
    hasDefault: false,
    generated: false,
  }))
  const session = {
    query: (text: string) => flow.sql(text),
    execute: () => assert.fail('it only looks'),
    transaction: () => assert.fail('it only looks'),
    async [Symbol.asyncDispose]() {},
  }
  const ranges = await keyRanges(session, { path, columns, primaryKey: ['a', 'b'], ...sizes })
  assert.equal(ranges.length, 7)
  const [row] = await flow.sql(
    `SELECT sum((${ranges.map((range) => `(${range})::int`).join(' + ')}))::int AS hits, min(${ranges.map((range) => `(${range})::int`).join(' + ')}) AS least FROM big`,
  )
  assert.deepEqual(row, { hits: '20000', least: '1' })
})

test('PROMISE-POSTGRES-RANGES a table of more than 64 MB is read as units for several workers, and rows that move meanwhile are read once', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE big (id bigint PRIMARY KEY, filler text); ALTER TABLE big ALTER filler SET STORAGE PLAIN;
    INSERT INTO big SELECT i * 9007199254, repeat('x', 8000) FROM generate_series(1, 17000) i; ANALYZE big`)
  await using connection = await flow.connect()
  await using session = connection.source!({ db_query_mode: 'Default', table: 'big', mode: 'none' })
  const signal = AbortSignal.timeout(60_000)
  const units = await Array.fromAsync(session.units({ signal }))
  assert.ok(units.length >= 2, `${units.length} units`)
  const ids: string[] = []
  for (const unit of units) {
    for await (const part of session.read(unit, { checkpoint: null, signal })) {
      assert.ok(part.kind === 'object')
      const chunks = await Array.fromAsync(part.open())
      for (const line of Buffer.concat(chunks).toString().split('\n').slice(0, -1)) ids.push(line.split('\t')[0] ?? '')
    }
    // Every row gets another place on the disk.
    if (unit === units[0]) await flow.sql(`UPDATE big SET filler = 'moved'`)
  }
  assert.equal(ids.length, 17_000)
  assert.equal(new Set(ids).size, 17_000)
})
