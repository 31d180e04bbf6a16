import { join } from 'node:path'
import { CredentialCreate, DestinationCreate, NexlaClient, SourceCreate } from '@leat/sdk'
import { credentialsFor, startPostgres } from '../tools/peers/postgres.ts'
import { startPlatform } from '../tools/platform.ts'
import { baseline } from './flow.ts'
import { peakMb, shown, spread } from './measure.ts'

const rows = 2_000_000
const changed = 200_000
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
  const sql: Sql = (text) => server.query(database, text)
  await sql(`CREATE TABLE bench (${shape}, PRIMARY KEY (id))`)
  await sql(`INSERT INTO bench ${values(1, rows, `'status ' || i % 5`)}`)
  await sql(
    `CREATE TABLE changes (${shape}); INSERT INTO changes ${values(1, rows, "'changed'")} WHERE i % ${rows / changed} = 0`,
  )
  await sql('VACUUM ANALYZE bench, changes')
  const platform = stack.use(await startPlatform())
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const credential = await credentialOf(client, server, database)
  const measured = { out: [] as Pair[], into: [] as Pair[], upsert: [] as Pair[] }
  const [parquet, csv, changes] = ['bench.parquet', 'bench.csv', 'changes.csv'].map((name) => join(work, name))
  await baseline('postgres-baseline.ts', ['csv', url, csv!, 'bench'])
  await baseline('postgres-baseline.ts', ['csv', url, changes!, 'changes'])
  const { nexset: changedRows } = await readTable(client, credential.id, 'changes', changed)
  const checkpoint = () => server.query(database, 'CHECKPOINT')
  for (let index = -1; index < runs; index++) {
    const outBase = await baseline('postgres-baseline.ts', ['out', url, parquet!])
    const { seconds: out, nexset } = await readTable(client, credential.id, 'bench', rows)

    for (const table of ['bench_in', 'bench_ours'])
      await sql(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (${shape})`)
    await checkpoint()
    const intoBase = await baseline('postgres-baseline.ts', ['in', url, csv!, 'bench_in'])
    await checkpoint()
    const into = await writeTable(client, credential.id, nexset, { table: 'bench_ours' }, rows)

    await freshCopy(sql, 'bench_in')
    const upsertBase = await baseline('postgres-baseline.ts', ['merge', url, changes!, 'bench_in'])
    await freshCopy(sql, 'bench_ours')
    const merge = { table: 'bench_ours', load_type: 'merge' as const, key_columns: ['id'] }
    const upsert = await writeTable(client, credential.id, changedRows, merge, changed)
    await sameRows(sql, 'bench_in', 'bench_ours')
    const round = { out: [out, outBase], into: [into, intoBase], upsert: [upsert, upsertBase] } as const
    const said = Object.entries(round).map(
      ([name, [ours, base]]) => `${name} ${ours.toFixed(2)} s against ${base.toFixed(2)} s`,
    )
    console.log(`run ${index}: ${said.join(', ')}`)
    if (index < 0) continue // warm-up
    for (const [name, pair] of Object.entries(round)) measured[name as keyof typeof measured].push(pair)
  }
  const memory = await Promise.all((await platform.workers()).map(peakMb))
  return [
    '## PostgreSQL: 2,000,000 rows of 9 columns',
    '',
    '| | median (min–max) |',
    '|---|---|',
    ...lines(
      measured.out,
      1.2,
      'out of PostgreSQL into a nexset, activation to the end of the run',
      'COPY through a pipe into DuckDB, to Parquet',
    ),
    ...lines(
      measured.into,
      1.3,
      'from a nexset into PostgreSQL, activation to the last row visible',
      'COPY FROM STDIN of the same rows as CSV',
    ),
    ...lines(
      measured.upsert,
      1.5,
      'UPSERT of 200,000 changed rows, activation to the last row visible',
      'COPY into an unlogged table and MERGE by hand',
    ),
    `| peak resident memory of a worker, MB | ${memory.map((mb) => mb.toFixed(0)).join(', ')} |`,
    '',
  ].join('\n')
}

const sizes = [2_000_000, 8_000_000] as const

/** A table into a nexset and from there into another table, at two sizes, each with workers of its own: what their memory grows by. */
export async function postgresMemory(): Promise<string> {
  const measured: string[] = []
  for (const size of sizes) {
    await using stack = new AsyncDisposableStack()
    const server = stack.adopt(await startPostgres(), (running) => running.stop())
    const database = await server.createDatabase()
    const sql: Sql = (text) => server.query(database, text)
    await sql(`CREATE TABLE bench (${shape}); INSERT INTO bench ${values(1, size, `'status ' || i % 5`)}`)
    await sql(`CREATE TABLE bench_ours (${shape})`)
    await sql('VACUUM ANALYZE bench')
    const platform = stack.use(await startPlatform())
    const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
    const credential = await credentialOf(client, server, database)
    const peaks = async (): Promise<string> =>
      (await Promise.all((await platform.workers()).map(peakMb))).map((mb) => mb.toFixed(0)).join(', ')
    const { nexset } = await readTable(client, credential.id, 'bench', size)
    const read = await peaks()
    await writeTable(client, credential.id, nexset, { table: 'bench_ours' }, size)
    const [row] = await sql('SELECT count(*) AS n, count(DISTINCT id) AS d, sum(total) AS total FROM bench_ours')
    const [wanted] = await sql('SELECT count(*) AS n, count(DISTINCT id) AS d, sum(total) AS total FROM bench')
    if (JSON.stringify(row) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(row)} arrived`)
    const [bytes] = await sql(`SELECT pg_relation_size('bench') / 1000000 AS mb`)
    const line = `| ${size.toLocaleString('en')} (${bytes?.['mb']} MB) | ${read} | ${await peaks()} |`
    console.log(line)
    measured.push(line)
  }
  return [
    '## PostgreSQL: memory of the workers, rows of 9 columns',
    '',
    '| rows | peak resident MB of each worker, out of PostgreSQL | and then into PostgreSQL |',
    '|---|---|---|',
    ...measured,
    '',
  ].join('\n')
}

