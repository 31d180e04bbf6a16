import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CredentialCreate,
  DestinationCreate,
  DestinationType,
  NexlaClient,
  NexsetCreate,
  SourceCreate,
} from '@leat/sdk'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { startPlatform } from '../../tools/platform.ts'
import { settle } from '../../tools/settle.ts'

const count = 3000
const line = (number: number, status: string): string =>
  `{"order_id":${9007199254740993n + BigInt(number)},"status":"${status}","amount":${(number % 100).toFixed(2)},"items":[{"sku":"S-${number}","qty":${1 + (number % 9)}}]}`

test('PROMISE-GUIDE-SNOWFLAKE-TS the guide runs from the TypeScript SDK, and the table is made on the way', async (t) => {
  const found = await peer('fakesnow')
  if (isMissing(found)) return t.skip(found.missing)
  await using stack = new AsyncDisposableStack()
  const snowflake = stack.adopt(await found.start(), (server) => server.stop())
  const files = stack.adopt(await mkdtemp(join(os.tmpdir(), 'leat-guide-')), (made) => rm(made, { recursive: true }))
  await mkdir(join(files, 'orders'))
  await writeFile(join(files, 'orders/a.json'), Array.from({ length: count }, (_, n) => `${line(n, 'NEW')}\n`).join(''))
  const platform = stack.use(await startPlatform({ env: { LEAT_LOCAL_FOLDERS: files } }))
  await settle(platform)

  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const source = await client.sources.create(
    SourceCreate({
      name: 'Orders',
      source_type: 'local_file',
      source_config: { path: join(files, 'orders'), file_format: 'json' },
    }),
  )
  await client.sources.activate(source.id)
  const nexset = (await client.nexsets.list()).find((candidate) => candidate.data_source_id === source.id)
  assert.ok(nexset, 'the nexset is there right after activation')
  const lines = await client.nexsets.create(
    NexsetCreate({
      name: 'Order lines',
      parent_data_set_id: nexset.id,
      has_custom_transform: true,
      transform: {
        version: 1,
        operations: [
          { operation: 'flatten', path: 'items', alias: 'item' },
          { operation: 'rename', fields: { 'item.qty': 'qty' } },
          { operation: 'compute', expression: 'qty * amount', as: 'line_total' },
        ],
      },
    }),
  )

  const snowflake_cred = await client.credentials.create(
    CredentialCreate({
      name: 'Snowflake Warehouse',
      credentials_type: 'snowflake',
      credentials: {
        account: 'my_account',
        user: 'INGEST_SERVICE',
        password: snowflake.password,
        warehouse: 'LOAD_WH',
        database: 'RAW',
        schema: 'STAGING',
        role: 'SYSADMIN',
        access_url: snowflake.accessUrl,
      },
    }),
  )
  const snowflake_sink = await client.destinations.create(
    DestinationCreate({
      name: 'Orders to Snowflake',
      sink_type: DestinationType.SNOWFLAKE,
      data_credentials_id: snowflake_cred.id,
      data_set_id: lines.id,
      create_destination: true,
      sink_config: {
        table: 'RAW.STAGING.ORDERS',
        load_type: 'merge', // or 'append'
        key_columns: ['order_id'],
        role: 'SYSADMIN',
      },
    }),
  )
  const flow = await client.flows.getByResource('data_sets', lines.id)
  await client.flows.activate(flow.flows[0]!.id, { all: true })

  const delivered = async (wanted: number): Promise<void> => {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
      const { metrics } = await client.metrics.getResourceDailyMetrics('data_sinks', snowflake_sink.id, {
        from: '2000-01-01',
      })
      if (metrics.reduce((sum, day) => sum + (day.records ?? 0), 0) >= wanted) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.fail(`${wanted} records were not delivered within 60 s`)
  }
  await delivered(count)
  const select = 'SELECT ORDER_ID, STATUS, QTY, LINE_TOTAL FROM RAW.STAGING.ORDERS ORDER BY ORDER_ID'
  const first = await snowflake.query(select)
  assert.equal(first.length, count)
  for (const [n, row] of first.entries()) {
    assert.equal(row['ORDER_ID'], String(9007199254740993n + BigInt(n)))
    assert.deepEqual([row['STATUS'], Number(row['QTY'])], ['NEW', 1 + (n % 9)])
    assert.equal(Number(row['LINE_TOTAL']), (1 + (n % 9)) * (n % 100))
  }

  await writeFile(join(files, 'orders/b.json'), `${line(7, 'NEW')}\n${line(8, 'PAID')}\n`)
  await client.sources.pause(source.id)
  await client.sources.activate(source.id)
  await delivered(count + 2)
  const changed = await snowflake.query(select)
  assert.deepEqual(
    changed.filter((row, n) => row['STATUS'] !== first[n]?.['STATUS']),
    [{ ...first[8], STATUS: 'PAID' }],
  )
  assert.equal(changed.length, count)
})
