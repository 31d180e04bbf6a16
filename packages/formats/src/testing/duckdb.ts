import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DataType, Field, ScalarName, Schema } from '@leat/connector-kit'
import type { Decoder, ReadOptions, SqlSession } from '../api.ts'
import { detect } from '../detect.ts'
import { openDecoder } from '../open-decoder.ts'

/** A real DuckDB session as the engine lends it, and a folder of its own. */
export async function openBench(): Promise<{ session: SqlSession; folder: string } & AsyncDisposable> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' })
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
  const folder = await mkdtemp(join(tmpdir(), 'leat-formats-'))
  return {
    folder,
    session: {
      run: async (sql) => void (await connection.run(sql)),
      rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    },
    async [Symbol.asyncDispose]() {
      connection.closeSync()
      instance.closeSync()
      await rm(folder, { recursive: true })
    },
  }
}

export const t = (name: ScalarName): DataType => ({ kind: 'scalar', name })
export const decimal = (precision: number, scale: number): DataType => ({ kind: 'decimal', precision, scale })
export const list = (element: DataType): DataType => ({ kind: 'list', element })
export const struct = (fields: Readonly<Record<string, DataType>>): DataType => ({
  kind: 'struct',
  fields: fieldsOf(fields),
})
export const schema = (fields: Readonly<Record<string, DataType>>): Schema => ({ fields: fieldsOf(fields) })

function fieldsOf(fields: Readonly<Record<string, DataType>>): Field[] {
  return Object.entries(fields).map(([name, type]) => ({ name, type }))
}

export async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

/** Detects, opens and normalises one object into `folder/text`. */
export async function prepare(
  folder: string,
  name: string,
  content: string | Uint8Array,
  options: ReadOptions = {},
): Promise<{ decoder: Decoder; path: string; text: Buffer }> {
  const bytes = Buffer.from(content)
  const decoder = await openDecoder(detect(name, bytes, options), options, bytes.subarray(0, 256 * 1024))
  const text = await collect(decoder.normalise(chunksOf(bytes, 1000)))
  const path = join(folder, 'text')
  await writeFile(path, text)
  return { decoder, path, text }
}
