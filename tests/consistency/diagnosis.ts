import { readFile } from 'node:fs/promises'
import type { Cluster } from './cluster.ts'
import { openWork, type Flow } from './flow.ts'

const withinMs = 5000

/** Who waits for what, in lines: for the report of a run that does not go on. Never throws, and takes a few seconds at most. */
export async function diagnose(cluster: Cluster, flows: readonly Flow[]): Promise<readonly string[]> {
  const parts = [
    ...flows.map((flow) =>
      part(`open work of ${flow.stream.name}`, async () => [(await openWork(cluster, flow)) ?? 'none']),
    ),
    part('jobs', () =>
      rows(
        cluster,
        `select name, state, count(*)::int as jobs, max(retry_count) as retries, min(start_after) as due, max(coalesce(heartbeat_on, started_on)) as touched
         from pgboss.job where state in ('created', 'retry', 'active') group by name, state order by 1, 2`,
      ),
    ),
    part('runs', () =>
      rows(
        cluster,
        `select id, data_source_id as source, status, listed, next_retry_at, problem->>'message' as problem,
           (select count(*)::int from unit u where u.run_id = run.id and u.status <> 'DONE') as open_units
         from run where status in ('QUEUED', 'RUNNING')`,
      ),
    ),
    part('followers', () =>
      rows(
        cluster,
        `select 'data_sink' as kind, id, status, epoch, cursor_seq, problem from data_sink union all
         select 'data_set', id, status, epoch, cursor_seq, problem from data_set`,
      ),
    ),
    part('sources', () =>
      rows(cluster, 'select id, status, next_run_at, problem from data_source where start_cron is not null'),
    ),
    part('database sessions', () =>
      rows(
        cluster,
        `select pid, application_name as name, state, wait_event_type as waits, wait_event as event, pg_blocking_pids(pid) as blocked_by,
           now() - state_change as since, left(query, 120) as query
         from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and (state <> 'idle' or application_name like '%leader%')`,
      ),
    ),
    part('processes', () => processes(cluster)),
  ]
  return [...(await Promise.all(parts)).flat(), 'last log lines:', ...cluster.log.slice(-25)]
}

async function part(name: string, look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<readonly string[]>()
  const timer = setTimeout(resolve, withinMs, [`(no answer within ${withinMs / 1000} s)`])
  look().then(resolve, (error: unknown) => resolve([`(cannot be seen: ${String(error)})`]))
  const lines = await promise
  clearTimeout(timer)
  return [`${name}:`, ...lines.map((line) => `  ${line}`)]
}

async function rows(cluster: Cluster, text: string): Promise<readonly string[]> {
  const { rows: found } = await cluster.database.pool.query(text)
  return found.map((row: unknown) => JSON.stringify(row))
}

async function processes(cluster: Cluster): Promise<readonly string[]> {
  const lines: string[] = [
    `PostgreSQL ${await stateOf(await cluster.postgresPid())}, asked at ${new URL(cluster.databaseUrl).port}`,
  ]
  for (let index = 0; index < cluster.serverCount; index++) {
    lines.push(`server ${index}: ${await stateOf(cluster.serverPid(index))}`)
    for (const pid of await cluster.workerPids(index)) lines.push(`  worker ${await stateOf(pid)}`)
  }
  return lines
}

/** `4711 S (sleeping)` */
async function stateOf(pid: number | null): Promise<string> {
  if (pid === null || pid === 0) return 'is not there'
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return `${pid} ${/^State:\s*(.*)$/m.exec(status)?.[1] ?? 'gone'}`
}
