/**
 * What PostgreSQL and DuckDB do alone, in a process of its own; prints seconds.
 *   out URL FILE            COPY of the table `bench` through a pipe into DuckDB, to Parquet
 *   in URL FILE TABLE       COPY of a CSV file into an empty table
 *   merge URL FILE TABLE    COPY of a CSV file into an unlogged table, and MERGE by hand
 *   csv URL FILE TABLE      the rows of a table as a CSV file (not measured)
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import pg from 'pg'
import { from, to } from 'pg-copy-streams'

const [what, url = '', file = '', table = 'bench_in'] = process.argv.slice(2)
const client = new pg.Client({ connectionString: url })
await client.connect()
const columns =
  "{'id': 'BIGINT', 'customer': 'INTEGER', 'status': 'VARCHAR', 'total': 'DECIMAL(12,2)', 'ratio': 'DOUBLE', 'at': 'TIMESTAMP', 'day': 'DATE', 'ok': 'BOOLEAN', 'note': 'VARCHAR'}"
const start = performance.now()
if (what === 'out') {
  const pipe = `${file}.pipe`
  rmSync(pipe, { force: true })
  execFileSync('mkfifo', [pipe])
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const read = connection.run(
    `COPY (SELECT * FROM read_csv('${pipe}', auto_detect = false, header = false, columns = ${columns})) TO '${file}' (FORMAT parquet, COMPRESSION snappy)`,
  )
  await pipeline(client.query(to('COPY bench TO STDOUT (FORMAT csv)')) as Readable, createWriteStream(pipe))
  await read
  rmSync(pipe)
} else if (what === 'csv') {
  await pipeline(client.query(to(`COPY ${table} TO STDOUT (FORMAT csv)`)) as Readable, createWriteStream(file))
} else if (what === 'in') {
  await pipeline(createReadStream(file), client.query(from(`COPY ${table} FROM STDIN (FORMAT csv)`)) as Writable)
} else {
  await client.query('CREATE UNLOGGED TABLE bench_changes (LIKE bench)')
  await pipeline(createReadStream(file), client.query(from('COPY bench_changes FROM STDIN (FORMAT csv)')) as Writable)
  const others = ['customer', 'status', 'total', 'ratio', 'at', 'day', 'ok', 'note']
  await client.query(
    `MERGE INTO ${table} t USING bench_changes s ON t.id = s.id WHEN MATCHED THEN UPDATE SET ${others.map((name) => `${name} = s.${name}`).join(', ')}
     WHEN NOT MATCHED THEN INSERT VALUES (s.id, ${others.map((name) => `s.${name}`).join(', ')})`,
  )
  await client.query('DROP TABLE bench_changes')
}
console.log((performance.now() - start) / 1000)
await client.end()
