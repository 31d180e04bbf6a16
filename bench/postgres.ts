import { join } from 'node:path'
import { CredentialCreate, DestinationCreate, NexlaClient, SourceCreate } from '@leat/sdk'
import { startPostgres } from '../tools/peers/postgres.ts'
import { startPlatform } from '../tools/platform.ts'
import { baseline } from './flow.ts'
import { peakMb, shown, spread } from './measure.ts'

const rows = 2_000_000
const shape =
  'id bigint, customer integer, status text, total numeric(12,2), ratio double precision, at timestamp, day date, ok boolean, note text'
const values = (from: number, to: number, status: string): string =>
  `SELECT i, (i % 10000)::int, ${status}, (i % 1000000) / 100.0, i / 7.0, timestamp '2026-01-01' + i * interval '1 second', date '2026-01-01' + (i % 365)::int, i % 3 = 0, 'note number ' || i FROM generate_series(${from}, ${to}) i`

/** Out of PostgreSQL into a nexset, from the nexset into PostgreSQL, and an upsert: each against COPY or MERGE by hand in the same run. */
export async function postgres(work: string, runs: number): Promise<string> {
  await using stack = new AsyncDisposableStack()
  const server = stack.adopt(await startPostgres(), (running) => running.stop())
  const database = await server.createDatabase()
  const url = `postgres://${server.user}:${server.password}@${server.host}:${server.port}/${database}`
  const sql = (text: string) => server.query(database, text)
  await sql(`CREATE TABLE bench (${shape}, PRIMARY KEY (id))`)
  await sql(`INSERT INTO bench ${values(1, rows, `'status ' || i % 5`)}`)
  await sql('VACUUM ANALYZE bench')
  const platform = stack.use(await startPlatform())
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const credential = await client.credentials.create(
    CredentialCreate({
      name: 'bench postgres',
      credentials_type: 'postgres',
      credentials: {
        host: server.host,
        port: server.port,
        username: server.user,
        password: server.password,
        database_name: database,
        ssl_mode: 'disable',
      },
    }),
  )
  const sums = { out: [] as number[], outBase: [] as number[], into: [] as number[], intoBase: [] as number[] }
  for (let index = -1; index < runs; index++) {
    const parquet = join(work, 'bench.parquet')
    const outBase = await baseline('postgres-baseline.ts', ['out', url, parquet])
    const { seconds: out, nexset } = await readTable(client, credential.id, index)
    const csv = join(work, 'bench.csv')
    await baseline('postgres-baseline.ts', ['csv', csv, parquet])
    await sql(
      `DROP TABLE IF EXISTS bench_in, bench_ours; CREATE TABLE bench_in (${shape}); CREATE TABLE bench_ours (${shape})`,
    )
    await server.query(database, 'CHECKPOINT')
    const intoBase = await baseline('postgres-baseline.ts', ['in', url, csv])
    await server.query(database, 'CHECKPOINT')
    const into = await writeTable(client, credential.id, nexset, { table: 'bench_ours' }, rows)
    console.log(
      `run ${index}: out ${out.toFixed(2)} s against ${outBase.toFixed(2)} s, into ${into.toFixed(2)} s against ${intoBase.toFixed(2)} s`,
    )
    if (index < 0) continue // warm-up
    sums.out.push(out)
    sums.outBase.push(outBase)
    sums.into.push(into)
    sums.intoBase.push(intoBase)
  }
  const ratios = (ours: readonly number[], base: readonly number[]) =>
    shown(spread(ours.map((seconds, index) => seconds / base[index]!)))
  const memory = await Promise.all((await platform.workers()).map(peakMb))
  return [
    '## PostgreSQL: 2,000,000 rows of 9 columns',
    '',
    '| | median (min–max) |',
    '|---|---|',
    `| out of PostgreSQL into a nexset, activation to the end of the run, s | ${shown(spread(sums.out))} |`,
    `| COPY through a pipe into DuckDB, to Parquet, s | ${shown(spread(sums.outBase))} |`,
    `| ratio (at most 1.2) | ${ratios(sums.out, sums.outBase)} |`,
    `| from a nexset into PostgreSQL, activation to the last row visible, s | ${shown(spread(sums.into))} |`,
    `| COPY FROM STDIN of the same rows as CSV, s | ${shown(spread(sums.intoBase))} |`,
    `| ratio (at most 1.3) | ${ratios(sums.into, sums.intoBase)} |`,
    `| peak resident memory of a worker, MB | ${memory.map((mb) => mb.toFixed(0)).join(', ')} |`,
    '',
  ].join('\n')
}

async function readTable(
  client: NexlaClient,
  credential: number,
  index: number,
): Promise<{ seconds: number; nexset: number }> {
  const source = await client.sources.create(
    SourceCreate({
      name: `bench table ${index}`,
      source_type: 'postgres',
      data_credentials_id: credential,
      source_config: { table: 'bench' },
    }),
  )
  const start = performance.now()
  await client.sources.activate(source.id)
  for (;;) {
    const [newest] = await client.sources.runs(source.id)
    if (newest?.status === 'FAILED') throw new Error(newest.problem?.message)
    if (newest?.status === 'DONE') {
      const seconds = (performance.now() - start) / 1000
      if (newest.records_written !== rows) throw new Error(`${newest.records_written} records arrived`)
      const nexset = (await client.nexsets.list({ per_page: 1000 })).find(
        (candidate) => candidate.data_source_id === source.id,
      )
      return { seconds, nexset: nexset!.id }
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function writeTable(
  client: NexlaClient,
  credential: number,
  nexset: number,
  config: { readonly table: string },
  expected: number,
): Promise<number> {
  const sink = await client.destinations.create(
    DestinationCreate({
      name: `bench ${config.table}`,
      sink_type: 'postgres',
      data_credentials_id: credential,
      data_set_id: nexset,
      sink_config: config,
    }),
  )
  const start = performance.now()
  await client.destinations.activate(sink.id)
  const today = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  for (;;) {
    const { metrics } = await client.metrics.getResourceDailyMetrics('data_sinks', sink.id, { from: today })
    const delivered = metrics.reduce((sum, day) => sum + (day.records ?? 0), 0)
    if (delivered >= expected) return (performance.now() - start) / 1000
    if (performance.now() - start > 300_000) throw new Error(`only ${delivered} of ${expected} rows arrived`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