type PostgresServer = Awaited<ReturnType<typeof startPostgres>>

function credentialOf(client: NexlaClient, server: PostgresServer, database: string) {
  return client.credentials.create(
    CredentialCreate({
      name: 'bench postgres',
      credentials_type: 'postgres',
      credentials: credentialsFor(server, database),
    }),
  )
}

type Pair = readonly [ours: number, base: number]

function lines(pairs: readonly Pair[], limit: number, ours: string, base: string): readonly string[] {
  return [
    `| ${ours}, s | ${shown(spread(pairs.map((pair) => pair[0])))} |`,
    `| ${base}, s | ${shown(spread(pairs.map((pair) => pair[1])))} |`,
    `| ratio (at most ${limit.toFixed(1)}) | ${shown(spread(pairs.map((pair) => pair[0] / pair[1])))} |`,
  ]
}

type Sql = (text: string) => Promise<readonly Readonly<Record<string, string | null>>[]>

/** All rows of `bench` with its primary key, as if they had been there for a while. */
async function freshCopy(sql: Sql, table: string): Promise<void> {
  await sql(`DROP TABLE ${table}; CREATE TABLE ${table} (${shape}, PRIMARY KEY (id)); INSERT INTO ${table} TABLE bench`)
  await sql(`VACUUM ANALYZE ${table}`)
  await sql('CHECKPOINT')
}

async function sameRows(sql: Sql, left: string, right: string): Promise<void> {
  const [row] = await sql(`SELECT count(*) AS n FROM (TABLE ${left} EXCEPT TABLE ${right}) different`)
  const [merged] = await sql(`SELECT count(*) AS n FROM ${right} WHERE status = 'changed'`)
  if (row?.['n'] !== '0' || merged?.['n'] !== String(changed))
    throw new Error(`${row?.['n']} rows differ, ${merged?.['n']} are changed`)
}

async function readTable(
  client: NexlaClient,
  credential: number,
  table: string,
  expected: number,
): Promise<{ seconds: number; nexset: number }> {
  const source = await client.sources.create(
    SourceCreate({
      name: `bench table ${table}`,
      source_type: 'postgres',
      data_credentials_id: credential,
      source_config: { table },
    }),
  )
  const start = performance.now()
  await client.sources.activate(source.id)
  for (;;) {
    const [newest] = await client.sources.runs(source.id)
    if (newest?.status === 'FAILED') throw new Error(newest.problem?.message)
    if (newest?.status === 'DONE') {
      const seconds = (performance.now() - start) / 1000
      if (newest.records_written !== expected) throw new Error(`${newest.records_written} records arrived`)
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
  config: { readonly table: string; readonly load_type?: 'merge'; readonly key_columns?: string[] },
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
    if (performance.now() - start > 900_000) throw new Error(`only ${delivered} of ${expected} rows arrived`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
