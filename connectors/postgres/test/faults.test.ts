import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, chown, copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { requireConfig, toFault, type Fault, type JsonObject } from '@leat/connector-kit'
import pg from 'pg'
import { startPostgres, type PostgresServer } from '../../../tools/peers/postgres.ts'
import { postgres } from '../src/postgres.connector.ts'
import { startBastion } from './bastion.ts'
import { PostgresFlow } from './postgres-flow.ts'

let server: PostgresServer
let folder: string
before(async () => {
  server = await startPostgres()
  folder = await mkdtemp(path.join(os.tmpdir(), 'leat-postgres-faults-'))
  await chmod(folder, 0o755)
})
after(async () => {
  await server.stop()
  if (disk !== null) execFileSync('umount', [disk])
  await rm(folder, { recursive: true, force: true })
})
let disk: string | null = null

const signal = AbortSignal.timeout(300_000)

/** The fault with which a delivery of one row ends. */
async function faultOf(flow: PostgresFlow, given: JsonObject, credentials: JsonObject = {}): Promise<Fault> {
  const options = requireConfig(postgres.sink!.options, {}, given)
  const schema = { fields: [{ name: 'id', type: { kind: 'scalar', name: 'BIGINT' } }] } as const
  const attempt = async (): Promise<void> => {
    await using connection = await flow.connect(undefined, credentials)
    await using writer = await connection.openWriter!({ id: 'sink-1', epoch: 1, options, schema, signal })
    await writer.write({ kind: 'rows', schema, rows: [{ id: '1' }] })
    await writer.commit(await writer.prepare())
  }
  const fault = await attempt().then(() => assert.fail(`it was delivered: ${JSON.stringify(given)}`), toFault)
  assert.doesNotMatch(fault.message, new RegExp(`${server.password}|guest-secret`))
  return fault
}

