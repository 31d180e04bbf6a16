import { sql } from 'kysely'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Database } from '../database/connection.ts'

const delay = monitorEventLoopDelay({ resolution: 20 })
delay.enable()

/** The Prometheus text format 0.0.4. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export async function prometheusText(db: Database, queueDepths: Readonly<Record<string, number>>): Promise<string> {
  const [work, runs, quarantine] = await Promise.all([workByKind(db), runsByStatus(db), quarantined(db)])
  const lines = [...processMetrics()]
  for (const [name, help, column] of workMetrics)
    lines.push(
      ...metric(
        name,
        'counter',
        help,
        work.map((row) => [{ node_kind: row.node_kind }, Number(row[column])]),
      ),
    )
  lines.push(
    ...metric(
      'leat_runs',
      'gauge',
      'Runs by status.',
      runs.map((row) => [{ status: row.status }, Number(row.count)]),
    ),
  )
  lines.push(...metric('leat_quarantine_records', 'gauge', 'Refused records that are kept.', [[{}, quarantine]]))
  lines.push(
    ...metric(
      'leat_queue_jobs',
      'gauge',
      'Jobs that wait in a queue.',
      Object.entries(queueDepths).map(([queue, depth]) => [{ queue }, depth]),
    ),
  )
  return lines.join('\n') + '\n'
}

const workMetrics = [
  ['leat_records_read_total', 'Records read by nodes of a kind.', 'read'],
  ['leat_records_written_total', 'Records written or delivered.', 'written'],
  ['leat_records_filtered_total', 'Records dropped by a filter.', 'filtered'],
  ['leat_records_refused_total', 'Records sent to quarantine.', 'refused'],
  ['leat_bytes_read_total', 'Bytes read from sources.', 'bytes_read'],
  ['leat_bytes_written_total', 'Bytes of segments or delivered.', 'bytes'],
  ['leat_source_wait_milliseconds_total', 'Time spent waiting for sources.', 'source_wait_ms'],
  ['leat_transform_milliseconds_total', 'Time spent in transforms.', 'transform_ms'],
  ['leat_destination_wait_milliseconds_total', 'Time spent waiting for destinations.', 'destination_wait_ms'],
  ['leat_commit_milliseconds_total', 'Time spent committing.', 'commit_ms'],
] as const

type WorkRow = { node_kind: string } & Record<(typeof workMetrics)[number][2], string>

async function workByKind(db: Database): Promise<readonly WorkRow[]> {
  const { rows } = await sql<WorkRow>`
    select node_kind, sum(read) as read, sum(written) as written, sum(filtered) as filtered, sum(refused) as refused, sum(bytes) as bytes,
      sum(bytes_read) as bytes_read, sum(source_wait_ms) as source_wait_ms, sum(transform_ms) as transform_ms,
      sum(destination_wait_ms) as destination_wait_ms, sum(commit_ms) as commit_ms
    from metric group by node_kind order by node_kind`.execute(db)
  return rows
}

async function runsByStatus(db: Database): Promise<readonly { status: string; count: number }[]> {
  const { rows } = await sql<{
    status: string
    count: number
  }>`select status, count(*) as count from run group by status order by status`.execute(db)
  return rows
}

async function quarantined(db: Database): Promise<number> {
  const { rows } = await sql<{ records: string }>`select coalesce(sum(records), 0) as records from quarantine`.execute(
    db,
  )
  return Number(rows[0]?.records ?? 0)
}

function processMetrics(): string[] {
  const memory = process.memoryUsage()
  const cpu = process.cpuUsage()
  return [
    ...metric('process_cpu_seconds_total', 'counter', 'CPU time of the process.', [
      [{}, (cpu.user + cpu.system) / 1e6],
    ]),
    ...metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', [[{}, memory.rss]]),
    ...metric('process_start_time_seconds', 'gauge', 'Start of the process, Unix time.', [
      [{}, Math.round(Date.now() / 1000 - process.uptime())],
    ]),
    ...metric('nodejs_heap_used_bytes', 'gauge', 'JavaScript heap in use.', [[{}, memory.heapUsed]]),
    ...metric('nodejs_eventloop_delay_seconds', 'gauge', '99th percentile of the event loop delay since the start.', [
      [{}, Number.isFinite(delay.percentile(99)) ? delay.percentile(99) / 1e9 : 0],
    ]),
    ...metric('leat_info', 'gauge', 'Version of the runtime.', [[{ node: process.version }, 1]]),
  ]
}

function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly (readonly [Readonly<Record<string, string>>, number])[],
): string[] {
  const line = ([labels, value]: readonly [Readonly<Record<string, string>>, number]): string => {
    const text = Object.entries(labels)
      .map(([key, label]) => `${key}="${label.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
      .join(',')
    return `${name}${text === '' ? '' : `{${text}}`} ${value}`
  }
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(line)]
}
