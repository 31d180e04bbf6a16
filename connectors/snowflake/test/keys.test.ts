import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { requireConfig, toFault, type Connection, type JsonObject, type Schema } from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import { connect } from '../src/snowflake-driver.ts'
import { snowflake } from '../src/snowflake.connector.ts'
import { SnowflakeSession } from '../src/snowflake-session.ts'
import { snowflakeSettings } from '../src/snowflake-settings.ts'
import { requireParsed } from './parsed.ts'
import { loginOf } from './snowflake-place.ts'

const found = await peer('fakesnow')
const signal = new AbortController().signal
const scalar = (name: string) => ({ kind: 'scalar', name }) as Schema['fields'][number]['type']

if (isMissing(found)) test('keys of snowflake', { skip: found.missing })
else {
  const server = await found.start({ schemas: ['RAW.STAGING', 'RAW.OTHER'] })
  after(() => server.stop())

  const credentials = (given: JsonObject): JsonObject =>
    requireConfig(snowflake.credentials!, snowflake.aliases?.credentials, given)
  const open = (given: JsonObject = loginOf(server)): Promise<Connection> =>
    connect(credentials(given), { allowedFolders: [], signal })
  let epoch = 0
  const deliver = async (given: JsonObject, schema: Schema, rows: readonly JsonObject[]): Promise<void> => {
    await using connection = await open()
    const options = requireConfig(snowflake.sink!.options, {}, given)
    await using writer = await connection.openWriter!({ id: 'sink-3', epoch: ++epoch, options, schema, signal })
    assert.deepEqual(await writer.write({ kind: 'rows', schema, rows }), [])
    await writer.commit(await writer.prepare())
    await writer.sweep?.([])
  }
  const rest = {
    host: 'my_account.snowflakecomputing.com',
    port: 443,
    'snowflake.auth.type': 'basic',
    username: server.user,
    password: server.password,
    warehouse_name: 'LOAD_WH',
    database_name: 'RAW',
    schema_name: 'STAGING',
    'database.field.role': 'SYSADMIN',
    'database.field.QUERY_TAG': 'nightly load',
    'jdbc.parameters': 'STATEMENT_TIMEOUT_IN_SECONDS:600,LOCK_TIMEOUT:30',
    access_url: server.accessUrl,
  }

  test('QUERY_TAG and jdbc.parameters of the REST spelling are those of the session', async () => {
    const parametersOf = async (given: JsonObject): Promise<Record<string, string | null>> => {
      await using session = await SnowflakeSession.open(snowflakeSettings(credentials(given)), signal)
      const rows = await session.rows('SHOW PARAMETERS')
      return Object.fromEntries(rows.map(([name, value]) => [name, value ?? null]))
    }
    const set = await parametersOf(rest)
    assert.deepEqual(
      [set['QUERY_TAG'], set['STATEMENT_TIMEOUT_IN_SECONDS'], set['LOCK_TIMEOUT'], set['TIMEZONE']],
      ['nightly load', '600', '30', 'UTC'],
    )
    assert.equal((await parametersOf(loginOf(server)))['QUERY_TAG'], 'leat')
  })

  test('proxyHost, proxyPort, proxyUser and proxyPassword of jdbc.parameters are the way to the account', async (context) => {
    const asked: string[] = []
    const proxy = createServer().on('connect', ({ url, headers }, socket) => {
      asked.push(`${url} ${headers['proxy-authorization']}`)
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    })
    await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
    context.after(() => proxy.close())
    const { port } = proxy.address() as AddressInfo
    const parameters = `proxyHost:127.0.0.1,proxyPort:${port},proxyUser:me,proxyPassword:open sesame`
    const { access_url: _, ...account } = rest
    await using connection = await open({ ...account, 'jdbc.parameters': parameters })
    const fault = await connection.check().then(() => assert.fail('there is no such account'), toFault)
    assert.doesNotMatch(fault.message, /open sesame/)
    const basic = Buffer.from('me:open sesame').toString('base64')
    assert.equal(asked[0], `my_account.snowflakecomputing.com:443 Basic ${basic}`)
  })

  test('a schema of the credential that does not exist is said', async () => {
    await using connection = await open({ ...rest, schema_name: 'NOWHERE' })
    await assert.rejects(connection.check(), { code: 'snowflake.schema_missing', field: 'schema_name' })
  })

  const nested: Schema = {
    fields: [
      { name: 'id', type: scalar('BIGINT') },
      { name: 'when', type: scalar('VARCHAR') },
      { name: 'one', type: { kind: 'struct', fields: [{ name: 'a b', type: scalar('VARCHAR') }] } },
      { name: 'many', type: { kind: 'list', element: scalar('BIGINT') } },
      { name: 'named', type: { kind: 'map', key: scalar('VARCHAR'), value: scalar('BIGINT') } },
      { name: 'doc', type: scalar('JSON') },
    ],
  }
  const row = { id: '1', when: '2026-02-28', one: { 'a b': 'x' }, many: [1, null], named: { k: 2 }, doc: '[1,{}]' }

  test('nested values become VARIANT in a table that is made, in the database and schema of the keys, clustered', async () => {
    await deliver(
      {
        database: 'raw',
        schema: 'other',
        table: 'nested',
        create_destination: true,
        'insert.mode': 'UPSERT',
        'primary.key': 'id',
        'partitioning.column': 'when',
        'clustering.columns': 'id',
      },
      nested,
      [row],
    )
    const columns = await server.query(
      `SELECT column_name AS n, data_type AS t FROM information_schema.columns WHERE table_schema = 'OTHER' AND table_name = 'NESTED' ORDER BY ordinal_position`,
    )
    assert.deepEqual(
      columns.map(({ n, t }) => `${String(n)} ${String(t)}`),
      ['ID BIGINT', 'WHEN VARCHAR', 'ONE JSON', 'MANY JSON', 'NAMED JSON', 'DOC JSON'],
    )
    const [made] = await server.query('SELECT * FROM RAW.OTHER.NESTED')
    const parsed = Object.fromEntries(
      ['ONE', 'MANY', 'NAMED', 'DOC'].map((name) => [name, JSON.parse(String(made?.[name])) as unknown]),
    )
    assert.deepEqual(parsed, { ONE: { 'a b': 'x' }, MANY: [1, null], NAMED: { k: 2 }, DOC: [1, {}] })
    const created = (await server.sent()).filter((sql) => sql.includes('"NESTED"') && sql.startsWith('CREATE TABLE'))
    assert.match(created.join(), /"ONE" VARIANT.*\) CLUSTER BY \("WHEN", "ID"\)$/)
  })

  test('a mapping with types makes columns of these types', async () => {
    const schema: Schema = { fields: ['id', 'day', 'price'].map((name) => ({ name, type: scalar('VARCHAR') })) }
    const mapping = {
      mode: 'manual',
      mapping: { id: { id: 'NUMBER(10,0)' }, when: { day: 'DATE' }, cost: { price: 'NUMBER(8,2)' } },
      tracker_mode: 'NONE',
    }
    const options = { table: 'RAW.OTHER.MAPPED', load_type: 'append', create_destination: true, mapping }
    await deliver(options, schema, [{ id: '7', day: '2026-02-28', price: '1.50' }])
    const [made] = await server.query('SELECT id, day, price, typeof(price) AS t FROM RAW.OTHER.MAPPED')
    assert.deepEqual(Object.values(made ?? {}).map(String), ['7', '2026-02-28', '1.50', 'DECIMAL(8,2)'])
  })

  test('a text that is too long and a number out of range are refused with their reason, and the rest lands', async () => {
    await server.execute('CREATE TABLE RAW.STAGING.SHORT (ID NUMBER(38,0), WORD VARCHAR(5), N NUMBER(3,0), DAY DATE)')
    const schema: Schema = { fields: ['id', 'word', 'n', 'day'].map((name) => ({ name, type: scalar('VARCHAR') })) }
    const rows = [
      { id: '1', word: 'grün5', n: '999', day: '2026-02-28' },
      { id: '2', word: 'grün56', n: '1', day: '2026-02-28' },
      { id: '3', word: 'short', n: '1000', day: '2026-02-28' },
      // The stand-in notices this one itself, so that the rows are looked at one by one; the service notices the others too.
      { id: '4', word: 'short', n: '1', day: '2026-02-30' },
      { id: '5', word: '', n: null, day: null },
    ]
    await using connection = await open()
    const options = requireConfig(snowflake.sink!.options, {}, { table: 'SHORT', load_type: 'append' })
    await using writer = await connection.openWriter!({ id: 'sink-4', epoch: 1, options, schema, signal })
    const refused = await writer.write({ kind: 'rows', schema, rows })
    assert.deepEqual(
      refused.map(({ index, code, reason }) => `${index} ${code} ${reason}`),
      [
        '1 snowflake.value_misfit WORD: "grün56" does not fit VARCHAR(5)',
        '2 snowflake.value_misfit N: "1000" does not fit NUMBER(3,0)',
        '3 snowflake.value_misfit DAY: "2026-02-30" does not fit DATE',
      ],
    )
    await writer.commit(await writer.prepare())
    assert.deepEqual(await server.query('SELECT id::VARCHAR AS id, word FROM RAW.STAGING.SHORT ORDER BY id'), [
      { id: '1', WORD: 'grün5' },
      { id: '5', WORD: '' },
    ])
  })

  test('a plan counts rows, and a column that Leat made is widened', async () => {
    const options = { table: 'RAW.OTHER.COUNTED', load_type: 'merge', key_columns: ['id'], create_destination: true }
    const of = (precision: number): Schema => ({
      fields: [
        { name: 'id', type: scalar('BIGINT') },
        { name: 'price', type: { kind: 'decimal', precision, scale: 2 } },
      ],
    })
    await deliver(options, of(6), [
      { id: '1', price: '1.00' },
      { id: '2', price: '2.00' },
    ])
    const rows = [
      { id: '1', price: '1.00' },
      { id: '2', price: '2.50' },
      { id: '3', price: '100000.00' },
    ]
    await using connection = await open()
    const schema = of(12)
    const counts = await connection.planRows!({
      id: 'sink-3',
      options: requireConfig(snowflake.sink!.options, {}, options),
      schema,
      signal,
      encode: async function* () {
        yield { kind: 'rows' as const, schema, rows }
      },
    } as never)
    assert.deepEqual(counts, { inserted: 1, updated: 1, unchanged: 1, refused: 0 })
    await deliver(options, schema, rows)
    const landed = await server.query('SELECT price FROM RAW.OTHER.COUNTED ORDER BY id')
    assert.deepEqual(
      landed.map(({ PRICE, price }) => String(PRICE ?? price)),
      ['1.00', '2.50', '100000.00'],
    )
  })

  test('every statement that was sent is SQL of Snowflake', async (context) => {
    await requireParsed(server, context, [
      /CLUSTER BY/,
      /LENGTH\("WORD"\) <= 5/,
      /^ALTER TABLE .* SET DATA TYPE/,
      /^SELECT count\(\*\) AS "n", coalesce\(sum/,
      /^DELETE FROM .*row_number\(\) OVER \(PARTITION BY/,
      /^DELETE FROM .*"delivered_at" </,
      /^UPDATE .*"_leat_sinks_sink_3"/,
      /INFORMATION_SCHEMA\.SCHEMATA/,
      /PARSE_JSON/,
      /^DESCRIBE TABLE/,
      /^INSERT INTO .*"_leat_deliveries_sink_3"/,
      /^SHOW TRANSACTIONS$/,
    ])
  })
}
