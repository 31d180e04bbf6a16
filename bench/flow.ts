import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet'
import { stagingFolders } from '@leat/connector-kit/files'
import { CredentialCreate, DestinationCreate, NexlaClient, SourceCreate } from '@leat/sdk'
import { Operator } from 'opendal'
import { isMissing, peer } from '../tools/peers/peer.ts'
import type { S3Server } from '../tools/peers/versitygw.ts'
import type { Platform } from '../tools/platform.ts'

const run = promisify(execFile)

export async function startS3(): Promise<S3Server> {
  const found = await peer('versitygw')
  if (isMissing(found)) throw new Error(found.missing)
  return await found.start()
}

export function operatorFor(s3: S3Server, bucket: string): Operator {
  return new Operator('s3', {
    endpoint: s3.endpoint,
    bucket,
    root: '/',
    region: s3.region,
    access_key_id: s3.accessKey,
    secret_access_key: s3.secretKey,
    disable_config_load: 'true',
    disable_ec2_metadata: 'true',
  })
}

/** Creates a bucket: for the posix backend of versitygw it is a folder. */
export async function uploadFolder(s3: S3Server, folder: string, bucket: string, prefix: string): Promise<void> {
  const { mkdir } = await import('node:fs/promises')
  await mkdir(join(s3.dir, bucket), { recursive: true })
  const operator = operatorFor(s3, bucket)
  const names = (await readdir(folder)).toSorted()
  let next = 0
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < names.length) {
        const name = names[next++]!
        await operator.write(`${prefix}${name}`, await readFile(join(folder, name)))
      }
    }),
  )
}

/**
 * The guide's flow as a user lives it: activate the source, take the nexset that was detected, give it a destination, wait until
 * the last record is there. Returns seconds from the activation to the last delivery.
 */
export async function runFlow(
  platform: Platform,
  s3: S3Server,
  path: string,
  out: string,
  records: number,
): Promise<number> {
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const credential = await client.credentials.create(
    CredentialCreate({
      name: `bench ${out}`,
      credentials_type: 's3',
      credentials: {
        access_key_id: s3.accessKey,
        secret_access_key: s3.secretKey,
        region: s3.region,
        endpoint: s3.endpoint,
      },
    }),
  )
  return await timedFlow(client, 's3', credential.id, path, out, records, join(s3.dir, out))
}

/** The same on local folders. */
export async function runLocalFlow(platform: Platform, path: string, out: string, records: number): Promise<number> {
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  return await timedFlow(client, 'local_file', undefined, path, out, records, out)
}

async function timedFlow(
  client: NexlaClient,
  type: 's3' | 'local_file',
  credential: number | undefined,
  path: string,
  out: string,
  records: number,
  arrivals: string,
): Promise<number> {
  const login = credential === undefined ? {} : { data_credentials_id: credential }
  const source = await client.sources.create(
    SourceCreate({ name: `bench ${out}`, source_type: type, ...login, source_config: { path, file_format: 'json' } }),
  )
  const start = performance.now()
  await client.sources.activate(source.id)
  const nexset = (await client.nexsets.list({ per_page: 1000 })).find(
    (candidate) => candidate.data_source_id === source.id,
  )
  if (nexset === undefined) throw new Error('no nexset was detected within the 5 s that an activation waits')
  const sink = await client.destinations.create(
    DestinationCreate({
      name: `bench ${out}`,
      sink_type: type,
      ...login,
      data_set_id: nexset.id,
      sink_config: { path: out, data_format: 'parquet', file_compression: 'snappy' },
    }),
  )
  await client.destinations.activate(sink.id)
  // Read where they arrive, as somebody would who uses them: asking the API would cost the very cores that are measured.
  const arrived = new ArrivedRows(arrivals)
  while ((await arrived.count()) < records) {
    if (performance.now() - start > 600_000)
      throw new Error(`only ${await arrived.count()} of ${records} records arrived`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const seconds = (performance.now() - start) / 1000
  await client.sources.pause(source.id)
  await agreed(client, sink.id, records)
  return seconds
}

/** Rows of the Parquet files that a destination has published, from their footers; each file is looked at once. */
class ArrivedRows {
  readonly #folder: string
  readonly #seen = new Set<string>()
  #rows = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  async count(): Promise<number> {
    const names = await readdir(this.#folder, { recursive: true }).catch(() => [])
    for (const name of names) {
      if (!name.endsWith('.parquet') || this.#seen.has(name)) continue
      if (stagingFolders.some((staging) => name.startsWith(`${staging}/`))) continue
      const { num_rows } = await parquetMetadataAsync(await asyncBufferFromFile(join(this.#folder, name)))
      this.#seen.add(name)
      this.#rows += Number(num_rows)
    }
    return this.#rows
  }
}

/** What the platform says that it has delivered is what has arrived. */
async function agreed(client: NexlaClient, sinkId: number, records: number): Promise<void> {
  const from = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  for (let attempt = 0; ; attempt++) {
    const { metrics } = await client.metrics.getResourceDailyMetrics('data_sinks', sinkId, { from })
    const delivered = metrics.reduce((sum, day) => sum + (day.records ?? 0), 0)
    if (delivered === records) return
    if (attempt > 100) throw new Error(`${records} records arrived, and the platform says ${delivered}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Runs a script of the bench in a process of its own; its last line of output is the seconds that it took. */
export async function baseline(script: string, args: readonly string[]): Promise<number> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, script), ...args], { maxBuffer: 1 << 24 })
  return Number(stdout.trim().split('\n').at(-1))
}
