import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@leat/connector-kit'
import type { Conditions } from '@leat/connector-kit/conformance'
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
