/**
 * node bench/duckdb-baseline.ts FOLDER OUT
 *
 * The floor: DuckDB alone, in a process of its own, with the schema given, turns the local files into one Parquet file. Prints seconds.
 */
import { DuckDBInstance } from '@duckdb/node-api'

const [folder = '', out = ''] = process.argv.slice(2)
const start = performance.now()
const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
await connection.run(`COPY (SELECT * FROM read_json('${folder}/*.json', format = 'newline_delimited', columns = {
  order_id: 'BIGINT', status: 'VARCHAR', created_at: 'TIMESTAMPTZ',
  customer: 'STRUCT(id BIGINT, name VARCHAR, city VARCHAR)',
  line_items: 'STRUCT(sku VARCHAR, qty BIGINT, unitPrice DOUBLE)[]',
  total: 'DOUBLE', note: 'VARCHAR', channel: 'VARCHAR', tags: 'VARCHAR[]'
})) TO '${out}' (FORMAT parquet, COMPRESSION snappy)`)
console.log(((performance.now() - start) / 1000).toFixed(3))
