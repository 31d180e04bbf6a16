import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { NexlaClient, SourceCreate } from '@leat/sdk'
import { startPlatform, type Platform } from '../tools/platform.ts'
import { shown, spread } from './measure.ts'

const run = promisify(execFile)
const pages = 10_000
const records = pages * 100

/** 10,000 pages of an API, each known only from the one before, into a nexset: against undici that writes them to a file. */
export async function restPages(work: string, runs: number): Promise<string> {
  const server = spawn(process.execPath, [join(import.meta.dirname, 'rest-server.ts'), String(pages)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer]
    const url = `http://127.0.0.1:${line.toString().trim()}/items`
    await using platform = await startPlatform()
    const floor: number[] = []
    const ours: number[] = []
    for (let index = -1; index < runs; index++) {
      const before = await undici(url, join(work, 'pages'))
      const seconds = await ingest(platform, url, index)
      const base = (before + (await undici(url, join(work, 'pages')))) / 2
      console.log(
        `run ${index}: leat ${seconds.toFixed(2)} s, undici ${base.toFixed(2)} s, ratio ${(seconds / base).toFixed(2)}`,
      )
      if (index < 0) continue // warm-up
      floor.push(base)
      ours.push(seconds)
    }
    const ratios = spread(ours.map((seconds, index) => seconds / floor[index]!))
    return [
      '## 10,000 pages of 100 records (about 200 MB) from an HTTP API by cursor into a nexset',
      '',
      '| | median (min–max) |',
      '|---|---|',
      `| Leat, activation to the end of the run, s | ${shown(spread(ours))} |`,
      `| undici fetching the same pages into a file, s | ${shown(spread(floor))} |`,
      `| ratio (at most 2.0) | ${shown(ratios)} |`,
      '',
    ].join('\n')
  } finally {
    server.kill()
  }
}

async function undici(url: string, file: string): Promise<number> {
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, 'undici-baseline.ts'),
    url,
    String(pages),
    file,
  ])
  return Number(stdout.trim())
}

async function ingest(platform: Platform, url: string, index: number): Promise<number> {
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const source = await client.sources.create(
    SourceCreate({
      name: `bench pages ${index}`,
      source_type: 'rest',
      template_config: {
        request: { url },
        pagination: { type: 'cursor', cursor_field: 'next', cursor_param: 'cursor' },
        response: { data_path: '$.data' },
      },
    }),
  )
  const start = performance.now()
  await client.sources.activate(source.id)
  for (;;) {
    const [newest] = await client.sources.runs(source.id)
    if (newest?.status === 'FAILED') throw new Error(newest.problem?.message)
    if (newest?.status === 'DONE') {
      if (newest.records_written !== records || newest.verdict?.outcome !== 'complete')
        throw new Error(`${newest.records_written} records arrived, ${newest.verdict?.reason}`)
      return (performance.now() - start) / 1000
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
