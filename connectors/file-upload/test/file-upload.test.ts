import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import type { Connection } from '@leat/connector-kit'
import { fileUpload } from '../src/file-upload.connector.ts'

const base = await mkdtemp(path.join(os.tmpdir(), 'leat-upload-'))
after(() => rm(base, { recursive: true, force: true }))
const { signal } = new AbortController()
const connect = async (uploadFolder?: string): Promise<Connection> =>
  (await fileUpload.load()).connect(
    {},
    { allowedFolders: [], signal, ...(uploadFolder === undefined ? {} : { uploadFolder }) },
  )

test('before the first upload there is nothing to read', async () => {
  await using connection = await connect(path.join(base, 'not-yet'))
  await connection.check()
  assert.deepEqual(await Array.fromAsync(connection.source!({}).units({ signal })), [])
})

test('units are named by the upload, whatever path the client gave', async () => {
  await writeFile(path.join(base, 'orders.json'), '{}')
  await using connection = await connect(base)
  const units = await Array.fromAsync(connection.source!({ path: '/ignored' }).units({ signal }))
  assert.deepEqual(
    units.map((unit) => unit.key),
    ['orders.json'],
  )
  assert.deepEqual(Object.keys(await connection.tree!({ depth: 1, path: '/', limit: 9, signal })), ['orders.json'])
})

test('a unit that points outside the folder is refused', async () => {
  await using connection = await connect(base)
  const unit = { key: 'x', version: 'v', bytes: 1, payload: { path: '../../etc/passwd', bytes: 1, version: 'v' } }
  for await (const part of connection.source!({}).read(unit, { checkpoint: null, signal })) {
    assert.ok(part.kind === 'object')
    await assert.rejects(Array.fromAsync(part.open()), { code: 'file_upload.not_allowed' })
  }
})

test('a connection without a folder for uploads says so', async () => {
  await using connection = await connect()
  await assert.rejects(connection.check(), { kind: 'config', code: 'file_upload.no_folder' })
})
