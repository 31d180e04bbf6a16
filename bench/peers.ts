import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isMissing, peer } from '../tools/peers/peer.ts'
import { startPlatform } from '../tools/platform.ts'
import { baseline, runLocalFlow } from './flow.ts'
import { shown, spread } from './measure.ts'
import { writeOrders } from './orders.ts'

const run = promisify(execFile)
/** The slow ones are run once: their distance is larger than any noise. */
const rivals = [
  { tool: 'dlt-arrow', name: 'dlt 1.31.0, hand-written Arrow reader', runs: 3 },
  { tool: 'dlt-jsonl', name: 'dlt 1.31.0, documented `read_jsonl`', runs: 1 },
  { tool: 'sling', name: 'Sling 1.4.11', runs: 1 },
] as const

/** The same million orders on local disk into Parquet, by Leat and by others, in one run. */
export async function peerTable(folder: string, runs: number): Promise<string> {
  const found = await peer('rivals')
  if (isMissing(found)) throw new Error(found.missing)
  if ((await readdir(folder).catch(() => [])).length === 0) await writeOrders(folder, 1_000_000, 20)
  const floor = spread(
    await repeated(runs, (out) => baseline('duckdb-baseline.ts', [folder, join(out, 'floor.parquet')])),
  )
  const rows = [`| DuckDB alone, schema given | ${shown(floor)} | 1 |`, await leatRow(folder, runs, floor.median)]
  for (const { tool, name, runs: times } of rivals) {
    const seconds = spread(
      await repeated(times, async (out) => {
        const { stdout } = await run(found.interpreter, [join(import.meta.dirname, 'rivals.py'), tool, folder, out], {
          maxBuffer: 1 << 24,
        })
        return Number(stdout.trim().split('\n').at(-1))
      }),
    )
    console.log(`${name}: ${shown(seconds)}`)
    rows.push(`| ${name} | ${shown(seconds)} | ${(seconds.median / floor.median).toFixed(1)} |`)
  }
  const title = '## The same million orders (about 300 MB NDJSON, 20 files) on local disk to Parquet: Leat and others'
  return [title, '', '| | s, median (min–max) | times DuckDB |', '|---|---|---|', ...rows, ''].join('\n')
}

async function leatRow(folder: string, runs: number, floor: number): Promise<string> {
  const out = await mkdtemp(join(os.tmpdir(), 'leat-bench-out-'))
  await using platform = await startPlatform({ env: { LEAT_LOCAL_FOLDERS: `${folder}:${out}` } })
  const seconds: number[] = []
  for (let index = -1; index < runs; index++) {
    const took = await runLocalFlow(platform, folder, join(out, String(index)), 1_000_000)
    if (index >= 0) seconds.push(took)
  }
  await rm(out, { recursive: true, force: true })
  const measured = spread(seconds)
  console.log(`Leat: ${shown(measured)}`)
  return `| **Leat**, activation to last record delivered, durable segments, quarantine on | ${shown(measured)} | ${(measured.median / floor).toFixed(1)} |`
}

async function repeated(times: number, once: (out: string) => Promise<number>): Promise<number[]> {
  const seconds: number[] = []
  for (let index = 0; index < times; index++) {
    const out = await mkdtemp(join(os.tmpdir(), 'leat-bench-'))
    try {
      seconds.push(await once(out))
    } finally {
      await rm(out, { recursive: true, force: true })
    }
  }
  return seconds
}
