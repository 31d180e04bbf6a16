import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { styleText } from 'node:util'
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
export function summaryLines(summary: DemoSummary, kept: number | undefined, style: Style = plain): string[] {
  const { expected, input_files, files } = summary
  const check = (name: keyof typeof expected) =>
    summary[name] === expected[name] ? '' : style.bad(`   EXPECTED ${count(expected[name])}`)
  const row = (label: string, value: string, about: string) =>
    `  ${label.padEnd(18)}${style.strong(value.padStart(12))}   ${style.faint(about)}`
  const rate = count(Math.round(summary.records_read / summary.seconds))
  const good = summary.records_read - summary.quarantined
  return [
    '',
    summary.correct
      ? `${style.good('✔')} ${style.strong('Everything arrived, and every record is accounted for.')}`
      : `${style.bad('✘')} ${style.strong('What arrived is not what was made.')}`,
    '',
    row(
      'Records read',
      count(summary.records_read),
      `orders in ${plural(input_files, 'JSON file')}, ${bytes(summary.input_bytes)}`,
    ) + check('records_read'),
    row('Quarantined', count(summary.quarantined), 'orders broken on purpose, kept byte for byte with the reason') +
      check('quarantined'),
    row('Filtered', count(summary.filtered), 'line items of cancelled orders') + check('filtered'),
    row(
      'Records delivered',
      count(summary.records_delivered),
      `line items in ${plural(files, 'Parquet file')}, ${bytes(summary.bytes)}`,
    ) + check('records_delivered'),
    row('Time of the flow', `${summary.seconds.toFixed(1)} s`, `${rate} orders a second`),
    '',
    style.faint(
      `  ${count(good)} good orders hold ${count(summary.filtered + summary.records_delivered)} line items: ${count(summary.records_delivered)} delivered and ${count(summary.filtered)} filtered.`,
    ),
    '',
    `  Input     ${summary.input}`,
    `  Parquet   ${summary.output}`,
    `  API       ${summary.api_url}${kept === undefined ? style.faint('   (stopped with the demo)') : ''}`,
    '',
    ...(kept === undefined ? stoppedHints(summary, style) : keptHints(summary, kept, style)),
    '',
  ]
}

/** How a terminal shows importance; elsewhere text stays as it is. */
export interface Style {
  strong(text: string): string
  faint(text: string): string
  good(text: string): string
  bad(text: string): string
}

const same = (text: string): string => text
const plain: Style = { strong: same, faint: same, good: same, bad: same }

export function styleFor(stream: { readonly isTTY?: boolean | undefined }): Style {
  if (!stream.isTTY || process.env['NO_COLOR'] || process.env['TERM'] === 'dumb') return plain
  const styled = (format: 'bold' | 'dim' | 'green' | 'red') => (text: string) =>
    styleText(format, text, { validateStream: false })
  return { strong: styled('bold'), faint: styled('dim'), good: styled('green'), bad: styled('red') }
}

function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`
}

function stoppedHints({ data, nexset_id }: DemoSummary, style: Style): string[] {
  return [
    style.strong('Look further') + ' on the same data: start the server again, and ask in another terminal',
    `  LEAT_DATA=${quoted(data)} ./leat start`,
    `  LEAT_DATA=${quoted(data)} ./leat sql "select status, count(*), sum(line_total) from nexset_${nexset_id} group by 1"`,
    `  LEAT_DATA=${quoted(data)} ./leat quarantine`,
    'or keep the server running next time: ./leat demo --keep',
  ]
}

function keptHints({ data, api_url, nexset_id, run_id }: DemoSummary, pid: number, style: Style): string[] {
  return [
    style.strong('Look further'),
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
