import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@leat/connector-kit'
import { valueRows, type Conditions, type SourceValues } from '@leat/connector-kit/conformance'
import { dropMemorySpace, FolderSpace, memorySpace, visibleFiles, visibleRows, type Space } from '../src/index.ts'

const password = 'correct-horse'
const badPassword = 'battery-staple'
const elsewhere = { module: import.meta.resolve('../src/index.ts'), name: 'memory' }

/** A fresh space in this process. */
export async function inProcess(source: JsonObject = {}, sink: JsonObject = {}): Promise<Conditions> {
  const name = randomUUID()
  const space = memorySpace(name)
  space.setPassword(password)
  const conditions = conditionsOf(space, { space: name }, source, sink)
  return { ...conditions, [Symbol.asyncDispose]: async () => dropMemorySpace(name) }
}

/** A fresh space in this process whose destination keeps records and takes them as CSV (`csvTable`). */
export async function asCsv(): Promise<Conditions> {
  const conditions = await inProcess()
  const { files: _, ...sink } = conditions.sink ?? { options: {} }
  return { ...conditions, sink: { ...sink, encoding: 'csv', badRow: { name: 'no id' } } }
}

/** A fresh space in a temporary folder. */
export async function inFolder(source: JsonObject = {}, sink: JsonObject = {}): Promise<Conditions> {
  const folder = await mkdtemp(join(tmpdir(), 'leat-memory-'))
  const space = new FolderSpace(folder)
  await space.setPassword(password)
  const conditions = conditionsOf(space, { folder }, source, sink)
  return {
    ...conditions,
    ...(conditions.sink === undefined ? {} : { sink: { ...conditions.sink, elsewhere } }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

function conditionsOf(
  space: Space,
  place: JsonObject,
  source: JsonObject,
  sink: JsonObject,
): Omit<Conditions, typeof Symbol.asyncDispose> {
  return {
    credentials: { ...place, password },
    badCredentials: [{ ...place, password: badPassword }, place],
    source: {
      options: { path: 'bucket/in', ...source },
      root: 'bucket/in',
      put: (name, body) => space.put(`bucket/in/${name}`, body),
      ...(source['deliver_as'] === 'rows' ? { values: valuesIn(space, source) } : {}),
    },
    sink: {
      options: { path: 'bucket/out', required_fields: ['id'], ...sink },
      files: () => visibleFiles(space, 'bucket/out'),
      rows: () => visibleRows(space, 'bucket/out'),
      badRow: { name: 'no id' },
      encoding: sink['data_format'] === 'parquet' ? 'parquet' : 'rows',
      staged: async () => Object.keys((await space.state()).staged).length + (await space.blobs('sink-1')).length,
    },
  }
}

/** Rows are JSON to this source, so that the canonical values are what it holds. */
function valuesIn(space: Space, source: JsonObject): SourceValues {
  return {
    options: { path: 'bucket/values', ...source },
    put: async (cases) => {
      const lines = valueRows(cases).map((row) => `${JSON.stringify(row)}\n`)
      await space.put('bucket/values/table.json', lines.join(''))
    },
  }
}
