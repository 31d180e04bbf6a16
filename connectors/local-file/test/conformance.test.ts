import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { conformance, type Conditions } from '@leat/connector-kit/conformance'
import { localFile } from '../src/local-file.connector.ts'

conformance(localFile, { peer: { kind: 'real server', name: 'the file system' }, setup })

async function setup(): Promise<Conditions> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leat-local-file-'))
  const files = async (staged: boolean): Promise<Map<string, Uint8Array>> => {
    const found = new Map<string, Uint8Array>()
    for (const entry of await readdir(path.join(folder, 'out'), { recursive: true, withFileTypes: true })) {
      const name = path.relative(path.join(folder, 'out'), path.join(entry.parentPath, entry.name))
      if (entry.isFile() && name.startsWith('.leat-staging/') === staged)
        found.set(name, await readFile(path.join(folder, 'out', name)))
    }
    return found
  }
  await mkdir(path.join(folder, 'in'))
  await mkdir(path.join(folder, 'out'))
  return {
    credentials: {},
    context: { allowedFolders: [folder] },
    source: {
      options: { path: path.join(folder, 'in') },
      root: path.join(folder, 'in'),
      put: async (name, body) => {
        const file = path.join(folder, 'in', name)
        await mkdir(path.dirname(file), { recursive: true })
        await writeFile(file, body)
      },
    },
    sink: {
      options: { path: 'out', data_format: 'parquet', 'output.dir.name.pattern': '' },
      files: () => files(false),
      staged: async () => (await files(true)).size,
      elsewhere: { module: import.meta.resolve('../src/local-file.connector.ts'), name: 'localFile' },
    },
    openHandles: async () => (await readdir('/proc/self/fd').catch(() => [])).length,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
