import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { NexlaClient, SourceCreate } from '@leat/sdk'
import { startPlatform, type Platform } from '../tools/platform.ts'
import { shown, spread } from './measure.ts'
import { writeOrders } from './orders.ts'

const records = 1_000_000
const files = 16

/** Rows of the table: the same files through one worker and through two, in turn on the same machine. */
export async function workers(work: string, runs: number): Promise<readonly (readonly [string, string])[]> {
  const plain = join(work, 'workers')
  const packed = join(work, 'workers-gz')
  await writeOrders(plain, records, files)
  await pack(plain, packed)
  await using stack = new AsyncDisposableStack()
  const start = async (count: number): Promise<Platform> =>
    stack.use(await startPlatform({ env: { LEAT_WORKERS: String(count), LEAT_LOCAL_FOLDERS: work } }))
  const [one, two] = [await start(1), await start(2)]
  const rows: (readonly [string, string])[] = []
  for (const [name, folder] of [
    ['NDJSON', plain],
    ['NDJSON in gzip', packed],
  ] as const) {
    const alone: number[] = []
    const both: number[] = []
    const results = new Set<string>()
    for (let index = -1; index < runs; index++) {
      // Which of them is first changes, so that neither has the better moments.
      const order = index % 2 === 0 ? [one, two] : [two, one]
      const seconds = new Map<Platform, number>()
      for (const platform of order) {
        const { took, result } = await ingest(platform, folder)
        seconds.set(platform, took)
        results.add(result)
      }
      const [a, b] = [seconds.get(one)!, seconds.get(two)!]
      console.log(
        `${name}, run ${index}: 1 worker ${a.toFixed(2)} s, 2 workers ${b.toFixed(2)} s, ${(a / b).toFixed(2)}`,
      )
      if (index < 0) continue // warm-up
      alone.push(a)
      both.push(b)
    }
    if (results.size !== 1) throw new Error(`one worker and two do not give the same: ${[...results].join(' and ')}`)
    rows.push(
      [`${name}: one worker, s`, shown(spread(alone))],
      [`${name}: two workers, s`, shown(spread(both))],
      [`${name}: times as fast (at least 1.5)`, shown(spread(alone.map((seconds, index) => seconds / both[index]!)))],
    )
  }
  return [...rows, ['the same records, by count and hash', 'yes']]
}

async function pack(from: string, to: string): Promise<void> {
  await mkdir(to)
  for (const name of await readdir(from))
    await pipeline(createReadStream(join(from, name)), createGzip(), createWriteStream(join(to, `${name}.gz`)))
}

/** Seconds of one run of a new source, and what came of it whatever the order of the records. */
async function ingest(platform: Platform, path: string): Promise<{ took: number; result: string }> {
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const source = await client.sources.create(
    SourceCreate({ name: 'workers', source_type: 'local_file', source_config: { path, file_format: 'json' } }),
  )
  await client.sources.activate(source.id)
  const [first] = await client.sources.runs(source.id)
  let run = await client.runs.get(first!.id)
  for (; run.finished_at === null || run.finished_at === undefined; run = await client.runs.get(first!.id))
    await new Promise((resolve) => setTimeout(resolve, 250))
  const nexset = (await client.nexsets.list({ per_page: 1000 })).find((one) => one.data_source_id === source.id)
  if (run.status !== 'DONE' || !run.balanced || nexset === undefined)
    throw new Error(`the run ended as ${run.status}: ${run.problem?.message ?? 'records are missing'}`)
  const { rows } = await client.sql(
    `select count(*) as records, sum(hash(o)::hugeint) as hash from nexset_${nexset.id} o`,
  )
  await client.sources.pause(source.id)
  return {
    took: (Date.parse(run.finished_at) - Date.parse(run.started_at!)) / 1000,
    result: JSON.stringify(rows),
  }
}
