import { Fault, type Schema } from '@leat/connector-kit'
import type { Decoder, Detected, Isolated, IsolateRequest, SqlSession } from '../api.ts'
import { quoteIdent, quoteLiteral, quotePath } from '../sql.ts'
import { drifted } from '../slow/drifted.ts'
import { RefusedFile } from '../slow/refused.ts'
import { conformSelect } from '../types/conform.ts'
import { duckdbType } from '../types/duckdb-type.ts'
import { mergeSchema } from '../types/merge.ts'
import { describeChanges, sameSchema } from '../types/type.ts'
import { describeParquet, parquetFault, type ParquetFile } from './describe.ts'

/**
 * Parquet is read from a local file, alone. Its types come from the file itself, so no single record can misfit: a file fits whole, needs
 * drift, or is broken (a `data` fault; the engine quarantines it whole).
 */
export function parquetDecoder(detected: Detected): Decoder {
  return {
    detected,
    groupKey: null,
    streams: false,
    identity: true,
    normalise: (bytes) => bytes,
    lastBoundary: () => -1,
    countRecords: () => {
      throw new TypeError('the records of a Parquet file are counted in its footer')
    },
    async infer(_session, sample) {
      if ('text' in sample) throw new TypeError('Parquet is inferred from a file')
      return (await describeParquet(sample.path)).schema
    },
    async strictSelect(path, schema) {
      const file = await describeParquet(onePath(path))
      if (sameSchema(mergeSchema(schema, file.schema), schema))
        return conformSelect(file.schema, schema, relationOf(file))
      const changes = describeChanges(schema, mergeSchema(schema, file.schema)).join('; ')
      return `SELECT error(${quoteLiteral(`the file does not fit the schema: ${changes}`)}) AS "_"`
    },
    isolate: isolateParquet,
  }
}

function onePath(path: string | readonly string[]): string {
  const [first, ...others] = typeof path === 'string' ? [path] : path
  if (first === undefined || others.length > 0) throw new TypeError('Parquet files are read one by one')
  return first
}

/** The rows of the file with canonical types. */
function relationOf(file: ParquetFile): string {
  const columns = file.schema.fields.map((field, index) => {
    const type = duckdbType(field.type)
    return type === file.types[index]
      ? quoteIdent(field.name)
      : `CAST(${quoteIdent(field.name)} AS ${type}) AS ${quoteIdent(field.name)}`
  })
  return `(SELECT ${columns.join(', ')} FROM read_parquet(${quotePath(file.path)}, hive_partitioning = false)) AS t`
}

async function isolateParquet(session: SqlSession, request: IsolateRequest): Promise<Isolated> {
  const file = await describeParquet(request.path)
  const schema = targetOf(file, request)
  await readable(session.run(copy(conformSelect(file.schema, schema, relationOf(file)), request.output)))
  const [row] = await session.rows(`SELECT count(*) AS n FROM read_parquet(${quotePath(request.output)})`)
  await session.run(copy(RefusedFile.select([]), request.refused))
  return {
    schema,
    rows: Number(row?.n),
    refused: 0,
    refusedOrdinals: [],
    drift: request.schema ? describeChanges(request.schema, schema) : [],
  }
}

function targetOf(file: ParquetFile, { schema, drift }: IsolateRequest): Schema {
  if (!schema || schema.fields.length === 0) return file.schema
  const merged = mergeSchema(schema, file.schema)
  if (drift === 'evolve' || sameSchema(merged, schema)) return merged
  const changes = describeChanges(schema, merged)
  if (drift === 'stop') throw drifted(changes)
  throw new Fault({
    kind: 'data',
    code: 'parquet.schema_mismatch',
    message: `The Parquet file does not fit the nexset: ${changes.slice(0, 5).join('; ')}. Choose the drift policy "evolve" to accept such files.`,
  })
}

async function readable<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw parquetFault(error)
  }
}

function copy(select: string, path: string): string {
  return `COPY (${select}) TO ${quoteLiteral(path)} (FORMAT parquet, COMPRESSION snappy)`
}
