import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const modules = here('../../../node_modules')

const program = `
import { DestinationCreate, NexlaClient, SourceCreate, SourceType, type Source } from '@leat/sdk'
const client = new NexlaClient({ access_token: 'x' })
const create = SourceCreate({ name: 'a', source_type: SourceType.S3, source_config: { path: 'b/c' } })
export const later = (): Promise<Source> => client.sources.create(create)
const unknown = DestinationCreate({ name: 'a', sink_type: 'a_later_one', data_set_id: 1, sink_config: { anything: 1 } })
console.log(create.source_type, unknown.sink_type, client.api_url.endsWith('/api'))
`

test('the built package works in a folder of its own: types, one file, no dependency but zod', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'leat-sdk-')))
  try {
    await run(process.execPath, [here('../scripts/build.ts')])
    await mkdir(join(folder, 'node_modules/@leat'), { recursive: true })
    await cp(here('../dist'), join(folder, 'node_modules/@leat/sdk'), { recursive: true })
    await symlink(join(modules, 'zod'), join(folder, 'node_modules/zod'))
    await writeFile(join(folder, 'package.json'), '{"type": "module"}')
    await writeFile(join(folder, 'program.ts'), program)
    const compiler = join(modules, 'typescript/bin/tsc')
    const flags = [
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2024,dom,dom.iterable,esnext.disposable',
    ]
    await run(process.execPath, [compiler, ...flags, 'program.ts'], { cwd: folder }).catch(
      (error: { stdout?: string }) => {
        throw new Error(error.stdout)
      },
    )
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder })
    assert.equal(stdout.trim(), 's3 a_later_one true')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
