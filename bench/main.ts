/**
 * npm run bench [-- --runs N] [-- --large] [-- --only leaks] [-- --peers] [-- --only s3|small|webhooks|postgres|rest|workers]
 *
 * Speed, as ratios against a baseline of the same run (the machine's mood cancels out), medians of several runs. Writes bench/results.md.
 * `--large` adds the forms that show what memory does with much more input (s3, postgres); with `--only` they run alone.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPlatform } from '../tools/platform.ts'
import { baseline, runFlow, startS3, uploadFolder } from './flow.ts'
import { leaks } from './leaks.ts'
import { peakMb, shown, spread } from './measure.ts'
import { writeOrders } from './orders.ts'
import { peerTable } from './peers.ts'
import { webhooks } from './webhooks.ts'
import { workers } from './workers.ts'
import { postgres, postgresMemory } from './postgres.ts'
import { restPages } from './rest.ts'

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    large: { type: 'boolean' },
    peers: { type: 'boolean' },
    only: { type: 'string' },
  },
})
const runs = Number(flags.runs)
const work = await mkdtemp(join(os.tmpdir(), 'leat-bench-'))
const sections: string[] = []
try {
  if (wanted('s3')) sections.push(await s3ToParquet())
  if (wanted('small')) sections.push(await smallFiles())
  if (wanted('webhooks'))
    sections.push(table('Webhooks: 64 connections, durable acknowledgement', await webhooks(work, Math.min(runs, 3))))
  if (wanted('postgres')) sections.push(await postgres(work, Math.min(runs, 3)))
  if (wanted('rest')) sections.push(await restPages(work, Math.min(runs, 3)))
  if (wanted('workers'))
    sections.push(
      table('One worker and two: ingest of 1,000,000 nested orders in 16 local files', await workers(work, runs)),
    )
  if (flags.only === 'leaks')
    sections.push(table('2,000 small runs in a row: what they leave behind (eight looks)', await leaks(2_000)))
  if (large('s3')) sections.push(await largeInput())
  if (large('postgres')) sections.push(await postgresMemory())
  if (flags.peers === true) {
    const compared = await peerTable(join(work, 'orders'), runs)
    sections.push(compared)
    await showInReadme(compared)
  }
} finally {
  await rm(work, { recursive: true, force: true })
}
await record(sections)

function wanted(name: string): boolean {
  return flags.only === undefined || (flags.only === name && flags.large !== true)
}

function large(name: string): boolean {
  return flags.large === true && (flags.only === undefined || flags.only === name)
}

async function s3ToParquet(): Promise<string> {
  const folder = join(work, 'orders')
  await writeOrders(folder, 1_000_000, 20)
  await using stack = new AsyncDisposableStack()
  const s3 = stack.adopt(await startS3(), (server) => server.stop())
  await uploadFolder(s3, folder, 'bench', 'orders/')
  const platform = stack.use(await startPlatform())
  const floor: number[] = []
  const ours: number[] = []
  for (let index = -1; index < runs; index++) {
    const before = await baseline('duckdb-baseline.ts', [folder, join(work, 'floor.parquet')])
    const seconds = await runFlow(platform, s3, 'bench/orders/', `bench/out-${index + 1}/`, 1_000_000)
    const after = await baseline('duckdb-baseline.ts', [folder, join(work, 'floor.parquet')])
    const base = (before + after) / 2 // the machine's mood during our run lies between
    say(`run ${index}: leat ${seconds.toFixed(2)} s, DuckDB ${base.toFixed(2)} s, ratio ${(seconds / base).toFixed(2)}`)
    if (index < 0) continue // warm-up
    floor.push(base)
    ours.push(seconds)
  }
  const ratios = spread(ours.map((seconds, index) => seconds / floor[index]!))
  const memory = await Promise.all((await platform.workers()).map(peakMb))
  return table('1,000,000 nested orders (about 300 MB NDJSON, 20 files) from S3 to Parquet snappy on S3', [
    ['Leat, activation to last record delivered, s', shown(spread(ours))],
    ['DuckDB alone on the same local files, s', shown(spread(floor))],
    ['ratio (at most 2.0)', shown(ratios)],
    ['peak resident memory of a worker, MB (at most 700)', memory.map((mb) => mb.toFixed(0)).join(', ')],
  ])
}

async function smallFiles(): Promise<string> {
  const folder = join(work, 'small')
  await writeOrders(folder, 1_000_000, 50_000)
  await using stack = new AsyncDisposableStack()
  const s3 = stack.adopt(await startS3(), (server) => server.stop())
  await uploadFolder(s3, folder, 'bench', 'small/')
  await rm(folder, { recursive: true })
  const platform = stack.use(await startPlatform())
  const floor: number[] = []
  const ours: number[] = []
  for (let index = 0; index < Math.min(runs, 3); index++) {
    const base = await baseline('opendal-baseline.ts', [s3.endpoint, s3.accessKey, s3.secretKey, 'bench', 'small/'])
    const seconds = await runFlow(platform, s3, 'bench/small/', `bench/small-out-${index}/`, 1_000_000)
    say(
      `run ${index}: leat ${seconds.toFixed(2)} s, OpenDAL ${base.toFixed(2)} s, ratio ${(seconds / base).toFixed(2)}`,
    )
    floor.push(base)
    ours.push(seconds)
  }
  return table('50,000 files of 20 records on S3 to Parquet on S3', [
    ['Leat, activation to last record delivered, s', shown(spread(ours))],
    ['OpenDAL alone, listing and reading the same objects, s', shown(spread(floor))],
    ['ratio (at most 3)', shown(spread(ours.map((seconds, index) => seconds / floor[index]!)))],
  ])
}

async function largeInput(): Promise<string> {
  const folder = join(work, 'large')
  await writeOrders(folder, 10_000_000, 20)
  await using stack = new AsyncDisposableStack()
  const s3 = stack.adopt(await startS3(), (server) => server.stop())
  await uploadFolder(s3, folder, 'bench', 'large/')
  await rm(folder, { recursive: true })
  const platform = stack.use(await startPlatform())
  const seconds = await runFlow(platform, s3, 'bench/large/', 'bench/large-out/', 10_000_000)
  const memory = await Promise.all((await platform.workers()).map(peakMb))
  return table('10,000,000 nested orders (about 3 GB) from S3 to Parquet snappy on S3', [
    ['Leat, s', seconds.toFixed(1)],
    ['peak resident memory of a worker, MB (at most 700)', memory.map((mb) => mb.toFixed(0)).join(', ')],
  ])
}

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  return [
    `## ${title}`,
    '',
    '| | median (min–max) |',
    '|---|---|',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
  ].join('\n')
}

/** Replaces the sections that were measured now, keeps the others. */
async function record(measured: readonly string[]): Promise<void> {
  const file = join(import.meta.dirname, 'results.md')
  const before = await readFile(file, 'utf8').catch(() => '')
  const kept = before
    .split(/^(?=## )/m)
    .filter(
      (section) => section.startsWith('## ') && !measured.some((now) => now.split('\n')[0] === section.split('\n')[0]),
    )
  const machine = `${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB memory, Node ${process.versions.node}`
  const intro = `# Measured speed\n\nWritten by \`npm run bench\`. ${machine}. Medians with the range; trust ratios inside one table, not seconds across tables.\n\n`
  await writeFile(file, intro + [...measured, ...kept.map((section) => `${section.trim()}\n`)].join('\n'))
  say(`written to bench/results.md`)
}

/** The table of the README stands between two marks. */
async function showInReadme(section: string): Promise<void> {
  const file = join(import.meta.dirname, '../README.md')
  const table = section.slice(section.indexOf('|')).trim()
  const text = await readFile(file, 'utf8')
  await writeFile(
    file,
    text.replace(
      /(<!-- compared -->\n<!-- prettier-ignore-start -->\n)[^]*(\n<!-- prettier-ignore-end -->\n<!-- end -->)/,
      `$1\n${table}\n$2`,
    ),
  )
}

function say(line: string): void {
  console.log(line)
}