test('PROMISE-POSTGRES-SINK-FAULTS what goes wrong at a destination is told apart, with the next step', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE t (id bigint); CREATE TABLE other (key bigint); CREATE TABLE held (id bigint);
    CREATE ROLE guest LOGIN PASSWORD 'guest-secret'; CREATE ROLE locked PASSWORD 'guest-secret';
    CREATE SCHEMA closed; CREATE TABLE closed.t (id bigint)`)
  const guest = { username: 'guest', password: 'guest-secret' }
  const cases: [sink: JsonObject, credentials: JsonObject, expected: string, says: RegExp][] = [
    [{ table: 't' }, { password: 'wrong' }, 'auth postgres.password_wrong', /password of the credential/],
    [{ table: 't' }, { username: 'nobody' }, 'auth postgres.password_wrong', /user "nobody"/],
    [
      { table: 't' },
      { ...guest, username: 'locked' },
      'auth postgres.login_refused',
      /"locked".*not permitted to log in/,
    ],
    [{ table: 't' }, { host: 'no-such-host.invalid' }, 'transient network.dns', /no-such-host\.invalid/],
    [{ table: 't' }, { port: 1 }, 'transient network.refused', /:1: the connection was refused/],
    [{ table: 't' }, { database_name: 'nowhere' }, 'config postgres.database_missing', /database_name/],
    [{ table: 't' }, { ssl_mode: 'require' }, 'config postgres.tls_missing', /ssl_mode/],
    [{ table: 'nothing' }, {}, 'not_found postgres.table_missing', /create_destination/],
    [{ table: 't', schema: 'nowhere' }, {}, 'not_found postgres.table_missing', /nowhere\.t/],
    [{ table: 't', schema: 'nowhere', create_destination: true }, {}, 'not_found postgres.schema_missing', /"nowhere"/],
    [{ table: 'other', 'schema.drift.policy': 'stop' }, {}, 'data postgres.column_missing', /attribute "id"/],
    [{ table: 't', load_type: 'merge', key_columns: ['nr'] }, {}, 'config postgres.key_missing', /key column "nr"/],
    [{ table: 'closed.t' }, guest, 'auth postgres.no_permission', /"guest".*closed/],
    [{ table: 't' }, guest, 'auth postgres.no_permission', /"guest" may not/],
  ]
  for (const [sink, credentials, expected, says] of cases) {
    const fault = await faultOf(flow, sink, credentials)
    assert.equal(`${fault.kind} ${fault.code}`, expected, fault.message)
    assert.match(fault.message, says)
  }
})

test('PROMISE-POSTGRES-SINK-FAULTS a table that somebody holds is reported, and written when it is free', async () => {
  await using flow = await PostgresFlow.create(server)
  await flow.sql(`CREATE TABLE src AS SELECT i AS id FROM generate_series(1, 100) i; CREATE TABLE held (id int)`)
  await flow.read({ table: 'src' })
  await flow.sql(`ALTER DATABASE ${flow.database} SET lock_timeout = '200ms'`)
  const { host, port, user, password } = server
  const holder = new pg.Client({ host, port, user, password, database: flow.database })
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE')
  for (const options of [{}, { load_type: 'merge', key_columns: ['id'] }] as const) {
    const fault = toFault(await flow.write({ table: 'held', ...options }).catch((error: unknown) => error))
    assert.equal(`${fault.kind} ${fault.code}`, 'transient postgres.lock_wait', fault.message)
    assert.match(fault.message, /Somebody holds the table; it is tried again/)
  }
  await holder.query('COMMIT')
  await holder.end()
  await flow.write({ table: 'held' })
  assert.deepEqual(await flow.sql('SELECT count(*) AS n, count(DISTINCT id) AS d FROM held'), [{ n: '100', d: '100' }])
})

/** A disk of eight megabytes for a tablespace; null where this user may not mount one. */
async function smallDisk(owner: { uid: number; gid: number }): Promise<string | null> {
  const place = path.join(folder, 'disk')
  try {
    execFileSync('mkdir', ['-p', place])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place], { stdio: 'ignore' })
  } catch {
    return null
  }
  await chown(place, owner.uid, owner.gid)
  return place
}

async function dataFolder(): Promise<string> {
  const [row] = await server.query('postgres', 'SHOW data_directory')
  return row!['data_directory']!
}

test('PROMISE-POSTGRES-SINK-FAULTS a full disk of the server is reported, shows nothing, and is got over when there is room', async (t) => {
  disk = await smallDisk(await stat(await dataFolder()))
  if (disk === null) return t.skip('needs the right to mount a small disk (root)')
  await using flow = await PostgresFlow.create(server)
  await server.query('postgres', `CREATE TABLESPACE small LOCATION '${disk}'`)
  await flow.sql(`CREATE TABLE src AS SELECT i AS id, repeat('x', 200) AS filler FROM generate_series(1, 60000) i;
    CREATE TABLE dst (id int, filler text) TABLESPACE small`)
  await flow.read({ table: 'src' })
  const fault = toFault(await flow.write({ table: 'dst' }).catch((error: unknown) => error))
  assert.equal(`${fault.kind} ${fault.code}`, 'transient postgres.disk_full', fault.message)
  assert.match(fault.message, /The disk of the PostgreSQL server is full/)
  assert.deepEqual(await flow.sql('SELECT count(*) AS n FROM dst'), [{ n: '0' }])
  execFileSync('mount', ['-o', 'remount,size=128m', disk])
  await flow.write({ table: 'dst' })
  assert.deepEqual(await flow.sql('SELECT count(*) AS n, count(DISTINCT id) AS d FROM dst'), [
    { n: '60000', d: '60000' },
  ])
  await flow.sql('DROP TABLE dst')
  await server.query('postgres', 'DROP TABLESPACE small')
})

/** A server that asks its clients for a certificate lets in who has one. */
async function clientCertificates(
  flow: PostgresFlow,
  at: {
    readonly cert: string
    readonly key: string
    readonly ca: string
    readonly data: string
    readonly reach: (credentials: JsonObject) => Promise<string>
  },
): Promise<void> {
  await flow.sql(`CREATE ROLE carded LOGIN PASSWORD 'guest-secret'`)
  const rules = path.join(at.data, 'pg_hba.conf')
  const before = await readFile(rules, 'utf8')
  await writeFile(rules, `hostssl all carded 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n${before}`)
  await server.query('postgres', `ALTER SYSTEM SET ssl_ca_file = 'server.crt'`)
  await server.query('postgres', 'SELECT pg_reload_conf()')
  const login = { username: 'carded', password: 'guest-secret', ssl_mode: 'require' }
  // The server takes its new rules a moment after the call.
  while ((await at.reach(login)) === 'fine') await new Promise((resolve) => setTimeout(resolve, 20))
  assert.match(await at.reach(login), /^auth postgres\.certificate_wanted .*client certificate.*ssl_cert/)
  const card = { ssl_cert: at.ca, ssl_key: await readFile(at.key, 'utf8') }
  assert.equal(await at.reach({ ...login, ...card }), 'fine')
  await writeFile(rules, before)
}

test('PROMISE-POSTGRES-TLS every ssl_mode does what it says, and a certificate that is not trusted is refused', async () => {
  const [cert, key] = [path.join(folder, 'server.crt'), path.join(folder, 'server.key')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  )
  const data = await dataFolder()
  const { uid, gid } = await stat(data)
  for (const file of [cert, key]) {
    const placed = path.join(data, path.basename(file))
    await copyFile(file, placed)
    await chown(placed, uid, gid)
    await chmod(placed, 0o600)
  }
  await server.query('postgres', 'ALTER SYSTEM SET ssl = on')
  await server.query('postgres', 'SELECT pg_reload_conf()')
  await using flow = await PostgresFlow.create(server)
  const reach = async (credentials: JsonObject): Promise<string> => {
    await using connection = await flow.connect(undefined, credentials)
    return await connection.check().then(
      () => 'fine',
      (error: unknown) => `${toFault(error).kind} ${toFault(error).code} ${toFault(error).message}`,
    )
  }
  // The server takes its new settings a moment after the call.
  while ((await reach({ ssl_mode: 'require' })) !== 'fine') await new Promise((resolve) => setTimeout(resolve, 20))
  const ca = await readFile(cert, 'utf8')
  const refused = /^config postgres\.tls_refused .*ssl_root_cert/
  const cases: [JsonObject, RegExp][] = [
    [{ ssl_mode: 'disable' }, /^fine$/],
    [{ ssl_mode: 'prefer' }, /^fine$/],
    [{ ssl_mode: 'verify-ca' }, refused],
    [{ ssl_mode: 'verify-full', host: 'localhost' }, refused],
    [{ ssl_mode: 'verify-ca', ssl_root_cert: ca }, /^fine$/],
    [{ ssl_mode: 'verify-full', ssl_root_cert: ca, host: 'localhost' }, /^fine$/],
    // The name is not the one in the certificate.
    [{ ssl_mode: 'verify-full', ssl_root_cert: ca, host: '127.0.0.1' }, refused],
  ]
  for (const [credentials, expected] of cases)
    assert.match(await reach(credentials), expected, String(credentials['ssl_mode']))
  // Whether it was encrypted is what the server says.
  const encrypted = async (credentials: JsonObject): Promise<string> => {
    await using connection = await flow.connect(undefined, credentials)
    const query = 'SELECT ssl AS encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
    await using session = connection.source!({ db_query_mode: 'Query', query, mode: 'none' })
    let text = ''
    for await (const unit of session.units({ signal }))
      for await (const part of session.read(unit, { checkpoint: null, signal }))
        if (part.kind === 'object') for await (const bytes of part.open()) text += Buffer.from(bytes).toString()
    return text.trim()
  }
  for (const [mode, expected] of Object.entries({ disable: 'f', prefer: 't', require: 't' }))
    assert.equal(await encrypted({ ssl_mode: mode }), expected, mode)
  // Through a bastion the certificate is still held against the name of the server, not of the way to it.
  const bastion = await startBastion()
  const tunnel = {
    has_ssh_tunnel: true,
    'tunnel.bastion.host': '127.0.0.1',
    'tunnel.bastion.port': bastion.port,
    'tunnel.bastion.user': 'jump',
    'tunnel.bastion.password': 'right-password',
  }
  const verified = { ...tunnel, ssl_mode: 'verify-full', ssl_root_cert: ca }
  assert.equal(await reach({ ...verified, host: 'localhost' }), 'fine')
  assert.match(await reach({ ...verified, host: '127.0.0.1' }), refused)
  assert.ok(bastion.forwarded() >= 2)
  bastion.close()
  await clientCertificates(flow, { cert, key, ca, data, reach })
})
