import type { Run, RunNode } from '@leat/sdk'
import { bytes, count, relativeTime, seconds } from '../format.ts'
import type { Column } from '../table.ts'

export const runColumns: readonly Column<Run>[] = [
  { title: 'RUN', of: (run) => run.id },
  {
    title: 'SOURCE',
    of: (run) => (run.source_name ? `${run.data_source_id} ${run.source_name}` : run.data_source_id),
    longest: 28,
  },
  { title: 'STATUS', of: statusOf },
  { title: 'BY', of: (run) => run.trigger },
  { title: 'STARTED', of: (run) => relativeTime(run.started_at ?? run.created_at, Date.now()) },
  { title: 'TOOK', of: durationOf, right: true },
  {
    title: 'UNITS',
    of: (run) => `${count(run.units_done)}/${count(run.units_total)}${run.listed ? '' : '+'}`,
    right: true,
  },
  { title: 'READ', of: (run) => count(run.records_read), right: true },
  { title: 'QUARANTINED', of: (run) => (run.records_refused > 0 ? count(run.records_refused) : ''), right: true },
  { title: 'BYTES', of: (run) => bytes(run.bytes_done), right: true },
  { title: 'BALANCE', of: (run) => (run.balanced ? 'ok' : 'BROKEN') },
  { title: 'PROBLEM', of: problemOf, longest: 70 },
]

const nodeNames = { data_sources: 'source', data_sets: 'nexset', data_sinks: 'destination' } as const

export const nodeColumns: readonly Column<RunNode>[] = [
  { title: 'NODE', of: (node) => `${nodeNames[node.resource_type]} ${node.id}` },
  { title: 'NAME', of: (node) => node.name, longest: 32 },
  { title: 'STATUS', of: (node) => node.status },
  { title: 'READ', of: (node) => count(node.records_read), right: true },
  { title: 'WRITTEN', of: (node) => count(node.records_written), right: true },
  { title: 'FILTERED', of: (node) => count(node.records_filtered), right: true },
  { title: 'QUARANTINED', of: (node) => count(node.records_refused), right: true },
  { title: 'BALANCE', of: balanceOf },
  { title: 'BYTES', of: (node) => bytes(node.bytes_written), right: true },
  { title: 'CAUGHT UP', of: (node) => (node.caught_up ? 'yes' : 'no') },
  { title: 'PROBLEM', of: (node) => node.problem?.message, longest: 70 },
]

function statusOf({ status, followers_caught_up }: Run): string {
  return status === 'DONE' && !followers_caught_up ? 'DELIVERING' : status
}

function durationOf({ started_at, finished_at }: Run): string {
  if (!started_at) return ''
  return seconds((finished_at ? Date.parse(finished_at) : Date.now()) - Date.parse(started_at))
}

function problemOf({ problem, next_retry_at, attempt }: Run): string {
  if (!problem) return ''
  const retry = next_retry_at ? `, try ${attempt + 1} ${relativeTime(next_retry_at, Date.now())}` : ''
  return `${problem.code}: ${problem.message}${retry}`
}

/** `ok`, `ok, 80 made` (a flatten), or what is wrong with the figures. */
function balanceOf({ balance }: RunNode): string {
  const { balanced, difference, records_expanded: made, unbalanced_commits: commits } = balance
  if (balanced) return made === 0 ? 'ok' : `ok, ${count(Math.abs(made))} ${made > 0 ? 'made' : 'fewer'}`
  if (difference !== 0) return `BROKEN: ${count(Math.abs(difference))} ${difference > 0 ? 'missing' : 'too many'}`
  return `BROKEN: ${count(commits)} commits`
}
