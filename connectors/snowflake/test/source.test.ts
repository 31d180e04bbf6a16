import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { requireConfig, toFault, type Json, type JsonObject, type ObjectPart } from '@leat/connector-kit'
import { isMissing, peer } from '../../../tools/peers/peer.ts'
import { connect } from '../src/snowflake-driver.ts'
import { snowflake } from '../src/snowflake.connector.ts'
import { requireParsed } from './parsed.ts'
import { loginOf } from './snowflake-place.ts'

const found = await peer('fakesnow')
const signal = new AbortController().signal

interface Read {
  readonly lines: readonly string[]
  readonly types: readonly string[]
  readonly checkpoint: Json
}

if (isMissing(found)) test('snowflake as a source', { skip: found.missing })
else {
  const server = await found.start()
  after(() => server.stop())
  await server.execute(
    'CREATE TABLE RAW.STAGING.EVENTS (ID NUMBER(18,0), "mixed Case" VARCHAR, PRICE NUMBER(38,2), RATE FLOAT, OK BOOLEAN, DAY DATE, LOCAL TIMESTAMP_NTZ, SEEN TIMESTAMP_TZ, DOC VARIANT, RAW_BYTES BINARY)',
  )
  await server.execute(
    `INSERT INTO RAW.STAGING.EVENTS SELECT 1, 'tab\\there', 999999999999999999999999999999999999.01, 0.1, TRUE, '2026-02-28', '2026-03-29 02:30:00.123456', '2026-03-29 02:30:00.123456+00:00', PARSE_JSON('{"a":[1,null]}'), TO_BINARY('00FF', 'HEX')`,
  )
  await server.execute('INSERT INTO RAW.STAGING.EVENTS (ID, "mixed Case") VALUES (2, \'\'), (3, NULL)')

  const read = async (given: JsonObject, checkpoint: Json = null): Promise<Read> => {
    const credentials = requireConfig(snowflake.credentials!, snowflake.aliases?.credentials, loginOf(server))
    await using connection = await connect(credentials, { allowedFolders: [], signal })
    await using session = connection.source!(requireConfig(snowflake.source!.options, {}, given))
    let text = ''
    let last = checkpoint
    let types: string[] = []
    for await (const unit of session.units({ signal }))
      for await (const part of session.read(unit, { checkpoint, signal })) {
        const { open, schema } = part as ObjectPart
        for await (const bytes of open()) text += Buffer.from(bytes).toString()
        types = (schema?.fields ?? []).map(
          ({ name, type }) => `${name} ${type.kind === 'scalar' ? type.name : type.kind}`,
        )
        last = part.checkpoint ?? null
      }
    return { lines: text.split('\n').slice(0, -1).toSorted(), types, checkpoint: last }
  }

  test('a table is read with its types, and no value is changed', async () => {
    const { lines, types } = await read({ table: 'raw.staging.events' })
    assert.deepEqual(types, [
      'ID BIGINT',
      'mixed Case VARCHAR',
      'PRICE decimal',
      'RATE DOUBLE',
      'OK BOOLEAN',
      'DAY DATE',
      'LOCAL TIMESTAMP',
      'SEEN TIMESTAMPTZ',
      'DOC JSON',
      'RAW_BYTES BLOB',
    ])
    assert.equal(
      lines[0]?.toLowerCase(),
      '1\ttab\\there\t999999999999999999999999999999999999.01\t0.1\ttrue\t2026-02-28\t2026-03-29 02:30:00.123456\t2026-03-29 02:30:00.123456+00:00\t{"a":[1,null]}\t00ff',
    )
    assert.equal(lines[1], `2\t${'\t\\N'.repeat(8)}`)
    assert.equal(lines[2], `3\t\\N${'\t\\N'.repeat(8)}`)
  })

  test('a query is read with the types of its answer', async () => {
    const { lines, types } = await read({
      db_query_mode: 'Query',
      query: 'SELECT COUNT(*) AS N, MAX(PRICE) AS "top" FROM EVENTS;',
    })
    assert.deepEqual(lines, ['3\t999999999999999999999999999999999999.01'])
    assert.match(types.join(), /^N (BIGINT|decimal),top decimal$/)
  })

  test('incremental by id: what is new, once', async () => {
    const options = { table: 'EVENTS', mode: 'incrementing', 'incrementing.column.name': 'id' }
    const first = await read(options)
    assert.equal(first.lines.length, 3)
    assert.deepEqual((await read(options, first.checkpoint)).lines, [])
    await server.execute('INSERT INTO RAW.STAGING.EVENTS (ID) VALUES (4), (5)')
    const second = await read(options, JSON.parse(JSON.stringify(first.checkpoint)) as Json)
    assert.deepEqual(
      second.lines.map((line) => line.split('\t')[0]),
      ['4', '5'],
    )
  })

  test('incremental by time keeps every digit of the cursor', async () => {
    await server.execute('CREATE TABLE RAW.STAGING.TICKS (N NUMBER(9,0), AT_TIME TIMESTAMP_NTZ)')
    await server.execute(
      "INSERT INTO RAW.STAGING.TICKS VALUES (1, '2026-01-01 00:00:00.000001'), (2, '2026-01-01 00:00:00.000002')",
    )
    const options = { table: 'TICKS', mode: 'timestamp', 'timestamp.column.name': 'at_time' }
    const first = await read(options)
    assert.equal(first.lines.length, 2)
    await server.execute("INSERT INTO RAW.STAGING.TICKS VALUES (3, '2026-01-01 00:00:00.000003')")
    assert.deepEqual((await read(options, first.checkpoint)).lines, ['3\t2026-01-01 00:00:00.000003'])
  })

  test('PROMISE-SNOWFLAKE-LATE-ROWS incremental by time: rows that share the last time or come late within the overlap are read, once', async () => {
    await server.execute('CREATE TABLE RAW.STAGING.CHANGES (N NUMBER(9,0), AT_TIME TIMESTAMP_TZ)')
    const options = { table: 'CHANGES', mode: 'timestamp', 'timestamp.column.name': 'AT_TIME' }
    const insert = (n: number, at: string) =>
      server.execute(`INSERT INTO RAW.STAGING.CHANGES VALUES (${n}, '${at}+00:00')`)
    let checkpoint: Json = null
    const next = async (): Promise<readonly string[]> => {
      const found = await read(options, JSON.parse(JSON.stringify(checkpoint)) as Json)
      checkpoint = found.checkpoint
      return found.lines.map((line) => line.split('\t')[0] ?? '')
    }
    await insert(1, '2026-01-01 00:00:00.000001')
    await insert(2, '2026-01-01 10:00:00.123456')
    await insert(9, '2999-01-01 00:00:00')
    assert.deepEqual(await next(), ['1', '2'], 'a time of the future waits')
    assert.deepEqual(await next(), [])
    await insert(3, '2026-01-01 10:00:00.123456')
    await insert(4, '2026-01-01 09:50:01')
    await insert(5, '2026-01-01 09:49:59')
    assert.deepEqual(await next(), ['3', '4'], 'ten minutes are looked back')
    await insert(6, '2026-01-01 10:05:00')
    await insert(7, '2026-01-01 09:55:01')
    assert.deepEqual(await next(), ['6', '7'])
    await insert(8, '2026-01-01 10:01:00')
    assert.deepEqual(await next(), ['8'])
    assert.deepEqual(await next(), [])
  })

  test('PROMISE-SNOWFLAKE-LATE-ROWS incremental by id: ids that come late within the overlap are read, once', async () => {
    await server.execute('CREATE TABLE RAW.STAGING.NUMBERED (ID NUMBER(38,0))')
    await server.execute('INSERT INTO RAW.STAGING.NUMBERED SELECT 2 * SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 3000))')
    const options = { table: 'NUMBERED', mode: 'incrementing', 'incrementing.column.name': 'ID' }
    const first = await read(options)
    assert.equal(new Set(first.lines).size, 3000)
    await server.execute('INSERT INTO RAW.STAGING.NUMBERED VALUES (4997), (4999), (5997), (6001)')
    const second = await read(options, first.checkpoint)
    assert.deepEqual(second.lines.map(Number), [4999, 5997, 6001])
    assert.deepEqual((await read(options, second.checkpoint)).lines, [])
    await server.execute('INSERT INTO RAW.STAGING.NUMBERED VALUES (5999), (7500)')
    const third = await read({ ...options, incremental_overlap_ids: 0 }, second.checkpoint)
    assert.deepEqual(third.lines.map(Number), [5999, 7500])
  })

  test('by time and id: the time tells what is new, and both say where to begin', async () => {
    await server.execute('CREATE TABLE RAW.STAGING.BOTH_KEYS (ID NUMBER(38,0), AT_TIME TIMESTAMP_NTZ)')
    await server.execute(
      "INSERT INTO RAW.STAGING.BOTH_KEYS VALUES (1, '2026-01-02 00:00:00'), (2, '2026-01-01 00:00:00'), (3, '2026-01-02 00:00:00'), (4, '2025-12-31 23:59:59.999999')",
    )
    const options = {
      table: 'BOTH_KEYS',
      mode: 'incrementing,timestamp',
      'incrementing.column.name': 'ID',
      'incrementing.load.from': 2,
      'timestamp.column.name': 'AT_TIME',
      'timestamp.load.from': Date.parse('2026-01-01T00:00:00Z'),
    }
    const first = await read(options)
    assert.deepEqual(
      first.lines.map((line) => line.split('\t')[0]),
      ['2', '3'],
    )
    await server.execute("UPDATE RAW.STAGING.BOTH_KEYS SET AT_TIME = '2026-01-03 00:00:00' WHERE ID IN (1, 2)")
    assert.deepEqual((await read(options, first.checkpoint)).lines, ['2\t2026-01-03 00:00:00.000000'])
    await assert.rejects(read({ ...options, 'incrementing.column.name': 'NOPE' }), (error) => {
      assert.deepEqual(
        [toFault(error).code, toFault(error).field],
        ['snowflake.column_missing', 'incrementing.column.name'],
      )
      return true
    })
  })

  test('a big table streams', async () => {
    await server.execute(
      "CREATE TABLE RAW.STAGING.BIG AS SELECT SEQ4() AS N, REPEAT('x', 100) AS T FROM TABLE(GENERATOR(ROWCOUNT => 100000))",
    )
    assert.equal((await read({ table: 'BIG' })).lines.length, 100_000)
  })

  test('a table that is missing is said with those that are there', async () => {
    await assert.rejects(read({ table: 'EVENT' }), (error) => {
      const fault = toFault(error)
      assert.deepEqual([fault.code, fault.field], ['snowflake.table_missing', 'table'])
      assert.match(fault.message, /EVENTS/)
      return true
    })
  })

  test('every statement that was sent is SQL of Snowflake', async (context) => {
    await requireParsed(server, context, [
      /^DESCRIBE TABLE/,
      /^SELECT .* FROM "RAW"\."STAGING"\."EVENTS"/,
      /INFORMATION_SCHEMA/,
      /^BEGIN$/,
      /row_number\(\) OVER .*DATEADD\(millisecond/,
      /CURRENT_TIMESTAMP\(\)/,
      /count\(\*\) AS leat_rows/,
      /^ROLLBACK$/,
    ])
  })
}
