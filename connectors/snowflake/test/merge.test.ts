import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  requireConfig,
  toFault,
  type Connection,
  type JsonObject,
  type Rejection,
  type Schema,
} from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import { beginStatement, transactionName } from '../src/open-transactions.ts'
import { connect } from '../src/snowflake-driver.ts'
import { snowflake } from '../src/snowflake.connector.ts'
import { SnowflakeSession } from '../src/snowflake-session.ts'
import { snowflakeSettings } from '../src/snowflake-settings.ts'
import { requireParsed } from './parsed.ts'
import { loginOf } from './snowflake-place.ts'

const found = await peer('fakesnow')
const signal = new AbortController().signal
const scalar = (name: string) => ({ kind: 'scalar', name }) as Schema['fields'][number]['type']
const orders: Schema = {
  fields: [
    { name: 'order_id', type: scalar('BIGINT') },
    { name: 'status', type: scalar('VARCHAR') },
    { name: 'amount', type: { kind: 'decimal', precision: 12, scale: 2 } },
    {
      name: 'line_items',
      type: { kind: 'list', element: { kind: 'struct', fields: [{ name: 'sku', type: scalar('VARCHAR') }] } },
    },
  ],
}
const order = (id: number, status: string | null, more: JsonObject = {}): JsonObject => ({
  order_id: String(9007199254740993n + BigInt(id)),
  status,
  amount: '1.10',
  line_items: [{ sku: `S-${id}` }],
  ...more,
})

