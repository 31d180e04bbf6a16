import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import type { Connection, EncodedFile } from '@leat/connector-kit'
import { localFile } from '../src/local-file.connector.ts'

const base = await mkdtemp(path.join(os.tmpdir(), 'leat-local-'))
const { signal } = new AbortController()

async function connect(...allowedFolders: readonly string[]): Promise<Connection> {
  return (await localFile.load()).connect({}, { allowedFolders, signal })
}

test('without allowed folders everything is refused, and the message says what the operator has to set', async () => {
  await using off = await connect()
  const refused = { kind: 'config', code: 'local_file.not_allowed', field: 'path', message: /LEAT_LOCAL_FOLDERS/ }
  await assert.rejects(off.check(), refused)
  await assert.rejects(off.tree!({ depth: 1, limit: 9, signal }), refused)
  await assert.rejects(Array.fromAsync(off.source!({ path: '/etc' }).units({ signal })), refused)
  await assert.rejects(
    off.openWriter!({ id: 's', epoch: 1, options: { path: '/etc' }, schema: { fields: [] }, signal }),
    refused,
  )
  await assert.rejects(off.plan!({ id: 's', options: { path: '/etc' }, schema: { fields: [] }, signal }), refused)
})

test('an allowed folder that cannot be read fails the check', async () => {
  await using connection = await connect(path.join(base, 'nowhere'))
  await assert.rejects(connection.check(), { kind: 'config', code: 'local_file.folder_unreadable' })
})

test('the root of the tree shows the allowed folders, and a path what is in it', async () => {
  const folder = path.join(base, 'tree')
  await mkdir(path.join(folder, 'orders'), { recursive: true })
  await writeFile(path.join(folder, 'orders', 'a.json'), '{}')
  await using connection = await connect(folder)
  assert.deepEqual(Object.keys(await connection.tree!({ depth: 1, limit: 9, signal })), [folder])
  const deep = await connection.tree!({ depth: 2, path: folder, limit: 9, signal })
  assert.equal(JSON.stringify(deep['orders']?.value).includes('"a.json"'), true)
})

/** 25 hours lie between the last two: today is never the same day there. */
for (const timezone of [undefined, 'Pacific/Kiritimati', 'Pacific/Niue'])
  test(`date macros in the path name the folder of today in ${timezone ?? 'UTC'}`, async () => {
    const folder = path.join(base, `macros-${timezone?.replace('/', '-')}`)
    const day = new Intl.DateTimeFormat('sv', { timeZone: timezone ?? 'UTC' }).format(new Date())
    const today = path.join(folder, day)
    await mkdir(today, { recursive: true })
    await writeFile(path.join(today, 'a.json'), '{}')
    await using connection = await connect(folder)
    const options = { path: '{YYYY}-{MM}-{dd}', stable_after_ms: 0, ...(timezone && { timezone }) }
    const units = await Array.fromAsync(connection.source!(options).units({ signal }))
    assert.deepEqual(
      units.map((unit) => unit.key),
      [path.join(today, 'a.json')],
    )
  })

/** A disk of one megabyte; null where this user may not mount one. */
function smallDisk(): string | null {
  const folder = path.join(base, 'disk')
  try {
    execFileSync('mkdir', ['-p', folder])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    return null
  }
}

const disk = smallDisk()
after(async () => {
  if (disk !== null) execFileSync('umount', [disk])
  await rm(base, { recursive: true, force: true })
})

test(
  'PROMISE-DISK-FULL: a full disk is a clear fault, publishes nothing and leaves nothing behind',
  {
    skip:
      disk === null ? 'needs the right to mount a small disk (root); the fault itself: folder-store.test.ts' : false,
  },
  async () => {
    assert.ok(disk)
    const file = (name: string, bytes: number): EncodedFile => ({
      name,
      encoding: 'ndjson',
      bytes,
      rows: 1,
      open: async function* () {
        for (let left = bytes; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536))
      },
    })
    await using connection = await connect(disk)
    const request = { id: 'sink-1', epoch: 1, options: { path: 'out' }, schema: { fields: [] }, signal }
    {
      await using writer = await connection.openWriter!(request)
      await writer.write({ kind: 'files', files: [file('small.json', 100_000)] })
      const token = await writer.prepare()
      await assert.rejects(writer.write({ kind: 'files', files: [file('large.json', 3_000_000)] }), {
        kind: 'transient',
        code: 'local_file.disk_full',
        message: /full/,
      })
      await writer.commit(token)
    }
    assert.deepEqual(await readdir(path.join(disk, 'out')), ['small.json'])
  },
)
