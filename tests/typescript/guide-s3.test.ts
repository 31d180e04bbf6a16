import assert from 'node:assert/strict'
import { writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  CredentialCreate,
  DestinationCreate,
  DestinationType,
  NexlaClient,
  NexsetCreate,
  SourceCreate,
  SourceType,
} from '@leat/sdk'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { startPlatform } from '../../tools/platform.ts'
import { settle } from '../../tools/settle.ts'
import { until } from '../../tools/testing/until.ts'

const count = 3000
const statuses = ['NEW', 'PAID', 'SHIPPED', 'CANCELLED']

/** Exact JSON: identifiers beyond 2^53 and decimals as literals. */
function orderLine(number: number): string {
  const items = Array.from(
    { length: 1 + (number % 3) },
    (_, k) => `{"sku":"S-${number}-${k}","qty":${1 + ((number + k) % 9)},"unitPrice":${price(number, k)}}`,
  )
  return `{"order_id":${9007199254740993n + BigInt(number)},"status":"${statuses[number % 4]}","line_items":[${items.join(',')}],"note":${number % 2 === 0 ? 'null' : '""'}}`
}

function price(number: number, k: number): string {
  return (((number * 37 + k * 11) % 20_000) / 100).toFixed(2)
}

test('PROMISE-GUIDE-S3-TS the guide runs from the TypeScript SDK, destination read back by DuckDB', async (t) => {
  const found = await peer('versitygw')
  if (isMissing(found)) return t.skip(found.missing)
  await using stack = new AsyncDisposableStack()
  const s3 = stack.adopt(await found.start(), (server) => server.stop())
  const platform = stack.use(await startPlatform())
  await settle(platform)
  await mkdir(join(s3.dir, 'raw', 'orders'), { recursive: true })
  await mkdir(join(s3.dir, 'analytics'))
  for (let part = 0; part < 3; part++) {
    const lines = Array.from({ length: count / 3 }, (_, n) => orderLine(part * (count / 3) + n))
    await writeFile(join(s3.dir, 'raw', 'orders', `part-${part}.json`), `${lines.join('\n')}\n`)
  }

  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  // Reusable credential for both the source and destination
  const s3_cred = await client.credentials.create(
    CredentialCreate({
      name: 'Ops S3',
      credentials_type: 's3',
      credentials: {
        access_key_id: s3.accessKey,
        secret_access_key: s3.secretKey,
        region: 'us-east-1',
        endpoint: s3.endpoint,
      },
    }),
  )
  // Source reads JSON objects on an hourly schedule
  const orders_source = await client.sources.create(
    SourceCreate({
      name: 'Orders Ingest',
      source_type: SourceType.S3,
      data_credentials_id: s3_cred.id,
      source_config: { path: 'raw/orders/', file_format: 'json', 'start.cron': '0 * * * *' },
    }),
  )
  await client.sources.activate(orders_source.id)
  const nexset = (await client.nexsets.list()).find((candidate) => candidate.data_source_id === orders_source.id)
  assert.ok(nexset, 'the nexset is there right after activation')
  const lines = await client.nexsets.create(
    NexsetCreate({
      name: 'Order lines',
      parent_data_set_id: nexset.id,
      has_custom_transform: true,
      transform: {
        version: 1,
        operations: [
          { operation: 'flatten', path: 'line_items', alias: 'item' },
          { operation: 'rename', fields: { order_id: 'id', 'item.qty': 'qty' } },
          { operation: 'compute', expression: 'qty * item.unitPrice', as: 'line_total' },
          { operation: 'filter', condition: "status != 'CANCELLED'" },
        ],
      },
    }),
  )
  // Destination writes Parquet snapshots back to S3
  const orders_export = await client.destinations.create(
    DestinationCreate({
      name: 'Orders Export',
      sink_type: DestinationType.S3,
      data_credentials_id: s3_cred.id,
      data_set_id: lines.id,
      sink_config: { path: 'analytics/orders/', data_format: 'parquet', file_compression: 'snappy' },
    }),
  )
  const flow = await client.flows.getByResource('data_sets', lines.id)
  await client.flows.activate(flow.flows[0]!.id, { all: true })

  const expected = expectedLines()
  await until(async () => {
    const { metrics } = await client.metrics.getResourceDailyMetrics('data_sinks', orders_export.id, {
      from: new Date().toISOString().slice(0, 10),
    })
    return metrics.reduce((sum, day) => sum + (day.records ?? 0), 0) >= expected.length
  })
  const rows = await read(`${join(s3.dir, 'analytics', 'orders')}/**/*.parquet`)
  assert.deepEqual(rows, expected)
})

function expectedLines(): string[] {
  const lines: string[] = []
  for (let number = 0; number < count; number++) {
    if (statuses[number % 4] === 'CANCELLED') continue
    for (let k = 0; k < 1 + (number % 3); k++) {
      const cents = BigInt(price(number, k).replace('.', '')) * BigInt(1 + ((number + k) % 9))
      const total = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
      lines.push(
        `${9007199254740993n + BigInt(number)} S-${number}-${k} ${total} ${number % 2 === 0 ? 'null' : 'empty'}`,
      )
    }
  }
  return lines.toSorted()
}

/** Through a DuckDB of its own: what another tool sees. */
async function read(pattern: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const result = await connection.runAndReadAll(
    `SELECT id::VARCHAR || ' ' || item.sku || ' ' || line_total::DECIMAL(18, 2)::VARCHAR || ' ' ||
      CASE WHEN note IS NULL THEN 'null' WHEN note = '' THEN 'empty' ELSE note END AS line FROM read_parquet('${pattern}')`,
  )
  instance.closeSync()
  return result
    .getRowObjectsJson()
    .map((row) => String(row['line']))
    .toSorted()
}
