import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
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
  const today = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  // Asking the API costs the very cores that are measured: when another file has arrived, else three times a second.
  let files = 0
  let told = 0
  for (let asked = 0; ;) {
    const now = await countFiles(arrivals)
    if (now > files || performance.now() - asked > 300) {
      asked = performance.now()
      const { metrics } = await client.metrics.getResourceDailyMetrics('data_sinks', sink.id, { from: today })
      const delivered = metrics.reduce((sum, day) => sum + (day.records ?? 0), 0)
      if (delivered >= records) break
      if (asked - start > 600_000) throw new Error(`only ${delivered} of ${records} records arrived`)
      if (delivered > told) files = now
      told = delivered
    }
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
  const seconds = (performance.now() - start) / 1000
  await client.sources.pause(source.id)
  return seconds
}

async function countFiles(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true }).catch(() => [])).length
}

/** Runs a script of the bench in a process of its own; its last line of output is the seconds that it took. */
export async function baseline(script: string, args: readonly string[]): Promise<number> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, script), ...args], { maxBuffer: 1 << 24 })
  return Number(stdout.trim().split('\n').at(-1))
}