if (isMissing(found)) test('snowflake merges', { skip: found.missing })
else {
  const server = await found.start()
  after(() => server.stop())

  const open = (): Promise<Connection> =>
    connect(requireConfig(snowflake.credentials!, snowflake.aliases?.credentials, loginOf(server)), {
      allowedFolders: [],
      signal,
    })
  const sinkOptions = (given: JsonObject): JsonObject => requireConfig(snowflake.sink!.options, {}, given)
  let epoch = 0
  const deliver = async (
    options: JsonObject,
    rows: readonly JsonObject[],
    schema: Schema = orders,
  ): Promise<readonly Rejection[]> => {
    await using connection = await open()
    await using writer = await connection.openWriter!({
      id: `sink-${String(options['table'])}`,
      epoch: ++epoch,
      options: sinkOptions(options),
      schema,
      signal,
    })
    const rejected = await writer.write({ kind: 'rows', schema, rows })
    const token = await writer.prepare()
    await writer.commit(token)
    await writer.commit(token)
    return rejected
  }
  const merge = { load_type: 'merge', key_columns: ['order_id'], role: 'SYSADMIN', create_destination: true }

  test('merged twice, nothing changes; a changed order changes one row; the last of one key counts', async () => {
    const options = { ...merge, table: 'RAW.STAGING.MERGED' }
    const rows = Array.from({ length: 50 }, (_, id) => order(id, 'NEW'))
    assert.deepEqual(await deliver(options, rows), [])
    const select = 'SELECT * FROM RAW.STAGING.MERGED ORDER BY ORDER_ID'
    const before = await server.query(select)
    assert.equal(before.length, 50)
    assert.deepEqual(before[0], {
      ORDER_ID: '9007199254740993',
      STATUS: 'NEW',
      AMOUNT: '1.10',
      LINE_ITEMS: '[{"sku":"S-0"}]',
    })
    await deliver(options, rows)
    assert.deepEqual(await server.query(select), before)
    await deliver(options, [order(7, 'PAID'), order(7, 'SHIPPED', { amount: '2.20' })])
    const changed = await server.query(select)
    assert.deepEqual(
      changed.filter((row, index) => row['STATUS'] !== before[index]?.['STATUS']),
      [{ ...before[7], STATUS: 'SHIPPED', AMOUNT: '2.20' }],
    )
    assert.equal(changed.length, 50)
  })

  test('append adds every row; the REST spelling is the same', async () => {
    const options = { 'insert.mode': 'INSERT', table: 'APPENDED', create_destination: true }
    await deliver(options, [order(1, 'NEW')])
    await deliver(options, [order(1, 'NEW')])
    const [count] = await server.query('SELECT count(*) AS n FROM RAW.STAGING.APPENDED')
    assert.deepEqual(count, { n: 2 })
  })

  test('upsert.nulls false keeps values that the new row does not give', async () => {
    const options = { 'insert.mode': 'UPSERT', 'primary.key': 'order_id', table: 'PARTIAL', create_destination: true }
    await deliver(options, [order(1, 'NEW')])
    await deliver({ ...options, 'upsert.nulls': false }, [order(1, null, { amount: '9.99', line_items: null })])
    const select = 'SELECT STATUS, AMOUNT, LINE_ITEMS FROM RAW.STAGING.PARTIAL'
    assert.deepEqual(await server.query(select), [{ STATUS: 'NEW', AMOUNT: '9.99', LINE_ITEMS: '[{"sku":"S-1"}]' }])
    await deliver(options, [order(1, null, { amount: '9.99' })])
    assert.equal((await server.query(select))[0]?.['STATUS'], null)
  })

  test('a mapping gives names and types; clustering columns are in the DDL', async () => {
    await using connection = await open()
    const options = sinkOptions({
      ...merge,
      table: 'RAW.STAGING."Odd.Name"',
      'partitioning.column': 'status',
      'clustering.columns': 'order_id, status',
    })
    const [create] = await connection.plan!({ id: 'sink-1', options, schema: orders, signal })
    assert.match(
      create?.ddl ?? '',
      /^CREATE TABLE "RAW"\."STAGING"\."Odd\.Name" \("ORDER_ID" NUMBER\(38,0\) NOT NULL, /,
    )
    assert.match(create?.ddl ?? '', /PRIMARY KEY \("ORDER_ID"\)\) CLUSTER BY \("STATUS", "ORDER_ID"\)$/)
  })

  test('attributes that come later get columns, when the policy allows it', async () => {
    const options = { ...merge, table: 'EVOLVED' }
    await deliver(options, [order(1, 'NEW')])
    const wider: Schema = { fields: [...orders.fields, { name: 'discount', type: scalar('DOUBLE') }] }
    await deliver(options, [order(1, 'NEW', { discount: 0.5 }), order(2, 'NEW', { discount: null })], wider)
    assert.deepEqual(await server.query('SELECT DISCOUNT FROM RAW.STAGING.EVOLVED ORDER BY ORDER_ID'), [
      { DISCOUNT: 0.5 },
      { DISCOUNT: null },
    ])
    const more: Schema = { fields: [...wider.fields, { name: 'voucher', type: scalar('VARCHAR') }] }
    const refused = deliver({ ...options, 'schema.drift.policy': 'stop' }, [order(3, 'NEW')], more)
    await assert.rejects(refused, (error) => toFault(error).code === 'snowflake.column_missing')
  })

  test('values that do not fit are refused with their reason, and the rest lands', async () => {
    await server.execute(
      'CREATE TABLE RAW.STAGING.NARROW (ORDER_ID NUMBER(38,0) NOT NULL, STATUS DATE, AMOUNT NUMBER(6,1), LINE_ITEMS VARIANT)',
    )
    const rejected = await deliver({ ...merge, table: 'NARROW' }, [
      order(1, '2026-02-28'),
      order(2, '2026-02-30'),
      order(3, null, { amount: '10.50' }),
      order(4, null, { amount: '10.55' }),
      order(5, null, { amount: '123456.50' }),
    ])
    assert.deepEqual(
      rejected.map(({ index, code, reason }) => [index, code, reason.replace(/ does not fit.*/, '')]),
      [
        [1, 'snowflake.value_misfit', 'STATUS: "2026-02-30"'],
        [3, 'snowflake.value_misfit', 'AMOUNT: "10.55"'],
        [4, 'snowflake.value_misfit', 'AMOUNT: "123456.50"'],
      ],
    )
    const landed = await server.query('SELECT AMOUNT FROM RAW.STAGING.NARROW ORDER BY ORDER_ID')
    assert.deepEqual(landed, [{ AMOUNT: '1.1' }, { AMOUNT: '10.5' }])
  })

  test('a table that is missing is said by name, with what to do', async () => {
    const { create_destination: _, ...options } = merge
    await assert.rejects(deliver({ ...options, table: 'RAW.STAGING.NOWHERE' }, []), (error) => {
      const fault = toFault(error)
      assert.equal(fault.code, 'snowflake.table_missing')
      assert.match(fault.message, /RAW\.STAGING\.NOWHERE.*create_destination/)
      return true
    })
  })

  test('a role that may not is refused, with the role of the sink and not of the login', async () => {
    await assert.rejects(deliver({ ...merge, table: 'ROLES', role: 'NO_SUCH_ROLE' }, []), (error) => {
      const fault = toFault(error)
      assert.equal(fault.code, 'snowflake.role_missing')
      assert.match(fault.message, /NO_SUCH_ROLE/)
      return true
    })
  })

  test('a transaction that a dead process left open is ended by the next writer', async () => {
    const options = { ...merge, table: 'LEFT_OPEN' }
    await deliver(options, [order(1, 'NEW')])
    const schema = orders
    const dead = await open()
    const id = 'sink-LEFT_OPEN'
    const old = await dead.openWriter!({ id, epoch: ++epoch, options: sinkOptions(options), schema, signal })
    await old.write({ kind: 'rows', schema, rows: [order(1, 'LOST')] })
    const token = await old.prepare()
    // Its session is in the middle of the commit when the process dies: the transaction stays, and holds the sink's row.
    const settings = snowflakeSettings(
      requireConfig(snowflake.credentials!, snowflake.aliases?.credentials, loginOf(server)),
    )
    await using stuck = await SnowflakeSession.open(settings, signal)
    await stuck.run(beginStatement(transactionName(id, epoch)))
    await stuck.run('UPDATE RAW.STAGING."_leat_sinks_sink_left_open" SET "epoch" = "epoch"')
    await using connection = await open()
    await using writer = await connection.openWriter!({
      id,
      epoch: ++epoch,
      options: sinkOptions(options),
      schema,
      signal,
    })
    await writer.commit(token)
    assert.deepEqual(await server.query('SELECT STATUS FROM RAW.STAGING.LEFT_OPEN'), [{ STATUS: 'LOST' }])
  })

  test('every statement that was sent is SQL of Snowflake', async (context) => {
    await requireParsed(server, context, [
      /^ALTER SESSION SET/,
      /^BEGIN TRANSACTION NAME/,
      /^CREATE TRANSIENT TABLE/,
      /^PUT /,
      /^COPY INTO/,
      /^MERGE INTO/,
      /^INSERT INTO .* SELECT/,
      /^ALTER TABLE .* ADD COLUMN/,
      /TRY_CAST/,
      /^DROP TABLE/,
      /SYSTEM\$ABORT_TRANSACTION/,
    ])
  })
}
