import { DuckDBInstance } from '@duckdb/node-api'
import { Fault, type Schema } from '@leat/connector-kit'
import { quotePath } from '../sql.ts'
import { schemaFromDescribe } from '../types/duckdb-type.ts'

export interface ParquetFile {
  readonly path: string
  readonly schema: Schema
  /** Types as DuckDB names them, in the order of `schema.fields`; they differ where the canonical set has no counterpart. */
  readonly types: readonly string[]
}

/** A DuckDB of our own that reads footers only: `strictSelect` has no session, and a footer costs no memory worth sharing. */
let footers: Promise<DuckDBInstance> | null = null

/** Types of a Parquet file; throws `parquet.broken` when it is none. */
export async function describeParquet(path: string): Promise<ParquetFile> {
  footers ??= DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '256MB' })
  const connection = await (await footers).connect()
  try {
    const reader = await connection.runAndReadAll(
      `DESCRIBE SELECT * FROM read_parquet(${quotePath(path)}, hive_partitioning = false)`,
    )
    const rows = reader.getRowObjectsJson()
    return { path, schema: schemaFromDescribe(rows), types: rows.map((row) => String(row.column_type)) }
  } catch (error) {
    throw parquetFault(error)
  } finally {
    connection.closeSync()
  }
}

/** An error of DuckDB's Parquet reader as a `data` fault; faults and missing files pass as they are. */
export function parquetFault(error: unknown): unknown {
  if (
    error instanceof Fault ||
    !(error instanceof Error) ||
    /No files found|Out of Memory|No space left/i.test(error.message)
  )
    return error
  const why = (error.message.split('\n')[0] ?? '').replaceAll(/'[^']*\/([^'/]*)'/g, "'$1'")
  return new Fault({
    kind: 'data',
    code: 'parquet.broken',
    cause: error,
    message: `The Parquet file cannot be read: ${why}. Deliver the complete file again.`,
  })
}
