import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { conformance, type Conditions } from '@leat/connector-kit/conformance'
import { fileUpload } from '../src/file-upload.connector.ts'

conformance(fileUpload, { peer: { kind: 'real server', name: 'the file system' }, setup })

async function setup(): Promise<Conditions> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leat-file-upload-'))
  return {
    credentials: {},
    context: { uploadFolder: folder },
    source: {
      options: {},
      root: '',
      put: async (name, body) => {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
        await writeFile(path.join(folder, name), body)
      },
      optionsAt: (name) => ({ 'whitelist.pathmatchers': name }),
    },
    openHandles: async () => (await readdir('/proc/self/fd').catch(() => [])).length,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
