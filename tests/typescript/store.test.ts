import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { DestinationCreate, NexlaClient, SourceCreate } from '@leat/sdk'
import { isMissing, peer } from '../../tools/peers/peer.ts'
import { startPlatform, type Platform } from '../../tools/platform.ts'
import { until } from '../../tools/testing/until.ts'
import { detectedNexset } from './detected-nexset.ts'

const count = 20_000

/** A folder with JSON files of `count` records in all. */
async function input(): Promise<string> {
  const folder = await mkdtemp(join(os.tmpdir(), 'leat-store-'))
  await mkdir(join(folder, 'in'))
  for (let part = 0; part < 4; part++) {
    const lines = Array.from({ length: count / 4 }, (_, n) => {
      const id = part * (count / 4) + n
      return JSON.stringify({ id, text: `record ${id} ${'x'.repeat(id % 50)}${Math.sin(id)}` })
    })
    await writeFile(join(folder, 'in', `part-${part}.json`), `${lines.join('\n')}\n`)
  }
  return folder
}

async function startFlow(platform: Platform, folder: string): Promise<{ client: NexlaClient; sourceId: number }> {
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const source = await client.sources.create(
    SourceCreate({ name: 'in', source_type: 'local_file', source_config: { path: join(folder, 'in') } }),
  )
  await client.sources.activate(source.id)
  await deliverFrom(client, source.id, folder)
  return { client, sourceId: source.id }
}

/** What the source makes goes to the folder `out`. */
async function deliverFrom(client: NexlaClient, source: number, folder: string): Promise<void> {
  const nexset = await detectedNexset(client, source)
  const sink = await client.destinations.create(
    DestinationCreate({
      name: 'out',
      sink_type: 'local_file',
      data_set_id: nexset.id,
      sink_config: { path: join(folder, 'out'), data_format: 'parquet' },
    }),
  )
  await client.destinations.activate(sink.id)
}

async function delivered(folder: string): Promise<{ rows: number; ids: number }> {
  const files = await readdir(join(folder, 'out'), { recursive: true }).catch(() => [])
  if (!files.some((name) => name.endsWith('.parquet'))) return { rows: 0, ids: 0 }
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const found = await connection.runAndReadAll(
    `SELECT count(*)::INT AS rows, count(DISTINCT id)::INT AS ids FROM read_parquet('${folder}/out/**/*.parquet')`,
  )
  instance.closeSync()
  return found.getRowObjectsJson()[0] as { rows: number; ids: number }
}

test('PROMISE-STORE-S3 segments can live in an object store', async (t) => {
  const found = await peer('versitygw')
  if (isMissing(found)) return t.skip(found.missing)
  await using stack = new AsyncDisposableStack()
  const s3 = stack.adopt(await found.start(), (server) => server.stop())
  await mkdir(join(s3.dir, 'segments'))
  const folder = stack.adopt(await input(), (path) => rm(path, { recursive: true }))
  const platform = stack.use(
    await startPlatform({
      env: {
        LEAT_STORE: 's3://segments/leat',
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        AWS_ACCESS_KEY_ID: s3.accessKey,
        AWS_SECRET_ACCESS_KEY: s3.secretKey,
        AWS_REGION: s3.region,
        LEAT_LOCAL_FOLDERS: folder,
      },
    }),
  )
  const { client } = await startFlow(platform, folder)
  await until(async () => (await delivered(folder)).rows >= count)
  assert.deepEqual(await delivered(folder), { rows: count, ids: count })
  const kept = await readdir(join(s3.dir, 'segments', 'leat'), { recursive: true })
  assert.ok(
    kept.some((name) => name.endsWith('.parquet')),
    'the segments are in the bucket',
  )
  const [nexset] = await client.nexsets.list()
  const { rows } = await client.sql(`select count(*) as n from nexset_${nexset!.id}`)
  assert.equal(Number(rows[0]?.[0]), count)
})

test('PROMISE-STORE-FULL a full disk stops writing with a clear message, and work goes on when there is room', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('mounting a small disk needs root')
  await using stack = new AsyncDisposableStack()
  const folder = stack.adopt(await input(), (path) => rm(path, { recursive: true }))
  const disk = join(folder, 'disk')
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
  stack.defer(() => void execFileSync('umount', ['-l', disk]))
  await writeFile(join(disk, 'filler'), Buffer.alloc(4 * 1024 * 1024 - 64 * 1024))
  const platform = stack.use(
    await startPlatform({ env: { LEAT_STORE: join(disk, 'segments'), LEAT_LOCAL_FOLDERS: folder } }),
  )
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const source = await client.sources.create(
    SourceCreate({ name: 'in', source_type: 'local_file', source_config: { path: join(folder, 'in') } }),
  )
  await client.sources.activate(source.id)
  const run = await until(async () =>
    (await client.runs.list()).find((one) => one.problem !== null && one.problem !== undefined),
  )
  assert.match(JSON.stringify(run.problem), /disk_full/)
  assert.match(JSON.stringify(run.problem), /free some space/)
  assert.ok(run.next_retry_at, 'the next try is visible')
  await rm(join(disk, 'filler'))
  await deliverFrom(client, source.id, folder)
  await until(async () => (await delivered(folder)).rows >= count)
  assert.deepEqual(await delivered(folder), { rows: count, ids: count })
})
