import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bytes, count } from '../format.ts'
import type { FlowResult } from './demo-flow.ts'
import type { DemoFolder } from './demo-folder.ts'
import type { Generated } from './generate.ts'

/** The line of `leat demo --json`. Names and units are relied on by others; only add. */
export interface DemoSummary {
  readonly records_read: number
  readonly records_delivered: number
  readonly filtered: number
  readonly quarantined: number
  /** Of the Parquet files. */
  readonly files: number
  readonly bytes: number
  /** The flow alone. */
  readonly seconds: number
  readonly input: string
  readonly output: string
  readonly input_files: number
  readonly input_bytes: number
  /** What the generator knows must arrive. */
  readonly expected: {
    readonly records_read: number
    readonly records_delivered: number
    readonly filtered: number
    readonly quarantined: number
  }
  readonly correct: boolean
  readonly source_id: number
  readonly nexset_id: number
  readonly destination_id: number
  readonly run_id: number
  readonly api_url: string
  readonly data: string
}

export async function summarise(
  made: Generated,
  flow: FlowResult,
  folder: DemoFolder,
  api_url: string,
): Promise<DemoSummary> {
  const { records_read, records_delivered, filtered, quarantined } = flow
  const expected = {
    records_read: made.lines,
    records_delivered: made.items - made.cancelledItems,
    filtered: made.cancelledItems,
    quarantined: made.broken,
  }
  const got = { records_read, records_delivered, filtered, quarantined }
  return {
    ...got,
    ...(await parquetFiles(folder.output)),
    seconds: Math.round(flow.seconds * 1000) / 1000,
    input: folder.input,
    output: folder.output,
    input_files: made.files,
    input_bytes: made.bytes,
    expected,
    correct: Object.entries(expected).every(([name, value]) => got[name as keyof typeof got] === value),
    source_id: flow.source_id,
    nexset_id: flow.nexset_id,
    destination_id: flow.destination_id,
    run_id: flow.run.id,
    api_url,
    data: folder.data,
  }
}

async function parquetFiles(folder: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size))
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

/** The summary for people. `kept`: process id of the server when it runs on. */
export function summaryLines(summary: DemoSummary, kept: number | undefined): string[] {
  const { expected } = summary
  const check = (name: keyof typeof expected) =>
    summary[name] === expected[name] ? '' : `   EXPECTED ${count(expected[name])}`
  const rate = summary.records_read / summary.seconds
  return [
    '',
    `Records read       ${count(summary.records_read).padStart(12)}   from ${summary.input_files} files, ${bytes(summary.input_bytes)}${check('records_read')}`,
    `Records delivered  ${count(summary.records_delivered).padStart(12)}   line items; an order has one to three${check('records_delivered')}`,
    `Filtered           ${count(summary.filtered).padStart(12)}   line items of cancelled orders${check('filtered')}`,
    `Quarantined        ${count(summary.quarantined).padStart(12)}   lines that were broken on purpose${check('quarantined')}`,
    `Parquet            ${bytes(summary.bytes).padStart(12)}   in ${count(summary.files)} files`,
    `Flow               ${`${summary.seconds.toFixed(1)} s`.padStart(12)}   ${count(Math.round(rate))} records a second`,
    '',
    `Input   ${summary.input}`,
    `Output  ${summary.output}`,
    `API     ${summary.api_url}`,
    '',
    ...(kept === undefined ? stoppedHints(summary) : keptHints(summary, kept)),
  ]
}

function stoppedHints({ data }: DemoSummary): string[] {
  return [
    'The server was stopped. To look further, start it again on the same data:',
    `  LEAT_DATA=${quoted(data)} ./leat start`,
    'or keep it running next time: ./leat demo --keep',
  ]
}

function keptHints({ data, api_url, nexset_id, run_id }: DemoSummary, pid: number): string[] {
  return [
    'Look further:',
    `  export LEAT_DATA=${quoted(data)} NEXLA_API_URL=${api_url}`,
    `  ./leat sql "select status, count(*), sum(line_total) from nexset_${nexset_id} group by 1"`,
    '  ./leat quarantine',
    `  ./leat runs ${run_id}`,
    '  ./leat logs',
    `Stop the server: kill ${pid}`,
  ]
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
