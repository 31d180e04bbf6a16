import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { guardNativeClients, requireConfig, toFault, type Fault, type JsonObject } from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import { snowflakeCredentialAliases, snowflakeCredentials } from '../src/snowflake-credentials.ts'
import { SnowflakeSession } from '../src/snowflake-session.ts'
import { snowflakeSettings } from '../src/snowflake-settings.ts'

const found = await peer('fakesnow')
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (key: typeof privateKey): string => String(key.export({ type: 'pkcs8', format: 'pem' }))

if (isMissing(found)) test('snowflake sessions', { skip: found.missing })
else {
  const server = await found.start({ keys: { KEY_USER: String(publicKey.export({ type: 'spki', format: 'pem' })) } })
  after(() => server.stop())
  const guide = {
    account: 'my_account',
    user: server.user,
    password: server.password,
    warehouse: 'LOAD_WH',
    database: 'RAW',
    schema: 'STAGING',
    role: 'SYSADMIN',
    access_url: server.accessUrl,
  }
  const open = (given: JsonObject, signal = new AbortController().signal): Promise<SnowflakeSession> =>
    SnowflakeSession.open(
      snowflakeSettings(requireConfig(snowflakeCredentials, snowflakeCredentialAliases, given)),
      signal,
    )
  const faultOf = async (given: JsonObject, sql = 'SELECT 1'): Promise<Fault> => {
    try {
      await using session = await open(given)
      await session.rows(sql)
    } catch (error) {
      return toFault(error)
    }
    throw new Error('it worked')
  }

  test('the proxy that guards the native clients of the process is not taken for the way to Snowflake', async () => {
    await guardNativeClients()
    await using session = await open(guide)
    assert.deepEqual(await session.rows('SELECT 1 AS N'), [['1']])
  })

  test('values come as text, exactly', async () => {
    await using session = await open(guide)
    await session.run(
      `CREATE OR REPLACE TABLE VALUES_OF (N NUMBER(38,0), D NUMBER(38,2), F FLOAT, T VARCHAR, B BOOLEAN, DAY DATE, NAIVE TIMESTAMP_NTZ, Z TIMESTAMP_TZ, V VARIANT, X BINARY)`,
    )
    await session.run(
      `INSERT INTO VALUES_OF SELECT 9007199254740993, 999999999999999999999999999999999999.01, 1e300, '', TRUE, '2026-02-28', '2026-03-01 02:30:00.123456', '2026-03-01 02:30:00.123456+02:00', PARSE_JSON('{"a": null}'), TO_BINARY('00FF', 'HEX')`,
    )
    await session.run('INSERT INTO VALUES_OF (N) VALUES (NULL)')
    const rows = await session.rows('SELECT * FROM VALUES_OF ORDER BY N')
    const [first = [], second = []] = rows
    assert.equal(first[0], '9007199254740993')
    assert.equal(first[1], '999999999999999999999999999999999999.01')
    assert.equal(Number(first[2]), 1e300)
    assert.deepEqual(first.slice(3, 6), ['', 'TRUE', '2026-02-28'])
    assert.match(first[6] ?? '', /^2026-03-01 02:30:00\.123456/)
    assert.equal(
      new Date((first[7] ?? '').replace(' ', 'T').replace(' ', '')).toISOString(),
      '2026-03-01T00:30:00.123Z',
    )
    assert.deepEqual(JSON.parse(first[8] ?? ''), { a: null })
    assert.equal(first[9]?.toLowerCase(), '00ff')
    assert.deepEqual(
      second,
      Array.from({ length: 10 }, () => null),
    )
  })

  test('a big result streams with its columns', async () => {
    await using session = await open(guide)
    let count = 0
    let names: readonly string[] = []
    const sql = 'SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 20000))'
    for await (const [value] of session.stream(sql, (columns) => (names = columns.map(({ name }) => name)))) {
      assert.ok(value !== undefined)
      count += 1
    }
    assert.equal(count, 20_000)
    assert.deepEqual(names, ['N'])
  })

  test('a private key logs in, another one does not', async () => {
    const { password: _, user: __, ...without } = guide
    const login = { ...without, user: 'KEY_USER', 'snowflake.auth.type': 'key_pair' }
    await using session = await open({ ...login, 'snowflake.privateKey': pem(privateKey) })
    assert.deepEqual(await session.rows('SELECT 1 AS "one"'), [['1']])
    const fault = await faultOf({
      ...login,
      'snowflake.privateKey': Buffer.from(pem(other.privateKey)).toString('base64'),
    })
    assert.deepEqual([fault.kind, fault.code], ['auth', 'snowflake.key_refused'])
  })

  const wrong: readonly (readonly [name: string, given: JsonObject, sql: string, kind: string, code: string])[] = [
    ['password', { password: 'wrong-password' }, 'SELECT 1', 'auth', 'login_wrong'],
    ['user', { user: 'NOBODY' }, 'SELECT 1', 'auth', 'login_wrong'],
    ['role', { role: 'NO_SUCH_ROLE' }, 'SELECT 1', 'auth', 'role_missing'],
    ['warehouse', { warehouse: 'NO_SUCH_WH' }, 'SELECT * FROM RAW.STAGING.T', 'config', 'warehouse_missing'],
    ['database', { database: 'NO_SUCH_DB' }, 'SELECT * FROM T', 'config', 'no_current_database'],
    ['table', {}, 'SELECT * FROM NO_SUCH_TABLE', 'not_found', 'table_missing'],
    ['column', {}, 'SELECT NO_SUCH_COLUMN FROM INFORMATION_SCHEMA.TABLES', 'config', 'column_missing'],
    ['statement', {}, 'SELEC 1', 'config', 'sql_invalid'],
  ]
  for (const [name, given, sql, kind, code] of wrong)
    test(`a wrong ${name} is told apart, without the secret`, async () => {
      const fault = await faultOf({ ...guide, ...given }, sql)
      assert.deepEqual([fault.kind, fault.code], [kind, `snowflake.${code}`], fault.message)
      const all = `${fault.message} ${fault.stack} ${String((fault.cause as Error | undefined)?.stack)}`
      for (const secret of [server.password, 'wrong-password']) assert.ok(!all.includes(secret))
    })

  test('refused and unknown hosts are told apart', async () => {
    assert.equal((await faultOf({ ...guide, access_url: 'http://127.0.0.1:1' })).code, 'network.refused')
    assert.equal((await faultOf({ ...guide, access_url: 'http://no-such-host.invalid' })).code, 'network.dns')
  })

  test('a certificate that is not trusted, and a server without TLS, are told apart from a wrong login', async (context) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'leat-snowflake-tls-'))
    const [key, cert] = [path.join(folder, 'key'), path.join(folder, 'cert')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
      { stdio: 'ignore' },
    )
    const unknown = createServer({ key: await readFile(key), cert: await readFile(cert) }, (_, answer) =>
      answer.end('{}'),
    )
    await new Promise<void>((listening) => unknown.listen(0, '127.0.0.1', listening))
    context.after(async () => {
      unknown.close()
      await rm(folder, { recursive: true })
    })
    const { port } = unknown.address() as AddressInfo
    const untrusted = await faultOf({ ...guide, access_url: `https://127.0.0.1:${port}` })
    const plain = await faultOf({ ...guide, access_url: server.accessUrl.replace('http:', 'https:') })
    for (const fault of [untrusted, plain]) {
      assert.equal(fault.code, 'network.tls', fault.message)
      assert.ok(!fault.message.includes(server.password))
    }
  })

  test('an aborted statement ends at once', async () => {
    const abort = new AbortController()
    await using session = await open(guide, abort.signal)
    const running = session.rows(
      'SELECT COUNT(*) AS N FROM TABLE(GENERATOR(ROWCOUNT => 100000)) A, TABLE(GENERATOR(ROWCOUNT => 1000)) B',
    )
    abort.abort()
    await assert.rejects(running, { name: 'AbortError' })
  })
}
